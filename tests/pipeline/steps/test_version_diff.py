"""What moved between two versions, and which days, revisions and parameters did it."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from lib import store
from lib.pipeline.steps import version_pages
from lib.pipeline.steps.fetch import fetch_series
from lib.pipeline.steps.version_causes import read_changes_between, summarize_changes
from lib.pipeline.steps.version_diff import NotComparable, VersionDiff, compare_versions
from lib.store import Database
from lib.store.curve_versions import read_version
from tests.support.published import (
    COST_CURVE,
    ISO,
    SHAPING,
    VLR,
    add_late_hours,
    execute,
    fetch_market,
    publish_again,
    remove_hours,
    revise_prices,
    revise_settlements,
    revise_twice,
    start_official_run,
)


def _latest(database: Database, curve: str) -> int:
    found = store.read_latest_version(database, curve, ISO)
    assert found is not None
    return found


def _causes(diff: VersionDiff) -> dict[str, str]:
    return dict(zip(diff.causes["cause"], diff.causes["what"], strict=True))


def _check_sum(diff: VersionDiff) -> None:
    """The causes add up to the move, and the code made none of it."""
    assert diff.causes["moved"].sum() == pytest.approx(diff.now - diff.before, abs=1e-9)
    assert "code" not in set(diff.causes["cause"])
    if not diff.parts.empty:
        assert diff.parts["change"].sum() == pytest.approx(diff.now - diff.before, abs=1e-9)


@pytest.mark.parametrize(
    ("revise", "curve", "old", "what"),
    [
        (revise_prices, "shaping", SHAPING, r"^hours of 8 series: 1,304 revised, most da_lmp of "),
        (revise_twice, "vlr", VLR, r"^hours of 4 series: \d+ revised, most rt_load of "),
        (add_late_hours, "vlr", VLR, r"^hours of 4 series: 96 late$"),
        (remove_hours, "shaping", SHAPING, r"^hours of 8 series: 248 removed$"),
        (revise_settlements, "cost_curve", COST_CURVE, r"^settlements of 2025-12-31: \d+ of \d+ quotes "
         r"moved, most .* from \d+\.\d\d to \d+\.\d\d, \d+ are gone$"),
    ],
)  # fmt: skip
def test_revised_inputs_are_counted_and_what_they_moved_is_computed(
    published: Database, revise: Callable[[Database], None], curve: str, old: int, what: str
) -> None:
    revise(published)
    publish_again(published)
    diff = compare_versions(published, old, _latest(published, curve))
    causes = _causes(diff)
    assert next(iter(causes)) == "revised inputs"
    assert pd.Series([causes["revised inputs"]]).str.match(what).all(), causes
    assert not diff.largest.empty and diff.now != diff.before
    _check_sum(diff)
    sentences = diff.describe()
    assert sentences[0] == f"{curve} of {ISO}: version {diff.new.version_id} after version {old}."
    assert len(sentences) == 2 + len(causes)


def test_days_of_the_window_and_parameters_are_told_apart(published: Database) -> None:
    window = ("2025-06-03", "2025-08-01")
    fetch_series(start_official_run(published, window)("fetch"))
    publish_again(published, window, half_life_years=2.0, priced_month=0.5)
    diff = compare_versions(published, VLR, _latest(published, "vlr"))
    causes = _causes(diff)
    assert causes["days of the window"] == (
        "1 day added (2025-08-01), 2 days dropped (2025-06-01 to 2025-06-02)"
    )
    assert causes["parameters"] == "half_life_years is 2.0 and was None, priced_month is 0.5 and was 0.25"
    _check_sum(diff)
    assert read_changes_between(published, diff.old, diff.new).query("what == 'revised'").empty


def test_a_cost_curve_moves_by_forwards_parts_and_months(published: Database) -> None:
    revise_prices(published)
    fetch_market(start_official_run(published), "2026-01-01")
    publish_again(published)
    diff = compare_versions(published, COST_CURVE, _latest(published, "cost_curve"))
    causes = _causes(diff)
    assert causes["shaping curve"].startswith("version ")
    assert "instead of 2 (`epd curve diff 2 " in causes["shaping curve"]
    assert "revised inputs" in causes
    _check_sum(diff)
    assert diff.parts["price_part"].tolist()[0] == "forward"


def test_versions_of_the_same_inputs_have_nothing_to_tell(published: Database) -> None:
    diff = compare_versions(published, SHAPING, SHAPING)
    assert diff.describe()[1:] == [
        "No cell moved.", "They were computed from the same inputs in the same way."
    ]  # fmt: skip
    assert diff.causes.empty and diff.largest.empty


def test_rows_of_reference_data_are_named(published: Database) -> None:
    execute(
        published,
        "INSERT INTO reference_state (sha256, files) SELECT repeat('a', 64), replace(files::text, "
        "'Winter Storm Uri', 'Uri')::json FROM reference_state",
    )
    publish_again(published, half_life_years=2.0)
    new = _latest(published, "shaping")
    execute(
        published, f"UPDATE curve_version SET reference_sha256 = repeat('a', 64) WHERE version_id = {new}"
    )
    what = _causes(compare_versions(published, SHAPING, new))["reference data"]
    assert what.startswith("events.csv: 1 row added (ERCOT MISO Uri 2021-02-12")
    assert "1 row removed (ERCOT MISO Winter Storm Uri" in what


def test_versions_of_different_curves_are_refused(published: Database) -> None:
    with pytest.raises(NotComparable, match=r"`epd curve list --iso ERCOT --curve shaping` lists them"):
        compare_versions(published, VLR, SHAPING)


def test_the_changes_of_each_series_are_summed_up(published: Database) -> None:
    add_late_hours(published)
    revise_twice(published)
    publish_again(published)
    old, new = (read_version(published, number) for number in (VLR, _latest(published, "vlr")))
    changed = summarize_changes(read_changes_between(published, old, new))
    assert set(changed["measure"]) == {"rt_load"} and len(changed) == 4
    assert changed["n_late"].tolist() == [24] * 4 and (changed["n_revised"] > 24).all()
    assert changed["n_removed"].sum() == 0
    assert (changed["new_value"] > changed["old_value"]).all()


def test_the_pages_show_versions_and_their_comparison(published: Database) -> None:
    revise_prices(published)
    publish_again(published)
    listed = version_pages.list_table(published, isos=[ISO], curves=["vlr"]).formatted()
    assert listed["Version"].tolist()[-1] == "1" and listed["Desk prices with it"].tolist()[0] == "yes"
    assert version_pages.list_table(published, status="study").frame.empty
    shown = version_pages.describe_version(published, COST_CURVE)
    assert "trade_date=2025-12-31" in shown["Parameters"]
    assert shown["Figure"].startswith("mean cost to serve (energy) ")
    assert shown["Can be reproduced"] == "bit for bit: `epd curve reproduce`"
    diff = compare_versions(published, VLR, _latest(published, "vlr"))
    captions = [table.caption for table in version_pages.diff_tables(diff)]
    assert captions[0] == "By month and block now, $/MWh; change in % of the price"
    by_month = version_pages.diff_tables(diff)[0].formatted()
    assert by_month["Month"].tolist() == ["Jun", "Jul"] and "5x16 change, %" in by_month
