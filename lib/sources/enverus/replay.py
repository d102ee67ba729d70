"""Reading again what the service has answered before; of an hour in several answers, the latest one's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from lib.hours import HOUR
from lib.sources.enverus.client import SOURCE
from lib.sources.enverus.localize import ROW, Defect, Heard, failed, heard, no_rows
from lib.sources.enverus.parse import InvalidAnswer
from lib.sources.enverus.queries import PATH, Ask, ask_of
from lib.sources.protocol import SourceError
from lib.web import Archive, DamagedArchive, Entry

OK = 200


class _Grid:
    """What is known so far of each symbol (a row) and hour (a column)."""

    def __init__(self, symbols: Sequence[str], start: pd.Timestamp, end: pd.Timestamp) -> None:
        self.symbols = pd.Index(symbols)
        self.start = start
        shape = len(symbols), (end - start) // HOUR
        self.has_value = np.zeros(shape, dtype=bool)
        self.is_answered = np.zeros(shape, dtype=bool)
        self._numberless = [no_rows()]

    def area(
        self, symbols: Sequence[str], start: pd.Timestamp, end: pd.Timestamp
    ) -> tuple[np.ndarray, slice]:
        """Return where some symbols and hours are, as far as they are wanted."""
        rows = np.flatnonzero(self.symbols.isin(symbols))
        first, after = (max(0, (bound - self.start) // HOUR) for bound in (start, end))
        return rows, slice(first, after)

    def lacks(self, defect: Defect) -> bool:
        """Whether some hour of a defect has no value."""
        return not self.has_value[self.area([defect.symbol], defect.start, defect.end)].all()

    def lacking(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return the rows of those wanted symbols and hours that have no value."""
        row, column = self._cells(rows)
        is_wanted = (row >= 0) & (column >= 0) & (column < self.has_value.shape[1])
        return rows[is_wanted][~self.has_value[row[is_wanted], column[is_wanted]]]

    def take(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return the rows with a number for a wanted symbol and hour that had none before."""
        rows = self.lacking(rows)
        is_number = np.isfinite(pd.to_numeric(rows["value"], errors="coerce"))
        self._numberless.append(rows[~is_number])
        self.has_value[self._cells(rows[is_number])] = True
        return rows[is_number]

    def numberless(self) -> pd.DataFrame:
        """Return the first taken row of each symbol and hour of which none had a number."""
        rows = pd.concat([rows for rows in self._numberless if len(rows)] or [no_rows()])
        return self.lacking(rows).drop_duplicates(ROW)

    def _cells(self, rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        column = (rows["interval_start"] - self.start) // HOUR
        return self.symbols.get_indexer(rows["symbol"]), column.to_numpy()


def kept_answers(archive: Archive) -> Callable[[Sequence[Ask], ZoneInfo], Iterator[Heard]]:
    """Return `read_kept` of an archive, which is listed once, when it is first asked."""
    return partial(read_kept, cache(partial(_entries, archive)))


def _entries(archive: Archive) -> tuple[Entry, ...]:
    """Return the answers that are kept of the service, the latest first."""
    try:
        entries = [*archive.entries(SOURCE)]
    except DamagedArchive as error:
        raise SourceError(str(error)) from error
    return tuple(entry for entry in reversed(entries) if entry.status == OK and PATH in entry.request.url)


def read_kept(
    entries: Callable[[], Sequence[Entry]], asks: Sequence[Ask], clock: ZoneInfo
) -> Iterator[Heard]:
    """Yield what the kept answers say to the asks; of an hour that several have, the latest one's.

    An answer that is no valid one is passed over; so is a value that is no number, and any other defect, of
    an hour that another answer has. An answer that is no longer as it came is passed over and reported.

    Args:
        entries: lists the kept answers, the latest first.
        asks: what is asked.
        clock: the publisher's.

    Raises:
        SourceError: the archive cannot be listed.
    """
    symbols = sorted({symbol for ask in asks for symbol in ask.symbols})
    bounds = [ask.bounds(clock) for ask in asks]
    grid = _Grid(symbols, min(start for start, _ in bounds), max(end for _, end in bounds))
    defects: list[Defect] = []
    for ask, entry in _worth_reading(entries(), grid, clock):
        try:
            answer = heard(entry.read_response().body, ask, clock)
        except InvalidAnswer:
            continue
        except DamagedArchive as error:
            yield failed(ask.of(grid.symbols), clock, "damaged_archive", str(error))
            continue
        grid.is_answered[_where(grid, ask, clock)] = True
        defects += [defect for defect in answer.defects if defect.symbol in grid.symbols]
        yield Heard(grid.take(answer.rows), ())
    yield Heard(grid.numberless(), tuple(filter(grid.lacks, defects)))
    yield Heard(no_rows(), tuple(_never_answered(grid)))


def _where(grid: _Grid, ask: Ask, clock: ZoneInfo) -> tuple[np.ndarray, slice]:
    return grid.area(ask.symbols, *ask.bounds(clock))


def _worth_reading(entries: Sequence[Entry], grid: _Grid, clock: ZoneInfo) -> Iterator[tuple[Ask, Entry]]:
    """Yield the kept answers that may have hours which no later one has."""
    for entry in entries:
        url = entry.request.url
        # The quick look first: years of daily runs leave many answers, about other symbols.
        if any(symbol in url for symbol in grid.symbols):
            ask = ask_of(url)
            if not grid.has_value[_where(grid, ask, clock)].all():
                yield ask, entry


def _never_answered(grid: _Grid) -> Iterator[Defect]:
    """Yield each stretch of hours of a symbol for which no valid answer is kept."""
    cause = "no valid answer for these hours is kept; ask the service itself"
    for symbol, is_answered in zip(grid.symbols, grid.is_answered, strict=True):
        changes = np.diff(np.concatenate([[True], is_answered, [True]]).astype(np.int8))
        for first, after in zip(np.flatnonzero(changes == -1), np.flatnonzero(changes == 1), strict=True):
            start, end = grid.start + first * HOUR, grid.start + after * HOUR
            yield Defect(symbol, "not_kept", start, end, cause)
