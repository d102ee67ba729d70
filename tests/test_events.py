"""Events are data: days of a market that a typical price must not rest on."""

from __future__ import annotations

import pandas as pd
import pytest

from lib.events import is_event, market_events
from lib.markets import MARKETS, UnknownMarket


@pytest.mark.parametrize("iso", MARKETS)
def test_each_event_has_a_name_a_source_and_days_in_sequence(iso: str) -> None:
    events = market_events(iso)
    assert (events["start"] <= events["end"]).all()
    assert events[["event", "source"]].ne("").all(axis=None)


def test_both_ends_of_an_event_belong_to_it() -> None:
    days = pd.Series(pd.date_range("2021-02-11", "2021-02-21"))
    assert is_event("ERCOT", days).tolist() == [False, *[True] * 9, False]
    assert not is_event("NYISO", days).any()


def test_an_unknown_market_has_no_events() -> None:
    with pytest.raises(UnknownMarket):
        market_events("NOWHERE")
