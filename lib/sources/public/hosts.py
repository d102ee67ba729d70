"""The publishers' hosts: their mirrors, their limits per minute, and a client that respects both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from threading import local
from urllib.parse import urlsplit, urlunsplit

from lib.markets import read_reference
from lib.web import Client, ReplayClient, Request, Response


@dataclass(frozen=True, eq=False)
class PublisherClient:
    """A client for all publishers. It compares by identity, so that caches belong to one client.

    Attributes:
        client: sends the requests.
        mirrors: another address for a host.
        rate_limited: the clients of those hosts that limit the requests per minute.
        last: the file that each thread requested last.
    """

    client: Client
    mirrors: Mapping[str, str]
    rate_limited: Mapping[str, Client]
    last: local = field(default_factory=local, repr=False)

    def forget_file(self) -> None:
        """Forget which file this thread requested last."""
        self.last.file = None

    def last_file(self) -> str | None:
        """Return the name of the file that this thread requested last, as messages show it."""
        return getattr(self.last, "file", None)

    def send(self, request: Request) -> Response:
        """Return the response to a request; see `Client.send`."""
        self.last.file = urlsplit(request.url).path.rpartition("/")[2]
        client = self.rate_limited.get(urlsplit(request.url).hostname or "", self.client)
        return client.send(replace(request, url=self.address(request.url)))

    def older(self) -> PublisherClient | None:
        """Return, in a replay, a client for older responses; None where the archive has no older ones."""
        older = self.client.older() if isinstance(self.client, ReplayClient) else None
        return replace(self, client=older) if older is not None else None

    def address(self, url: str) -> str:
        """Return where to send a request for an address: to the mirror of its host, or there by https."""
        parts = urlsplit(url)
        mirror = self.mirrors.get(parts.hostname or "")
        if mirror is not None:
            query = f"?{parts.query}" if parts.query else ""
            return f"{mirror.rstrip('/')}{parts.path}{query}"
        return urlunsplit(parts._replace(scheme="https")) if parts.scheme == "http" else url


def hosts() -> tuple[str, ...]:
    """Return the hosts of all publishers."""
    return tuple(row["host"] for row in read_reference("public_hosts.csv"))


def requests_per_minute() -> dict[str, int]:
    """Return the limit of those hosts that limit the requests per minute."""
    return {
        row["host"]: int(row["requests_per_minute"])
        for row in read_reference("public_hosts.csv")
        if row["requests_per_minute"]
    }
