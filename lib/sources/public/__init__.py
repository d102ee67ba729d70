"""What the ISOs publish openly, read from their own files and by gridstatus."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from lib.markets import locations as places_of
from lib.markets import market
from lib.settings import Settings
from lib.sources.clean import ProblemCounter, clean_values
from lib.sources.protocol import SeriesResult, SeriesSpec, SourceError
from lib.sources.public.catalogue import Row, keys, names, readers
from lib.sources.public.fallback import read_in_turn
from lib.sources.public.hosts import Publishers, hosts, requests_per_minute
from lib.sources.public.query import SOURCE, Ask
from lib.sources.public.registry import READERS
from lib.sources.services import Service, service, services
from lib.sources.services import revision_days as days_of_revision
from lib.web import Client, Limits, open_client

__all__ = ["PublicSource", "hosts", "open_public"]


@dataclass(frozen=True)
class PublicSource:
    """The ISOs' open data as a source.

    Attributes:
        exchange: what the publishers are asked with.
        keys: the credentials at hand, by the name of their variable.
        mirrors: another address for a publisher's host.
        paced: what a host is asked with that counts the requests of a minute.
    """

    client: Client
    keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    mirrors: Mapping[str, str] = field(default_factory=dict)
    paced: Mapping[str, Client] = field(default_factory=dict)
    name: str = SOURCE
    stored_as: tuple[str, ...] = (SOURCE,)

    def revision_days(self, iso: str, measure: str) -> int:
        """Return how many past days of the measure its publisher may still change."""
        return days_of_revision(self.name, iso, measure)

    def extent(self, iso: str) -> None:
        """Return None: the publishers go on for as long as they are asked."""
        market(iso)

    def series(self, iso: str) -> tuple[SeriesSpec, ...]:
        """Return each measure and basis of the locations that a reader knows.

        Raises:
            SourceError: there is nothing of this ISO.
        """
        market(iso)
        found = tuple(
            SeriesSpec(iso, place.name, offer.measure, self.name, offer.basis)
            for offer in services(self.name, iso)
            for place in places_of(iso)
            if offer.measure in place.measures and place.name in _known(offer)
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
        """Return what the publisher has of the window, defects counted; see `Source.read`.

        Raises:
            SourceError: no reader is known, or every one needs credentials that are not set.
        """
        offer = service(self.name, iso, measure, basis)
        rows, locked = self._readers(offer)
        ask = self._ask(offer, locations, start, end)
        found = read_in_turn(ask, rows, READERS)
        counter = ProblemCounter(iso, measure)
        frame = clean_values(found.rows, counter)
        n_missing = len(ask.names) * len(ask.hours) - len(frame)
        if locked and n_missing:
            counter.add(
                "missing_key", n_missing, f"{n_missing} hours are lacking that may be had: {_remedy(locked)}"
            )
        return SeriesResult(frame, (*found.problems, *counter.problems), found.unanswered)

    @cached_property
    def _publishers(self) -> Publishers:
        return Publishers(self.client, self.mirrors, self.paced)

    def _ask(self, offer: Service, locations: Sequence[str], start: pd.Timestamp, end: pd.Timestamp) -> Ask:
        return Ask(
            offer.iso,
            offer.measure,
            offer.basis,
            {name: name for name in locations if name in _known(offer)},
            pd.date_range(start, end, freq="h", inclusive="left", unit="us"),
            offer.clock,
            self._publishers,
            self.keys,
        )

    def _readers(self, offer: Service) -> tuple[list[Row], list[str]]:
        """Return the readers whose credentials are at hand, and the variables that the others lack."""
        rows = readers(offer.iso, offer.measure, offer.basis)
        usable = [row for row in rows if set(row.keys) <= set(self.keys)]
        lacking = sorted({key for row in rows for key in row.keys if key not in self.keys})
        if not usable:
            raise SourceError(
                f"{offer.iso} {offer.measure}: its publisher asks for credentials; {_remedy(lacking)}"
            )
        return usable, lacking


def _remedy(lacking: Iterable[str]) -> str:
    return f"set {', '.join(lacking)} (see .env.example), or take another source for it"


def _known(offer: Service) -> set[str]:
    """Return the locations that any reader of a series has a name for."""
    rows = readers(offer.iso, offer.measure, offer.basis)
    return {place for row in rows for place in names(offer.iso, row.names)}


def open_public(replay: bool) -> PublicSource:
    """Return the source as the settings have it; with `replay` it reads what was kept and asks nobody.

    Raises:
        NotArchived: with `replay`, nothing is kept.
    """
    settings = Settings()
    client = open_client(SOURCE, Limits(), replay=replay)
    if replay:  # what is kept needs no credentials and no pace
        return PublicSource(client, dict.fromkeys(keys(), ""), settings.public_mirrors)
    paced = {host: open_client(SOURCE, Limits(per_minute=n)) for host, n in requests_per_minute().items()}
    return PublicSource(client, _credentials(settings), settings.public_mirrors, paced)


def _credentials(settings: Settings) -> dict[str, str]:
    """Return the credentials that are set, of those that any reader needs."""
    values = {key: getattr(settings, key.lower()) for key in keys()}
    return {
        key: value if isinstance(value, str) else value.get_secret_value()
        for key, value in values.items()
        if value
    }
