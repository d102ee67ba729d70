"""Changes of a market's rules as data."""

from __future__ import annotations

from datetime import date

import pytest

from lib.markets import MARKETS, UnknownMarket
from lib.regimes import market_regimes, regimes_between


@pytest.mark.parametrize("iso", MARKETS)
def test_every_regime_has_a_name_and_a_source_and_they_are_in_order(iso: str) -> None:
    found = market_regimes(iso)
    assert [regime.date for regime in found] == sorted(regime.date for regime in found)
    assert all(regime.iso == iso and regime.name and regime.source for regime in found)


@pytest.mark.parametrize(
    ("iso", "start", "end", "days"),
    [
        ("ERCOT", "2021-01-01", "2025-12-31", ["2023-06-09", "2025-12-05"]),
        ("ERCOT", "2023-06-09", "2025-12-04", []),  # neither has a day before it, or of it, in the window
        ("ERCOT", "2023-06-08", "2023-06-09", ["2023-06-09"]),
        ("ISONE", "2021-01-01", "2025-12-31", ["2025-03-01"]),
        ("NYISO", "2021-01-01", "2025-12-31", []),
    ],
)
def test_a_window_spans_a_change_with_days_on_both_sides(
    iso: str, start: str, end: str, days: list[str]
) -> None:
    found = regimes_between(iso, date.fromisoformat(start), date.fromisoformat(end))
    assert [str(regime.date) for regime in found] == days


def test_an_unknown_market_has_no_regimes() -> None:
    with pytest.raises(UnknownMarket):
        market_regimes("NOWHERE")
