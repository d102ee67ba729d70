"""Asking the service itself: everything at once, and in parts what comes back unusable."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from zoneinfo import ZoneInfo

from lib.sources.enverus.localize import Heard, failed, heard
from lib.sources.enverus.parse import InvalidAnswer
from lib.sources.enverus.queries import Ask, url_of
from lib.sources.protocol import AccountRefused
from lib.web import Client, Refused, Rejected, Request, Response, WebError, basic_auth, send_all

SOURCE = "enverus"

TOO_LONG = 414

MAX_BARREN = 3
"""After so many rounds in a row without a valid answer the symbols of one window are asked for one by one."""

Spoilt = tuple[Ask, InvalidAnswer | WebError]
"""An ask without a valid answer, and why."""


@dataclass(frozen=True)
class Account:
    """Where the service is, and who asks."""

    base_url: str
    username: str
    password: str = field(repr=False)

    def request(self, ask: Ask) -> Request:
        """Return the request of an ask."""
        return Request(
            source=SOURCE,
            url=url_of(ask, self.base_url),
            headers={"Accept": "text/csv"},
            secret_headers=basic_auth(self.username, self.password),
        )


def ask_service(
    client: Client, account: Account, workers: int, asks: list[Ask], clock: ZoneInfo
) -> Iterator[Heard]:
    """Yield what the service answers, as it comes.

    An ask for several symbols that is too long, or whose answer is invalid, is put again in two halves: one
    symbol that the service does not like costs itself only. Where halves bring nothing, each symbol is asked
    for alone once, before the service is taken to be in trouble.

    Raises:
        AccountRefused: the service refuses the account; it is not asked any further.
    """
    hear = partial(_hear, client, account, workers, clock)
    n_barren, is_probed = 0, False
    while asks:
        spoilt = yield from hear(asks)
        is_barren = len(spoilt) == len(asks) and not any(_is_too_long(error) for _, error in spoilt)
        n_barren = n_barren + 1 if is_barren else 0
        yield from _lost([(ask, error) for ask, error in spoilt if not _is_divisible(ask, error)], clock)
        spoilt = [(ask, error) for ask, error in spoilt if _is_divisible(ask, error)]
        if n_barren < MAX_BARREN:
            asks = [half for ask, _ in spoilt for half in ask.halves()]
        elif not is_probed:
            asks = yield from _one_by_one(hear, spoilt, clock)
            n_barren, is_probed = 0, True
        else:
            yield from _lost(spoilt, clock)
            return


def _hear(
    client: Client, account: Account, workers: int, clock: ZoneInfo, asks: Sequence[Ask]
) -> Generator[Heard, None, list[Spoilt]]:
    """Yield what is answered to the asks; return those without a valid answer."""
    spoilt: list[Spoilt] = []
    by_url = {url_of(ask, account.base_url): ask for ask in asks}
    for request, response in send_all(client, [account.request(ask) for ask in asks], workers):
        ask = by_url[request.url]
        try:
            yield heard(_body(response), ask, clock)
        except (InvalidAnswer, WebError) as error:
            spoilt.append((ask, error))
    return spoilt


def _one_by_one(
    hear: Callable[[Sequence[Ask]], Generator[Heard, None, list[Spoilt]]],
    spoilt: Sequence[Spoilt],
    clock: ZoneInfo,
) -> Generator[Heard, None, list[Ask]]:
    """Ask for each symbol of the last window alone; return the asks of the others, the bad symbols apart.

    Where no symbol is good there are none: it is the service that is in trouble.
    """
    last = max((ask.last for ask, _ in spoilt), default=None)
    singles = [part for ask, _ in spoilt if ask.last == last for part in ask.apart(ask.symbols)]
    others = [(ask, error) for ask, error in spoilt if ask.last != last]
    bad = yield from hear(singles)
    yield from _lost(bad, clock)
    if len(bad) == len(singles):
        yield from _lost(others, clock)
        return []
    names = {symbol for ask, _ in bad for symbol in ask.symbols}
    return [part for ask, _ in others for part in ask.apart(names)]


def _lost(spoilt: Sequence[Spoilt], clock: ZoneInfo) -> Iterator[Heard]:
    for ask, error in spoilt:
        kind = error.kind if isinstance(error, InvalidAnswer) else "no_answer"
        yield failed(ask, clock, kind, f"{ask.first} to {ask.last}: {error}")


def _body(response: Response | WebError) -> bytes:
    if isinstance(response, Refused):
        raise AccountRefused(
            f"{response}; the account is in ENVERUS_USERNAME and ENVERUS_PASSWORD"
        ) from response
    if isinstance(response, WebError):
        raise response
    return response.body


def _is_divisible(ask: Ask, error: InvalidAnswer | WebError) -> bool:
    return len(ask.symbols) > 1 and (isinstance(error, InvalidAnswer) or _is_too_long(error))


def _is_too_long(error: InvalidAnswer | WebError) -> bool:
    return isinstance(error, Rejected) and error.status == TOO_LONG
