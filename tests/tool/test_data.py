from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd
import pytest

from lib.calc.grid import on_calendar
from lib.calc.scaling import INDEX
from lib.calc.shaping import shape_factors
from lib.calc.vlr import hourly_vlr, vlr_curve
from lib.hours import market_hours
from lib.markets import locations
from lib.store import DATABASE_VARIABLE, Database, Task, read_curve, read_inputs, save_curve
from lib.tool.data import ESTIMATORS, Choice, Extent, NoSuchCurve, ToolData

PUBLISHED = date(2024, 12, 1), date(2025, 1, 31)
RANGE = date(2024, 11, 25), date(2025, 2, 3)


def _choice(curve: str, estimator: str, days: tuple[date, date] = PUBLISHED) -> Choice:
    return Choice("NYISO", curve, estimator, *days)


def _wide(cells: pd.DataFrame, column: str) -> pd.DataFrame:
    return cells.astype({"location": str}).set_index([*INDEX, "location"])[column].unstack("location")


def test_it_says_what_is_published_and_which_days_can_be_had(data: ToolData) -> None:
    assert data.isos() == ("NYISO",)
    assert data.curves("NYISO") == ("vlr", "shaping")
    assert data.curves("PJM") == ()
    assert data.extent("NYISO", "vlr") == Extent(date(2024, 11, 20), date(2025, 2, 10), *PUBLISHED)


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
    facts = dict(source.stands_on)
    assert facts["Published"].startswith("version")
    assert facts["Window"] == "2024-12-01 to 2025-01-31"


def test_a_free_range_is_what_a_run_on_it_would_publish(data: ToolData, published: Database) -> None:
    zones = [place.name for place in locations("NYISO", "zone")]
    hours = market_hours("NYISO", *RANGE)
    after = hours["interval_start"].iloc[-1] + pd.Timedelta(hours=1)
    values, _ = read_inputs(published, "NYISO", hours["interval_start"].iloc[0], after, ["files"])
    hourly = hourly_vlr(on_calendar(values, hours, zones))
    expected = {"vlr": vlr_curve(hourly), "shaping": shape_factors(hourly)}
    for estimator in ESTIMATORS:
        if estimator.curve in expected:
            source = data.curve(_choice(estimator.curve, estimator.column, RANGE))
            cells = _wide(expected[estimator.curve], estimator.column)
            assert not source.is_published
            assert "Computed" in dict(source.stands_on)
            np.testing.assert_allclose(source.values, cells.reindex(source.values.index)[zones], rtol=1e-9)


def test_a_question_asked_again_is_answered_from_the_cache(data: ToolData) -> None:
    days = date(2024, 12, 3), date(2025, 1, 5)
    data.curve(_choice("vlr", "cost_weighted", days))
    before = data.usage()
    data.curve(_choice("vlr", "cost_per_mwh", days))
    after = data.usage()
    assert (after.hits - before.hits, after.misses - before.misses) == (1, 0)
    assert 0 < after.n_bytes < after.max_bytes


def test_what_is_not_there_is_refused_with_what_there_is(data: ToolData) -> None:
    with pytest.raises(NoSuchCurve, match=r"no VLR of PJM is published yet.*run_all.py"):
        data.extent("PJM", "vlr")
    with pytest.raises(NoSuchCurve, match="2024-11-20 to 2025-02-10"):
        data.curve(_choice("vlr", "cost_weighted", (date(2020, 1, 1), date(2020, 2, 1))))


def test_a_newer_run_is_noticed_and_read_on_request(
    database: Database, publish: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(database, *PUBLISHED)
    monkeypatch.setenv(DATABASE_VARIABLE, database.url)
    data = ToolData("files")
    told: list[tuple[int, int, str]] = []
    data.preload(lambda *step: told.append(step))
    assert [(step, n_steps) for step, n_steps, _ in told] == [(1, 2), (2, 2)]
    assert data.newer_run() is None
    choices = _choice("vlr", "cost_weighted"), _choice("vlr", "cost_weighted", RANGE)
    before = [data.curve(choice).values for choice in choices]

    run_id = publish(database, *PUBLISHED, seed=2)
    newer = data.newer_run()
    assert newer is not None
    assert (newer.run_id, newer.isos) == (run_id, ("NYISO",))
    for choice, values in zip(choices, before, strict=True):
        pd.testing.assert_frame_equal(data.curve(choice).values, values)  # nothing changes underneath

    data.refresh()
    assert data.newer_run() is None
    assert data.usage().run_id == run_id
    for choice, values in zip(choices, before, strict=True):
        assert not np.isclose(data.curve(choice).values, values).any()


def test_a_refresh_keeps_what_a_run_did_not_change(
    database: Database, publish: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(database, *PUBLISHED)
    monkeypatch.setenv(DATABASE_VARIABLE, database.url)
    data = ToolData("files")
    data.preload()
    publish(database, *PUBLISHED)
    newer = data.newer_run()
    assert newer is not None
    assert newer.isos == ()
    before = data.usage().misses
    data.refresh()
    assert data.usage().misses == before


def test_an_empty_database_says_how_curves_are_made(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(DATABASE_VARIABLE, database.url)
    data = ToolData("files")
    assert data.isos() == ()
    data.preload()
    assert data.newer_run() is None


def _cost_curve() -> pd.DataFrame:
    """The cells of one zone and two months of delivery: $50, and $60 in March."""
    hours = market_hours("NYISO", date(2025, 2, 1), date(2025, 3, 31))
    cells = hours.groupby(["month", "he", "block_type"], observed=True).size().rename("n_hours").reset_index()
    month = cells.pop("month")
    texts, price = {"hub": "NYISO A", "quote": "5x16"}, np.where(month == 3, 60.0, 50.0)
    numbers = ("forward_price", "basis", "block_price", "shape", "hpfc", "vlr_cost_per_mwh", "vlr_pct")
    more = ("da_rt_adjustment", "cost_to_serve", "cost_to_serve_by_pct")
    return cells.assign(
        location="WEST",
        delivery_month=pd.to_datetime({"year": 2025, "month": month, "day": 1}),
        **texts,
        **dict.fromkeys((*numbers, *more), price),
        is_modelled=False,
        is_additive_shape=False,
        reason=None,
    )


def test_the_range_of_a_cost_curve_says_which_months_of_delivery_are_shown(
    database: Database, publish: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = publish(database, *PUBLISHED)
    tables = {"cost_curve": _cost_curve()}
    task = Task(run_id, "cost_curves", "NYISO")
    save_curve(database, "cost_curve", "NYISO", *PUBLISHED, {}, [], "x" * 64, tables, task)
    monkeypatch.setenv(DATABASE_VARIABLE, database.url)
    data = ToolData("files")
    months = date(2025, 2, 1), date(2025, 3, 31)
    assert data.extent("NYISO", "cost_curve") == Extent(*months, *months)
    whole = data.curve(_choice("cost_curve", "cost_to_serve", months))
    assert whole.values["WEST"].groupby(level="month").mean().to_dict() == {"2025-02": 50.0, "2025-03": 60.0}
    assert whole.weights.base["WEST"].groupby(level="month").sum().to_dict() == {
        "2025-02": 672,
        "2025-03": 743,
    }
    march = data.curve(_choice("cost_curve", "cost_to_serve", (date(2025, 3, 5), date(2025, 3, 20))))
    assert march.values.index.unique("month").tolist() == ["2025-03"]
    with pytest.raises(NoSuchCurve, match="2025-02-01 to 2025-03-31"):
        data.curve(_choice("cost_curve", "cost_to_serve", (date(2026, 1, 1), date(2026, 2, 1))))
