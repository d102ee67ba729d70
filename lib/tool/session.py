"""One person's use of the tool: the curve with its edits, and what of it the page shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from traitlets.log import get_logger

from lib.present.charts.before_after import MOST_ZONES
from lib.tool.background import Background
from lib.tool.data import ToolData
from lib.tool.messages import Notice
from lib.tool.snapshot import NewerRun
from lib.tool.state import State
from lib.tool.viewer_state import Viewing

if TYPE_CHECKING:  # it is about sessions
    pass

Values = Mapping[str, Any]
"""What the page says with an action: a list for each field of the form, a text for what the element says."""

Month = int | str


@dataclass(frozen=True)
class File:
    """A file on its way to the browser."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Scope:
    """The months and blocks that an action is about; None for all of them."""

    months: tuple[Month, ...] | None = None
    blocks: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Session:
    """What the tool knows of one person.

    Attributes:
        data: the curves.
        state: the curve that is worked on.
        viewing: what the data viewer shows.
        month: the month of the pivot; None for all of them.
        asked_zones: by ISO, the zones whose lines were asked for; an ISO without any wish draws its first.
        scope: the months and blocks that scaling is about.
        lmps: the prices of the calculator, as they were typed.
        priced: the months and blocks that the calculator is about.
        newer: a run that has landed since the data was read.
        outbox: a file to be handed to the browser.
        unreached: why it could not be looked for a newer run; None where it could.
        first_row: the row from which the pivot shows its cells.
        reading: the newer data that is being read.
        work: what is being done in the background, each under its key.
    """

    data: ToolData
    state: State
    viewing: Viewing
    month: Month | None
    asked_zones: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    scope: Scope = Scope()
    lmps: str = "25, 40, 60"
    priced: Scope = Scope()
    newer: NewerRun | None = None
    outbox: File | None = None
    unreached: str | None = None
    first_row: int = 0
    reading: Reading | None = None
    work: Mapping[str, Work] = field(default_factory=dict)

    @property
    def drawn(self) -> tuple[str, ...]:
        """The zones that are drawn: those asked for that the curve has."""
        return tuple(zone for zone in self.asked_here if zone in self.state.zones)[:MOST_ZONES]

    @property
    def asked_here(self) -> tuple[str, ...]:
        """The zones asked for in the ISO that is shown; its first where nothing was asked yet."""
        return self.asked_zones.get(self.state.iso, self.state.zones[:1])

    def say(self, text: str, is_error: bool = False) -> Session:
        """Return the session with a notice."""
        return replace(self, state=replace(self.state, notice=Notice(text, is_error)))

    def say_too(self, text: str) -> Session:
        """Return the session with another sentence after the notice it has."""
        notice = self.state.notice
        return self.say(text) if notice is None else self.say(f"{notice.text} {text}", notice.is_error)

    def work_of(self, *keys: str) -> dict[str, Work]:
        """Return what is being done of some keys."""
        return {key: work for key, work in self.work.items() if key in keys}

    def with_state(self, state: State) -> Session:
        """Return the session with another state; months that its curve does not have are let go, and said."""
        months = state.months
        scope, priced = _within(self.scope, months), _within(self.priced, months)
        let_go = []
        if scope is not self.scope:
            let_go.append("What you enter now holds for all months.")
        if priced is not self.priced:
            let_go.append("The calculator is about all months.")
        return replace(
            self,
            state=replace(state, notice=state.notice.and_then(*let_go)) if state.notice else state,
            month=self.month if self.month is None or self.month in months else next(iter(months), None),
            scope=scope,
            priced=priced,
            first_row=self.first_row if state.source is self.state.source else 0,
        )

    def scope_of(self, values: Values) -> Scope:
        """Return the months and blocks that a form names in the fields `month` and `block`; "" for all."""
        month, block = first(values, "month"), first(values, "block")
        months = tuple(known for known in self.state.months if str(known) == month)
        return Scope(months or None, (block,) if block else None)


def _within(scope: Scope, months: Sequence[Month]) -> Scope:
    is_known = scope.months is None or set(scope.months) <= set(months)
    return scope if is_known else replace(scope, months=None)


def first(values: Values, name: str) -> str:
    """Return what a field or the element itself says; "" where it says nothing."""
    value = values.get(name, "")
    return str(value[0] if isinstance(value, list) and value else value or "")


@dataclass(frozen=True)
class Work:
    """Something that is being done.

    Attributes:
        about: what it is, for people: "Reading a.csv".
        background: it.
        then: what is done with what it comes to, in the session as it is by then.
    """

    about: str
    background: Background[Any]
    then: Callable[[Session, Any], Session]


class Reading(Background[ToolData]):
    """A read of newer data; what it was started from stays as it is."""

    def __init__(self, data: ToolData) -> None:
        """Begin to read; what has not changed is taken from the memory that both share."""
        self.progress = "Looking for what is new"
        newer = copy(data)
        super().__init__(lambda: self._read(newer))

    def _read(self, newer: ToolData) -> ToolData:
        try:
            newer.refresh(self._tell)
        except Exception:
            get_logger().exception("The scaling tool could not read newer data.")
            raise
        return newer

    def _tell(self, step: int, n_steps: int, what: str) -> None:
        self.progress = f"Reading {what} ({step} of {n_steps})"
