"""What the pages say of how far their numbers can be trusted."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from lib.calc.diagnostics import ALL_ZONES, NEAR_ZERO, near_zero_hours
from lib.calc.drift import DRIFTS, NO_DRIFT
from lib.calc.vlr import hourly_vlr
from lib.pipeline.steps import trust
from lib.pipeline.steps.window import Window


def _context(iso: str) -> Any:
    days = (date(2021, 1, 1), date(2025, 12, 31), date(2026, 1, 1))
    return SimpleNamespace(iso=iso, window=Window(*days))


def _hours() -> pd.DataFrame:
    """Return an hour on each of two days in two years, one of them before ECRS."""
    frame = pd.DataFrame({"market_date": pd.to_datetime(["2022-07-01", "2024-01-15"])})
    prices = {"da_lmp_usd_per_mwh": [0.5, 40.0], "rt_lmp_usd_per_mwh": 60.0}
    frame = frame.assign(year=frame["market_date"].dt.year, month=7, he=9, block_type="5x16", **prices)
    return hourly_vlr(frame.assign(location="A", da_load_mw=1000.0, rt_load_mw=1100.0))


def test_a_dear_day_has_the_name_of_its_event() -> None:
    costs = pd.DataFrame(
        {ALL_ZONES: [5.0, 9.0]}, pd.DatetimeIndex(["2021-02-15", "2023-06-26"], name="market_date")
    )
    days = trust.name_dearest_days(_context("ERCOT"), costs)
    assert days["event"].fillna("").tolist() == ["", "Winter Storm Uri"]
    assert days["market_date"].dt.year.tolist() == [2023, 2021]


def test_years_and_rules_stand_in_one_table() -> None:
    table = trust.vlr_by_year_and_regime(_context("ERCOT"), _hours())
    assert table["part"].str[:6].tolist() == ["2022", "2024", "before", "from E"]
    assert table["cost_per_mwh"].iloc[1] == table["cost_per_mwh"].iloc[3]
    assert len(trust.vlr_by_year_and_regime(_context("NYISO"), _hours())) == 2
    shape = trust.shape_by_year_and_regime(_context("ERCOT"), _hours())
    assert shape["part"].tolist() == table["part"].tolist()


def test_tables_keep_the_sequence_of_zones_and_windows() -> None:
    rows = pd.DataFrame(
        {"location": [ALL_ZONES] * 2 + ["A"] * 2, "last_years": [1, np.nan] * 2, "year": 2021}
    )
    rows = rows.assign(cost_per_mwh=[0.1, 0.2, 0.3, 0.4])
    table = trust.spread_over_windows(rows)
    assert list(table) == ["location", "last year", "all days"]
    assert table["location"].tolist() == [ALL_ZONES, "A"] and table["all days"].tolist() == [0.2, 0.4]
    assert set(trust.three_decimals(table)) == {"last year", "all days"}


def test_columns_that_the_page_shows_exist() -> None:
    assert set(trust.NEAR_ZERO_COLUMNS) <= set(near_zero_hours(_hours()))
    assert set(trust.NEAR_ZERO_HEADINGS) <= set(trust.NEAR_ZERO_COLUMNS)
    assert NEAR_ZERO == (1.0, 5.0)


def test_hours_near_zero_are_described_by_the_zone_that_has_most() -> None:
    said = trust.describe_near_zero(near_zero_hours(_hours()))
    assert said.startswith("A has the most hours with a day-ahead price under $1/MWh in size: 1 of 2.")
    assert "its mean of ratios is 4.545 % and not" in said
    calm = near_zero_hours(_hours().iloc[1:])
    assert trust.describe_near_zero(calm) == (
        "No hour that counts has a day-ahead price under $1/MWh in size."
    )


def test_shares_drift_and_windows_are_said_or_why_not() -> None:
    share = pd.Series({"share_of_net": 0.485, "share_of_gross": 0.326})
    assert trust.describe_dear_days(share) == (
        "The 10 dearest days of all zones together are 48 % of the cost of all days, and 33 % of the cost of "
        "the days that cost something."
    )
    assert "under 10 % of both" in trust.describe_dear_days(share.mask(share == 0.485))
    slopes = pd.DataFrame({"slope": [0.1, 0.2], "standard_error": [0.01, 0.2], "verdict": [DRIFTS, NO_DRIFT]})
    assert trust.describe_drift(slopes) == (
        "Over all zones VLR moves by +0.100 $/MWh a year, with a standard error of 0.010: more than chance. "
        "In 0 of 1 zones the move is more than chance."
    )
    assert trust.describe_drift(slopes.assign(slope=np.nan)).startswith("Nobody")
    windows = pd.DataFrame({"location": ALL_ZONES, "last_years": [1, 3, np.nan]}).assign(
        cost_per_mwh=[0.5, 0.2, 0.2], interval_low=0.1, interval_high=0.3
    )
    assert trust.describe_windows(windows).endswith(
        "the last year says 0.500. Outside the interval: the last year. Say why you choose one window."
    )
    assert trust.describe_windows(windows.iloc[1:]).endswith("No shorter window lies outside the interval.")
    assert trust.describe_windows(windows.iloc[2:]).startswith("Nobody can tell")


def test_rules_that_changed_are_named_once() -> None:
    assert trust.describe_rules(_context("ISONE")).startswith(
        "Changed within the window: Day-Ahead Ancillary"
    )
    assert "regimes.csv" in trust.describe_rules(_context("NYISO"))
