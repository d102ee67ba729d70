"""Requests, their replies, and what everything that asks a service is given to ask with."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from multiprocessing.pool import ThreadPool
from typing import Protocol

from lib.web.errors import WebError


@dataclass(frozen=True)
class Request:
    """What is asked of a service.

    Attributes:
        source: whose answer it is ("enverus", "public", "ice"): the archive's folder.
        url: the address with its query, without any credential.
        headers: those that anyone may see; they are kept with the answer.
        body: what a POST sends.
        is_kept: False for logins, whose answers are not to be kept.
        secret_headers: API keys, cookies, Authorization: neither kept nor shown, and sent to no other host.
    """

    source: str
    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = field(default=None, repr=False)
    is_kept: bool = True
    secret_headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Reply:
    """What a service answered, with a status of 200 to 299.

    Attributes:
        headers: by lower-case name.
        body: complete and decompressed.
        url: where it came from, after redirects.
        asked_at: when it was asked for, UTC.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    url: str
    asked_at: datetime


class Exchange(Protocol):
    """Answers requests: over the network, or from what was kept."""

    def ask(self, request: Request) -> Reply:
        """Return the reply to a request.

        Raises:
            WebError: there is none; the subclass says why.
        """
        ...


@dataclass(frozen=True)
class Limits:
    """How hard a service may be asked, and how long an answer may take.

    Attributes:
        per_host: requests at once.
        connect_s: seconds until a connection stands.
        read_s: seconds without a byte.
        total_s: seconds for a whole body.
        max_bytes: size of an answer, as sent and without the compression it was sent with. What is in a zip
            archive that comes so is for its reader to bound.
        attempts: how often a request is made at most.
        backoff_s: seconds by which the pause between two attempts begins; it doubles each time.
        backoff_max_s: the longest pause in seconds, also where the service asks for a longer one.
        per_minute: requests in any minute; None when there is no such rule.
    """

    per_host: int = 6
    connect_s: float = 10
    read_s: float = 90
    total_s: float = 600
    max_bytes: int = 1 << 30
    attempts: int = 5
    backoff_s: float = 1
    backoff_max_s: float = 60
    per_minute: int | None = None


def ask_all(
    exchange: Exchange, requests: Sequence[Request], workers: int
) -> Iterator[tuple[Request, Reply | WebError]]:
    """Ask for several things at once, and yield each request with its outcome as it comes.

    Left early (an error of the caller, Ctrl-C), the requests that have not begun are not made.
    """

    def outcome(request: Request) -> tuple[Request, Reply | WebError]:
        try:
            return request, exchange.ask(request)
        except WebError as error:
            return request, error

    # Its threads are daemons: the end of the program does not wait for a service that does not answer.
    with ThreadPool(workers) as pool:
        yield from pool.imap_unordered(outcome, requests)


def basic_auth(username: str, password: str) -> dict[str, str]:
    """Return the header, a secret one, by which user and password are shown: in UTF-8, as RFC 7617 has it."""
    token = b64encode(f"{username}:{password}".encode()).decode()
    return {"Authorization": f"Basic {token}"}
