"""Profiles of load: one value for each hour of some time, or one for each month, day type and hour ending.

Only the ratios of the values count (`lib.sources.own_load.spread`). A profile of dated hours (a normalised
8,760) also has its means by month, day type and hour ending, for the hours of other years.
"""

from __future__ import annotations

from calendar import month_abbr
from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd

from lib.hours import DAY_TYPE, label_hours
from lib.markets import market
from lib.sources.own_load.headings import Layout, read_layout, read_zones, refuse_missing, unused_note
from lib.sources.own_load.tables import TextTable, shown
from lib.sources.own_load.times import LocalHours, read_dates, read_local_hours, read_utc, to_interval_start

TYPICAL = ["month", "day_type", "he"]

WHOSE = ["location", "rate_class"]
"""Whose profile it is; "" for any."""

DAY_TYPES = {
    **dict.fromkeys(("weekday", "wd", "weekdays", "workday", "week day"), "WeekDay"),
    **dict.fromkeys(("weekend", "we", "weekends", "weekend/holiday", "week end"), "WeekEnd"),
}
MONTH_NAMES = {name.lower(): number for number, name in enumerate(month_abbr) if name}


@dataclass(frozen=True)
class Profiles:
    """Values of profiles: by WHOSE and interval_start (`dated`), and by WHOSE and TYPICAL (`typical`)."""

    dated: pd.DataFrame
    typical: pd.DataFrame
    file: str
    notes: list[str] = field(default_factory=list)


def read_profiles(table: TextTable, iso: str) -> Profiles:
    """Return the profiles of a table.

    Raises:
        BadOwnLoad: its meaning is not clear, or a value is negative.
    """
    layout = read_layout(table, iso)
    notes = [unused_note(table, layout.unused)] if layout.unused else []
    keys = pd.DataFrame({"location": "", "rate_class": ""}, index=table.cells.index)
    if "zone" in layout.roles:
        keys["location"] = table.column(layout.roles["zone"]).map(
            read_zones(table, layout.roles["zone"], iso)
        )
    if "rate_class" in layout.roles:
        keys["rate_class"] = table.column(layout.roles["rate_class"])
    values = _values(table, layout)
    if all(table.numbers(position).isna().all() for _, position in values):
        raise table.refuse("has no value; add some, or delete the file")
    if "month" in layout.roles and "date" not in layout.roles and "time" not in layout.roles:
        rows = _typical_rows(table, layout, keys, values)
        _check_unique(table, rows, [*WHOSE, *TYPICAL])
        return Profiles(
            pd.DataFrame(columns=[*WHOSE, "interval_start", "weight"]), rows, table.path.name, notes
        )
    dated = _dated_rows(table, layout, iso, keys, values)
    _check_unique(table, dated, [*WHOSE, "interval_start"])
    return Profiles(dated, _means(dated, iso), table.path.name, notes)


def _values(table: TextTable, layout: Layout) -> list[tuple[tuple[int, bool] | None, int]]:
    """Return the columns of values as pairs of an hour ending, if the column is of one, and the position."""
    if layout.hours:
        return sorted(layout.hours.items(), key=lambda item: item[1])
    if len(layout.loads) != 1:
        raise refuse_missing(table, "single column of values called profile")
    return [(None, layout.loads[0].position)]


def _numbers(table: TextTable, position: int) -> pd.Series:
    values = table.numbers(position)
    if (values < 0).any():
        row = values.index[values < 0][0]
        raise table.refuse(f"{values[row]:g} is negative; a profile has shares of energy", row, position)
    return values


