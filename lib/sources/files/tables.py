"""The file of a measure in a folder, and its rows: columns by name, with checked types."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from lib.markets import market
from lib.sources.clean import ProblemCounter
from lib.sources.protocol import SourceError

NUMBERS = (pa.types.is_floating, pa.types.is_integer, pa.types.is_decimal)

ZONE, TIME, VALUE = COLUMNS = ("zone", "interval_start_utc", "value")

SUFFIXES = (".parquet", ".csv")
"""The formats, the preferred one first: Parquet carries its types, CSV is read as text."""


def iso_folder(root: Path, iso: str) -> Path:
    """Return the folder of an ISO, whose name may be in upper or lower case.

    Raises:
        UnknownMarket: the ISO is not known.
        SourceError: there is no such folder, or there are several.
    """
    market(iso)
    found = sorted(path for path in root.iterdir() if path.is_dir() and path.name.lower() == iso.lower())
    if not found:
        raise SourceError(f"{iso}: there is no folder {root / iso.lower()}; add it, or leave {iso} out")
    if len(found) > 1:
        names = " and ".join(str(path) for path in found)
        raise SourceError(f"{iso}: {names} are both its folder; keep one of them")
    return found[0]


def measure_files(folder: Path, measure: str) -> tuple[Path, ...]:
    """Return the files of a measure, the preferred format first."""
    candidates = (folder / f"{measure}{suffix}" for suffix in SUFFIXES)
    return tuple(path for path in candidates if path.is_file())


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
        columns: the wanted ones of `COLUMNS`; a file may have others, in any order.
        window: UTC start and end (excluded) to read of a typed file; a text file is read whole.

    Raises:
        SourceError: the file cannot be read, or a column is missing, occurs twice or has a wrong type.
    """
    read = _read_parquet if path.suffix == ".parquet" else _read_csv
    try:
        return read(path, counter, columns, window)
    except (pa.ArrowException, OSError, UnicodeDecodeError, csv.Error) as error:
        cause = (str(error).splitlines() or [type(error).__name__])[0]
        raise SourceError(
            f"{counter.iso} {counter.measure}: {path} cannot be read ({cause}); export the file again"
        ) from error


def _read_parquet(
    path: Path,
    counter: ProblemCounter,
    columns: Sequence[str],
    window: tuple[pd.Timestamp, pd.Timestamp] | None,
) -> pd.DataFrame:
    schema = pq.read_schema(path)
    _check_columns(path, counter, schema.names, columns)
    for column in columns:
        _check_type(path, counter, column, schema.field(column).type)
    is_timed = TIME in columns and pa.types.is_timestamp(schema.field(TIME).type)
    filters = _inside(window, schema.field(TIME).type) if window and is_timed else None
    return _to_frame(pq.read_table(path, columns=list(columns), filters=filters, partitioning=None))


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

    def skip(row: pacsv.InvalidRow) -> str:
        malformed.append(row.text)
        return "skip"

    _check_columns(path, counter, _csv_header(path), columns)
    parse = pacsv.ParseOptions(invalid_row_handler=skip)
    as_text = dict.fromkeys(columns, pa.string())
    convert = pacsv.ConvertOptions(
        column_types=as_text, include_columns=list(columns), strings_can_be_null=False
    )
    table = pacsv.read_csv(path, parse_options=parse, convert_options=convert)
    if malformed:
        counter.add(
            "malformed_line",
            len(malformed),
            f"{len(malformed)} lines of {path.name} do not have the header's number of fields, such as "
            f"{malformed[0][:80]!r} (a decimal comma?); they were left out",
        )
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
                f"{', '.join(map(repr, present))}; {expected}"
            )


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
