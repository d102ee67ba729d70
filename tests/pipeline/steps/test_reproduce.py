"""A version that was published is reproduced bit for bit, whatever was revised since."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from lib import markets, store
from lib.calc.cell_differences import find_differences
from lib.pipeline.steps.recompute import compute_version
from lib.pipeline.steps.reproduce import (
    NOT_KEPT,
    NotReproducible,
    read_version_inputs,
    reproduce_version,
)
from lib.store import Database, read_relation
from lib.store.curve_versions import UnknownVersion
from tests.support.published import (
    COST_CURVE,
    ISO,
    SHAPING,
    VLR,
    add_late_hours,
    execute,
    publish_again,
    publish_costs,
    publish_hours,
    remove_and_bring_back,
    remove_hours,
    revise_prices,
    revise_settlements,
    revise_twice,
    start_official_run,
)

REVISIONS: dict[str, Callable[[Database], None]] = {
    "nothing": lambda _: None,
    "values revised": revise_prices,
    "values revised twice": revise_twice,
    "hours added late, then revised": add_late_hours,
    "hours removed": remove_hours,
    "hours removed and brought back": remove_and_bring_back,
    "settlements revised": revise_settlements,
}


@pytest.mark.parametrize("revise", REVISIONS.values(), ids=REVISIONS)
def test_the_first_versions_are_reproduced_after_others_were_published(
    published: Database, revise: Callable[[Database], None]
) -> None:
    revise(published)
    publish_again(published)
    has_changed = revise is not REVISIONS["nothing"]
    versions = read_relation(published, "curve_version")["version_id"].tolist()
    assert (len(versions) > 3) == has_changed
    for version_id in (VLR, SHAPING, COST_CURVE):
        found = reproduce_version(published, version_id)
        assert found.is_same, found.describe()
        assert found.has_same_inputs and found.n_numbers > 1000
        assert found.describe()[0].startswith(
            f"Reproduced: all {found.n_numbers:,} numbers of version {version_id},"
        )


def test_a_version_is_computed_with_the_events_of_then(
    published: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """An event whose days a version left out is taken off the list: the version still leaves them out."""
    with monkeypatch.context() as patch:
        folder = Path(shutil.copytree(markets.REFERENCE, tmp_path / "reference"))
        with (folder / "events.csv").open("a") as rows:
            rows.write("ERCOT,A hot week,2025-06-16,2025-06-22,https://example.org\n")
        patch.setattr(markets, "REFERENCE", folder)
        markets.read_reference.cache_clear()
        publish_hours(start_official_run(published), covariance_events="left_out")
    markets.read_reference.cache_clear()
    version_id = store.read_latest_version(published, "vlr", ISO)
    assert version_id is not None and version_id > COST_CURVE
    found = reproduce_version(published, version_id)
    assert found.is_same, found.describe()
    assert found.has_old_reference
    assert "the reference data of then, which have changed since" in found.describe()[1]
    now = compute_version(read_version_inputs(published, found.version))
    differs, _ = find_differences("covariance", found.computed.tables["covariance"], now.tables["covariance"])
    assert set(differs["column"]) >= {"covariance_per_mwh", "n_hours"}


def test_other_seasons_and_the_cost_curve_made_of_them_are_reproduced(
    published: Database,
) -> None:
    open_notebook = start_official_run(published)
    publish_hours(open_notebook, seasons="months")
    publish_costs(open_notebook)
    latest = {curve: store.read_latest_version(published, curve, ISO) or 0 for curve in ("vlr", "cost_curve")}
    assert min(latest.values()) > COST_CURVE
    for version_id in latest.values():
        found = reproduce_version(published, version_id)
        assert found.is_same, found.describe()
    assert set(store.read_curve(published, "covariance", ISO, latest["vlr"])["season"]) == {"Jun", "Jul"}
    assert found.version.parameters["vlr_version"] == latest["vlr"]
    cells = store.read_curve(published, "cost_curve", ISO, latest["cost_curve"])
    priced = cells[cells["hpfc"].notna()]
    assert priced["covariance"].notna().any() and set(pd.to_datetime(priced["delivery_month"]).dt.month) == {
        6,
        7,
    }


def test_another_formula_with_the_same_inputs_is_told_from_other_inputs(
    published: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    execute(published, "UPDATE pipeline_run SET git_revision = 'abc123'")
    monkeypatch.setattr("lib.calc.vlr.MIN_DAYS", 1)
    monkeypatch.setattr("lib.calc.vlr.MIN_YEARS", 1)
    found = reproduce_version(published, VLR)
    assert found.has_same_inputs and not found.is_same
    assert set(found.differences["column"]) == {"is_thin"}
    first, reason = found.describe()
    assert first.startswith(f"Not reproduced: {len(found.differences)} of the")
    assert "the code or its packages are others now (revision abc123 of the code made it)" in reason


def test_values_that_were_changed_outside_the_runs_are_named_as_the_reason(published: Database) -> None:
    execute(published, "UPDATE da_lmps SET value = value + 1 WHERE interval_start < '2025-06-05'")
    found = reproduce_version(published, SHAPING)
    assert found.has_same_inputs is False
    assert found.describe()[-1].startswith("Its inputs are not those of then")


def test_a_version_of_before_everything_was_kept_says_that_it_may_differ(published: Database) -> None:
    execute(published, "UPDATE curve_version SET reference_sha256 = NULL, inputs_sha256 = NULL")
    add_late_hours(published)
    execute(published, "UPDATE value_revision SET old_run_id = NULL")
    found = reproduce_version(published, VLR)
    assert not found.is_same
    assert found.describe()[1:] == [
        NOT_KEPT,
        "Whether the inputs are the same is not known: their hash was not kept.",
    ]
    assert reproduce_version(published, SHAPING).describe()[1] == NOT_KEPT


@pytest.mark.parametrize(
    ("sql", "what"),
    [
        (
            "DELETE FROM cost_curve",
            "the cells of version 3, the official cost_curve curve of ERCOT, were deleted",
        ),
        ("DELETE FROM shaping", "the cells of version 2, of which version 3, .* is made, are gone"),
        (
            "DELETE FROM ice_settlement; DELETE FROM settlement_revision",
            "the settlements of 2025-12-31, .* are gone",
        ),
    ],
)
def test_what_is_gone_is_named(published: Database, sql: str, what: str) -> None:
    execute(published, sql)
    with pytest.raises(NotReproducible, match=what):
        reproduce_version(published, COST_CURVE)


def test_there_is_no_such_version(published: Database) -> None:
    with pytest.raises(UnknownVersion, match="has no version 99 of a curve: `epd curve list` lists them"):
        reproduce_version(published, 99)
