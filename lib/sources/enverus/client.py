"""Fetching from the service: all queries at once, and again in parts those that fail."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from zoneinfo import ZoneInfo

from lib.sources.enverus.localize import SymbolResult, failed_result, parse_response
from lib.sources.enverus.parse import InvalidResponse
from lib.sources.enverus.queries import SymbolQuery, query_url
from lib.sources.protocol import AccountRefused
from lib.web import Client, Refused, Rejected, Request, Response, WebError, basic_auth, send_all

SOURCE = "enverus"

TOO_LONG = 414

MAX_FAILED_ROUNDS = 3
"""After so many rounds in a row without a valid response the symbols of one window are queried one by one."""

Failure = tuple[SymbolQuery, InvalidResponse | WebError]
"""A query without a valid response, and the error."""


@dataclass(frozen=True)
class EnverusAccount:
    """The address of the service, and the account for it."""

    base_url: str
    username: str
    password: str = field(repr=False)

    def request(self, query: SymbolQuery) -> Request:
        """Return the request of a query."""
        return Request(
            source=SOURCE,
            url=query_url(query, self.base_url),
            headers={"Accept": "text/csv"},
            secret_headers=basic_auth(self.username, self.password),
        )


def fetch_symbols(
    client: Client, account: EnverusAccount, workers: int, queries: list[SymbolQuery], clock: ZoneInfo
) -> Iterator[SymbolResult]:
    """Yield the results of queries as they arrive.

    A query for several symbols that is too long, or has an invalid response, is repeated in two halves, so
    that a symbol that the service cannot handle costs itself only. If rounds of halves all fail, the symbols
    of the last window are queried one by one, once. If they all fail too, the service itself is failing.

    Args:
        client: sends the requests.
        account: address and login of the service.
        workers: requests at the same time.
        queries: what to fetch.
        clock: the publisher's time zone.

    Raises:
        AccountRefused: the service refuses the account; it gets no further request.
    """
    fetch = partial(_fetch, client, account, workers, clock)
    n_failed_rounds, is_probed = 0, False
    while queries:
        failures = yield from fetch(queries)
        has_failed = len(failures) == len(queries) and not any(_is_too_long(error) for _, error in failures)
        n_failed_rounds = n_failed_rounds + 1 if has_failed else 0
        yield from _failed_results([failure for failure in failures if not _is_divisible(*failure)], clock)
        failures = [failure for failure in failures if _is_divisible(*failure)]
        if n_failed_rounds < MAX_FAILED_ROUNDS:
            queries = [half for query, _ in failures for half in query.halves()]
        elif not is_probed:
            queries = yield from _one_by_one(fetch, failures, clock)
            n_failed_rounds, is_probed = 0, True
        else:
            yield from _failed_results(failures, clock)
            return


def _fetch(
    client: Client, account: EnverusAccount, workers: int, clock: ZoneInfo, queries: Sequence[SymbolQuery]
) -> Generator[SymbolResult, None, list[Failure]]:
    """Yield the results of the queries; return those without a valid response."""
    failures: list[Failure] = []
    by_url = {query_url(query, account.base_url): query for query in queries}
    for request, response in send_all(client, [account.request(query) for query in queries], workers):
        query = by_url[request.url]
        try:
            yield parse_response(_body(response), query, clock)
        except (InvalidResponse, WebError) as error:
            failures.append((query, error))
    return failures


def _one_by_one(
    fetch: Callable[[Sequence[SymbolQuery]], Generator[SymbolResult, None, list[Failure]]],
    failures: Sequence[Failure],
    clock: ZoneInfo,
) -> Generator[SymbolResult, None, list[SymbolQuery]]:
    """Query each symbol of the last window alone; return the other windows' queries, bad symbols apart.

    If every symbol fails, no queries remain: the service itself is failing.
    """
    last = max((query.last for query, _ in failures), default=None)
    singles = [part for query, _ in failures if query.last == last for part in query.apart(query.symbols)]
    others = [(query, error) for query, error in failures if query.last != last]
    bad = yield from fetch(singles)
    yield from _failed_results(bad, clock)
    if len(bad) == len(singles):
        yield from _failed_results(others, clock)
        return []
    names = {symbol for query, _ in bad for symbol in query.symbols}
    return [part for query, _ in others for part in query.apart(names)]


def _failed_results(failures: Sequence[Failure], clock: ZoneInfo) -> Iterator[SymbolResult]:
    for query, error in failures:
        kind = error.kind if isinstance(error, InvalidResponse) else "no_answer"
        yield failed_result(query, clock, kind, f"{query.first} to {query.last}: {error}")


def _body(response: Response | WebError) -> bytes:
    if isinstance(response, Refused):
        raise AccountRefused(
            f"{response}; the account is in ENVERUS_USERNAME and ENVERUS_PASSWORD"
        ) from response
    if isinstance(response, WebError):
        raise response
    return response.body


def _is_divisible(query: SymbolQuery, error: InvalidResponse | WebError) -> bool:
    return len(query.symbols) > 1 and (isinstance(error, InvalidResponse) or _is_too_long(error))


def _is_too_long(error: InvalidResponse | WebError) -> bool:
    return isinstance(error, Rejected) and error.status == TOO_LONG
