"""What a notebook works on: an ISO, a window of days, and the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd

from lib import store
from lib.hours import HolidayRule, market_hours
from lib.pipeline.steps.fetch import NOTEBOOK as FETCH
from lib.pipeline.steps.window import Window, resolve
from lib.sources import Source, open_source


@dataclass(frozen=True)
class Desk:
    """What a notebook works on: an ISO, a window of days, the database; and who writes, if anybody does."""

    db: store.Database
    source: Source
    source_spec: str
    iso: str
    window: Window
    holidays: HolidayRule
    task: store.Task | None

    @property
    def is_demo(self) -> bool:
        """Whether the numbers are simulated."""
        return self.db.is_demo


def open_desk(
    notebook: str,
    iso: str,
    source: str,
    start: date | str | None = None,
    end: date | str | None = None,
    as_of: date | str | None = None,
    run_id: int = 0,
    publish: bool = False,
    holidays: HolidayRule = "nerc",
) -> Desk:
    """Open the source and the database for a notebook and resolve its window.

    Raises:
        UnknownMarket, UnknownSource, ConfigurationError: a parameter is wrong; the message says how.
        ValueError: `publish` was set by hand, outside a run.
        DatabaseUnreachable, WrongDatabase: the database cannot be used; the message says what to do.
    """
    if publish and not run_id:
        raise ValueError("only run_all.py publishes: what is written belongs to one of its runs")
    opened = open_source(source, is_asked=notebook == FETCH)
    window = resolve(opened, iso, start, end, as_of)
    task = store.Task(run_id, notebook, iso) if publish else None
    return Desk(store.open_database(opened.name), opened, source, iso, window, holidays, task)


def hours(desk: Desk) -> pd.DataFrame:
    """Return the calendar of the window."""
    return market_hours(desk.iso, desk.window.start, desk.window.end, desk.holidays)