def _typical_rows(
    table: TextTable,
    layout: Layout,
    keys: pd.DataFrame,
    values: Sequence[tuple[tuple[int, bool] | None, int]],
) -> pd.DataFrame:
    """Return a profile by month, day type and hour ending; without a column of day types they are alike."""
    roles = layout.roles
    base = keys.assign(month=_months(table, roles["month"]), row=table.cells.index)
    if values[0][0] is None:
        if "he" not in roles:
            raise refuse_missing(table, "column HE, or columns HE1 to HE24")
        he = _numbers(table, roles["he"])
        if (is_bad := ~he.isin(range(1, 25))).any():
            raise table.refuse("is no hour ending from 1 to 24", he.index[is_bad][0], roles["he"])
        rows = base.assign(he=he.astype(int), weight=_numbers(table, values[0][1]))
    else:
        rows = pd.concat(
            [
                base.assign(he=hour[0], weight=_numbers(table, position))
                for hour, position in values
                if hour and hour[0] <= 24
            ]
        )
    if "day_type" not in roles:
        rows = pd.concat([rows.assign(day_type=name) for name in DAY_TYPE.categories])
        return rows[rows["weight"].notna()]
    texts = table.column(roles["day_type"])
    known = texts.str.lower().map(DAY_TYPES)
    if known.isna().any():
        row = known.index[known.isna()][0]
        raise table.refuse(
            f"{shown(texts[row])} is no day type; write WeekDay, or WeekEnd for Saturdays, Sundays "
            "and holidays",
            row,
            roles["day_type"],
        )
    rows = rows.assign(day_type=rows["row"].map(known))
    return rows[rows["weight"].notna()]


def _dated_rows(
    table: TextTable,
    layout: Layout,
    iso: str,
    keys: pd.DataFrame,
    values: Sequence[tuple[tuple[int, bool] | None, int]],
) -> pd.DataFrame:
    """Return a profile with a value for each hour of some time: WHOSE, interval_start, weight, row."""
    base = keys.assign(row=table.cells.index)
    if values[0][0] is None and "time" in layout.roles:
        rows = base.assign(interval_start=read_utc(table, layout), weight=_numbers(table, values[0][1]))
        return rows[rows["weight"].notna()]
    if values[0][0] is None:
        hours = read_local_hours(table, layout)
        rows = base.assign(
            date=hours.date, he=hours.he, second=hours.is_repeated, weight=_numbers(table, values[0][1])
        )
    else:
        if "date" not in layout.roles:
            raise refuse_missing(table, "column of months and day types, or of dates,")
        dates = read_dates(table, layout.roles["date"])
        parts = [
            base.assign(date=dates, he=hour[0], second=hour[1] or pd.NA, weight=_numbers(table, position))
            for hour, position in values
            if hour and hour[0] <= 24
        ]
        rows = pd.concat(parts, ignore_index=True).astype({"second": "boolean"})
    local = LocalHours(rows["date"], rows["he"], rows["second"])
    rows["interval_start"], _ = to_interval_start(local, market(iso).zone_info, rows[WHOSE])
    return rows[rows["interval_start"].notna() & rows["weight"].notna()][
        [*WHOSE, "interval_start", "weight", "row"]
    ]


def _means(dated: pd.DataFrame, iso: str) -> pd.DataFrame:
    """Return the mean of dated profiles by month of the year, day type and hour ending."""
    times = pd.DatetimeIndex(dated["interval_start"].drop_duplicates().sort_values())
    hours = label_hours(iso, times)[["interval_start", *TYPICAL]].astype({"day_type": str})
    rows = dated.merge(hours, on="interval_start")
    return rows.groupby([*WHOSE, *TYPICAL], as_index=False)["weight"].mean()


def _months(table: TextTable, position: int) -> pd.Series:
    texts = table.column(position)
    months = texts.str[:3].str.lower().map(MONTH_NAMES).fillna(pd.to_numeric(texts, errors="coerce"))
    is_bad = ~months.isin(range(1, 13))
    if is_bad.any():
        row = texts.index[is_bad][0]
        raise table.refuse(f"{shown(texts[row])} is no month; write 1 to 12 or Jan to Dec", row, position)
    return months.astype(int)


def _check_unique(table: TextTable, rows: pd.DataFrame, key: list[str]) -> None:
    is_twice = rows.duplicated(key)
    if is_twice.any():
        raise table.refuse(
            "has a value for an hour that a row above has; keep one", rows.loc[is_twice, "row"].iloc[0]
        )
