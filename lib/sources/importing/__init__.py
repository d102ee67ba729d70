"""Numbers in by any door: a file as analysts have it becomes series that the source `files` reads.

1. `sheets` opens the file: CSV in any separator and encoding, workbooks with all sheets.
2. `columns` finds what the columns are: zones, times, hours, values with their measure.
3. `rows` makes a row of each value, with its zone, measure and number (`numbers`).
4. `days`, `moments` and `clock` turn dates and hours into UTC.
5. `read_file` puts this together, and counts what it had to leave out.
6. `folder` merges the series into a folder for `--source files:DIR`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from lib.markets import MARKETS, market
from lib.sources.clean import ProblemCounter, clean_values
from lib.sources.importing.clock import find_fillers, find_utc, may_have_fillers
from lib.sources.importing.columns import SheetLayout, find_columns, find_place
from lib.sources.importing.days import parse_day_texts
from lib.sources.importing.moments import (
    OFFSET_HOURS,
    Moments,
    read_days_and_hours,
    read_stamps,
)
from lib.sources.importing.rows import Choices, read_numbers_of, stack, with_known_places
from lib.sources.importing.sheets import BadImport, Sheet, read_sheets
from lib.sources.own_load.tables import MISSING, shown
from lib.sources.own_load.times import NO, YES
from lib.sources.protocol import Problem

__all__ = ["BadImport", "Choices", "Imported", "guess_iso", "read_file"]


TIME_ROLES = {"time", "date", "he", "hb", "hour"}


@dataclass
class Imported:
    """What a file has: a series frame for each measure, what was concluded, and what was left out."""

    iso: str
    frames: dict[str, pd.DataFrame] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def read_file(path: Path, iso: str, choices: Choices | None = None) -> Imported:
    """Return the hours of a file by measure, in UTC.

    Args:
        path: CSV or workbook.
        iso: the ISO whose zones they are.
        choices: what the file itself does not say.

    Raises:
        BadImport: the file means nothing or two things; the message says where, and the way out.
    """
    sheets, notes = read_sheets(path)
    choices, result = choices or Choices(), Imported(iso, notes=notes)
    parts: dict[str, list[pd.DataFrame]] = {}
    for sheet in _tables_of_hours(sheets, iso, choices, result) if len(sheets) > 1 else sheets:
        rows = _read_sheet(sheet, iso, choices, result)
        for measure, of_measure in rows.groupby("measure", sort=False):
            parts.setdefault(str(measure), []).append(of_measure)
    for measure, rows_of_sheets in parts.items():
        counter = ProblemCounter(iso, measure, file=path.name)
        together = pd.concat(rows_of_sheets, ignore_index=True)
        result.frames[measure] = clean_values(together[["location", "interval_start", "value"]], counter)
        result.problems += counter.problems
    if not any(len(frame) for frame in result.frames.values()):
        raise BadImport(f"{path.name} has no usable hour: {'; '.join(_sentences(result)) or 'it is empty'}")
    return result


def _tables_of_hours(sheets: list[Sheet], iso: str, choices: Choices, result: Imported) -> list[Sheet]:
    """Return the sheets of a workbook that have hours of known zones; notes name the others."""
    kept = []
    for sheet in sheets:
        layout = find_columns(sheet, iso)
        has_zone = "zone" in layout.roles or any(value.zone for value in layout.values)
        if not layout.roles.keys() & TIME_ROLES:
            result.notes.append(f"{sheet.place} has no column of times, and is not read")
        elif not (has_zone or layout.zone or choices.zone):
            result.notes.append(f"{sheet.place} names no zone of {iso}, and is not read")
        else:
            kept.append(sheet)
    return kept


def guess_iso(path: Path) -> str:
    """Return the ISO whose zones a file names.

    Raises:
        BadImport: it names zones of none, or of several as often.
    """
    sheets, _ = read_sheets(path)
    found = {iso: sum(_count_places(sheet, iso) for sheet in sheets) for iso in MARKETS}
    best = [iso for iso, number in found.items() if number and number == max(found.values())]
    if len(best) != 1:
        raise BadImport(
            f"{path.name} does not say which market it is of: say --iso {'|'.join(best or MARKETS)}"
        )
    return best[0]


def _count_places(sheet: Sheet, iso: str) -> int:
    layout = find_columns(sheet, iso)
    texts = sheet.cells[layout.roles["zone"]].unique() if "zone" in layout.roles else []
    named = (
        {find_place(text, iso) for text in texts} | {value.zone for value in layout.values} | {layout.zone}
    )
    return len(named - {None})


def _read_sheet(sheet: Sheet, iso: str, choices: Choices, result: Imported) -> pd.DataFrame:
    """Return location, measure, interval_start and value of a sheet's rows; what is left out is counted."""
    layout = find_columns(sheet, iso)
    rows = stack(sheet, layout, choices)
    rows = rows[~rows["text"].str.strip().str.lower().isin(MISSING)]
    rows = with_known_places(sheet, rows, iso, result.notes)
    moments = _read_moments(sheet, layout, rows, choices)
    heading = " ".join(
        sheet.headings[each] for role, each in layout.roles.items() if role not in ("zone", "measure")
    )
    rows["value"] = read_numbers_of(sheet, rows, choices, result.notes)
    keys = ["location", "measure"]
    is_filler = pd.Series(False, index=rows.index)
    if may_have_fillers(sheet, moments, choices.clock, heading):
        is_filler = find_fillers(moments.local, rows["value"], rows[keys])
    if is_filler.any():
        rows, moments = rows[~is_filler], moments.without(is_filler)
        n_fillers = int(is_filler.sum())
        result.notes.append(
            f"{sheet.place}: {n_fillers:,} values left out: means of their neighbours, which fill the hour "
            "that a day in March does not have"
        )
    interval_start, counts, notes = find_utc(sheet, moments, market(iso), choices.clock, rows[keys], heading)
    result.notes += [f"{sheet.place}: {note}" for note in dict.fromkeys((*moments.notes, *notes))]
    result.notes += [f"{sheet.place}: {n:,} values left out: {reason}" for reason, n in counts.items()]
    if layout.unused:
        result.notes.append(f"{sheet.place}: columns not used: {', '.join(map(shown, layout.unused))}")
    return rows.assign(interval_start=interval_start).dropna(subset=["interval_start", "value"])


