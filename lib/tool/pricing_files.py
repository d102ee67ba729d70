"""Pricing files in the tool: download the shown curve as one, or upload one and work on it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import PurePosixPath
from typing import Literal

import pandas as pd

from lib.calc.profiles import CellWeights
from lib.calc.scaling import INDEX
from lib.hours import BLOCK_TYPE, market_hours
from lib.present.pricing_file import (
    DELIVERY,
    BadPricingFile,
    PricingFile,
    build_pricing_file,
    csv_bytes,
    parse_pricing_file,
    xlsx_bytes,
)
from lib.present.pricing_file.layout import sort_cells
from lib.tool.comparison import find_unknown_zones
from lib.tool.curve import Extent, NoSuchCurve, SourceCurve
from lib.tool.data import ToolData
from lib.tool.estimators import CURVES, ZONE_CURVES, Estimator, estimators_of, zone_curve
from lib.tool.messages import Message, error_message, format_count
from lib.tool.state import CurveState, describe_leaving, edits_to_keep, file_key, show_curve

FileKind = Literal["csv", "xlsx"]

MAX_YEARS = 15
"""The hours of delivery months are counted over this many years at most: more are a mistyped month."""

OF_DELIVERY = Estimator("vlr", DELIVERY, "Priced, at prices of delivery", "%", "share")
"""What the VLR file of a cost curve holds; no curve of the database has it in this form."""

EQUAL_WEIGHTS = "a mean over cells that count alike"


def render_pricing_file(state: CurveState, kind: FileKind) -> tuple[str, bytes]:
    """Return the name and the content of the shown curve as a pricing file."""
    if state.file is not None:
        file, stem = _with_cells(state.file, state.shown), str(state.upload)
    else:
        choice = state.choice
        file = _build_pricing_file(state)
        marks = "demo_" * state.source.is_demo + "study_" * state.source.is_study
        stem = f"{marks}{choice.iso}_{choice.curve}_{choice.estimator}_{choice.start}_{choice.end}".lower()
    content = csv_bytes(file) if kind == "csv" else xlsx_bytes(file)
    return _file_name(stem, kind, bool(state.edits)), content


def upload(state: CurveState, data: ToolData, name: str, content: bytes) -> CurveState:
    """Read a pricing file and work on it; a bad one leaves the state as it was, with a message."""
    try:
        file = parse_pricing_file(printable(name), content)
    except BadPricingFile as error:
        return replace(state, message=error_message(error))
    return open_file(state, data, name, file)


def open_file(state: CurveState, data: ToolData, name: str, file: PricingFile) -> CurveState:
    """Work on a pricing file; the edits of the curve that it replaces are kept."""
    name = printable(name)
    curves = data.curves(file.iso)
    extent = data.extent(file.iso, curves[0]) if curves else None
    marks = " It is DEMO: its numbers are simulated." * file.is_demo
    marks += " It is a STUDY: not for pricing." * file.is_study
    marks += " It is that of the desk's own load." * file.is_own
    if unknown := find_unknown_zones(file):
        marks += f" {file.iso} has no zone {', '.join(unknown)}."
    rows, zones = format_count(len(file.cells), "row"), format_count(len(file.zones), "zone")
    kept = edits_to_keep(state)
    edits = kept.pop(file_key(name, file), ())
    back = f" {format_count(len(edits), 'change')} of it from before." if edits else ""
    text = f"{name} is read: {rows} for {zones}.{marks}{back} {describe_leaving(state)}"
    return CurveState(
        state.choice,
        build_source_curve(name, file, extent),
        edits,
        kept=kept,
        upload=name,
        file=file,
        message=Message(text.rstrip()),
    )


def close_file(state: CurveState, data: ToolData) -> CurveState:
    """Close the open file and return to the chosen curve with its edits."""
    try:
        return show_curve(state, data, state.choice)
    except NoSuchCurve as error:
        return replace(state, message=error_message(error))


def printable(name: str) -> str:
    """Return a file's name with a mark in place of each invisible character."""
    return "".join(character if character.isprintable() else "\ufffd" for character in name)


