"""What a notebook works on: an ISO, a window of days, its source and the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd

from lib import store
from lib.hours import HolidayRule, market_hours
from lib.pipeline.notebooks import NOTEBOOKS
from lib.pipeline.steps.window import Window, resolve_window
from lib.sources import Source, open_source


@dataclass(frozen=True)
class Context:
    """What a notebook works on.

    `task` is the task that writes, None where the notebook only shows; `study` says why what it publishes is
    a study, None where it is official. `years` is the length of the window where that was chosen.
    """

    db: store.Database
    source: Source
    source_spec: str
    iso: str
    window: Window
    holidays: HolidayRule
    task: store.RunTask | None
    study: str | None = None
    years: int | None = None

    @property
    def run_id(self) -> int:
        """The run whose versions of curves the notebook works with; 0 for a notebook opened by hand."""
        return self.task.run_id if self.task else 0

    @property
    def is_demo(self) -> bool:
        """Whether the numbers are simulated."""
        return self.db.is_demo


def open_context(
    notebook: str,
    iso: str,
    source: str,
    start: date | str | None = None,
    end: date | str | None = None,
    as_of: date | str | None = None,
    run_id: int = 0,
    publish: bool = False,
    holidays: HolidayRule = "nerc",
    study: str | None = None,
    years: int | None = None,
) -> Context:
    """Open the source and the database for a notebook, and resolve its window.

    Without `publish`, as when a notebook is opened by hand, the notebook's steps write nothing.

    Raises:
        UnknownMarket, UnknownSource, ConfigurationError: a parameter is wrong; the message says how.
        ValueError: `publish` was set by hand, outside a run.
        DatabaseUnreachable, WrongDatabase: the database cannot be used; the message says what to do.
    """
    if publish and not run_id:
        raise ValueError("only run_all.py publishes: what is written belongs to one of its runs")
    opened = open_source(source, is_to_fetch=NOTEBOOKS[notebook].writes_series)
    window = resolve_window(opened, iso, start, end, as_of, years=years)
    task = store.RunTask(run_id, notebook, iso) if publish else None
    db = store.open_database(opened.name)
    return Context(db, opened, source, iso, window, holidays, task, study, years)


def window_hours(context: Context) -> pd.DataFrame:
    """Return the calendar of the window: a row for each hour, as `lib.hours.market_hours` has it."""
    return market_hours(context.iso, context.window.start, context.window.end, context.holidays)
