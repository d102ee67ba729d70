"""Several sources as one: each series comes from the first of them that has it.

A route of lib/reference/routes.csv lists such sources. `FallbackSource` fetches along it; `StoredSource`
stands for it where only stored series are read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

import pandas as pd

from lib.hours import HOUR
from lib.markets import SETTLED
from lib.source_names import routes
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


@dataclass(frozen=True)
class FallbackSource:
    """Sources in order of preference as one source; each series keeps the name of the member it is from."""

    is_demo: ClassVar[bool] = False
    fixed_as_of: ClassVar[None] = None
    uses_whole_extent: ClassVar[bool] = False

    name: str
    members: tuple[Source, ...]

    @property
    def stored_as(self) -> tuple[str, ...]:
        """Names under which the members' series are stored, the preferred first."""
        return tuple(dict.fromkeys(name for member in self.members for name in member.stored_as))

    def revision_days(self, iso: str, measure: str) -> int | None:
        """Return the longest time in which a member may still change the measure."""
        days = [member.revision_days(iso, measure) for member in self.members]
        return None if None in days else max(n for n in days if n is not None)

    def corrected_hours(
        self, iso: str, measure: str, locations: Sequence[str], hours: pd.DatetimeIndex, since: date
    ) -> dict[str, pd.DatetimeIndex]:
        """Return what the members corrected of their locations; see `Source.corrected_hours`."""
        return {
            place: corrected
            for member, names in self._shares(iso, measure, locations, None)
            for place, corrected in member.corrected_hours(iso, measure, names, hours, since).items()
        }

    def extent(self, iso: str) -> None:
        """Return None: services set no limits."""

    def series(self, iso: str) -> tuple[SeriesSpec, ...]:
        """Return the series of all members; a location's measure comes from the first that has it.

        Raises:
            SourceError: no member has anything of the ISO; the message has every reason.
        """
        return tuple(self._members_by_series(iso))

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

        A member that cannot be read costs its own locations only, which are then unanswered.

        Raises:
            SourceError: no member has the measure, or none that has it can be read.
        """
        shares = self._shares(iso, measure, locations, basis)
        results, failures = [], []
        for member, names in shares:
            try:
                results.append(member.read(iso, measure, names, start, end, basis))
            except SourceError as error:
                failures.append(error)
                results.append(_failed_result(iso, measure, names, start, end, error))
        if len(failures) == len(shares):
            reasons = "; ".join(map(str, failures)) or f"{iso} {measure}: no source of {self.name!r} has it"
            is_refused = any(isinstance(failure, AccountRefused) for failure in failures)
            raise AccountRefused(reasons) if is_refused else SourceError(reasons)
        return join_results(results)

    def _members_by_series(self, iso: str) -> dict[SeriesSpec, Source]:
        """Return each series of the ISO with the member that serves it."""
        servers: dict[tuple[str, str, bool], Source] = {}
        served: dict[SeriesSpec, Source] = {}
        reasons = []
        for member in self.members:
            try:
                specs = member.series(iso)
            except SourceError as error:
                reasons.append(str(error))
                continue
            for spec in specs:
                # A price at which metered load settles stands beside the zone's own, whoever has that.
                key = spec.location, spec.measure, spec.basis == SETTLED
                if servers.setdefault(key, member) is member:
                    served[spec] = member
        if not served:
            raise SourceError("; ".join(reasons) or f"{iso}: no source of {self.name!r} has it")
        return served

    def _shares(
        self, iso: str, measure: str, locations: Sequence[str], basis: str | None
    ) -> list[tuple[Source, list[str]]]:
        """Return the members to read, each with its locations; None means the first basis of a location."""
        server: dict[str, Source] = {}
        for spec, member in self._members_by_series(iso).items():
            if spec.measure == measure and spec.location in locations and basis in (None, spec.basis):
                server.setdefault(spec.location, member)
        shares = [
            (member, [name for name in locations if server.get(name) is member]) for member in self.members
        ]
        return [(member, names) for member, names in shares if names]


@dataclass(frozen=True)
class StoredSource:
    """A route whose stored series are read. It needs no account, and cannot be read itself."""

    is_demo: ClassVar[bool] = False
    fixed_as_of: ClassVar[None] = None
    uses_whole_extent: ClassVar[bool] = False

    name: str

    @property
    def stored_as(self) -> tuple[str, ...]:
        """Names under which the series are stored, the preferred first."""
        return routes()[self.name]

    def revision_days(self, iso: str, measure: str) -> int:  # noqa: ARG002 - the protocol's signature
        """Return 0: nothing is fetched again."""
        return 0

    def corrected_hours(self, *_: object) -> dict[str, pd.DatetimeIndex]:
        """Return nothing: nothing is fetched again."""
        return {}

    def extent(self, iso: str) -> None:
        """Return None: services set no limits."""

    def series(self, iso: str) -> tuple[SeriesSpec, ...]:
        """Raise an error: the database tells which series are stored.

        Raises:
            SourceError: always.
        """
        raise self._cannot_be_read(iso)

    def read(self, iso: str, *_: object, **__: object) -> SeriesResult:
        """Raise an error: the database has the stored values.

        Raises:
            SourceError: always.
        """
        raise self._cannot_be_read(iso)

    def _cannot_be_read(self, iso: str) -> SourceError:
        return SourceError(f"{iso}: {self.name} is open for stored series only and sends no query")


def _failed_result(
    iso: str, measure: str, names: Sequence[str], start: pd.Timestamp, end: pd.Timestamp, error: SourceError
) -> SeriesResult:
    """Return the result of a member that failed: a problem for each location, and all hours unanswered."""
    n_hours, last = (end - start) // HOUR, end - HOUR
    kind = problem_kind(error)
    problems = (Problem(iso, measure, name, kind, n_hours, start, last, str(error)) for name in names)
    return SeriesResult(
        empty_series(), tuple(problems), tuple(Unanswered(name, start, end) for name in names)
    )
