"""Asking the service itself: everything at once, and in halves what comes back unusable."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from lib.sources.enverus.answers import InvalidAnswer
from lib.sources.enverus.asks import Ask, url_of
from lib.sources.enverus.days import Heard, failed, heard
from lib.sources.protocol import AccountRefused
from lib.web import Exchange, Refused, Rejected, Reply, Request, WebError, ask_all

SOURCE = "enverus"

TOO_LONG = 414

MAX_BARREN = 3
"""After so many rounds in a row without a valid answer it is the service that is in trouble, not a symbol."""


@dataclass(frozen=True)
class Account:
    """Where the service is, and who asks."""

    base_url: str
    username: str
    password: str = field(repr=False)

    def request(self, ask: Ask) -> Request:
        """Return the request of an ask."""
        login = base64.b64encode(f"{self.username}:{self.password}".encode()).decode()
        return Request(
            source=SOURCE,
            url=url_of(ask, self.base_url),
            headers={"Accept": "text/csv"},
            secret_headers={"Authorization": f"Basic {login}"},
        )


def ask_service(
    exchange: Exchange, account: Account, workers: int, asks: list[Ask], clock: ZoneInfo
) -> Iterator[Heard]:
    """Yield what the service answers, as it comes.

    An ask for several symbols that is too long, or whose answer is invalid, is put again in two halves: one
    symbol that the service does not like costs itself only.

    Raises:
        AccountRefused: the service refuses the account; it is not asked any further.
    """
    n_barren = 0
    while asks:
        spoilt: list[tuple[Ask, InvalidAnswer | WebError]] = []
        by_url = {url_of(ask, account.base_url): ask for ask in asks}
        for request, reply in ask_all(exchange, [account.request(ask) for ask in asks], workers):
            ask = by_url[request.url]
            try:
                yield heard(_body(reply), ask, clock)
            except (InvalidAnswer, WebError) as error:
                spoilt.append((ask, error))
        n_barren = n_barren + 1 if len(spoilt) == len(asks) else 0
        asks = []
        for ask, cause in spoilt:
            if _is_worth_halving(ask, cause, n_barren):
                asks += ask.halves()
            else:
                yield failed(ask, clock, _kind(cause), f"{ask.first} to {ask.last}: {cause}")


def _body(reply: Reply | WebError) -> bytes:
    if isinstance(reply, Refused):
        raise AccountRefused(f"{reply}; the account is in ENVERUS_USERNAME and ENVERUS_PASSWORD") from reply
    if isinstance(reply, WebError):
        raise reply
    return reply.body


def _is_worth_halving(ask: Ask, error: InvalidAnswer | WebError, n_barren: int) -> bool:
    if len(ask.symbols) == 1:
        return False
    if isinstance(error, InvalidAnswer):
        return n_barren < MAX_BARREN
    return isinstance(error, Rejected) and error.status == TOO_LONG


def _kind(error: InvalidAnswer | WebError) -> str:
    return error.kind if isinstance(error, InvalidAnswer) else "no_answer"
