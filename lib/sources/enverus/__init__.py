"""Prices and loads from the GVSI web service of Enverus MarketView, or from what it has answered before."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar
from zoneinfo import ZoneInfo

import pandas as pd

from lib.settings import Settings
from lib.sources.enverus.client import SOURCE, Account, ask_service
from lib.sources.enverus.combine import Question, assemble
from lib.sources.enverus.localize import Heard
from lib.sources.enverus.queries import Ask, plan_asks, symbols
from lib.sources.enverus.replay import kept_answers
from lib.sources.protocol import SeriesResult, SeriesSpec, SourceError, UnknownSource
from lib.sources.services import get_service, revision_days, services
from lib.web import Limits, open_archive_of, open_client

WORKERS = 6
"""Requests at once: users of the service keep to 4 to 8."""

Hear = Callable[[list[Ask], ZoneInfo], Iterator[Heard]]
"""Brings what is said to some asks about days of a clock."""


class MissingCredentials(UnknownSource):
    """The environment has no account for the service."""


@dataclass(frozen=True)
class EnverusSource:
    """The series that have a symbol in lib/reference/enverus_symbols.csv."""

    is_demo: ClassVar[bool] = False
    fixed_as_of: ClassVar[None] = None
    uses_whole_extent: ClassVar[bool] = False

    hear: Hear
    name: str = SOURCE

    @property
    def stored_as(self) -> tuple[str, ...]:
        """Its name."""
        return (self.name,)

    def revision_days(self, iso: str, measure: str) -> int:
        """Return how many past days may still change."""
        return revision_days(self.name, iso, measure)

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
        """Return None: it may be asked for any day."""

    def read(
        self,
        iso: str,
        measure: str,
        locations: Sequence[str],
        start: pd.Timestamp,
        end: pd.Timestamp,
        basis: str | None = None,
    ) -> SeriesResult:
        """Return what the service has of the window, defects counted; see `Source.read`.

        Raises:
            AccountRefused: the service does not let the account in.
            SourceError: a location has no symbol, or what was kept cannot be listed.
        """
        clock = get_service(self.name, iso, measure, basis).clock
        known = symbols(iso, measure)
        strangers = [name for name in locations if name not in known]
        if strangers:
            raise SourceError(
                f"{iso} {measure}: no symbol for {', '.join(strangers)}; "
                "add it to lib/reference/enverus_symbols.csv"
            )
        question = Question(iso, measure, {name: known[name] for name in locations}, start, end)
        asked = sorted({symbol for parts in question.parts.values() for symbol in parts})
        return assemble(question, list(self.hear(plan_asks(asked, clock, start, end), clock)))


def open_enverus(replay: bool) -> EnverusSource:
    """Return the source as the settings have it: the service itself, or (`replay`) its kept answers.

    Raises:
        MissingCredentials: the account is not in the environment; the message names the variables.
        NotArchived: with `replay`, no answer of the service is kept.
    """
    if replay:
        return EnverusSource(kept_answers(open_archive_of(SOURCE)))
    settings = Settings()
    if not settings.enverus_username or settings.enverus_password is None:
        raise MissingCredentials(
            "the source enverus needs an account: set ENVERUS_USERNAME and ENVERUS_PASSWORD "
            "(or ENVERUS_PASSWORD_FILE, which names a file with it), or choose another source"
        )
    password = settings.enverus_password.get_secret_value()
    account = Account(settings.enverus_url, settings.enverus_username, password)
    client = open_client(SOURCE, Limits(per_host=WORKERS))
    return EnverusSource(partial(ask_service, client, account, WORKERS))
