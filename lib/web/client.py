"""Requests, responses, and the client interface by which all code talks to a service."""

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
    """An HTTP request to a service.

    Attributes:
        source: whose response it is ("enverus", "public", "ice"); names the folder in the archive.
        url: the address with its query, without any credential.
        headers: headers that anyone may see; the archive keeps them.
        body: what a POST sends.
        is_archived: False for logins, whose responses must not be kept.
        secret_headers: API keys, cookies, Authorization; never kept or shown, and sent to no other host.
    """

    source: str
    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = field(default=None, repr=False)
    is_archived: bool = True
    secret_headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Response:
    """A service's response, with a status of 200 to 299.

    Attributes:
        headers: by lower-case name.
        body: complete and decompressed.
        url: the address that sent the response, after redirects.
        requested_at: when the request was sent, UTC.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    url: str
    requested_at: datetime


class Client(Protocol):
    """Sends requests: over the network, or to the archive of earlier responses."""

    def send(self, request: Request) -> Response:
        """Return the response to a request.

        Raises:
            WebError: there is no usable response; the subclass says why.
        """
        ...


@dataclass(frozen=True)
class Limits:
    """How many requests a service gets, and how long a response may take.

    Attributes:
        per_host: requests to one host at the same time.
        connect_s: seconds to open a connection.
        read_s: seconds without a byte.
        total_s: seconds for a whole body.
        max_bytes: size of a body after HTTP decompression. Whoever opens a zip archive in it limits that.
        attempts: the most attempts per request.
        backoff_s: base of the pause between attempts in seconds; it doubles each time.
        backoff_max_s: the longest pause in seconds, even where the service asks for a longer one.
        per_minute: requests within any minute; None for no such limit.
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


def send_all(
    client: Client, requests: Sequence[Request], workers: int
) -> Iterator[tuple[Request, Response | WebError]]:
    """Send several requests at once, and yield each with its response or error as they arrive.

    If the caller stops early (an error, Ctrl-C), requests that have not begun are not sent.
    """

    def send(request: Request) -> tuple[Request, Response | WebError]:
        try:
            return request, client.send(request)
        except WebError as error:
            return request, error

    # Its threads are daemons: the end of the program does not wait for a service that does not answer.
    with ThreadPool(workers) as pool:
        yield from pool.imap_unordered(send, requests)


def basic_auth(username: str, password: str) -> dict[str, str]:
    """Return the secret header of HTTP basic authentication, encoded in UTF-8 (RFC 7617)."""
    token = b64encode(f"{username}:{password}".encode()).decode()
    return {"Authorization": f"Basic {token}"}
