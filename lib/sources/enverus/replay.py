"""A replay of archived responses: an hour that several of them have is taken from the latest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from lib.hours import HOUR
from lib.sources.enverus.client import SOURCE
from lib.sources.enverus.localize import ROW, Defect, SymbolResult, empty_rows, failed_result, parse_response
from lib.sources.enverus.parse import InvalidResponse
from lib.sources.enverus.queries import PATH, SymbolQuery, parse_query_url
from lib.sources.protocol import NOT_KEPT, SourceError
from lib.web import Archive, DamagedArchive, Entry

OK = 200


class _Coverage:
    """What has been found so far of each symbol (a row) and hour (a column)."""

    def __init__(self, symbols: Sequence[str], start: pd.Timestamp, end: pd.Timestamp) -> None:
        self.symbols = pd.Index(symbols)
        self.start = start
        shape = len(symbols), (end - start) // HOUR
        self.has_value = np.zeros(shape, dtype=bool)
        self.is_answered = np.zeros(shape, dtype=bool)
        self._numberless = [empty_rows()]

    def area(
        self, symbols: Sequence[str], start: pd.Timestamp, end: pd.Timestamp
    ) -> tuple[np.ndarray, slice]:
        """Return the rows and columns of some symbols and hours, as far as they are wanted."""
        rows = np.flatnonzero(self.symbols.isin(symbols))
        first, after = (max(0, (bound - self.start) // HOUR) for bound in (start, end))
        return rows, slice(first, after)

    def lacks(self, defect: Defect) -> bool:
        """Return whether any hour of a defect has no value."""
        return not self.has_value[self.area([defect.symbol], defect.start, defect.end)].all()

    def lacking(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return the rows of those wanted symbols and hours that have no value."""
        row, column = self._cells(rows)
        is_wanted = (row >= 0) & (column >= 0) & (column < self.has_value.shape[1])
        return rows[is_wanted][~self.has_value[row[is_wanted], column[is_wanted]]]

    def add(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Record rows, and return those with a number for a wanted symbol and hour that had none before."""
        rows = self.lacking(rows)
        is_number = np.isfinite(pd.to_numeric(rows["value"], errors="coerce"))
        self._numberless.append(rows[~is_number])
        self.has_value[self._cells(rows[is_number])] = True
        return rows[is_number]

    def numberless(self) -> pd.DataFrame:
        """Return, for each symbol and hour that never had a number, the first row that was added."""
        rows = pd.concat([rows for rows in self._numberless if len(rows)] or [empty_rows()])
        return self.lacking(rows).drop_duplicates(ROW)

    def _cells(self, rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        column = (rows["interval_start"] - self.start) // HOUR
        return self.symbols.get_indexer(rows["symbol"]), column.to_numpy()


def replay_fetch(archive: Archive) -> Callable[[Sequence[SymbolQuery], ZoneInfo], Iterator[SymbolResult]]:
    """Return a function that fetches queries from an archive; the archive is listed once, on first use."""
    return partial(read_archived, cache(partial(_entries, archive)))


def _entries(archive: Archive) -> tuple[Entry, ...]:
    """Return the archived responses of the service, the latest first."""
    try:
        entries = [*archive.entries(SOURCE)]
    except DamagedArchive as error:
        raise SourceError(str(error)) from error
    return tuple(entry for entry in reversed(entries) if entry.status == OK and PATH in entry.request.url)


def read_archived(
    entries: Callable[[], Sequence[Entry]], queries: Sequence[SymbolQuery], clock: ZoneInfo
) -> Iterator[SymbolResult]:
    """Yield the results of queries from archived responses; each hour comes from the latest that has it.

    Invalid responses are ignored. A value that is no number, or another defect, is ignored if another
    response has a number for the hour. A response that is no longer as it came is ignored and reported.

    Args:
        entries: lists the archived responses, the latest first.
        queries: what is wanted.
        clock: the publisher's time zone.

    Raises:
        SourceError: the archive cannot be listed.
    """
    symbols = sorted({symbol for query in queries for symbol in query.symbols})
    bounds = [query.bounds(clock) for query in queries]
    coverage = _Coverage(symbols, min(start for start, _ in bounds), max(end for _, end in bounds))
    defects: list[Defect] = []
    for query, entry in _worth_reading(entries(), coverage, clock):
        try:
            result = parse_response(entry.read_response().body, query, clock)
        except InvalidResponse:
            continue
        except DamagedArchive as error:
            yield failed_result(query.only(coverage.symbols), clock, "damaged_archive", str(error))
            continue
        coverage.is_answered[_area_of(coverage, query, clock)] = True
        defects += [defect for defect in result.defects if defect.symbol in coverage.symbols]
        yield SymbolResult(coverage.add(result.rows), ())
    yield SymbolResult(coverage.numberless(), tuple(filter(coverage.lacks, defects)))
    yield SymbolResult(empty_rows(), tuple(_never_answered(coverage)))


def _area_of(coverage: _Coverage, query: SymbolQuery, clock: ZoneInfo) -> tuple[np.ndarray, slice]:
    return coverage.area(query.symbols, *query.bounds(clock))


def _worth_reading(
    entries: Sequence[Entry], coverage: _Coverage, clock: ZoneInfo
) -> Iterator[tuple[SymbolQuery, Entry]]:
    """Yield the archived responses that may have hours which no later one has."""
    for entry in entries:
        url = entry.request.url
        # The cheap check first: years of daily runs leave many responses about other symbols.
        if any(symbol in url for symbol in coverage.symbols):
            query = parse_query_url(url)
            if not coverage.has_value[_area_of(coverage, query, clock)].all():
                yield query, entry


def _never_answered(coverage: _Coverage) -> Iterator[Defect]:
    """Yield each stretch of hours of a symbol without a valid archived response."""
    cause = "no valid response for these hours is kept; ask the service itself"
    for symbol, is_answered in zip(coverage.symbols, coverage.is_answered, strict=True):
        changes = np.diff(np.concatenate([[True], is_answered, [True]]).astype(np.int8))
        for first, after in zip(np.flatnonzero(changes == -1), np.flatnonzero(changes == 1), strict=True):
            start, end = coverage.start + first * HOUR, coverage.start + after * HOUR
            yield Defect(symbol, NOT_KEPT, start, end, cause)
