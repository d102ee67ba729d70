"""The scaling tool without its widgets: each action takes a state and returns the next one.

No action raises for what a person did: the next state is the old one with a notice that says what to do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import pandas as pd

from lib.calc import profiles, scaling
from lib.calc.scaling import BadInput, Edit, Edits
from lib.calc.scenarios import parse_lmps, parse_number, scenarios
from lib.present.pricing_file import BadPricingFile, PricingFile, read_pricing_file
from lib.tool.curve import Choice, NoSuchCurve, SourceCurve
from lib.tool.data import ToolData
from lib.tool.estimators import find
from lib.tool.pricing_files import FileKind, content_of, file_of, name_of, source_of, with_values

Months = Sequence[int | str] | None


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
        file: what was uploaded; None: nothing.
        notice: what the last action came to; None where there is nothing to say.
    """

    choice: Choice
    source: SourceCurve
    edits: Edits = ()
    upload: str | None = None
    file: PricingFile | None = None
    notice: Notice | None = None

    @cached_property
    def shown(self) -> pd.DataFrame:
        """The curve as edited: (month, he, block_type) x zones."""
        return scaling.apply(self.source.values, self.edits)

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

    Another ISO or curve begins with its published range. Edits are kept while only the range changes, for
    they belong to zones and units; otherwise they are dropped, and the notice says so. An uploaded file is
    put away.
    """
    before = state.choice
    choice = replace(before, **changed)
    try:
        if (choice.iso, choice.curve) != (before.iso, before.curve):
            choice = _published(data, choice.iso, choice.curve, choice.estimator)
        source = data.curve(choice)
    except NoSuchCurve as error:
        return _refused(state, error)
    is_same = state.file is None and replace(choice, start=before.start, end=before.end) == before
    edits = state.edits if is_same else ()
    return State(choice, source, edits, notice=_dropped(state, edits))


def scale(
    state: State,
    percent: str | float,
    zones: Sequence[str] | None = None,
    months: Months = None,
    blocks: Sequence[str] | None = None,
) -> State:
    """Scale zones to a percentage of their source; None for zones means all of them, and so on."""
    try:
        edit = scaling.scale(_number(percent, "the scale"), zones, months, blocks)
    except BadInput as error:
        return _refused(state, error)
    return _edited(state, edit, f"{edit.percent:g} % of the source")


def set_value(
    state: State,
    value: str | float,
    zones: Sequence[str] | None = None,
    months: Months = None,
    blocks: Sequence[str] | None = None,
) -> State:
    """Set cells to one value; a text with a percent sign is a percentage: "0.5 %" is 0.005."""
    try:
        number = _number(value, "the absolute value")
        is_percent = isinstance(value, str) and value.strip().endswith("%")
        edit = scaling.absolute(number / 100 if is_percent else number, zones, months, blocks)
    except BadInput as error:
        return _refused(state, error)
    return _edited(state, edit, f"{edit.value:g}")


def undo(state: State) -> State:
    """Take the last edit back."""
    if not state.edits:
        return replace(state, notice=Notice("There is nothing to undo."))
    return replace(state, edits=state.edits[:-1], notice=Notice("The last change is undone."))


def reset(state: State) -> State:
    """Take all edits back."""
    return replace(state, edits=(), notice=Notice("All zones are as in the source."))


def upload(state: State, data: ToolData, name: str, content: bytes) -> State:
    """Work on a pricing file instead of a curve of the database."""
    try:
        file = read_pricing_file(name, content)
    except BadPricingFile as error:
        return _refused(state, error)
    curves = data.curves(file.iso)
    extent = data.extent(file.iso, curves[0]) if curves else None
    said = Notice(f"{name} is read: {len(file.cells):,} rows for {len(file.zones)} zones.")
    return State(state.choice, source_of(name, file, extent), upload=name, file=file, notice=said)


def close_upload(state: State, data: ToolData) -> State:
    """Put the uploaded file away and go back to the choice."""
    try:
        return State(state.choice, data.curve(state.choice))
    except NoSuchCurve as error:
        return _refused(state, error)


def changes(state: State) -> pd.DataFrame:
    """Return what the edits do to each zone, as `lib.calc.scaling.changes`."""
    return scaling.changes(state.source.values, state.edits)


def profile(state: State, by: Sequence[str], zones: Sequence[str]) -> pd.DataFrame:
    """Return means before and after, as `lib.calc.profiles.profile` does, of the zones named.

    By ["month"], ["he"], or [] for each zone's figure.
    """
    means = profiles.profile(state.source.values, state.edits, state.source.weights, by)
    return means[means["zone"].isin(zones)].reset_index(drop=True)


def calculate(
    state: State, lmps: str, months: Months = None, blocks: Sequence[str] | None = None
) -> pd.DataFrame | Notice:
    """Price a list of LMPs with the edited curve, over all or some of its months and blocks.

    Returns:
        what `lib.calc.scenarios.scenarios` returns, or the notice that says why not.
    """
    source = state.source
    try:
        prices = parse_lmps(lmps)
        figures = profiles.profile(source.values, state.edits, source.weights, [], months, blocks)
        return scenarios(figures.set_index("zone")["after"], prices, source.quantity)
    except BadInput as error:
        return Notice(_sentence(error), is_error=True)


def download(state: State, kind: FileKind) -> tuple[str, bytes]:
    """Return the name and the content of the shown curve as a pricing file."""
    if state.file is not None:
        file, stem = with_values(state.file, state.shown), str(state.upload)
    else:
        choice = state.choice
        file = file_of(state.shown, choice.iso, choice.curve, choice.estimator)
        kept = "demo_" if state.source.is_demo else ""
        stem = f"{kept}{choice.iso}_{choice.curve}_{choice.estimator}_{choice.start}_{choice.end}".lower()
    return name_of(stem, kind, bool(state.edits)), content_of(file, kind)


def _published(data: ToolData, iso: str, curve: str, estimator: str = "") -> Choice:
    extent = data.extent(iso, curve)
    return Choice(iso, curve, find(curve, estimator).column, extent.start, extent.end)


def _number(typed: str | float, name: str) -> float:
    return parse_number(typed, name) if isinstance(typed, str) else float(typed)


def _edited(state: State, edit: Edit, what: str) -> State:
    where = "All zones" if edit.zones is None else ", ".join(edit.zones)
    cells = "" if edit.months is None and edit.blocks is None else ", in the chosen months and blocks"
    return replace(state, edits=(*state.edits, edit), notice=Notice(f"{where}{cells}: {what}."))


def _dropped(before: State, edits: Edits) -> Notice | None:
    n_dropped = len(before.edits) - len(edits)
    if n_dropped == 0:
        return None
    changes = "1 change belongs" if n_dropped == 1 else f"{n_dropped} changes belong"
    return Notice(f"{changes} to the curve that was shown before, and went with it.")


def _refused(state: State, error: Exception) -> State:
    return replace(state, notice=Notice(_sentence(error), is_error=True))


def _sentence(error: Exception) -> str:
    said = str(error)
    whole = said if said.endswith((".", "?", "!")) else f"{said}."
    return whole[:1].upper() + whole[1:]
