"""Pricing files that come into the tool and leave it: actions on its state like those of `lib.tool.state`."""

from __future__ import annotations

from dataclasses import replace

from lib.present.pricing_file import BadPricingFile, PricingFile, read_pricing_file
from lib.tool.curve import NoSuchCurve
from lib.tool.data import ToolData
from lib.tool.messages import Notice, counted, refusal
from lib.tool.pricing_files import FileKind, content_of, file_of, name_of, source_of, with_values
from lib.tool.state import State, edits_to_keep, show, what_is_left


def upload(state: State, data: ToolData, name: str, content: bytes) -> State:
    """Read a pricing file and work on it, or say why it is none."""
    try:
        file = read_pricing_file(seen(name), content)
    except BadPricingFile as error:
        return replace(state, notice=refusal(error))
    return work_on(state, data, name, file)


def seen(name: str) -> str:
    """Return a file's name with a mark for each character that cannot be seen."""
    return "".join(character if character.isprintable() else "\ufffd" for character in name)


def work_on(state: State, data: ToolData, name: str, file: PricingFile) -> State:
    """Work on a pricing file instead of a curve of the database, whose edits are kept for its return."""
    name = seen(name)
    curves = data.curves(file.iso)
    extent = data.extent(file.iso, curves[0]) if curves else None
    demo = " It is DEMO: its numbers are simulated." if file.is_demo else ""
    rows, zones = counted(len(file.cells), "row"), counted(len(file.zones), "zone")
    said = f"{name} is read: {rows} for {zones}.{demo} {what_is_left(state)}"
    return State(
        state.choice,
        source_of(name, file, extent),
        kept=edits_to_keep(state),
        upload=name,
        file=file,
        notice=Notice(said.rstrip()),
    )


def close_upload(state: State, data: ToolData) -> State:
    """Put the uploaded file away and go back to the choice, with the edits it had."""
    try:
        return show(state, data, state.choice)
    except NoSuchCurve as error:
        return replace(state, notice=refusal(error))


def download(state: State, kind: FileKind) -> tuple[str, bytes]:
    """Return the name and the content of the shown curve as a pricing file."""
    if state.file is not None:
        file, stem = with_values(state.file, state.shown), str(state.upload)
    else:
        choice = state.choice
        file = file_of(state.shown, choice.iso, choice.curve, choice.estimator, state.source.is_demo)
        kept = "demo_" if state.source.is_demo else ""
        stem = f"{kept}{choice.iso}_{choice.curve}_{choice.estimator}_{choice.start}_{choice.end}".lower()
    return name_of(stem, kind, bool(state.edits)), content_of(file, kind)
