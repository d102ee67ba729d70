"""Hourly files of own load: rows of hours or of days, one zone or many, into one row for each load and hour.

A table may be long (columns zone, time, forecast MW, metered MW), wide by zones (columns such as "WEST ZONE
metered MW"), or wide by hours (a row for each day, columns HE1 to HE24). Loads come out in MW over one hour.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd

from lib.markets import market
from lib.sources.clean import LOAD_LIMIT
from lib.sources.own_load.headings import (
    METERED,
    Layout,
    LoadColumn,
    read_layout,
    read_measures,
    read_units,
    read_zones,
    refuse_missing,
    unused_note,
)
from lib.sources.own_load.tables import BadOwnLoad, TextTable, shown
from lib.sources.own_load.times import LocalHours, read_dates, read_local_hours, read_utc, to_interval_start

LOADS = ["location", "rate_class", "measure", "interval_start", "mw"]
"""The columns of hourly loads: at the meter, by rate class ("" for a zone's whole load)."""

KEY = LOADS[:-1]

ORIGIN = ["file", "row"]
"""Where a load stands, for messages."""


@dataclass(frozen=True)
class HourlyFile:
    """What an hourly file has: LOADS and ORIGIN, and notes on what it leaves out."""

    loads: pd.DataFrame
    notes: list[str] = field(default_factory=list)


def read_hourly(table: TextTable, iso: str) -> HourlyFile:
    """Return the loads of an hourly table.

    Raises:
        BadOwnLoad: its meaning is not clear; the message names the place and the way out.
    """
    layout = read_layout(table, iso)
    notes = [unused_note(table, layout.unused)] if layout.unused else []
    rows = _stack_hours(table, layout, iso) if layout.hours else _stack_columns(table, layout, iso)
    by = rows[["location", "rate_class", "measure"]]
    if "interval_start" not in rows:
        local = LocalHours(rows["date"], rows["he"], rows["is_repeated"])
        has_value = rows["mw"].notna()
        rows["interval_start"], counts = to_interval_start(local, market(iso).zone_info, by)
        lost = rows[rows["interval_start"].isna() & has_value & (rows["mw"] != 0)]
        if not lost.empty:
            kinds = " and ".join(counts)
            notes.append(f"{table.path.name}: left out are {len(lost)} values: {kinds}")
    rows = rows[rows["interval_start"].notna() & rows["mw"].notna()]
    _check_size(table, rows)
    return HourlyFile(rows.assign(file=table.path.name)[LOADS + ORIGIN], notes)


def join_files(files: Sequence[HourlyFile]) -> HourlyFile:
    """Return several files as one; an hour that two rows have with one value is kept once.

    Raises:
        BadOwnLoad: two rows have different loads for one hour.
    """
    loads = pd.concat([file.loads for file in files], ignore_index=True).drop_duplicates(LOADS)
    is_twice = loads.duplicated(KEY, keep=False)
    if is_twice.any():
        first = loads[is_twice].iloc[0]
        both = loads[(loads[KEY] == first[KEY]).all(axis=1)]
        a, b = (f"{row.file}, row {row.row} has {row.mw:g} MW" for row in both.head(2).itertuples())
        what = "metered" if first["measure"] == METERED else "forecast"
        raise BadOwnLoad(
            f"{a}, and {b}, both for the {what} load of {first['location']} at "
            f"{first['interval_start']:%Y-%m-%d %H:%M} UTC; keep one, or mark the "
            "repeated hour of November as 02X"
        )
    return HourlyFile(loads.reset_index(drop=True), [note for file in files for note in file.notes])


def _stack_columns(table: TextTable, layout: Layout, iso: str) -> pd.DataFrame:
    """Return a row for each cell of the columns of loads."""
    if not layout.loads:
        raise refuse_missing(table, "column of loads such as 'forecast MW' or 'metered MW'")
    common = _common(table, layout, iso)
    if "time" in layout.roles:
        common["interval_start"] = read_utc(table, layout)
    else:
        hours = read_local_hours(table, layout)
        common = common.assign(date=hours.date, he=hours.he, is_repeated=hours.is_repeated)
    parts = [_column(table, load, common) for load in layout.loads]
    return pd.concat(parts, ignore_index=True)


def _column(table: TextTable, load: LoadColumn, common: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of one column of loads, after checking that they say zone, measure and unit."""
    part = common.copy()
    if load.zone is not None:
        if "location" in part:
            raise table.refuse(
                "names a zone, and so does another column; keep one of the two", None, load.position
            )
        part["location"] = load.zone
    if "location" not in part:
        raise table.refuse("does not say of which zone; add a column called zone", None, load.position)
    if load.measure is not None and "measure" not in part:
        part["measure"] = load.measure
    if "measure" not in part:
        way_out = "call it 'forecast MW' or 'metered MW'"
        raise table.refuse(
            f"does not say whether it is a forecast or metered; {way_out}", None, load.position
        )
    if load.mw_per_unit is not None:
        part["mw_per_unit"] = load.mw_per_unit
    if "mw_per_unit" not in part:
        raise table.refuse(
            "names no unit; write it into the heading, as in 'metered MW'", None, load.position
        )
    return part.assign(mw=table.numbers(load.position) * part["mw_per_unit"])


def _stack_hours(table: TextTable, layout: Layout, iso: str) -> pd.DataFrame:
    """Return a row for each cell of the columns of hours ending, day by day."""
    if "date" not in layout.roles:
        raise refuse_missing(table, "column of dates beside its columns of hours")
    common = _common(table, layout, iso).assign(date=read_dates(table, layout.roles["date"]))
    whose = {"location": "zone", "measure": "measure, forecast or metered,", "mw_per_unit": "unit such as MW"}
    for column, what in whose.items():
        if column not in common:
            raise refuse_missing(table, f"column called {what.split()[0].rstrip(',')} that says the {what}")
    parts = []
    for (he, is_repeated), position in sorted(layout.hours.items()):
        mw = table.numbers(position) * common["mw_per_unit"]
        if he > 24 and mw.notna().any():
            raise table.refuse(
                "does not say which hour is the repeated one of November; call the column HE2X",
                mw.first_valid_index(),
                position,
            )
        if he <= 24:
            parts.append(common.assign(he=he, mw=mw, is_repeated=_mark(he, is_repeated, layout)))
    rows = pd.concat([part[part["mw"].notna()] for part in parts], ignore_index=True)
    return rows.astype({"is_repeated": "boolean"})


def _mark(he: int, is_repeated: bool, layout: Layout) -> object:
    """Return whether an hour is the repeated one: known for HE 2 only if HE 2X has a column of its own."""
    return is_repeated if is_repeated or (he, True) in layout.hours else pd.NA


def _common(table: TextTable, layout: Layout, iso: str) -> pd.DataFrame:
    """Return what the other columns say of each row: rate class, and perhaps zone, measure and unit."""
    out = pd.DataFrame({"row": table.cells.index}, index=table.cells.index)
    roles = layout.roles
    out["rate_class"] = table.column(roles["rate_class"]) if "rate_class" in roles else ""
    if "zone" in roles:
        out["location"] = table.column(roles["zone"]).map(read_zones(table, roles["zone"], iso))
    if "measure" in roles:
        out["measure"] = table.column(roles["measure"]).map(read_measures(table, roles["measure"]))
    if "unit" in roles:
        out["mw_per_unit"] = table.column(roles["unit"]).map(read_units(table, roles["unit"]))
    return out


def _check_size(table: TextTable, rows: pd.DataFrame) -> None:
    is_huge = rows["mw"].abs() > LOAD_LIMIT
    if is_huge.any():
        first = rows[is_huge].iloc[0]
        raise table.refuse(
            f"{shown(first['mw'])} MW is more than any zone has; check the unit in the heading", first["row"]
        )
