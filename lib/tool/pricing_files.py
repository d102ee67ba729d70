"""Between the tool's wide curves and the pricing desk's files."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import PurePosixPath
from typing import Literal

import pandas as pd

from lib.calc.profiles import Weights
from lib.calc.scaling import INDEX
from lib.hours import BLOCK_TYPE, market_hours
from lib.present.pricing_file import (
    BadPricingFile,
    PricingFile,
    csv_bytes,
    of_cells,
    read_pricing_file,
    xlsx_bytes,
)
from lib.present.pricing_file.layout import in_order
from lib.tool.curve import Extent, NoSuchCurve, SourceCurve
from lib.tool.data import ToolData
from lib.tool.estimators import CURVES, Estimator, estimators_of
from lib.tool.messages import Notice, counted, refusal
from lib.tool.state import State, edits_to_keep, show, what_is_left

FileKind = Literal["csv", "xlsx"]

MOST_YEARS = 15
"""The hours of delivery months are counted over as many years; a file of more has odd months."""

ALIKE = "a mean over cells that count alike"


def file_of(shown: pd.DataFrame, iso: str, curve: str, column: str, is_demo: bool) -> PricingFile:
    """Return a wide curve of the database as a pricing file.

    Args:
        shown: the curve as edited.
        iso: whose curve.
        curve: key of CURVES.
        column: the estimator's column.
        is_demo: whether its numbers are simulated.
    """
    cells = shown.rename_axis(columns="location").stack(future_stack=True).rename(column).reset_index()
    return of_cells(cells, iso, curve, column, is_demo=is_demo)


def with_values(file: PricingFile, shown: pd.DataFrame) -> PricingFile:
    """Return an uploaded file with its cells as edited; what stands above them stays."""
    return replace(file, cells=in_order(shown.rename_axis(columns=None).reset_index()))


def content_of(file: PricingFile, kind: FileKind) -> bytes:
    """Return the file as bytes."""
    return csv_bytes(file) if kind == "csv" else xlsx_bytes(file)


def name_of(stem: str, kind: FileKind, is_edited: bool) -> str:
    """Return what a download is called: an edited curve says so."""
    plain = PurePosixPath(stem.replace("\\", "/")).stem.removesuffix("_edited")
    return f"{plain}{'_edited' if is_edited else ''}.{kind}"


def source_of(name: str, file: PricingFile, extent: Extent | None) -> SourceCurve:
    """Return an uploaded file as a curve to work on.

    Args:
        name: what the file is called.
        file: what it holds.
        extent: what is published of its ISO: its window's hours weigh months of the year, and its blocks are
            those of its holidays; None: there is none.
    """
    estimator = _estimator(file)
    values = file.cells.astype({"block_type": BLOCK_TYPE}).set_index(INDEX).rename_axis(columns="zone")
    return SourceCurve(
        values=values,
        weights=_weights(values, file.iso, extent),
        quantity=estimator.quantity,
        uom=estimator.uom,
        title=f"{CURVES[file.curve]} of {file.iso}, from the {'demo ' * file.is_demo}file {name}",
        stands_on=(
            ("File", name),
            ("Curve", f"{CURVES[file.curve]} of {file.iso}, {estimator.called}"),
            (
                "Cells",
                f"{len(values):,} in {values.shape[1]} zones, {int(values.isna().sum().sum()):,} empty",
            ),
        ),
        is_demo=file.is_demo,
        is_published=False,
    )


def _estimator(file: PricingFile) -> Estimator:
    """Return the estimator that the file's component names, "VLR (mean_ratio)", else the curve's headline."""
    known = estimators_of(file.curve)
    component = file.columns[0].cost_component
    return next((one for one in known if component.endswith(f"({one.column})")), known[0])


def _weights(values: pd.DataFrame, iso: str, extent: Extent | None) -> Weights:
    """Return the hours of each cell in the calendar of the ISO."""
    months = values.index.get_level_values("month")
    is_delivery = isinstance(months[0], str)
    days = _delivery_days(months) if is_delivery else extent and (extent.start, extent.end)
    if not days:
        return Weights(pd.DataFrame(1.0, values.index, values.columns), ALIKE)
    hours = market_hours(iso, *days, extent.holidays if extent else "nerc")
    month = hours["year"] * 100 + hours["month"] if is_delivery else hours["month"]
    counts = hours.groupby([month.rename("month"), "he", "block_type"], observed=True).size()
    numbered = values.index.set_levels(
        [int(str(name).replace("-", "")) for name in values.index.levels[0]], level="month"
    )
    weight = counts.reindex(numbered, fill_value=0).to_numpy(float)
    base = pd.DataFrame(dict.fromkeys(values, weight), index=values.index)
    return Weights(base, f"a mean over cells, weighted by their hours from {days[0]} to {days[1]}")


def _delivery_days(months: pd.Index) -> tuple[date, date] | None:
    """Return the first and the last day of delivery; None where the months are too far apart to be meant."""
    first, last = min(months), max(months)
    if int(last[:4]) - int(first[:4]) >= MOST_YEARS:
        return None
    return pd.Period(first, "M").start_time.date(), pd.Period(last, "M").end_time.date()


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
