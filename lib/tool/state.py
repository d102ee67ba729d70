"""The scaling tool without its widgets: each action takes a state and returns the next one.

No action raises for what a person did: the next state is the old one with a notice that says what to do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import pandas as pd

from lib.calc import scaling
from lib.calc.scaling import BadInput, Edit, Edits
from lib.calc.scenarios import parse_number
from lib.markets import MAX_VALUE
from lib.present.pricing_file import PricingFile
from lib.tool.curve import Choice, CurveKey, NoSuchCurve, SourceCurve
from lib.tool.data import ToolData
from lib.tool.estimators import find
from lib.tool.messages import Notice, counted, in_unit, refusal, written

Months = Sequence[int | str] | None


@dataclass(frozen=True)
class State:
    """What the tool shows: what was chosen or uploaded, and how it was edited.

    Attributes:
        choice: the choice; while a file is worked on, the one to go back to.
        source: the curve before edits.
        edits: the history.
        kept: the edits of the curves that are not shown; a file's are not kept.
        upload: name of the uploaded file that the source is from; None: it is from the database.
        file: what was uploaded; None: nothing.
        notice: what the last action came to; None where there is nothing to say.
    """

    choice: Choice
    source: SourceCurve
    edits: Edits = ()
    kept: Mapping[CurveKey, Edits] = field(default_factory=dict)
    upload: str | None = None
    file: PricingFile | None = None
    notice: Notice | None = None

    @cached_property
    def shown(self) -> pd.DataFrame:
        """The curve as edited: (month, he, block_type) x zones."""
        return scaling.apply_edits(self.source.values, self.edits)

    @property
    def iso(self) -> str:
        """The ISO of the curve, of a file too."""
        return self.choice.iso if self.file is None else self.file.iso

    @property
    def zones(self) -> tuple[str, ...]:
        """The zones, in the order of the columns."""
        return tuple(self.source.values.columns)

    @property
    def months(self) -> tuple[int | str, ...]:
        """The months of the curve: 1 to 12, or delivery months as "2026-01"."""
        return tuple(self.source.values.index.unique("month"))


def start(data: ToolData) -> State:
    """Return the first state: the first ISO's first curve as published.

    Raises:
        NoSuchCurve: nothing is published yet.
    """
    iso = next(iter(data.isos()), None)
    if iso is None:
        raise NoSuchCurve(f"no curve is published in {data.db} yet: `make run` makes them")
    choice = _published(data, iso, data.curves(iso)[0])
    return State(choice, data.curve(choice))


def choose(state: State, data: ToolData, **changed: Any) -> State:
    """Choose another iso, curve, estimator, start or end: `choose(state, data, iso="PJM")`.

    Another ISO or curve begins with its published range. The edits of each ISO, curve and estimator are kept
    for its return, whatever the range. An uploaded file is put away.
    """
    before = state.choice
    choice = replace(before, **changed)
    try:
        if (choice.iso, choice.curve) != (before.iso, before.curve):
            choice = _published(data, choice.iso, choice.curve, choice.estimator)
        return show(state, data, choice)
    except NoSuchCurve as error:
        return replace(state, notice=refusal(error))


def show(state: State, data: ToolData, choice: Choice) -> State:
    """Return the state in which a curve of the database is shown, with the edits it had when it was left.

    Raises:
        NoSuchCurve: it is not published, or the range lies outside the data.
    """
    source = data.curve(choice)
    if state.file is None and choice.key == state.choice.key:
        notice = _notice(f"{source.title}, {choice.start} to {choice.end}.", source.caution)
        return replace(state, choice=choice, source=source, notice=notice)
    kept = edits_to_keep(state)
    edits = kept.pop(choice.key, ())
    now = f"{source.title}: {_changes(edits)} from before." if edits else f"{source.title}."
    return State(choice, source, edits, kept, notice=_notice(what_is_left(state), now, source.caution))


def edits_to_keep(state: State) -> dict[CurveKey, Edits]:
    """Return the edits of all curves once the shown one is left."""
    own = {state.choice.key: state.edits} if state.file is None and state.edits else {}
    return {**state.kept, **own}


def what_is_left(state: State) -> str:
    """Say what becomes of the shown curve's edits, or file, when it is left: a sentence, "" for nothing."""
    if state.file is not None:
        with_it = f", and with it {_changes(state.edits)}" if state.edits else ""
        return f"{state.upload} is put away{with_it}."
    if not state.edits:
        return ""
    is_are = "is" if len(state.edits) == 1 else "are"
    return f"{_changes(state.edits)} {is_are} kept for {state.source.title}."


def scale(
    state: State,
    percent: str | float,
    zones: Sequence[str] | None = None,
    months: Months = None,
    blocks: Sequence[str] | None = None,
) -> State:
    """Scale zones to a percentage of their source; None for zones means all of them, and so on."""
    try:
        number = _number(percent, "the scale", "%")
        edit = scaling.scale(number, zones, months, blocks)
    except BadInput as error:
        return replace(state, notice=refusal(error))
    return _edited(state, edit, f"{written(number)} % of the source")


def set_value(
    state: State,
    value: str | float,
    zones: Sequence[str] | None = None,
    months: Months = None,
    blocks: Sequence[str] | None = None,
) -> State:
    """Set cells to one value: a number of the curve, or a text in its unit, "0.5" for 0.005 in %."""
    uom = state.source.uom
    try:
        number = _number(value, "the absolute value", uom)
        if isinstance(value, str) and uom == "%":
            number /= 100
        if abs(number) > MAX_VALUE:
            most = in_unit(MAX_VALUE, uom)
            raise BadInput(f"no cell is as large as that: give a value up to {most} in size")
        edit = scaling.set_value(number, zones, months, blocks)
    except BadInput as error:
        return replace(state, notice=refusal(error))
    return _edited(state, edit, f"set to {in_unit(number, uom)}")


def undo(state: State) -> State:
    """Take the last edit back."""
    if not state.edits:
        return replace(state, notice=Notice("There is nothing to undo."))
    return replace(state, edits=state.edits[:-1], notice=Notice("The last change is undone."))


def reset(state: State) -> State:
    """Take all edits of the shown curve back; those of others stay kept."""
    return replace(state, edits=(), notice=Notice("All zones are as in the source."))


def _published(data: ToolData, iso: str, curve: str, estimator: str = "") -> Choice:
    extent = data.extent(iso, curve)
    return Choice(iso, curve, find(curve, estimator).column, extent.start, extent.end)


def _number(typed: str | float, name: str, uom: str) -> float:
    return parse_number(typed, name, uom) if isinstance(typed, str) else float(typed)


def _edited(state: State, edit: Edit, what: str) -> State:
    edited = replace(state, edits=(*state.edits, edit))
    if (largest := edited.shown.abs().max(axis=None)) > MAX_VALUE:
        in_it = in_unit(largest, state.source.uom)
        return replace(state, notice=refusal(BadInput(f"a cell would be {in_it}, and no curve is as large")))
    where = "All zones" if edit.zones is None else ", ".join(edit.zones)
    cells = "" if edit.months is None and edit.blocks is None else ", in the chosen months and blocks"
    return replace(edited, notice=Notice(f"{where}{cells}: {what}."))


def _notice(*sentences: str) -> Notice:
    return Notice(" ".join(filter(None, sentences)))


def _changes(edits: Edits) -> str:
    return counted(len(edits), "change")
