from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd
import pytest

from lib.calc.cost_breakdown import cost_parts
from lib.calc.grid import build_grid
from lib.calc.priced_vlr import add_priced
from lib.calc.scaling import INDEX
from lib.calc.shaping import shape_factors
from lib.calc.vlr import hourly_vlr, vlr_curve
from lib.hours import market_hours
from lib.markets import locations
from lib.store import (
    DATABASE_VARIABLE,
    Database,
    NewVersion,
    RunTask,
    read_curve,
    read_hourly_inputs,
    read_latest_version,
    save_curve,
    start_run,
)
from lib.tool import editing
from lib.tool import state as tool_state
from lib.tool.curve import Choice, Extent, NoSuchCurve
from lib.tool.data import ToolData
from lib.tool.estimators import ESTIMATORS, estimators_of
from lib.tool.messages import Message

PUBLISHED = date(2024, 12, 1), date(2025, 1, 31)
DELIVERY = date(2025, 12, 1), date(2026, 1, 31)
PRICED = ["CAPITL", "GENESE"]
RANGE = date(2024, 11, 25), date(2025, 2, 3)


def _choice(curve: str, estimator: str, days: tuple[date, date] = PUBLISHED) -> Choice:
    return Choice("NYISO", curve, estimator, *days)


def _wide(cells: pd.DataFrame, column: str) -> pd.DataFrame:
    return cells.astype({"location": str}).set_index([*INDEX, "location"])[column].unstack("location")


def test_published_curves_and_available_days_are_listed(data: ToolData) -> None:
    assert data.isos() == ("NYISO",)
    assert data.curves("NYISO") == ("vlr", "shaping")
    assert data.curves("PJM") == ()
    assert data.extent("NYISO", "vlr") == Extent(date(2024, 11, 20), date(2025, 2, 10), *PUBLISHED, "nerc")


@pytest.mark.parametrize("estimator", [known for known in ESTIMATORS if known.curve != "cost_curve"])
def test_the_published_window_is_the_stored_version(
    data: ToolData, published: Database, estimator: object
) -> None:
    source = data.curve(_choice(estimator.curve, estimator.column))
    stored = _wide(read_curve(published, estimator.curve, "NYISO"), estimator.column)
    zones = [place.name for place in locations("NYISO", "zone")]
    assert source.is_published
    assert source.values.columns.tolist() == zones
    np.testing.assert_array_equal(source.values, stored.reindex(source.values.index)[zones])
    facts = dict(source.inputs)
    assert facts["Published"].startswith("version")
    assert facts["Window"] == "2024-12-01 to 2025-01-31"


def test_a_free_range_equals_what_a_run_on_it_would_publish(data: ToolData, published: Database) -> None:
    zones = [place.name for place in locations("NYISO", "zone")]
    hours = market_hours("NYISO", *RANGE)
    after = hours["interval_start"].iloc[-1] + pd.Timedelta(hours=1)
    values, _ = read_hourly_inputs(published, "NYISO", hours["interval_start"].iloc[0], after, ["files"])
    hourly = hourly_vlr(build_grid(values, hours, zones))
    expected = {"vlr": add_priced(vlr_curve(hourly)), "shaping": shape_factors(hourly)}
    for estimator in ESTIMATORS:
        if estimator.curve in expected:
            source = data.curve(_choice(estimator.curve, estimator.column, RANGE))
            cells = _wide(expected[estimator.curve], estimator.column)
            assert not source.is_published
            assert "Computed" in dict(source.inputs)
            np.testing.assert_allclose(source.values, cells.reindex(source.values.index)[zones], rtol=1e-9)


def test_the_same_range_again_comes_from_the_cache(data: ToolData) -> None:
    days = date(2024, 12, 3), date(2025, 1, 5)
    data.curve(_choice("vlr", "cost_weighted", days))
    before = data.usage()
    data.curve(_choice("vlr", "cost_per_mwh", days))
    after = data.usage()
    assert (after.hits - before.hits, after.misses - before.misses) == (1, 0)
    assert 0 < after.n_bytes < after.max_bytes


