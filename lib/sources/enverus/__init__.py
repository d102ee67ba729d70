"""Prices and loads from the GVSI web service of Enverus MarketView, or from its archived responses."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar
from zoneinfo import ZoneInfo

import pandas as pd

from lib.settings import Settings
from lib.sources.enverus.client import SOURCE, EnverusAccount, fetch_symbols
from lib.sources.enverus.combine import SeriesQuery, combine_results
from lib.sources.enverus.localize import SymbolResult
from lib.sources.enverus.queries import SymbolQuery, plan_symbol_queries, symbols
from lib.sources.enverus.replay import replay_fetch
from lib.sources.protocol import SeriesResult, SeriesSpec, SourceError, UnknownSource
from lib.sources.services import get_service, revision_days, services
from lib.web import Limits, open_archive_of, open_client

WORKERS = 6
"""Requests at the same time: users of the service keep to 4 to 8."""

Fetch = Callable[[list[SymbolQuery], ZoneInfo], Iterator[SymbolResult]]
"""Takes queries and the publisher's clock, and yields the results."""


class MissingEnverusCredentials(UnknownSource):
    """No account for the service is set; the message names the variables."""


@dataclass(frozen=True)
class EnverusSource:
    """The series with a symbol in lib/reference/enverus_symbols.csv; `fetch` is live or a replay."""

    is_demo: ClassVar[bool] = False
    fixed_as_of: ClassVar[None] = None
    uses_whole_extent: ClassVar[bool] = False

    fetch: Fetch
    name: str = SOURCE

    @property
    def stored_as(self) -> tuple[str, ...]:
        """Its name."""
        return (self.name,)

    def revision_days(self, iso: str, measure: str) -> int:
        """Return how many past days the service may still revise."""
        return revision_days(self.name, iso, measure)

    def corrected_hours(self, *_: object) -> dict[str, pd.DatetimeIndex]:
        """Return nothing: the service does not say what it corrects."""
        return {}

    def series(self, iso: str) -> tuple[SeriesSpec, ...]:
        """Return the series that have a symbol.

        Raises:
            SourceError: the ISO has none.
        """
        found = tuple(
            SeriesSpec(iso, location, service.measure, self.name, service.basis)
            for service in services(self.name, iso)
            for location in symbols(iso, service.measure)
        )
        if not found:
            raise SourceError(
                f"{iso}: no series has a symbol; add it to lib/reference/enverus_symbols.csv and services.csv"
            )
        return found

    def extent(self, iso: str) -> None:
        """Return None: the service sets no limits."""

    def read(
        self,
        iso: str,
        measure: str,
        locations: Sequence[str],
        start: pd.Timestamp,
        end: pd.Timestamp,
        basis: str | None = None,
    ) -> SeriesResult:
        """Return what the service has of the window, problems counted; see `Source.read`.

        Raises:
            AccountRefused: the service refuses the account.
            SourceError: a location has no symbol, or the archive cannot be listed.
        """
        clock = get_service(self.name, iso, measure, basis).clock
        known = symbols(iso, measure)
        unknown = [name for name in locations if name not in known]
        if unknown:
            raise SourceError(
                f"{iso} {measure}: no symbol for {', '.join(unknown)}; "
                "add it to lib/reference/enverus_symbols.csv"
            )
        query = SeriesQuery(iso, measure, {name: known[name] for name in locations}, start, end)
        needed = sorted({symbol for parts in query.parts.values() for symbol in parts})
        return combine_results(query, list(self.fetch(plan_symbol_queries(needed, clock, start, end), clock)))


def open_enverus(replay: bool) -> EnverusSource:
    """Return the source as the settings have it: the service itself, or with `replay` its archived responses.

    Raises:
        MissingEnverusCredentials: the account is not in the environment; the message names the variables.
        NotArchived: with `replay`, when the archive has no response of the service.
    """
    if replay:
        return EnverusSource(replay_fetch(open_archive_of(SOURCE)))
    settings = Settings()
    if not settings.enverus_username or settings.enverus_password is None:
        raise MissingEnverusCredentials(
            "the source enverus needs an account: set ENVERUS_USERNAME and ENVERUS_PASSWORD "
            "(or ENVERUS_PASSWORD_FILE, which names a file with it), or choose another source"
        )
    password = settings.enverus_password.get_secret_value()
    account = EnverusAccount(settings.enverus_url, settings.enverus_username, password)
    client = open_client(SOURCE, Limits(per_host=WORKERS))
    return EnverusSource(partial(fetch_symbols, client, account, WORKERS))