def build_source_curve(name: str, file: PricingFile, extent: Extent | None) -> SourceCurve:
    """Return an uploaded file as a curve.

    Args:
        name: the file's name.
        file: its content.
        extent: the days and holidays of a published curve of its ISO, which weigh months of the year; None
            where no curve is published.
    """
    estimator = estimator_of_file(file)
    marks = "demo " * file.is_demo + "study " * file.is_study + "own-load " * file.is_own
    values = file.cells.astype({"block_type": BLOCK_TYPE}).set_index(INDEX).rename_axis(columns="zone")
    return SourceCurve(
        values=values,
        weights=_weights(values, file.iso, extent),
        quantity=estimator.quantity,
        uom=estimator.uom,
        title=f"{CURVES[file.curve]} of {file.iso}, from the {marks}file {name}",
        inputs=(
            ("File", name),
            ("Curve", f"{CURVES[file.curve]} of {file.iso}, {estimator.inline_label}"),
            (
                "Cells",
                f"{len(values):,} in {values.shape[1]} zones, {int(values.isna().sum().sum()):,} empty",
            ),
        ),
        is_demo=file.is_demo,
        is_published=False,
        is_study=file.is_study,
    )


def _build_pricing_file(state: CurveState) -> PricingFile:
    """Return the shown curve of the database as a pricing file."""
    choice = state.choice
    column = choice.estimator
    cells = state.shown.rename_axis(columns="location").stack(future_stack=True).rename(column).reset_index()
    marks = {
        "is_demo": state.source.is_demo,
        "is_study": state.source.is_study,
        "is_own": choice.curve in ZONE_CURVES,
    }
    return build_pricing_file(cells, choice.iso, zone_curve(choice.curve), column, **marks)


def _with_cells(file: PricingFile, shown: pd.DataFrame) -> PricingFile:
    """Return an uploaded file with other cells; the metadata above them stays."""
    return replace(file, cells=sort_cells(shown.rename_axis(columns=None).reset_index()))


def _file_name(stem: str, kind: FileKind, is_edited: bool) -> str:
    """Return the name of a download, which tells whether the curve is edited."""
    plain = PurePosixPath(stem.replace("\\", "/")).stem.removesuffix("_edited")
    return f"{plain}{'_edited' if is_edited else ''}.{kind}"


def estimator_of_file(file: PricingFile) -> Estimator:
    """Return the estimator that the file's component names, "VLR (mean_ratio)", else the curve's headline."""
    known = [*estimators_of(file.curve), *[OF_DELIVERY] * (file.curve == OF_DELIVERY.curve)]
    component = file.columns[0].cost_component
    return next((one for one in known if component.endswith(f"({one.column})")), known[0])


def _weights(values: pd.DataFrame, iso: str, extent: Extent | None) -> CellWeights:
    """Return the hours of each cell in the ISO's calendar as weights."""
    months = values.index.get_level_values("month")
    is_delivery = isinstance(months[0], str)
    days = _delivery_days(months) if is_delivery else extent and (extent.start, extent.end)
    if not days:
        return CellWeights(pd.DataFrame(1.0, values.index, values.columns), EQUAL_WEIGHTS)
    hours = market_hours(iso, *days, extent.holidays if extent else "nerc")
    month = hours["year"] * 100 + hours["month"] if is_delivery else hours["month"]
    counts = hours.groupby([month.rename("month"), "he", "block_type"], observed=True).size()
    numbered = values.index.set_levels(
        [int(str(name).replace("-", "")) for name in values.index.levels[0]], level="month"
    )
    weight = counts.reindex(numbered, fill_value=0).to_numpy(float)
    base = pd.DataFrame(dict.fromkeys(values, weight), index=values.index)
    return CellWeights(base, f"a mean over cells, weighted by their hours from {days[0]} to {days[1]}")


def _delivery_days(months: pd.Index) -> tuple[date, date] | None:
    """Return the first and the last day of delivery; None where the months are too far apart."""
    first, last = min(months), max(months)
    if int(last[:4]) - int(first[:4]) >= MAX_YEARS:
        return None
    return pd.Period(first, "M").start_time.date(), pd.Period(last, "M").end_time.date()
