"""Versions of the desk's own load are reproduced bit for bit after its folder has changed, and compared."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest

from lib.calc.vlr import hourly_vlr
from lib.pipeline.steps import block_prices, cost_inputs, own_costs, own_curves, own_loads, version_pages
from lib.pipeline.steps.inputs import read_inputs
from lib.pipeline.steps.reproduce import reproduce_version
from lib.pipeline.steps.version_diff import compare_versions
from lib.store import Database, read_relation, read_sql
from tests.support.databases import copy_of
from tests.support.own_load import write_own_load
from tests.support.published import (
    CHOSEN,
    ISO,
    publish_costs,
    publish_hours,
    revise_prices,
    start_official_run,
)

Edit = Callable[[pd.DataFrame], pd.DataFrame]
OWN_VLR, OWN_COSTS = 4, 5
"""The versions that the first run with own load publishes."""


def _publish(database: Database, folder: Path, edit: Edit | None = None) -> int:
    """Let a run store own load as a tenth of the zones' and publish its curves; return the run's id."""
    open_notebook = start_official_run(database)
    context = open_notebook("vlr")
    zones = read_inputs(context, "zone")
    grid = zones.grid[["location", "interval_start", "da_load_mw", "rt_load_mw"]]
    grid = grid[grid["location"].isin(["NORTH ZONE", "WEST ZONE"])].astype({"location": str})
    loads = grid.rename(columns={"location": "zone", "da_load_mw": "forecast MW", "rt_load_mw": "metered MW"})
    loads[["forecast MW", "metered MW"]] *= 0.1
    write_own_load(folder, ISO, edit(loads) if edit else loads)
    own_loads.fetch_own_load(open_notebook("fetch"), str(folder))
    own = own_loads.read_own_inputs(context, zones, str(folder))
    draws = {name: CHOSEN[name] for name in ("resamples", "seed")}
    curves = own_curves.compute_own_curves(context, own, hourly_vlr(own.grid), **draws)
    own_curves.publish_own_curves(context, own, curves, CHOSEN)
    costs = open_notebook("cost_curves")
    inputs = cost_inputs.read_cost_inputs(costs)
    prices = block_prices.price_blocks(inputs, "contract")
    history = own_costs.read_own_history(costs, inputs, str(folder))
    cells = own_costs.compute_own_costs(prices.blocks, prices.counts, inputs, history)
    own_costs.publish_own_costs(costs, inputs, history, cells, "contract")
    return context.run_id


@pytest.fixture(scope="module")
def own_once(
    server: str, published_once: Database, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """A database in which a run has published the curves of own load beside those of the zones."""
    with copy_of(server, published_once) as database, pytest.MonkeyPatch.context() as patch:
        patch.setenv("EPD_DATABASE", database.url)
        _publish(database, tmp_path_factory.mktemp("own"))
        yield database


@pytest.fixture
def published_own(server: str, own_once: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """A copy of it, to revise."""
    with copy_of(server, own_once) as database:
        monkeypatch.setenv("EPD_DATABASE", database.url)
        yield database


LATE = pd.Timestamp("2025-06-05", tz="UTC")

EDITS: dict[str, Edit] = {
    "hours deleted, others revised": lambda loads: loads[loads["interval_start"] >= LATE].assign(
        **{"metered MW": loads["metered MW"] * 1.1}
    ),
    "a zone and forecasts deleted": lambda loads: loads[loads["zone"] != "WEST ZONE"].assign(
        **{"forecast MW": loads["forecast MW"].where(loads["interval_start"].dt.day > 20)}
    ),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_versions_of_own_load_are_reproduced_after_its_folder_has_changed(
    edit: Edit, published_own: Database, tmp_path: Path
) -> None:
    versions = read_relation(published_own, "curve_version").set_index("version_id")["curve"]
    assert versions[[OWN_VLR, OWN_COSTS]].tolist() == ["own_vlr", "own_cost_curve"]
    run_id = _publish(published_own, tmp_path, edit)
    later = (
        read_relation(published_own, "curve_version").set_index("version_id")["curve"].drop(versions.index)
    )
    assert later.tolist() == ["own_vlr", "own_cost_curve"]
    for version_id in (OWN_VLR, OWN_COSTS, *later.index):
        found = reproduce_version(published_own, int(version_id))
        assert found.is_same and found.has_same_inputs, found.describe()
        assert found.n_numbers > 1000
    by_run = read_sql(
        published_own,
        "SELECT DISTINCT revision.run_id FROM value_revision revision JOIN series USING (series_id) "
        "WHERE basis = 'own'",
    )
    assert by_run["run_id"].tolist() == [run_id]


def test_what_moved_the_curves_of_own_load_adds_up(published_own: Database, tmp_path: Path) -> None:
    revise_prices(published_own)
    publish_hours(start_official_run(published_own))
    publish_costs(start_official_run(published_own))
    _publish(published_own, tmp_path, EDITS["hours deleted, others revised"])
    curves = read_relation(published_own, "curve_version").set_index("version_id")["curve"]
    for curve, old in (("own_vlr", OWN_VLR), ("own_cost_curve", OWN_COSTS)):
        new = int(curves.index[curves == curve].max())
        diff = compare_versions(published_own, old, new)
        assert diff.causes["moved"].sum() == pytest.approx(diff.now - diff.before, abs=1e-9)
        assert "code" not in set(diff.causes["cause"])
        assert diff.describe()[0] == f"{curve} of ERCOT: version {new} after version {old}."
        assert version_pages.describe_version(published_own, new)["Figure"].endswith("cells")
    causes = compare_versions(published_own, OWN_VLR, int(curves.index[curves == "own_vlr"].max())).causes
    assert "removed" in causes.set_index("cause").loc["revised inputs", "what"]
    assert "VLR curve of own load" in set(diff.causes["cause"])
