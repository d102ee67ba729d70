"""The days of a market's events in a notebook's window: which there are, and the hours outside them.

An event is a row of lib/reference/events.csv, such as a winter storm. One of them can make most of the
covariance of a season: the page of VLR shows the covariance without these days too, and a parameter leaves
them out.
"""

from __future__ import annotations

from typing import Literal

import pandas as pd

from lib.events import is_event, market_events
from lib.pipeline.steps.context import Context

Events = Literal["kept", "left_out"]
"""Whether the days of events count."""


def select_hours(iso: str, hourly: pd.DataFrame, events: Events) -> pd.DataFrame:
    """Return the hours that count: all of them, or those outside the ISO's events.

    Args:
        iso: the ISO.
        hourly: hours with market_date.
        events: whether the days of events count.
    """
    return hourly if events == "kept" else hourly[~is_event(iso, hourly["market_date"])]


def describe_events(context: Context) -> str:
    """Return the events of the ISO in the window: "Winter Storm Uri (2021-02-12 to 2021-02-20)"; or ""."""
    window = context.window
    events = market_events(context.iso)
    inside = events[(events["start"].dt.date <= window.end) & (events["end"].dt.date >= window.start)]
    names = (f"{one.event} ({one.start:%Y-%m-%d} to {one.end:%Y-%m-%d})" for one in inside.itertuples())
    return ", ".join(names)
