"""The main figures before and after a change of a market's rules."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.calc.regimes import COLUMNS, figures_by_part
from lib.calc.vlr import hourly_vlr
from lib.hours import market_hours
from lib.markets import MEASURES

ECRS = pd.Timestamp("2023-06-09")


def _hours(rows: list[tuple[str, float, float, float, float]]) -> pd.DataFrame:
    """Return hourly VLR of rows: day, DA LMP, RT LMP, DA load, RT load."""
    names = ["market_date", "da_lmp_usd_per_mwh", "rt_lmp_usd_per_mwh", "da_load_mw", "rt_load_mw"]
    frame = pd.DataFrame(rows, columns=names)
    return hourly_vlr(frame.assign(market_date=pd.to_datetime(frame["market_date"])))


def test_the_worked_row_stands_before_and_a_calm_hour_after() -> None:
    """The four worked hours of VLR cost 3,100 $ for 3,670 MWh: 0.844687; the mean spread is 36.25 - 30."""
    hours = _hours(
        [
            ("2023-06-07", 40, 60, 1000, 1100),
            ("2023-06-07", 40, 30, 1000, 950),
            ("2023-06-08", 20, 20, 800, 780),
            ("2023-06-08", 20, 35, 800, 840),
            ("2023-06-09", 25, 24, 500, 510),
            ("2023-06-09", 35, float("nan"), 500, 510),
        ]
    )
    before, after = figures_by_part(hours, [ECRS]).to_dict("records")
    assert (before["part"], before["n_hours"], before["n_price_hours"]) == (0, 4, 4)
    assert before["cost_per_mwh"] == pytest.approx(0.844687, abs=5e-7)
    assert (before["da_mean"], before["rt_mean"], before["spread"]) == (30.0, 36.25, 6.25)
    assert (before["first_day"], before["last_day"]) == (
        pd.Timestamp("2023-06-07"),
        pd.Timestamp("2023-06-08"),
    )
    assert (after["part"], after["n_hours"], after["n_price_hours"]) == (1, 1, 1)
    assert after["cost_per_mwh"] == pytest.approx(-10 / 510)
    assert (after["da_mean"], after["rt_mean"], after["spread"]) == (25.0, 24.0, -1.0)


def test_a_part_without_an_hour_of_vlr_has_no_figure_and_says_so_with_0() -> None:
    hours = _hours([("2023-06-08", 40, 60, 1000, float("nan")), ("2023-06-09", float("nan"), 60, 1000, 1000)])
    figures = figures_by_part(hours, [ECRS]).set_index("part")
    assert figures["n_hours"].tolist() == [0, 0] and figures["cost_per_mwh"].isna().all()
    assert figures["n_price_hours"].tolist() == [1, 0] and np.isnan(figures.loc[1, "spread"])


@given(st.data())
@settings(max_examples=30)
def test_the_parts_add_up_to_the_whole(data: st.DataObject) -> None:
    price, load = st.floats(-50, 500), st.floats(1, 2000)
    days = st.dates(pd.Timestamp("2023-05-01").date(), pd.Timestamp("2023-07-31").date()).map(str)
    rows = data.draw(st.lists(st.tuples(days, price, price, load, load), min_size=1, max_size=12))
    cuts = data.draw(st.lists(st.dates(pd.Timestamp("2023-05-01").date(), pd.Timestamp("2023-07-31").date())))
    hours = _hours(rows)
    (whole,) = figures_by_part(hours, []).to_dict("records")
    parts = figures_by_part(hours, [pd.Timestamp(day) for day in sorted(set(cuts))])
    assert list(parts) == COLUMNS
    assert parts["n_price_hours"].sum() == whole["n_price_hours"] == len(rows)
    mean = (parts["spread"] * parts["n_price_hours"]).sum() / len(rows)
    assert mean == pytest.approx(whole["spread"], abs=1e-9)
    assert whole["spread"] == pytest.approx(whole["rt_mean"] - whole["da_mean"], abs=1e-12)


def test_ercot_before_and_after_ecrs(shared_data: Path) -> None:
    """Real hours of four zones around June 2023, against sums taken hour by hour."""
    frames = {}
    for name, measure in MEASURES.items():
        rows = pd.read_parquet(shared_data / "ercot_years" / "ercot" / f"{name}.parquet")
        rows = rows.rename(columns={"zone": "location", "interval_start_utc": "interval_start"})
        frames[measure.column] = rows.set_index(["location", "interval_start"])["value"]
    calendar = market_hours("ERCOT", pd.Timestamp("2021-03-03").date(), pd.Timestamp("2024-09-16").date())
    values = pd.DataFrame(frames).reset_index()
    values = values[values["location"] != "HB_NORTH"].merge(calendar, on="interval_start")
    hourly = hourly_vlr(values)
    before, after = figures_by_part(hourly, [ECRS]).to_dict("records")
    is_after = (hourly["market_date"] >= ECRS).to_numpy()
    for figures, side in ((before, hourly[~is_after]), (after, hourly[is_after])):
        used = side.dropna(subset=list(frames))
        used = used[(used["da_load_mw"] > 0) & (used["rt_load_mw"] > 0)]
        cost = (
            (used["rt_load_mw"] - used["da_load_mw"])
            * (used["rt_lmp_usd_per_mwh"] - used["da_lmp_usd_per_mwh"])
        ).sum()
        assert figures["n_hours"] == len(used) > 20_000
        assert figures["cost_per_mwh"] == pytest.approx(cost / used["rt_load_mw"].sum(), rel=1e-12)
        prices = side.dropna(subset=["da_lmp_usd_per_mwh", "rt_lmp_usd_per_mwh"])
        assert figures["da_mean"] == pytest.approx(prices["da_lmp_usd_per_mwh"].mean(), rel=1e-12)
        assert figures["n_price_hours"] == len(prices)
    print(pd.DataFrame([before, after]).to_string())
