"""The ISOs' open data, read from their own files and through gridstatus."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import ClassVar

import pandas as pd

from lib.markets import locations as locations_of
from lib.markets import market
from lib.settings import Settings
from lib.sources.clean import ProblemCounter, clean_values
from lib.sources.protocol import SeriesResult, SeriesSpec, SourceError
from lib.sources.public.catalogue import ReaderEntry, credential_names, publisher_names, readers_of
from lib.sources.public.fallback import read_with_fallback
from lib.sources.public.hosts import PublisherClient, hosts, requests_per_minute
from lib.sources.public.query import SOURCE, ReaderQuery, Unreadable
from lib.sources.public.registry import CORRECTIONS, READERS
from lib.sources.services import Service, get_service, services
from lib.sources.services import revision_days as service_revision_days
from lib.web import Client, Limits, WebError, open_client

__all__ = ["PublicSource", "hosts", "open_public"]


@dataclass(frozen=True)
class PublicSource:
    """The ISOs' open data as a source.

    Attributes:
        client: sends the requests to the publishers.
        credentials: the credentials that are set, by the name of their variable.
        mirrors: another address for a publisher's host.
        rate_limited: the clients of those hosts that limit the requests per minute.
    """

    is_demo: ClassVar[bool] = False
    fixed_as_of: ClassVar[None] = None
    uses_whole_extent: ClassVar[bool] = False

    client: Client
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)
    mirrors: Mapping[str, str] = field(default_factory=dict)
    rate_limited: Mapping[str, Client] = field(default_factory=dict)
    name: str = SOURCE
    stored_as: tuple[str, ...] = (SOURCE,)

    def revision_days(self, iso: str, measure: str) -> int:
        """Return how many past days of the measure its publisher may still revise."""
        return service_revision_days(self.name, iso, measure)

    def corrected_hours(
        self, iso: str, measure: str, locations: Sequence[str], hours: pd.DatetimeIndex, since: date
    ) -> dict[str, pd.DatetimeIndex]:
        """Return the hours that the publisher says it has corrected; see `Source.corrected_hours`.

        Raises:
            SourceError: its list of corrections cannot be read.
        """
        service = get_service(self.name, iso, measure, None)
        found: dict[str, pd.DatetimeIndex] = {}
        for entry in readers_of(iso, measure, service.basis):
            if entry.reader in CORRECTIONS:
                names = publisher_names(iso, entry.names)
                query = self._query(service, locations, hours)
                query = replace(query, names={place: names[place] for place in query.names if place in names})
                try:
                    found |= CORRECTIONS[entry.reader](query, since)
                except (WebError, Unreadable) as error:
                    raise SourceError(f"{iso} {measure}: the corrections cannot be read: {error}") from error
        return found

    def extent(self, iso: str) -> None:
        """Return None: the publishers set no limits."""
        market(iso)

    def series(self, iso: str) -> tuple[SeriesSpec, ...]:
        """Return each measure and basis of the locations that a reader knows.

        Raises:
            SourceError: there is nothing of this ISO.
        """
        market(iso)
        found = tuple(
            SeriesSpec(iso, location.name, service.measure, self.name, service.basis)
            for service in services(self.name, iso)
            for location in locations_of(iso)
            if service.measure in location.measures and location.name in _known_locations(service)
        )
        if not found:
            raise SourceError(f"the open data has no reader for {iso}; use another source")
        return found

    def read(
        self,
        iso: str,
        measure: str,
        locations: Sequence[str],
        start: pd.Timestamp,
        end: pd.Timestamp,
        basis: str | None = None,
    ) -> SeriesResult:
        """Return what the publisher has of the window, problems counted; see `Source.read`.

        Raises:
            SourceError: there is no reader, or every reader needs credentials that are not set.
        """
        service = get_service(self.name, iso, measure, basis)
        entries = self._usable_readers(service)
        hours = pd.date_range(start, end, freq="h", inclusive="left", unit="us")
        query = self._query(service, locations, hours)
        result = read_with_fallback(query, entries, READERS)
        counter = ProblemCounter(iso, measure)
        frame = clean_values(result.rows, counter)
        n_missing = len(query.names) * len(query.hours) - len(frame)
        missing = self._missing_credentials(service, entries[-1], has_nothing=frame.empty)
        if missing and n_missing:
            text = f"{n_missing} hours are missing that credentials may give: {_remedy(missing)}"
            counter.add("missing_key", n_missing, text)
        return SeriesResult(frame, (*result.problems, *counter.problems), result.unanswered)

    @cached_property
    def _publishers(self) -> PublisherClient:
        return PublisherClient(self.client, self.mirrors, self.rate_limited)

    def _query(self, service: Service, locations: Sequence[str], hours: pd.DatetimeIndex) -> ReaderQuery:
        return ReaderQuery(
            service.iso,
            service.measure,
            service.basis,
            {name: name for name in locations if name in _known_locations(service)},
            hours,
            service.clock,
            self._publishers,
            self.credentials,
        )

    def _usable_readers(self, service: Service) -> list[ReaderEntry]:
        """Return the readers whose credentials are set.

        Raises:
            SourceError: there is none.
        """
        entries = readers_of(service.iso, service.measure, service.basis)
        usable = [entry for entry in entries if set(entry.credentials) <= set(self.credentials)]
        if not usable:
            missing = sorted(
                {name for entry in entries for name in entry.credentials} - set(self.credentials)
            )
            raise SourceError(
                f"{service.iso} {service.measure}: its publisher asks for credentials; {_remedy(missing)}"
            )
        return usable

    def _missing_credentials(self, service: Service, last: ReaderEntry, *, has_nothing: bool) -> list[str]:
        """Return the variables that could give what is missing.

        A reader after the `last` usable one has more hours. One before it is another way to the same hours,
        and worth a word only where the way that was taken led to nothing.
        """
        entries = readers_of(service.iso, service.measure, service.basis)
        others = entries if has_nothing else entries[entries.index(last) + 1 :]
        return sorted({name for entry in others for name in entry.credentials} - set(self.credentials))


def open_public(replay: bool) -> PublicSource:
    """Return the source as the settings have it; with `replay` it reads the archive and sends nothing.

    Raises:
        NotArchived: with `replay`, when the archive has no response of the source.
    """
    settings = Settings()
    client = open_client(SOURCE, Limits(), replay=replay)
    if replay:  # the archive asks for no credentials and has no limits
        return PublicSource(client, dict.fromkeys(credential_names(), ""), settings.public_mirrors)
    rate_limited = {
        host: open_client(SOURCE, Limits(per_minute=n)) for host, n in requests_per_minute().items()
    }
    return PublicSource(client, _credentials(settings), settings.public_mirrors, rate_limited)


def _credentials(settings: Settings) -> dict[str, str]:
    """Return the credentials that are set, of those that any reader needs."""
    values = {name: getattr(settings, name.lower()) for name in credential_names()}
    return {
        name: value if isinstance(value, str) else value.get_secret_value()
        for name, value in values.items()
        if value
    }


def _known_locations(service: Service) -> set[str]:
    """Return the locations that any reader of a series has a name for."""
    entries = readers_of(service.iso, service.measure, service.basis)
    return {place for entry in entries for place in publisher_names(service.iso, entry.names)}


def _remedy(missing: Iterable[str]) -> str:
    return f"set {', '.join(missing)} (see .env.example), or use another source"
