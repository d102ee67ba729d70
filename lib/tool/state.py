"""The curve that a person works on: what was chosen or uploaded, and its edits.

Every change returns the next state. A change that is impossible leaves the state as it was, with a message
that says why; no error is raised.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256
from typing import Any

import pandas as pd

from lib.calc import scaling
from lib.calc.scaling import Edits
from lib.present.pricing_file import PricingFile
from lib.store import OFFICIAL
from lib.tool.curve import Choice, CurveKey, Month, NoSuchCurve, SourceCurve
from lib.tool.data import ToolData
from lib.tool.estimators import estimator_of
from lib.tool.messages import Message, error_message, format_count

FILE_PREFIX = "file "
"""How the second part of an uploaded file's key begins; that of a curve is its name in the database."""


@dataclass(frozen=True)
class CurveState:
    """The chosen or uploaded curve and its edits.

    Attributes:
        choice: the chosen curve; while a file is open, the one to return to.
        source: the curve before edits.
        edits: the edits, oldest first.
        before_reset: the edits that the last reset removed, for undo; () where there is none to undo.
        undone: for redo, the edits and `before_reset` that each undo left, the last one last.
        kept: the edits of curves and files that are not shown.
        upload: name of the open file; None where the curve is from the database.
        file: the open file; None where the curve is from the database.
        message: what the last action did; None where there is nothing to tell.
    """

    choice: Choice
    source: SourceCurve
    edits: Edits = ()
    before_reset: Edits = ()
    undone: tuple[tuple[Edits, Edits], ...] = ()
    kept: Mapping[CurveKey, Edits] = field(default_factory=dict)
    upload: str | None = None
    file: PricingFile | None = None
    message: Message | None = None

    @cached_property
    def shown(self) -> pd.DataFrame:
        """The curve as edited: (month, he, block_type) x zones."""
        return scaling.apply_edits(self.source.values, self.edits)

    @property
    def key(self) -> CurveKey:
        """The key under which the edits of the shown curve or file are kept."""
        return self.choice.key if self.file is None else file_key(str(self.upload), self.file)

    @property
    def iso(self) -> str:
        """The ISO of the curve or file."""
        return self.choice.iso if self.file is None else self.file.iso

    @property
    def zones(self) -> tuple[str, ...]:
        """The zones, in the sequence of the columns."""
        return tuple(self.source.values.columns)

    @property
    def months(self) -> tuple[Month, ...]:
        """The months of the curve."""
        return tuple(self.source.values.index.unique("month"))


def first_state(data: ToolData) -> CurveState:
    """Return the first state: the first ISO's first curve as published.

    Raises:
        NoSuchCurve: nothing is published yet.
    """
    iso = next(iter(data.isos()), None)
    if iso is None:
        raise NoSuchCurve(f"no official curve is published in {data.db} yet: `make run` makes them")
    choice = _published(data, iso, data.curves(iso)[0], OFFICIAL)
    return CurveState(choice, data.curve(choice))


def choose(state: CurveState, data: ToolData, **changed: Any) -> CurveState:
    """Choose another iso, curve, estimator, status, start or end: `choose(state, data, iso="PJM")`.

    Another ISO, curve or status starts with its published range. An open file is closed.
    """
    before = state.choice
    choice = replace(before, **changed)
    try:
        if choice.status != before.status:
            choice = _of_status(data, choice)
        if (choice.iso, choice.curve, choice.status) != (before.iso, before.curve, before.status):
            choice = _published(data, choice.iso, choice.curve, choice.status, choice.estimator)
        return show_curve(state, data, choice)
    except NoSuchCurve as error:
        return replace(state, message=error_message(error))


def show_curve(state: CurveState, data: ToolData, choice: Choice) -> CurveState:
    """Show a curve of the database with the edits that it had before.

    Raises:
        NoSuchCurve: it is not published, or the range lies outside the data.
    """
    source = data.curve(choice)
    if state.file is None and choice.key == state.choice.key:
        message = _join(f"{source.title}, {choice.start} to {choice.end}.", source.warning)
        return replace(state, choice=choice, source=source, message=message)
    kept = edits_to_keep(state)
    edits = kept.pop(choice.key, ())
    now = f"{source.title}: {_count(edits)} from before." if edits else f"{source.title}."
    return CurveState(
        choice, source, edits, kept=kept, message=_join(describe_leaving(state), now, source.warning)
    )


def edits_to_keep(state: CurveState) -> dict[CurveKey, Edits]:
    """Return the edits to keep when the shown curve or file is left."""
    return {**state.kept, state.key: state.edits} if state.edits else dict(state.kept)


def file_key(name: str, file: PricingFile) -> CurveKey:
    """Return the key of an uploaded file's edits: they belong to its name and its numbers."""
    numbers = file.cells[file.zones].to_numpy(float).tobytes()
    return file.iso, f"{FILE_PREFIX}{name}", sha256(numbers).hexdigest()[:16], ""


def describe_leaving(state: CurveState) -> str:
    """Return a sentence on the edits, or the file, of the curve that is left; "" where there are none."""
    if state.file is not None:
        kept = f"; {_count(state.edits)} come back when it is uploaded again" if state.edits else ""
        return f"{state.upload} is closed{kept}."
    if not state.edits:
        return ""
    is_are = "is" if len(state.edits) == 1 else "are"
    return f"{_count(state.edits)} {is_are} kept for {state.source.title}."


def _of_status(data: ToolData, choice: Choice) -> Choice:
    """Return the chosen curve in its new status, or else the first curve that has it.

    Raises:
        NoSuchCurve: no curve of any ISO has it.
    """
    isos = data.isos(choice.status)
    if not isos:
        raise NoSuchCurve("no study is stored: `run_all.py --study`, or a short window, makes one")
    iso = choice.iso if choice.iso in isos else isos[0]
    curves = data.curves(iso, choice.status)
    return replace(choice, iso=iso, curve=choice.curve if choice.curve in curves else curves[0])


def _published(data: ToolData, iso: str, curve: str, status: str, estimator: str = "") -> Choice:
    extent = data.extent(iso, curve, status)
    return Choice(iso, curve, estimator_of(curve, estimator).column, extent.start, extent.end, status)


def _join(*sentences: str) -> Message:
    return Message(" ".join(filter(None, sentences)))


def _count(edits: Edits) -> str:
    return format_count(len(edits), "change")
