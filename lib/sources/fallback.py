"""Several sources as one: each series comes from the first of them that has it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import pandas as pd

from lib.hours import HOUR
from lib.markets import read_reference
from lib.sources.protocol import (
    AccountRefused,
    Problem,
    SeriesResult,
    SeriesSpec,
    Source,
    SourceError,
    Unanswered,
    empty_series,
    join_results,
    problem_kind,
)


@cache
def routes() -> dict[str, tuple[str, ...]]:
    """Return the sources along each route, the preferred first, as lib/reference/routes.csv names them."""
    found: dict[str, tuple[str, ...]] = {}
    for row in read_reference("routes.csv"):
        found[row["route"]] = (*found.get(row["route"], ()), row["source"])
    return found


@dataclass(frozen=True)
class Stored:
    """What a route has brought into the database, for those who only read it: it needs no account.

    It has the names that its series are stored under, and answers no question.
    """

    name: str

    @property
    def stored_as(self) -> tuple[str, ...]:
        """Names that the series are stored under, the preferred first."""
        return routes()[self.name]

    def revision_days(self, iso: str, measure: str) -> int:  # noqa: ARG002
        """Return 0: nobody is asked whether anything has changed."""
        return 0

    def series(self, iso: str) -> tuple[SeriesSpec, ...]:
        """Raise: what is stored stands in the database.

        Raises:
            SourceError: always.
        """
        raise self._not_asked(iso)

    def extent(self, iso: str) -> None:
        """Return None: services go on for as long as they are asked."""

    def read(self, iso: str, *_: object, **__: object) -> SeriesResult:
        """Raise: what is stored stands in the database.

        Raises:
            SourceError: always.
        """
        raise self._not_asked(iso)

    def _not_asked(self, iso: str) -> SourceError:
        return SourceError(f"{iso}: {self.name} was opened to read what is stored, and is not asked")


@dataclass(frozen=True)
class Route:
    """Sources in order of preference as one source; every series keeps the name of the member it is from."""

    name: str
    members: tuple[Source, ...]

    @property
    def stored_as(self) -> tuple[str, ...]:
        """Names that the members' series are stored under, the preferred first."""
        return tuple(dict.fromkeys(name for member in self.members for name in member.stored_as))

    def revision_days(self, iso: str, measure: str) -> int | None:
        """Return the longest time in which a member may still change the measure."""
        days = [member.revision_days(iso, measure) for member in self.members]
        return None if None in days else max(n for n in days if n is not None)

    def extent(self, iso: str) -> None:
        """Return None: services go on for as long as they are asked."""

    def series(self, iso: str) -> tuple[SeriesSpec, ...]:
        """Return the series that any member has: of each location and measure all of the first member's.

        Raises:
            SourceError: no member has anything of the ISO; the message has every reason.
        """
        return tuple(self._served(iso))

    def read(
        self,
        iso: str,
        measure: str,
        locations: Sequence[str],
        start: pd.Timestamp,
        end: pd.Timestamp,
        basis: str | None = None,
    ) -> SeriesResult:
        """Return what the members have of their locations; see `Source.read`.

        A member that cannot be read costs its own locations, which are then unanswered.

        Raises:
            SourceError: no member has the measure, or none of those that do can be read.
        """
        shares = self._shares(iso, measure, locations, basis)
        answers, failures = [], []
        for member, names in shares:
            try:
                answers.append(member.read(iso, measure, names, start, end, basis))
            except SourceError as error:
                failures.append(error)
                answers.append(_unreadable(iso, measure, names, start, end, error))
        if len(failures) == len(shares):
            reasons = "; ".join(map(str, failures)) or f"{iso} {measure}: no source of {self.name!r} has it"
            is_refused = any(isinstance(failure, AccountRefused) for failure in failures)
            raise AccountRefused(reasons) if is_refused else SourceError(reasons)
        return join_results(answers)

    def _served(self, iso: str) -> dict[SeriesSpec, Source]:
        """Return each series of the ISO with the member that serves it."""
        server: dict[tuple[str, str], Source] = {}
        served: dict[SeriesSpec, Source] = {}
        reasons = []
        for member in self.members:
            try:
                specs = member.series(iso)
            except SourceError as error:
                reasons.append(str(error))
                continue
            for spec in specs:
                if server.setdefault((spec.location, spec.measure), member) is member:
                    served[spec] = member
        if not served:
            raise SourceError("; ".join(reasons) or f"{iso}: no source of {self.name!r} has it")
        return served

    def _shares(
        self, iso: str, measure: str, locations: Sequence[str], basis: str | None
    ) -> list[tuple[Source, list[str]]]:
        """Return the members to ask, each with its locations; without a basis the first is meant."""
        server: dict[str, Source] = {}
        for spec, member in self._served(iso).items():
            if spec.measure == measure and spec.location in locations and basis in (None, spec.basis):
                server.setdefault(spec.location, member)
        shares = [
            (member, [name for name in locations if server.get(name) is member]) for member in self.members
        ]
        return [(member, names) for member, names in shares if names]


def _unreadable(
    iso: str, measure: str, names: Sequence[str], start: pd.Timestamp, end: pd.Timestamp, error: SourceError
) -> SeriesResult:
    """Return the answer of a member that has none: a problem for each location, and nothing known of it."""
    n_hours, last = (end - start) // HOUR, end - HOUR
    kind = problem_kind(error)
    problems = (Problem(iso, measure, name, kind, n_hours, start, last, str(error)) for name in names)
    return SeriesResult(
        empty_series(), tuple(problems), tuple(Unanswered(name, start, end) for name in names)
    )
