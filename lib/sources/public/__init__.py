"""The ISOs' open data, read from their own files and through gridstatus."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
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
from lib.sources.public.query import SOURCE, ReaderQuery
from lib.sources.public.registry import READERS
from lib.sources.services import Service, get_service, services
from lib.sources.services import revision_days as service_revision_days
from lib.web import Client, Limits, open_client

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
            raise SourceError(f"{iso}: nothing of it is read from open data; take another source for it")
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
        entries, missing_credentials = self._usable_readers(service)
        query = self._query(service, locations, start, end)
        result = read_with_fallback(query, entries, READERS)
        counter = ProblemCounter(iso, measure)
        frame = clean_values(result.rows, counter)
        n_missing = len(query.names) * len(query.hours) - len(frame)
        if missing_credentials and n_missing:
            remedy = _remedy(missing_credentials)
            counter.add(
                "missing_key", n_missing, f"{n_missing} hours are missing that credentials may give: {remedy}"
            )
        return SeriesResult(frame, (*result.problems, *counter.problems), result.unanswered)

    @cached_property
    def _publishers(self) -> PublisherClient:
        return PublisherClient(self.client, self.mirrors, self.rate_limited)

    def _query(
        self, service: Service, locations: Sequence[str], start: pd.Timestamp, end: pd.Timestamp
    ) -> ReaderQuery:
        return ReaderQuery(
            service.iso,
            service.measure,
            service.basis,
            {name: name for name in locations if name in _known_locations(service)},
            pd.date_range(start, end, freq="h", inclusive="left", unit="us"),
            service.clock,
            self._publishers,
            self.credentials,
        )

    def _usable_readers(self, service: Service) -> tuple[list[ReaderEntry], list[str]]:
        """Return the readers whose credentials are set, and the variables that the other readers lack."""
        entries = readers_of(service.iso, service.measure, service.basis)
        usable = [entry for entry in entries if set(entry.credentials) <= set(self.credentials)]
        needed = {name for entry in entries for name in entry.credentials}
        missing = sorted(needed - set(self.credentials))
        if not usable:
            raise SourceError(
                f"{service.iso} {service.measure}: its publisher asks for credentials; {_remedy(missing)}"
            )
        return usable, missing


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
    return f"set {', '.join(missing)} (see .env.example), or take another source for it"
