"""From what was heard of symbols to the answer about locations: sums, problems, and what was not answered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import pandas as pd

from lib.hours import HOUR
from lib.sources.clean import KEY, ProblemCounter, clean_values
from lib.sources.enverus.localize import Defect, Heard, no_rows
from lib.sources.protocol import Problem, SeriesResult, Unanswered, empty_series


@dataclass(frozen=True)
class Question:
    """What was asked: `parts` are the symbols by location, `start` and `end` (excluded) UTC hours."""

    iso: str
    measure: str
    parts: Mapping[str, tuple[str, ...]]
    start: pd.Timestamp
    end: pd.Timestamp

    def locations_of(self, symbol: str) -> list[str]:
        """Return the locations that a symbol is a part of."""
        return [location for location, parts in self.parts.items() if symbol in parts]

    def clip(self, defect: Defect) -> Defect:
        """Return the part of a defect that was asked about; it may be left without hours."""
        return replace(defect, start=max(defect.start, self.start), end=min(defect.end, self.end))


def assemble(question: Question, found: Sequence[Heard]) -> SeriesResult:
    """Return the answer to a question from what was heard of its symbols."""
    clipped = [question.clip(defect) for heard in found for defect in heard.defects]
    defects = sorted((d for d in clipped if d.start < d.end), key=lambda d: (d.start, d.symbol))
    rows = pd.concat([heard.rows for heard in found if len(heard.rows)] or [no_rows()])
    rows = rows[rows["interval_start"].between(question.start, question.end, inclusive="left")]
    counter, sums = (
        ProblemCounter(question.iso, question.measure),
        ProblemCounter(question.iso, question.measure),
    )
    values = clean_values(rows.rename(columns={"symbol": "location"}), counter)
    frame = _sums(values.rename(columns={"location": "symbol"}), question, sums)
    problems = (*_problems(defects, question), *_relocated(counter, question), *sums.problems)
    return SeriesResult(frame, problems, tuple(_unanswered(defects, question)))


def _sums(values: pd.DataFrame, question: Question, counter: ProblemCounter) -> pd.DataFrame:
    """Return location, interval_start and value: the sum of its symbols, where each of them has a value."""
    if values.empty:
        return empty_series()
    pairs = [(location, symbol) for location, parts in question.parts.items() for symbol in parts]
    values = values.merge(pd.DataFrame(pairs, columns=["location", "symbol"]), on="symbol")
    sums = values.groupby(KEY)["value"].agg(["sum", "size"]).reset_index()
    sums = counter.reject(
        sums,
        sums["size"] < sums["location"].map({name: len(parts) for name, parts in question.parts.items()}),
        "partial_sum",
        lambda bad: (
            f"{len(bad)} hours lack one of the symbols "
            f"{'+'.join(question.parts[bad['location'].iloc[0]])}; a sum of the others was not taken"
        ),
    )
    return sums.rename(columns={"sum": "value"})[[*KEY, "value"]].reset_index(drop=True)


def _relocated(counter: ProblemCounter, question: Question) -> Iterator[Problem]:
    """Yield the problems of symbols as those of their locations; the message goes on naming the symbol."""
    for problem in counter.problems:
        for location in question.locations_of(str(problem.location)):
            yield replace(problem, location=location)


def _problems(defects: Sequence[Defect], question: Question) -> Iterator[Problem]:
    """Yield one problem for all defects of a kind that a symbol has."""

    def key(defect: Defect) -> tuple[str, str]:
        return defect.symbol, defect.kind

    for (symbol, kind), same in groupby(sorted(defects, key=lambda d: (*key(d), d.start)), key):
        first, *others = same
        last = others[-1] if others else first
        n_hours = sum((defect.end - defect.start) // HOUR for defect in (first, *others))
        more = f" (and {len(others)} more times)" if others else ""
        text = f"{question.iso} {question.measure} {symbol}: {first.cause}{more}"
        for location in question.locations_of(symbol):
            yield Problem(
                question.iso, question.measure, location, kind, n_hours, first.start, last.end - HOUR, text
            )


def _unanswered(defects: Sequence[Defect], question: Question) -> Iterator[Unanswered]:
    """Yield the stretches of each location for which a part has no answer, joined where they meet."""
    for location, parts in question.parts.items():
        spans = sorted((d.start, d.end) for d in defects if d.is_unanswered and d.symbol in parts)
        while spans:
            start, end = spans.pop(0)
            while spans and spans[0][0] <= end:
                end = max(end, spans.pop(0)[1])
            yield Unanswered(location, start, end)