def _read_moments(sheet: Sheet, layout: SheetLayout, rows: pd.DataFrame, choices: Choices) -> Moments:
    """Return the time of each value; rows of the sheet without a value may have any time."""
    sheet = replace(sheet, cells=sheet.cells.loc[rows["source_row"].unique()])
    roles, notes = layout.roles, []
    marks = _marks(sheet, roles["repeated"]) if "repeated" in roles else None
    role = next((role for role in ("he", "hb", "hour") if role in roles), None)
    if "date" in roles and (layout.hours or role):
        dates, note = parse_day_texts(sheet, sheet.cells[roles["date"]], choices.dates, roles["date"])
        notes = [note] if note else []
    if layout.hours and "date" in roles:
        has_25 = (25, False) in layout.hours
        of_values = rows["source_row"].map(dates)
        moments = read_days_and_hours(sheet, of_values, rows["he"], "ending", roles["date"], has_25)
    elif role and "date" in roles:
        convention = {"he": "ending", "hb": "beginning"}.get(role) or choices.hours
        texts, position = sheet.cells[roles[role]], roles[role]
        moments = read_days_and_hours(sheet, dates, texts, convention, position).of(rows["source_row"])
    else:
        moments = read_stamps(sheet, _stamp_column(sheet, roles), choices.dates, choices.hours)
        moments = moments.of(rows["source_row"])
    if marks is not None:
        moments = replace(moments, is_repeated=rows["source_row"].map(marks).astype("boolean"))
    if "time_zone" in roles:
        clocks = rows["source_row"].map(sheet.cells[roles["time_zone"]]).str.strip().str.lower()
        moments = replace(moments, offset_hours=clocks.map(OFFSET_HOURS).astype(float))
    return replace(moments, notes=(*notes, *moments.notes))


def _stamp_column(sheet: Sheet, roles: dict[str, int]) -> int:
    for role in ("time", "date", "he", "hb", "hour"):
        if role in roles:
            return roles[role]
    raise sheet.refuse(
        "has no column of times: write a date and an hour ending (HE), or one column called time; its "
        f"columns are {', '.join(map(shown, sheet.headings))}"
    )


def _marks(sheet: Sheet, position: int) -> pd.Series:
    """Return whether each row is the repeated hour; NA for all where nothing is marked."""
    texts = sheet.cells[position].str.strip().str.lower()
    bad = ~texts.isin(YES | NO)
    if bad.any():
        row = texts.index[bad][0]
        raise sheet.refuse(f"{shown(texts[row])} is neither yes nor no; write 1 or 0", row, position)
    marks = texts.isin(YES).astype("boolean")
    return marks if marks.any() else pd.Series(pd.NA, index=texts.index, dtype="boolean")


def _sentences(result: Imported) -> list[str]:
    return [*result.notes, *(problem.message for problem in result.problems)]
