"""From results of symbols to the result of locations: sums, problems, and unanswered hours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import pandas as pd

from lib.hours import HOUR
from lib.sources.clean import KEY, ProblemCounter, clean_values
from lib.sources.enverus.localize import Defect, SymbolResult, empty_rows
from lib.sources.protocol import Problem, SeriesResult, Unanswered, empty_series


@dataclass(frozen=True)
class SeriesQuery:
    """A query of locations: `parts` are their symbols, `start` and `end` (excluded) UTC hours."""

    iso: str
    measure: str
    parts: Mapping[str, tuple[str, ...]]
    start: pd.Timestamp
    end: pd.Timestamp

    def locations_of(self, symbol: str) -> list[str]:
        """Return the locations that a symbol is a part of."""
        return [location for location, parts in self.parts.items() if symbol in parts]

    def clip(self, defect: Defect) -> Defect:
        """Return the part of a defect inside the query; it may have no hours."""
        return replace(defect, start=max(defect.start, self.start), end=min(defect.end, self.end))


def combine_results(query: SeriesQuery, results: Sequence[SymbolResult]) -> SeriesResult:
    """Return the result of a query from the results of its symbols."""
    clipped = [query.clip(defect) for result in results for defect in result.defects]
    defects = sorted((d for d in clipped if d.start < d.end), key=lambda d: (d.start, d.symbol))
    rows = pd.concat([result.rows for result in results if len(result.rows)] or [empty_rows()])
    rows = rows[rows["interval_start"].between(query.start, query.end, inclusive="left")]
    counter, sums = (
        ProblemCounter(query.iso, query.measure),
        ProblemCounter(query.iso, query.measure),
    )
    values = clean_values(rows.rename(columns={"symbol": "location"}), counter)
    frame = _sums(values.rename(columns={"location": "symbol"}), query, sums)
    problems = (*_problems(defects, query), *_relocated(counter, query), *sums.problems)
    return SeriesResult(frame, problems, tuple(_unanswered(defects, query)))


def _sums(values: pd.DataFrame, query: SeriesQuery, counter: ProblemCounter) -> pd.DataFrame:
    """Return location, interval_start and value: the sum of the symbols, if each of them has a value."""
    if values.empty:
        return empty_series()
    pairs = [(location, symbol) for location, parts in query.parts.items() for symbol in parts]
    values = values.merge(pd.DataFrame(pairs, columns=["location", "symbol"]), on="symbol")
    sums = values.groupby(KEY)["value"].agg(["sum", "size"]).reset_index()
    sums = counter.reject(
        sums,
        sums["size"] < sums["location"].map({name: len(parts) for name, parts in query.parts.items()}),
        "partial_sum",
        lambda bad: (
            f"{len(bad)} hours lack one of the symbols "
            f"{'+'.join(query.parts[bad['location'].iloc[0]])}; their sum was left out"
        ),
    )
    return sums.rename(columns={"sum": "value"})[[*KEY, "value"]].reset_index(drop=True)


def _relocated(counter: ProblemCounter, query: SeriesQuery) -> Iterator[Problem]:
    """Yield the problems of symbols as problems of their locations; the message still names the symbol."""
    for problem in counter.problems:
        for location in query.locations_of(str(problem.location)):
            yield replace(problem, location=location)


def _problems(defects: Sequence[Defect], query: SeriesQuery) -> Iterator[Problem]:
    """Yield one problem for all defects of the same symbol and kind."""

    def key(defect: Defect) -> tuple[str, str]:
        return defect.symbol, defect.kind

    for (symbol, kind), same in groupby(sorted(defects, key=lambda d: (*key(d), d.start)), key):
        first, *others = same
        last = others[-1] if others else first
        n_hours = sum((defect.end - defect.start) // HOUR for defect in (first, *others))
        more = f" (and {len(others)} more times)" if others else ""
        text = f"{query.iso} {query.measure} {symbol}: {first.cause}{more}"
        for location in query.locations_of(symbol):
            yield Problem(
                query.iso, query.measure, location, kind, n_hours, first.start, last.end - HOUR, text
            )


def _unanswered(defects: Sequence[Defect], query: SeriesQuery) -> Iterator[Unanswered]:
    """Yield the stretches of each location for which a symbol has no response, joined where they meet."""
    for location, parts in query.parts.items():
        spans = sorted((d.start, d.end) for d in defects if d.is_unanswered and d.symbol in parts)
        while spans:
            start, end = spans.pop(0)
            while spans and spans[0][0] <= end:
                end = max(end, spans.pop(0)[1])
            yield Unanswered(location, start, end)
