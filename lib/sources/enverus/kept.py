"""Reading again what the service has answered before; of an hour in several answers, the latest one's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from lib.hours import HOUR
from lib.sources.enverus.answers import InvalidAnswer
from lib.sources.enverus.asks import PATH, Ask, ask_of
from lib.sources.enverus.days import Defect, Heard, heard, no_rows
from lib.sources.enverus.service import SOURCE
from lib.web import Archive, Reply

OK = 200


class _Grid:
    """What is known so far of each symbol (a row) and hour (a column)."""

    def __init__(self, symbols: Sequence[str], start: pd.Timestamp, end: pd.Timestamp) -> None:
        self.symbols = pd.Index(symbols)
        self.start = start
        shape = len(symbols), (end - start) // HOUR
        self.has_value = np.zeros(shape, dtype=bool)
        self.is_answered = np.zeros(shape, dtype=bool)

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

    def add(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return the rows of those wanted symbols and hours that had none before."""
        row = self.symbols.get_indexer(rows["symbol"])
        column = ((rows["interval_start"] - self.start) // HOUR).to_numpy()
        is_wanted = (row >= 0) & (column >= 0) & (column < self.has_value.shape[1])
        rows, row, column = rows[is_wanted], row[is_wanted], column[is_wanted]
        is_new = ~self.has_value[row, column]
        self.has_value[row, column] = True
        return rows[is_new]


def read_kept(archive: Archive, asks: Sequence[Ask], clock: ZoneInfo) -> Iterator[Heard]:
    """Yield what the kept answers say to the asks; of an hour that several have, the latest one's.

    An answer that is no valid one is passed over, and so are defects of hours that another answer has.

    Raises:
        DamagedArchive: an answer is no longer as it came.
    """
    symbols = sorted({symbol for ask in asks for symbol in ask.symbols})
    bounds = [ask.bounds(clock) for ask in asks]
    grid = _Grid(symbols, min(start for start, _ in bounds), max(end for _, end in bounds))
    defects: list[Defect] = []
    for ask, reply in _latest_first(archive, grid, clock):
        try:
            answer = heard(reply.body, ask, clock)
        except InvalidAnswer:
            continue
        grid.is_answered[_where(grid, ask, clock)] = True
        defects += [defect for defect in answer.defects if defect.symbol in grid.symbols]
        yield Heard(grid.add(answer.rows), ())
    yield Heard(no_rows(), tuple(defect for defect in defects if grid.lacks(defect)))
    yield Heard(no_rows(), tuple(_never_answered(grid)), is_valid=False)


def _where(grid: _Grid, ask: Ask, clock: ZoneInfo) -> tuple[np.ndarray, slice]:
    return grid.area(ask.symbols, *ask.bounds(clock))


def _latest_first(archive: Archive, grid: _Grid, clock: ZoneInfo) -> Iterator[tuple[Ask, Reply]]:
    """Yield the kept answers that may have hours which no later one has."""
    for entry in reversed(list(archive.entries(SOURCE))):
        url = entry.request.url
        # The quick looks first: years of daily runs leave many answers, about other symbols.
        if entry.status != OK or PATH not in url or not any(symbol in url for symbol in grid.symbols):
            continue
        ask = ask_of(url)
        if not grid.has_value[_where(grid, ask, clock)].all():
            yield ask, entry.reply()


def _never_answered(grid: _Grid) -> Iterator[Defect]:
    """Yield each stretch of hours of a symbol for which no valid answer is kept."""
    cause = "no valid answer for these hours is kept; ask the service itself"
    for symbol, is_answered in zip(grid.symbols, grid.is_answered, strict=True):
        changes = np.diff(np.concatenate([[True], is_answered, [True]]).astype(np.int8))
        for first, after in zip(np.flatnonzero(changes == -1), np.flatnonzero(changes == 1), strict=True):
            start, end = grid.start + first * HOUR, grid.start + after * HOUR
            yield Defect(symbol, "not_kept", start, end, cause)
