"""From the columns of a sheet to a row for each value, with its zone, its measure and its number."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from difflib import get_close_matches

import pandas as pd

from lib.markets import MEASURES, locations
from lib.sources.importing.columns import SheetLayout, ValueColumn, find_measure, find_place
from lib.sources.importing.numbers import read_numbers
from lib.sources.importing.sheets import Sheet
from lib.sources.own_load.headings import MW_PER_UNIT
from lib.sources.own_load.tables import shown


@dataclass(frozen=True)
class Choices:
    """What the user says of a file; None for what the file itself must say."""

    measure: str | None = None
    zone: str | None = None
    clock: str | None = None
    hours: str | None = None
    dates: str | None = None
    decimal: str | None = None

    def completed_by(self, other: Choices) -> Choices:
        """Return these choices, and those of another where these say nothing."""
        own = {name: value for name, value in asdict(self).items() if value is not None}
        return replace(other, **own)


def stack(sheet: Sheet, layout: SheetLayout, choices: Choices) -> pd.DataFrame:
    """Return a row for each value of a sheet: source_row, position, he, place, measure, text, factor.

    Raises:
        BadImport: the sheet has no column of values, or nothing says what they are.
    """
    columns = layout.values
    if layout.hours:
        columns = tuple(ValueColumn(position, None, None, 1.0) for position in layout.hours.values())
    elif not columns and len(left := _unexplained(sheet, layout)) == 1:
        columns = (ValueColumn(left[0], None, None, 1.0),)
    if not columns:
        raise sheet.refuse(
            f"has no column of values; its columns are {', '.join(map(shown, sheet.headings))}"
        )
    he_of = {position: f"{number}{'x' * is_second}" for (number, is_second), position in layout.hours.items()}
    parts = []
    for column in columns:
        part = pd.DataFrame({"text": sheet.cells[column.position]})
        part["source_row"], part["position"] = part.index, column.position
        part["factor"] = column.factor * _unit_factors(sheet, layout)
        part["he"] = he_of.get(column.position, "")
        part["place"] = _places(sheet, layout, column, choices)
        part["measure"] = _measures(sheet, layout, column, choices)
        parts.append(part)
    stacked = pd.concat(parts).sort_values(["source_row", "position"], kind="stable", ignore_index=True)
    lacking = stacked[stacked["measure"].isna()]
    if len(lacking):
        raise sheet.refuse(
            f"does not say what it is: say --measure {'|'.join(MEASURES)}, or write DA LMP, RT LMP, DA load "
            "or RT load above it",
            None,
            int(lacking["position"].iloc[0]),
        )
    return stacked


def _unit_factors(sheet: Sheet, layout: SheetLayout) -> pd.Series | float:
    """Return what makes MW of each row's number; of a price it is 1.

    Raises:
        BadImport: a row's unit is not known.
    """
    if "unit" not in layout.roles:
        return 1.0
    position = layout.roles["unit"]
    texts = sheet.cells[position].str.lower().str.replace(" ", "")
    known = {**MW_PER_UNIT, **dict.fromkeys(("$/mwh", "usd/mwh", "$/mw", ""), 1.0)}
    if not texts.isin(known.keys()).all():
        row = texts.index[~texts.isin(known.keys())][0]
        raise sheet.refuse(
            f"{shown(texts[row])} is no unit; known are {', '.join(filter(None, known))}", row, position
        )
    return texts.map(known)


def _unexplained(sheet: Sheet, layout: SheetLayout) -> list[int]:
    known = {*layout.roles.values(), *layout.hours.values()}
    return [
        position
        for position, heading in enumerate(sheet.headings)
        if position not in known and read_numbers(sheet.cells[position]).values.notna().mean() > 0.5
    ]


def _places(sheet: Sheet, layout: SheetLayout, column: ValueColumn, choices: Choices) -> pd.Series | str:
    if column.zone is not None:
        return column.zone
    if "zone" in layout.roles:
        return sheet.cells[layout.roles["zone"]]
    return choices.zone or layout.zone or ""


def _measures(
    sheet: Sheet, layout: SheetLayout, column: ValueColumn, choices: Choices
) -> pd.Series | str | None:
    if choices.measure is not None:
        return choices.measure
    if column.measure is not None:
        return column.measure
    if "measure" in layout.roles:
        texts = sheet.cells[layout.roles["measure"]]
        return texts.map({text: find_measure(text) for text in texts.unique()})
    heading = "" if layout.hours else sheet.headings[column.position]
    return find_measure(f"{sheet.context} {heading}") or layout.measure


def with_known_places(sheet: Sheet, rows: pd.DataFrame, iso: str, notes: list[str]) -> pd.DataFrame:
    """Return the rows of known zones with their location; notes count the others by name.

    Raises:
        BadImport: no row has a zone of the ISO.
    """
    names = {text: find_place(text, iso) for text in rows["place"].unique()}
    if set(names) == {""}:
        raise sheet.refuse(f"names no zone: say --zone NAME; known are {_known(iso)}")
    rows = rows.assign(location=rows["place"].map(names))
    for text, place in names.items():
        if place is None:
            n_rows = int((rows["place"] == text).sum())
            notes.append(f"{sheet.place}: {n_rows:,} values left out: {_unknown_place(text, iso)}")
    if rows["location"].isna().all():
        raise sheet.refuse(f"names no zone of {iso}: {_unknown_place(next(iter(names)), iso)}")
    rows = rows[rows["location"].notna()]
    has_load = {place.name for place in locations(iso, "zone")}
    is_load = rows["measure"].isin([name for name, measure in MEASURES.items() if not measure.is_price])
    return rows[~is_load | rows["location"].isin(has_load)]


def _unknown_place(text: str, iso: str) -> str:
    close = get_close_matches(str(text).upper(), [place.name for place in locations(iso)], n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"known are {_known(iso)}"
    return f"{shown(text)} is no zone of {iso} ({hint})"


def _known(iso: str) -> str:
    return ", ".join(place.name for place in locations(iso))


def read_numbers_of(sheet: Sheet, rows: pd.DataFrame, choices: Choices, notes: list[str]) -> pd.Series:
    """Return the numbers of the values, in $/MWh and MW; a note counts what is no number, with its first row.

    Raises:
        BadImport: commas may be decimal ones or not.
    """
    values = pd.Series(float("nan"), index=rows.index)
    groups: Iterable[tuple[object, pd.DataFrame]] = (
        [(None, rows)] if rows["he"].any() else rows.groupby("position")
    )
    for position, part in groups:
        read = read_numbers(part["text"], choices.decimal)
        place = None if position is None else int(str(position))
        if read.is_ambiguous:
            sample = part["text"][part["text"].str.contains(",")].iloc[0]
            raise sheet.refuse(
                f"{shown(sample)} may have a decimal comma or a comma of thousands: say --decimal ',' or "
                "--decimal '.'",
                part.loc[part["text"] == sample, "source_row"].iloc[0],
                place,
            )
        if read.is_unreadable.any():
            first = part[read.is_unreadable].iloc[0]
            note = f"{int(read.is_unreadable.sum()):,} values left out: {shown(first['text'])} is no number"
            notes.append(f"{sheet.place}: {note} (row {first['source_row']})")
        values[part.index] = read.values * part["factor"]
    return values