def test_a_missing_curve_is_refused_with_what_is_available(data: ToolData) -> None:
    with pytest.raises(NoSuchCurve, match=r"no VLR of PJM is published yet.*run_all.py"):
        data.extent("PJM", "vlr")
    with pytest.raises(NoSuchCurve, match="2024-11-20 to 2025-02-10"):
        data.curve(_choice("vlr", "cost_weighted", (date(2020, 1, 1), date(2020, 2, 1))))


def test_a_newer_run_is_found_and_read_on_request(
    database: Database, publish: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(database, *PUBLISHED)
    monkeypatch.setenv(DATABASE_VARIABLE, database.url)
    data = ToolData("files")
    told: list[tuple[int, int, str]] = []
    data.preload(lambda *step: told.append(step))
    assert [(step, n_steps) for step, n_steps, _ in told] == [(1, 2), (2, 2)]
    assert data.find_newer_run() is None
    choices = _choice("vlr", "cost_weighted"), _choice("vlr", "cost_weighted", RANGE)
    before = [data.curve(choice).values for choice in choices]

    run_id = publish(database, *PUBLISHED, seed=2)
    newer = data.find_newer_run()
    assert newer is not None
    assert (newer.run_id, newer.isos) == (run_id, ("NYISO",))
    for choice, values in zip(choices, before, strict=True):
        pd.testing.assert_frame_equal(data.curve(choice).values, values)  # nothing changes underneath

    data.refresh()
    assert data.find_newer_run() is None
    assert data.usage().run_id == run_id
    for choice, values in zip(choices, before, strict=True):
        assert not np.isclose(data.curve(choice).values, values).any()


def test_a_refresh_keeps_what_the_run_did_not_change(
    database: Database, publish: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(database, *PUBLISHED)
    monkeypatch.setenv(DATABASE_VARIABLE, database.url)
    data = ToolData("files")
    data.preload()
    publish(database, *PUBLISHED)
    newer = data.find_newer_run()
    assert newer is not None
    assert newer.isos == ()
    before = data.usage().misses
    data.refresh()
    assert data.usage().misses == before


def test_an_empty_database_has_no_curves_and_no_newer_run(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(DATABASE_VARIABLE, database.url)
    data = ToolData("files")
    assert data.isos() == ()
    data.preload()
    assert data.find_newer_run() is None


def _cost_curve(vlr: pd.DataFrame) -> pd.DataFrame:
    """Return the cells of two zones and two delivery months, with other numbers in each column."""
    hours = market_hours("NYISO", *DELIVERY)
    counts = hours.groupby(["month", "he", "block_type"], observed=True).size().rename("n_hours")
    cells = vlr[["location", *INDEX, "cost_per_mwh"]].merge(counts.reset_index(), on=INDEX)
    cells = cells[cells["location"].isin(PRICED)].rename(columns={"cost_per_mwh": "vlr_cost_per_mwh"})
    month = cells.pop("month")
    forward = np.where(month == 1, 60.0, 50.0)
    hpfc = forward + 3.0 + cells["he"] / 10
    return cells.assign(
        delivery_month=pd.to_datetime({"year": 2026 - month // 12, "month": month, "day": 1}),
        hub="NYISO A",
        quote="5x16",
        forward_price=forward,
        da_rt_adjustment=1.0,
        zone_basis=2.0,
        block_price=forward + 3.0,
        shape=1.01,
        additive_shape=0.5,
        factor_share=1.0,
        vlr_priced=cells["vlr_cost_per_mwh"] + 0.01,
        hpfc=hpfc,
        vlr_pct=0.02,
        covariance=0.02 * (forward + 3.0),
        **{name: 0.1 * i for i, name in enumerate(("band_low", "p75", "p95", "cvar95"))},
        **{"band_high": 0.2, "risk": 0.0},
        cost_to_serve=hpfc + 0.02 * (forward + 3.0) + cells["vlr_cost_per_mwh"] + 0.01,
        cost_to_serve_by_pct=hpfc * 1.02,
        is_modelled=False,
        is_thin=False,
        is_additive_shape=False,
        is_additive_split=False,
        is_additive_covariance=False,
        reason=None,
    )


@pytest.fixture
def priced(
    database: Database, publish: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> tuple[ToolData, pd.DataFrame, pd.DataFrame]:
    """The tool's data with a cost curve, the cells of the cost curve, and those of its VLR."""
    run_id = publish(database, *PUBLISHED)
    vlr, vlr_version = read_curve(database, "vlr", "NYISO"), read_latest_version(database, "vlr", "NYISO")
    cells = _cost_curve(vlr)
    about = {"holidays": "nerc", "vlr_version": vlr_version}
    task = RunTask(run_id, "cost_curves", "NYISO")
    tables = {"cost_curve": cells.rename(columns={"zone_basis": "basis"})}
    save_curve(database, NewVersion("cost_curve", "NYISO", *PUBLISHED, about, [], "x" * 64), tables, task)
    monkeypatch.setenv(DATABASE_VARIABLE, database.url)
    return ToolData("files"), cells, vlr


def test_a_cost_curve_of_before_its_band_was_kept_shows_an_empty_band(
    database: Database,
    publish: Callable[..., int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run_id = publish(database, *PUBLISHED)
    vlr, version = read_curve(database, "vlr", "NYISO"), read_latest_version(database, "vlr", "NYISO")
    cells = _cost_curve(vlr).rename(columns={"zone_basis": "basis"})
    tables = {"cost_curve": cells.drop(columns=["band_low", "band_high", "p75", "p95", "cvar95", "risk"])}
    about = {"holidays": "nerc", "vlr_version": version}
    task = RunTask(run_id, "cost_curves", "NYISO")
    save_curve(database, NewVersion("cost_curve", "NYISO", *PUBLISHED, about, [], "x" * 64), tables, task)
    monkeypatch.setenv(DATABASE_VARIABLE, database.url)
    shown = ToolData("files").curve(_choice("cost_curve", "p95", DELIVERY))
    assert shown.values.isna().all(axis=None)


def test_the_range_of_a_cost_curve_selects_delivery_months(
    priced: tuple[ToolData, pd.DataFrame, pd.DataFrame],
) -> None:
    data, cells, _ = priced
    assert data.extent("NYISO", "cost_curve") == Extent(*DELIVERY, *DELIVERY, "nerc")
    for column in (estimator.column for estimator in estimators_of("cost_curve")):
        shown = data.curve(_choice("cost_curve", column, DELIVERY)).values["GENESE"]
        own = cells[cells["location"] == "GENESE"].assign(month=cells["delivery_month"].dt.strftime("%Y-%m"))
        np.testing.assert_array_equal(shown, own.set_index(INDEX)[column].reindex(shown.index))
    january = data.curve(_choice("cost_curve", "cost_to_serve", (date(2026, 1, 5), date(2026, 1, 20))))
    assert january.values.index.unique("month").tolist() == ["2026-01"]


@pytest.mark.parametrize(
    "days",
    [
        (date(2027, 1, 1), date(2027, 2, 1)),
        (date(2026, 1, 20), date(2026, 1, 10)),
        (date(1990, 1, 1), date(2100, 1, 1)),
        (date(2025, 12, 1), date(2026, 2, 1)),
    ],
)
def test_a_range_outside_the_delivery_months_is_refused(
    days: tuple[date, date], priced: tuple[ToolData, pd.DataFrame, pd.DataFrame]
) -> None:
    refusal = (
        "2025-12-01 to 2026-01-31" if days[0] <= days[1] else "2026-01-10, is before the first, 2026-01-20"
    )
    with pytest.raises(NoSuchCurve, match=refusal):
        priced[0].curve(_choice("cost_curve", "cost_to_serve", days))


def test_a_cost_curve_of_own_load_has_its_months_and_weighs_with_its_own_vlr(
    priced: tuple[ToolData, pd.DataFrame, pd.DataFrame], database: Database
) -> None:
    _, cells, _ = priced
    about = {"holidays": "nerc", "own_vlr_version": read_latest_version(database, "vlr", "NYISO")}
    own = cells.assign(cost_to_serve=cells["cost_to_serve"] + 1).rename(columns={"zone_basis": "basis"})
    run_id = start_run(
        database, source="files", as_of=date(2025, 3, 1), window_start=None, window_end=PUBLISHED[1]
    )
    task = RunTask(run_id, "cost_curves", "NYISO")
    save_curve(
        database,
        NewVersion("own_cost_curve", "NYISO", *PUBLISHED, about, [], "y" * 64),
        {"cost_curve": own},
        task,
    )
    data = ToolData("files")
    assert data.extent("NYISO", "own_cost_curve") == data.extent("NYISO", "cost_curve")
    pair = [
        data.curve(_choice(curve, "cost_to_serve", DELIVERY)) for curve in ("own_cost_curve", "cost_curve")
    ]
    difference = (pair[0].values - pair[1].values).stack().dropna()
    assert len(difference) == len(cells) and difference.to_numpy() == pytest.approx(1.0)
    assert sorted(pair[0].values) == sorted(PRICED)  # the zones that have own load
    pd.testing.assert_frame_equal(pair[0].weights.base, pair[1].weights.base[list(pair[0].values)])


def test_a_part_of_a_cost_curve_still_has_the_published_version_and_window(
    priced: tuple[ToolData, pd.DataFrame, pd.DataFrame],
) -> None:
    data, _, _ = priced
    days = date(2026, 1, 1), date(2026, 1, 31)
    facts = dict(data.curve(_choice("cost_curve", "cost_to_serve", days)).inputs)
    assert facts["Published"].startswith("version")
    assert facts["Delivery"] == "2026-01 to 2026-01"
    assert facts["Window"] == "2024-12-01 to 2025-01-31"
    assert "Computed" not in facts


@pytest.mark.parametrize(("column", "part"), [("cost_to_serve", "cost_to_serve"), ("vlr_priced", "vlr")])
def test_means_of_a_cost_curve_are_load_weighted_as_in_the_report(
    column: str, part: str, priced: tuple[ToolData, pd.DataFrame, pd.DataFrame]
) -> None:
    data, cells, vlr = priced
    state = tool_state.choose(tool_state.first_state(data), data, curve="cost_curve", estimator=column)
    whole = editing.profile_edits(state, [], PRICED).set_index("zone")["before"]
    np.testing.assert_allclose(whole, cost_parts(cells, vlr).set_index("location")[part][PRICED])
    months = editing.profile_edits(state, ["month"], ["GENESE"]).set_index("month")["after"]
    parts = cost_parts(cells[cells["location"] == "GENESE"], vlr, ["delivery_month"])
    np.testing.assert_allclose(months, parts.set_index("delivery_month")[part].sort_index())
    assert "load" in state.source.weights.words


def test_the_hourly_forward_price_is_load_weighted_too(
    priced: tuple[ToolData, pd.DataFrame, pd.DataFrame],
) -> None:
    data, cells, vlr = priced
    state = tool_state.choose(tool_state.first_state(data), data, curve="cost_curve", estimator="hpfc")
    own = cells.assign(month=cells["delivery_month"].dt.month).merge(vlr, on=["location", *INDEX])
    load = own["rt_load_mwh"] / own["n_hours_y"] * own["n_hours_x"]
    is_genese = own["location"] == "GENESE"
    expected = np.average(own.loc[is_genese, "hpfc"], weights=load[is_genese])
    assert editing.profile_edits(state, [], ["GENESE"])["before"].item() == pytest.approx(expected)


def test_the_calculator_adds_the_vlr_of_a_cost_curve_and_refuses_its_prices(
    priced: tuple[ToolData, pd.DataFrame, pd.DataFrame],
) -> None:
    data, cells, vlr = priced
    adder = tool_state.choose(tool_state.first_state(data), data, curve="cost_curve", estimator="vlr_priced")
    table = editing.price_lmps(adder, "40, 60")
    assert isinstance(table, pd.DataFrame)
    parts = cost_parts(cells, vlr).set_index("location")["vlr"]
    genese = table[table["zone"] == "GENESE"]
    assert genese["cost_usd_per_mwh"].tolist() == pytest.approx([parts["GENESE"]] * 2)
    price = tool_state.choose(adder, data, estimator="hpfc")
    refused = editing.price_lmps(price, "40")
    assert isinstance(refused, Message)
    assert "price already" in refused.text
