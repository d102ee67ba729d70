"""The scaling tool without its widgets: each action takes a state and returns the next one.

No action raises for what a person did: the next state is the old one with a notice that says what to do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from lib.calc.scaling import Edits
from lib.tool.data import Choice, SourceCurve, ToolData

FileKind = Literal["csv", "xlsx"]


@dataclass(frozen=True)
class Notice:
    """What the last action came to, in a sentence."""

    text: str
    is_error: bool = False


@dataclass(frozen=True)
class State:
    """What the tool shows: what was chosen or uploaded, and how it was edited.

    Attributes:
        choice: the choice; while a file is worked on, the one to go back to.
        source: the curve before edits.
        edits: the history.
        upload: name of the uploaded file that the source is from; None: it is from the database.
        notice: what the last action came to; None where there is nothing to say.
    """

    choice: Choice
    source: SourceCurve
    edits: Edits = ()
    upload: str | None = None
    notice: Notice | None = None

    @property
    def shown(self) -> pd.DataFrame:
        """The curve as edited: (month, he, block_type) x zones."""

    @property
    def zones(self) -> tuple[str, ...]:
        """The zones, in the order of the columns."""

    @property
    def months(self) -> tuple[int | str, ...]:
        """The months of the curve: 1 to 12, or delivery months as "2026-01"."""


def start(data: ToolData) -> State:
    """Return the first state: the first ISO's first curve as published.

    Raises:
        NoSuchCurve: nothing is published yet.
    """


def choose(state: State, data: ToolData, **changed: object) -> State:
    """Choose another iso, curve, estimator, start or end: `choose(state, data, iso="PJM")`.

    Another ISO or curve begins with its published range. Edits are kept while only the range changes, for
    they belong to zones and units; otherwise they are dropped, and the notice says so. An uploaded file is
    put away.
    """


def scale(
    state: State,
    percent: str | float,
    zones: Sequence[str] | None = None,
    months: Sequence[int | str] | None = None,
    blocks: Sequence[str] | None = None,
) -> State:
    """Scale zones to a percentage of their source; None for zones means all of them, and so on."""


def set_value(
    state: State,
    value: str | float,
    zones: Sequence[str] | None = None,
    months: Sequence[int | str] | None = None,
    blocks: Sequence[str] | None = None,
) -> State:
    """Set cells to one value; a text with a percent sign is a percentage: "0.5 %" is 0.005."""


def undo(state: State) -> State:
    """Take the last edit back."""


def reset(state: State) -> State:
    """Take all edits back."""


def upload(state: State, data: ToolData, name: str, content: bytes) -> State:
    """Work on a pricing file instead of a curve of the database."""


def close_upload(state: State, data: ToolData) -> State:
    """Put the uploaded file away and go back to the choice."""


def changes(state: State) -> pd.DataFrame:
    """Return what the edits do to each zone, as `lib.calc.scaling.changes`."""


def profile(state: State, by: Sequence[str], zones: Sequence[str]) -> pd.DataFrame:
    """Return means before and after of the chosen zones, as `lib.calc.scaling.profile`; by ["month"] or ["he"]."""


def calculate(
    state: State,
    lmps: str,
    months: Sequence[int | str] | None = None,
    blocks: Sequence[str] | None = None,
) -> pd.DataFrame | Notice:
    """Price a list of LMPs with the edited curve, over all or some of its months and blocks.

    Returns:
        what `lib.calc.scaling.scenarios` returns, or the notice that says why not.
    """


def download(state: State, kind: FileKind) -> tuple[str, bytes]:
    """Return the name and the content of the shown curve as a pricing file."""
