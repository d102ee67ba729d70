from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from lib.calc.delivery import (
    N_MONTHS,
    FirstMonth,
    count_cells,
    delivery_hours,
    elapsed_hours,
    quote_weights,
    replace_weights,
)
from lib.markets import BLOCKS, MARKETS, OFF_PEAK, QUOTE_BLOCKS

# NERC holidays on weekdays, from February 2026 to January 2029.
HOLIDAYS = (
    *("2026-05-25", "2026-09-07", "2026-11-26", "2026-12-25", "2027-01-01", "2027-05-31", "2027-07-05"),
    *("2027-09-06", "2027-11-25", "2028-05-29", "2028-07-04", "2028-09-04", "2028-11-23", "2028-12-25"),
    "2029-01-01",
)


@pytest.mark.parametrize("iso", MARKETS)
def test_every_month_of_delivery_has_the_hours_of_the_calendar(iso: str) -> None:
    hours = delivery_hours(iso, date(2026, 1, 31))
    counts = hours.groupby(["delivery_month", "block_type"], observed=True).size().unstack()
    assert len(counts) == N_MONTHS
    months = counts.index.to_numpy("datetime64[M]")
    days = [month.astype("datetime64[D]") for month in (months, months + 1)]
    n_days = (days[1] - days[0]).astype(int)
    clock = np.select([counts.index.month == 3, counts.index.month == 11], [-1, 1], 0)
    weekdays = np.busday_count(*days, holidays=list(HOLIDAYS))
    assert counts["5x16"].tolist() == (16 * weekdays).tolist()
    assert counts["2x16"].tolist() == (16 * (n_days - weekdays)).tolist()
    assert counts["7x8"].tolist() == (8 * n_days + clock).tolist()


@pytest.mark.parametrize(
    ("as_of", "first"),
    [("2026-01-02", "2026-02-01"), ("2026-01-31", "2026-02-01"), ("2025-12-31", "2026-01-01")],
)
def test_delivery_begins_with_the_month_after(as_of: str, first: str) -> None:
    months = delivery_hours("PJM", date.fromisoformat(as_of), n_months=2)["delivery_month"].unique()
    assert months.tolist() == [pd.Timestamp(first), pd.Timestamp(first) + pd.DateOffset(months=1)]


@pytest.mark.parametrize("first_month", ["next", "current"])
def test_on_the_first_of_a_month_the_month_itself_is_delivered(first_month: FirstMonth) -> None:
    hours = delivery_hours("PJM", date(2026, 1, 1), n_months=2, first_month=first_month)
    assert hours["market_date"].iloc[[0, -1]].dt.strftime("%m-%d").tolist() == ["01-01", "02-28"]
    assert elapsed_hours("PJM", hours).empty


def test_a_month_that_has_begun_is_delivered_from_the_day_of_the_run_on() -> None:
    hours = delivery_hours("PJM", date(2026, 3, 8), n_months=2, first_month="current")
    march = hours[hours["delivery_month"] == "2026-03-01"]
    assert (march["market_date"].min(), len(march)) == (pd.Timestamp("2026-03-08"), 24 * 24 - 1)
    elapsed = elapsed_hours("PJM", hours)
    assert (len(elapsed), elapsed["market_date"].max()) == (7 * 24, pd.Timestamp("2026-03-07"))
    assert hours["delivery_month"].nunique() == 2


def test_a_month_has_40_cells_and_the_clock_changes_in_one(hours: pd.DataFrame) -> None:
    counts = count_cells(hours).set_index(["delivery_month", "he", "block_type"])["n_hours"]
    assert counts.groupby("delivery_month").size().unique().tolist() == [40]
    assert counts["2026-03-01", 3, "7x8"] == 30
    assert counts["2026-11-01", 2, "7x8"] == 31
    assert counts["2026-11-01", 1, "7x8"] == 30


def _share(hours: pd.DataFrame, quote: str, weights: str, month: str) -> pd.Series:
    key = ["quote", "weights", "delivery_month"]
    return quote_weights(hours).set_index(key).loc[(quote, weights, pd.Timestamp(month))]


def test_off_peak_by_hours_weighs_each_hour_alike(hours: pd.DataFrame) -> None:
    july = _share(hours, OFF_PEAK, "hours", "2026-07-01")
    assert july.tolist() == pytest.approx([0, 128 / 376, 248 / 376])
    assert _share(hours, "2x16", "hours", "2026-07-01").tolist() == [0, 1, 0]
    assert _share(hours, "7x16", "hours", "2026-07-01").tolist() == pytest.approx([368 / 496, 128 / 496, 0])
    assert _share(hours, "7x24", "hours", "2026-07-01").tolist() == pytest.approx(
        [368 / 744, 128 / 744, 248 / 744]
    )


def test_off_peak_by_days_weighs_each_day_alike(hours: pd.DataFrame) -> None:
    # July 2026: 23 weekdays have eight off-peak hours, 8 days of weekends have 24, of which 16 are 2x16.
    july = _share(hours, OFF_PEAK, "days", "2026-07-01")
    assert july.tolist() == pytest.approx([0, 8 * (16 / 24) / 31, 1 - 8 * (16 / 24) / 31])
    # In November 2026 one of the ten days of weekends and holidays has 25 hours.
    november = _share(hours, OFF_PEAK, "days", "2026-11-01")["2x16"]
    assert november == pytest.approx((9 * 16 / 24 + 16 / 25) / 30)


def test_days_that_a_quote_does_not_cover_do_not_count(hours: pd.DataFrame) -> None:
    assert _share(hours, "2x16", "days", "2026-07-01").tolist() == [0, 1, 0]
    assert _share(hours, "7x16", "days", "2026-07-01").tolist() == pytest.approx([23 / 31, 8 / 31, 0])


def test_the_shares_of_every_quote_and_month_add_up(hours: pd.DataFrame) -> None:
    weights = quote_weights(hours)
    assert len(weights) == len(QUOTE_BLOCKS) * 2 * N_MONTHS
    np.testing.assert_allclose(weights[list(BLOCKS)].sum(axis=1), 1)


def test_the_weights_of_off_peak_contracts_can_be_replaced() -> None:
    contracts = pd.DataFrame(
        {"hub": "H", "quote": ["5x16", OFF_PEAK, "7x8"], "weights": ["hours", "days", "hours"]}
    )
    assert replace_weights(contracts, "contract")["weights"].tolist() == ["hours", "days", "hours"]
    assert replace_weights(contracts, "hours")["weights"].tolist() == ["hours", "hours", "hours"]
    assert replace_weights(contracts.assign(weights="hours"), "days")["weights"].tolist() == [
        "hours",
        "days",
        "hours",
    ]


def test_unknown_weights_are_refused() -> None:
    with pytest.raises(ValueError, match="unknown off-peak weights 'weeks': known are contract, hours, days"):
        replace_weights(pd.DataFrame(columns=["hub", "quote", "weights"]), "weeks")
