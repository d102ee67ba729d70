"""The days of a market's events in a notebook's window: which there are, and the hours outside them.

An event is a row of lib/reference/events.csv, such as a winter storm. Means of the past count its days, and
robust lines leave them out. One event can make most of the covariance of a season, so a parameter leaves its
days out there too. The pages show each line both ways (`lib.calc.event_effects`).
"""

from __future__ import annotations

from typing import Literal

import pandas as pd

from lib.events import events_between, is_event
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
    """Return the ISO's events in the window: "Winter Storm Uri (2021-02-12 to 2021-02-20)"; "" if none."""
    window = context.window
    inside = events_between(context.iso, window.start, window.end)
    names = (f"{one.event} ({one.start:%Y-%m-%d} to {one.end:%Y-%m-%d})" for one in inside.itertuples())
    return ", ".join(names)
