"""Events: days on which a market was out of the ordinary, so that a typical price must not rest on them.

An event is a row of lib/reference/events.csv: ISO, name, first and last local day, and the publication that
describes it. The robust estimates of `lib.calc.robust` leave these days out, and the covariance where
`-p covariance_events=left_out` asks for it; no stored value changes.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from lib.markets import market, read_reference

COLUMNS = ["iso", "event", "start", "end", "source"]


def market_events(iso: str) -> pd.DataFrame:
    """Return the events of an ISO: iso, event, start, end (local days, both included), source.

    Raises:
        UnknownMarket: the ISO is not known.
    """
    market(iso)
    events = pd.DataFrame(read_reference("events.csv"), columns=COLUMNS)
    days = {name: pd.to_datetime(events[name], format="%Y-%m-%d") for name in ("start", "end")}
    return events.assign(**days)[events["iso"] == iso].reset_index(drop=True)


def is_event(iso: str, market_date: pd.Series) -> np.ndarray:
    """Return for each local day (midnight, naive) whether it belongs to an event of the ISO.

    Raises:
        UnknownMarket: the ISO is not known.
    """
    inside = np.zeros(len(market_date), dtype=bool)
    for event in market_events(iso).itertuples():
        inside |= market_date.between(event.start, event.end).to_numpy()
    return inside
