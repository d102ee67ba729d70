"""The file of a measure in a folder, and its rows: columns by name, with checked types.

A file keeps a contract before any of its rows is used: it has the three columns once and no other, of the
right types, and no more rows and bytes than a market can have. A Parquet file of several groups of rows loses
those that are damaged, and no other.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from lib.markets import market
from lib.safe_text import NAME_LENGTH, safe_text
from lib.sources.clean import ProblemCounter
from lib.sources.guard import guard_reading
from lib.sources.protocol import SourceError
from lib.sources.stray_quotes import drop_stray_quotes

LOST_ROWS = "lost_rows"
"""Kind of problem: a part of a file is damaged; nobody knows which hours it had."""

NUMBERS = (pa.types.is_floating, pa.types.is_integer, pa.types.is_decimal)

ZONE, TIME, VALUE = COLUMNS = ("zone", "interval_start_utc", "value")

PANDAS_INDEX = "__index_level_"
"""How pandas names the index that it writes into a Parquet file unasked; it is not read."""

MAX_ROWS = 10_000_000
"""Most rows of a file: forty zones have had fewer hours since the markets opened."""

MAX_BYTES = 1 << 30
"""Most bytes of a CSV file, and of the wanted columns of a Parquet file once they are unpacked."""

SUFFIXES = (".parquet", ".csv")
"""The formats, the preferred one first: Parquet carries its types, CSV is read as text."""


def iso_folder(root: Path, iso: str) -> Path:
    """Return the folder of an ISO, whose name may be in upper or lower case.

    Raises:
        UnknownMarket: the ISO is not known.
        SourceError: there is no such folder, or there are several.
    """
    market(iso)
    with guard_reading(f"{iso}: the folder {root}"):
        found = sorted(path for path in root.iterdir() if path.is_dir() and path.name.lower() == iso.lower())
    if not found:
        raise SourceError(f"{iso}: there is no folder {root / iso.lower()}; add it, or leave {iso} out")
    if len(found) > 1:
        names = " and ".join(str(path) for path in found)
        raise SourceError(f"{iso}: {names} are both its folder; keep one of them")
    return found[0]


def measure_files(folder: Path, measure: str) -> tuple[Path, ...]:
    """Return what has the name of a measure's file, the preferred format first; it may be no file."""
    candidates = (folder / f"{measure}{suffix}" for suffix in SUFFIXES)
    return tuple(path for path in candidates if os.path.lexists(path))


def measure_file(folder: Path, iso: str, measure: str) -> Path:
    """Return the file of a measure in the preferred format.

    Raises:
        SourceError: there is none.
    """
    found = measure_files(folder, measure)
    if not found:
        expected = " or ".join(f"{measure}{suffix}" for suffix in SUFFIXES)
        raise SourceError(f"{iso} {measure}: the file is missing; expected {expected} in {folder}")
    return found[0]


def read_rows(
    path: Path,
    counter: ProblemCounter,
    columns: Sequence[str] = COLUMNS,
    window: tuple[pd.Timestamp, pd.Timestamp] | None = None,
) -> pd.DataFrame:
    """Return columns of a file unchanged: text, or typed values if the file has types.

    Args:
        path: a Parquet or CSV file.
        counter: has the ISO and measure for messages, and counts malformed lines.
        columns: the wanted ones of `COLUMNS`, which a file has in any order.
        window: UTC start and end (excluded) to read of a typed file; a text file is read whole.

    Raises:
        SourceError: the file cannot be read, or a column is missing, occurs twice or has a wrong type.
    """
    where = f"{counter.iso} {counter.measure}: {path}"
    if not path.is_file():
        what = "a folder" if path.is_dir() else "no file, or a link to none"
        raise SourceError(f"{where} is {what}; put the file in its place, or remove it")
    read = _read_parquet if path.suffix == ".parquet" else _read_csv
    with guard_reading(where):
        return read(path, counter, columns, window)


def has_rows(path: Path) -> bool:
    """Return whether a readable file of which a window has no row has any at all."""
    return path.suffix == ".parquet" and pq.read_metadata(path).num_rows > 0


def _read_parquet(
    path: Path,
    counter: ProblemCounter,
    columns: Sequence[str],
    window: tuple[pd.Timestamp, pd.Timestamp] | None,
) -> pd.DataFrame:
    with pq.ParquetFile(path) as file:
        schema = file.schema_arrow
        _check_columns(path, counter, schema.names, columns)
        for column in columns:
            _check_type(path, counter, column, schema.field(column).type)
        _check_size(path, counter, file.metadata.num_rows, _unpacked_bytes(file.metadata, columns))
    is_timed = TIME in columns and pa.types.is_timestamp(schema.field(TIME).type)
    filters = _inside(window, schema.field(TIME).type) if window and is_timed else None
    try:
        return _to_frame(pq.read_table(path, columns=list(columns), filters=filters, partitioning=None))
    except (pa.ArrowException, OSError):
        table = _read_row_groups(path, counter, columns)
        return _to_frame(table if filters is None else table.filter(filters))


def _read_row_groups(path: Path, counter: ProblemCounter, columns: Sequence[str]) -> pa.Table:
    """Return those groups of rows that can be read; the others are counted.

    Raises:
        SourceError: none can.
    """
    tables, failures = [], []
    with pq.ParquetFile(path) as file:
        for number in range(file.num_row_groups):
            what = f"rows {number + 1} of {file.num_row_groups} groups of {path}"
            try:
                with guard_reading(what):
                    tables.append(file.read_row_group(number, columns=list(columns)))
            except SourceError as error:
                failures.append((file.metadata.row_group(number).num_rows, error))
    if not tables:
        raise failures[0][1]
    for n_rows, failure in failures:
        counter.add(LOST_ROWS, n_rows, f"{failure}; its {n_rows:,} rows are lost, export the file again")
    return pa.concat_tables(tables)


