"""ERCOT's tables: one set of column names for all reports, and UTC from day, hour ending and flag."""

from __future__ import annotations

import re
from collections.abc import Set

import pandas as pd

from lib.hours import UTC_HOUR
from lib.sources.clean import ProblemCounter
from lib.sources.public.csv_lines import parse_table
from lib.sources.public.query import Unreadable
from lib.sources.public.zip_files import PublishedZip

_COLUMNS = {
    "deliverydate": "day",
    "operday": "day",
    "operatingday": "day",
    "hourending": "hour_ending",
    "deliveryhour": "hour_ending",
    "deliveryinterval": "quarter",
    "dstflag": "is_repeated",
    "repeatedhourflag": "is_repeated",
    "settlementpoint": "name",
    "settlementpointname": "name",
    "settlementpointtype": "type",
    "settlementpointprice": "value",
    "sppcorrected": "value",
}
"""The meaning of the headers, which differ by report and year, also in case and spaces."""


def parse_document(body: bytes, file: str) -> tuple[pd.DataFrame, list[str]]:
    """Return the table, all text, of a zip archive with one CSV file, and words for its damaged lines.

    Raises:
        Unreadable: the body is something else.
    """
    archive = PublishedZip(body, file)
    member = archive.only(".csv")
    return parse_table(archive.read(member), f"{member} in {archive.name}")


def with_known_names(table: pd.DataFrame, needed: Set[str]) -> pd.DataFrame:
    """Return a table with its columns renamed to day, hour_ending, quarter, is_repeated, name, type, value.

    A table need not have all of them. Its other columns stay, in lower case.

    Raises:
        Unreadable: a needed column is missing.
    """
    plain = [re.sub("[^a-z]", "", str(column).lower()) for column in table.columns]
    named = table.set_axis([_COLUMNS.get(column, column) for column in plain], axis=1)
    missing = needed - set(named.columns)
    if missing:
        raise Unreadable(
            f"no column for {', '.join(sorted(missing))} among {', '.join(map(str, table.columns))}"
        )
    return named


def with_interval_start(rows: pd.DataFrame, zone: str, counter: ProblemCounter) -> pd.DataFrame:
    """Return the rows with a readable time and interval_start (UTC); the others are counted.

    Args:
        rows: location, day (MM/DD/YYYY or ISO 8601), hour_ending (1..24, perhaps as HH:MM), and where the
            report has them quarter (1..4) and is_repeated (Y in the second of the two hours in autumn).
        zone: the publisher's time zone.
        counter: counts the rows without a usable time.
    """
    local = _local_starts(rows)
    if "is_repeated" in rows:
        is_daylight = ~rows["is_repeated"].astype(str).str.strip().str.upper().isin(["Y", "TRUE"]).to_numpy()
        times = local.dt.tz_localize(zone, ambiguous=is_daylight, nonexistent="NaT")
    else:
        times = local.dt.tz_localize(zone, ambiguous="NaT", nonexistent="NaT")
    rows = rows.assign(interval_start=times.astype(UTC_HOUR), local=local)
    rows = counter.reject(
        rows,
        rows["local"].isna(),
        "unreadable_time",
        lambda bad: f"{len(bad)} times cannot be read, such as {_shown_time(bad)}",
    )
    rows = counter.reject(
        rows,
        rows["interval_start"].isna(),
        "impossible_hour",
        lambda bad: f"{len(bad)} times do not exist in {zone} or are ambiguous, such as {_shown_time(bad)}",
    )
    return rows.drop(columns="local")


def _local_starts(rows: pd.DataFrame) -> pd.Series:
    """Return the naive local time at which each row's interval begins, NaT if that cannot be read."""
    day = _days(rows["day"])
    hour = pd.to_numeric(rows["hour_ending"].astype(str).str.partition(":")[0], errors="coerce")
    quarter = pd.to_numeric(rows["quarter"], errors="coerce") if "quarter" in rows else 1
    is_possible = hour.between(1, 24) & pd.Series(quarter, index=rows.index).between(1, 4)
    minutes = (hour - 1) * 60 + (quarter - 1) * 15
    return (day + pd.to_timedelta(minutes, unit="min")).where(is_possible)


def _days(column: pd.Series) -> pd.Series:
    # Each distinct text is parsed once: a year of quarter hours has only so many days.
    codes, texts = pd.factorize(column.astype(str).str.strip().str[:10])
    american = pd.to_datetime(pd.Series(texts), format="%m/%d/%Y", errors="coerce")
    days = american.fillna(pd.to_datetime(pd.Series(texts), format="%Y-%m-%d", errors="coerce"))
    return days.iloc[codes].set_axis(column.index)


def _shown_time(rows: pd.DataFrame) -> str:
    first = rows.iloc[0]
    return f"{first['day']} hour ending {first['hour_ending']}"
