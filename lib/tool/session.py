"""One person's use of the tool: the curve and its edits, what the page shows, and the background jobs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from lib.calc.scaling import Edits
from lib.present.charts.before_after import MAX_ZONES
from lib.tool.background import BackgroundCall, Refresh
from lib.tool.curve import EVERYTHING, CurveKey, Month, Scope
from lib.tool.data import ToolData
from lib.tool.messages import Message
from lib.tool.own_load import OwnComparison
from lib.tool.pasting import Paste
from lib.tool.snapshot import NewerRun
from lib.tool.state import CurveState
from lib.tool.viewer_state import ViewerState

FIRST_LMPS = "25, 40, 60"
"""The prices that the calculator starts with."""


@dataclass(frozen=True)
class File:
    """A file for the browser to save, and perhaps another one that belongs to it."""

    name: str
    content: bytes
    log: File | None = None


@dataclass(frozen=True)
class BackgroundJob:
    """A call in the background, and what to do with its result.

    Attributes:
        title: the job for people: "Reading a.csv".
        call: the call.
        on_result: returns the next session from the session at that time and the result.
    """

    title: str
    call: BackgroundCall[Any]
    on_result: Callable[[Session, Any], Session]


@dataclass(frozen=True)
class Session:
    """Everything the tool knows of one person.

    Attributes:
        data: the curves.
        state: the curve that the person works on.
        viewer: the data viewer.
        month: the month of the pivot; None for all months.
        first_row: the first row that the pivot shows.
        ticked_zones: by ISO, the zones ticked for the charts; an ISO that is not in it draws its first zone.
        scope: the months, blocks and hours that scaling changes, and that charts and means are of.
        lmps: the prices of the calculator, as typed.
        calculator_scope: the months and blocks that the calculator prices.
        newer_run: a run that has ended since the data was read.
        database_error: why the last search for a newer run failed; None if it did not.
        refresh: the read of newer data that is running.
        jobs: the background jobs that are running, by key.
        outbox: a file for the browser to save.
        own: an uploaded own load beside its zones.
        downloaded: by curve, the edits that its last download holds.
        paste: pasted cells that wait for the person to apply them.
        restored: when the browser kept the edits that are back, until the person has dealt with that.
    """

    data: ToolData
    state: CurveState
    viewer: ViewerState
    month: Month | None
    first_row: int = 0
    ticked_zones: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    scope: Scope = EVERYTHING
    lmps: str = FIRST_LMPS
    calculator_scope: Scope = EVERYTHING
    newer_run: NewerRun | None = None
    database_error: str | None = None
    refresh: Refresh | None = None
    jobs: Mapping[str, BackgroundJob] = field(default_factory=dict)
    outbox: File | None = None
    own: OwnComparison | None = None
    downloaded: Mapping[CurveKey, Edits] = field(default_factory=dict)
    restored: str | None = None
    paste: Paste | None = None

    @property
    def drawn_zones(self) -> tuple[str, ...]:
        """The zones that the charts draw: the ticked zones of the shown curve."""
        return tuple(zone for zone in self.ticked_here if zone in self.state.zones)[:MAX_ZONES]

    @property
    def ticked_here(self) -> tuple[str, ...]:
        """The ticked zones of the shown ISO; its first zone where nothing was ticked yet."""
        return self.ticked_zones.get(self.state.iso, self.state.zones[:1])

    def with_message(self, text: str, is_error: bool = False) -> Session:
        """Return the session with another message."""
        return replace(self, state=replace(self.state, message=Message(text, is_error)))

    def add_message(self, text: str) -> Session:
        """Return the session with another sentence after its message."""
        message = self.state.message
        if message is None:
            return self.with_message(text)
        return replace(self, state=replace(self.state, message=message.with_sentences(text)))

    def jobs_of(self, *keys: str) -> dict[str, BackgroundJob]:
        """Return the running jobs with these keys."""
        return {key: job for key, job in self.jobs.items() if key in keys}

    def with_state(self, state: CurveState) -> Session:
        """Return the session with another state.

        Months that the new curve does not have are no longer chosen; the message names what that changes.
        """
        months = state.months
        scope, calculator_scope = self.scope.within(months), self.calculator_scope.within(months)
        changed = []
        if scope is not self.scope:
            changed.append("Edits now apply to all months.")
        if calculator_scope is not self.calculator_scope:
            changed.append("The calculator is about all months.")
        return replace(
            self,
            state=replace(state, message=state.message.with_sentences(*changed)) if state.message else state,
            month=self.month if self.month is None or self.month in months else next(iter(months), None),
            scope=scope,
            calculator_scope=calculator_scope,
            first_row=self.first_row if state.source is self.state.source else 0,
            paste=self.paste if state.source is self.state.source else None,
        )

    def scope_of(self, month: str, block: str) -> Scope:
        """Return the scope of a month and a block as the page names them; "" for all."""
        months = tuple(known for known in self.state.months if str(known) == month)
        return Scope(months or None, (block,) if block else None)