def _unpacked_bytes(metadata: pq.FileMetaData, columns: Sequence[str]) -> int:
    groups = (metadata.row_group(number) for number in range(metadata.num_row_groups))
    chunks = (group.column(number) for group in groups for number in range(group.num_columns))
    return sum(chunk.total_uncompressed_size for chunk in chunks if chunk.path_in_schema in columns)


def _check_size(path: Path, counter: ProblemCounter, n_rows: int, n_bytes: int) -> None:
    if n_rows > MAX_ROWS or n_bytes > MAX_BYTES:
        raise SourceError(
            f"{counter.iso} {counter.measure}: {path} has {n_rows:,} rows of {n_bytes:,} bytes, and "
            f"{MAX_ROWS:,} rows of {MAX_BYTES:,} bytes are the most that is read; leave out what is no hour"
        )


def _inside(window: tuple[pd.Timestamp, pd.Timestamp], kind: pa.DataType) -> pc.Expression:
    """Return the filter for a window; missing times pass, so that they can be counted."""
    start, end = (pa.scalar(bound.to_pydatetime(), type=kind) for bound in window)
    return ((pc.field(TIME) >= start) & (pc.field(TIME) < end)) | pc.field(TIME).is_null()


def _read_csv(
    path: Path,
    counter: ProblemCounter,
    columns: Sequence[str],
    _window: tuple[pd.Timestamp, pd.Timestamp] | None,
) -> pd.DataFrame:
    malformed: list[str] = []
    _check_size(path, counter, 0, path.stat().st_size)

    def skip(row: pacsv.InvalidRow) -> str:
        malformed.append(row.text)
        return "skip"

    _check_columns(path, counter, _csv_header(path), columns)
    parse = pacsv.ParseOptions(invalid_row_handler=skip)
    as_text = dict.fromkeys(columns, pa.string())
    convert = pacsv.ConvertOptions(
        column_types=as_text, include_columns=list(columns), strings_can_be_null=False
    )
    content, stray = drop_stray_quotes(path.read_bytes())
    malformed += [line.decode("utf-8", "replace") for _, line in stray]
    table = pacsv.read_csv(pa.BufferReader(content), parse_options=parse, convert_options=convert)
    if malformed:
        counter.add(
            "malformed_line",
            len(malformed),
            f"{len(malformed)} lines of {path.name} do not have the header's number of fields, such as "
            f"{malformed[0][:80]!r} (a decimal comma, a stray quote?); they were left out",
        )
    counter.file, counter.first_row = path.name, None if malformed else 2
    return _to_frame(table)


def _csv_header(path: Path) -> list[str]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return next(csv.reader(file), [])


def _check_columns(
    path: Path, counter: ProblemCounter, present: Sequence[str], wanted: Sequence[str]
) -> None:
    expected = f"expected are the columns {', '.join(COLUMNS)}"
    if not present:
        raise SourceError(f"{counter.iso} {counter.measure}: {path} is empty; {expected}")
    for column in wanted:
        if present.count(column) != 1:
            defect = "is missing" if column not in present else "occurs more than once"
            raise SourceError(
                f"{counter.iso} {counter.measure}: column {column!r} {defect} in {path}, which has "
                f"{', '.join(map(_shown, present))}; {expected}"
            )
    known = [name for name in present if name in COLUMNS or name.startswith(PANDAS_INDEX)]
    if unknown := [column for column in present if column not in known]:
        raise SourceError(
            f"{counter.iso} {counter.measure}: column {_shown(unknown[0])} of {path} is not known; "
            f"{expected}: remove it"
        )


def _shown(name: str) -> str:
    return repr(safe_text(name, NAME_LENGTH))


def _check_type(path: Path, counter: ProblemCounter, column: str, kind: pa.DataType) -> None:
    where = f"{counter.iso} {counter.measure}: column {column!r} of {path}"
    if pa.types.is_timestamp(kind) and kind.tz is None:
        raise SourceError(
            f"{where} has times without a time zone, and guessing one would move hours; "
            f"write UTC, as timestamp[us, UTC]"
        )
    if column == TIME and pa.types.is_timestamp(kind):
        return
    if column == VALUE and any(fits(kind) for fits in NUMBERS):
        return
    if not _is_text(kind):
        expected = {ZONE: "text", TIME: "timestamp[us, UTC]", VALUE: "double"}[column]
        raise SourceError(f"{where} has the type {kind}; expected is {expected}")


def _is_text(kind: pa.DataType) -> bool:
    plain = kind.value_type if pa.types.is_dictionary(kind) else kind
    return pa.types.is_string(plain) or pa.types.is_large_string(plain) or pa.types.is_string_view(plain)


def _to_frame(table: pa.Table) -> pd.DataFrame:
    """Return the table with times in UTC microseconds, numbers as float64 and text as str."""
    columns = {name: _plain(table.column(name)).to_pandas() for name in table.column_names}
    return pd.DataFrame(columns, columns=table.column_names)


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_timestamp(column.type):
        return column.cast(pa.timestamp("us", "UTC"), safe=False)
    return column.cast(pa.string() if _is_text(column.type) else pa.float64(), safe=False)
