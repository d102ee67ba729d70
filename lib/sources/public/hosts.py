"""The hosts of the publishers: where the settings say to ask for them, how often, and never in plain text."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from urllib.parse import urlsplit, urlunsplit

from lib.markets import REFERENCE
from lib.web import Client, ReplayClient, Request, Response


@dataclass(frozen=True, eq=False)
class Publishers:
    """An exchange for all publishers; what is remembered of its answers is remembered for it alone.

    Attributes:
        exchange: what they are asked with.
        mirrors: another address for a host.
        paced: what a host is asked with that counts the requests of a minute.
    """

    client: Client
    mirrors: Mapping[str, str]
    paced: Mapping[str, Client]

    def send(self, request: Request) -> Response:
        """Return the reply to a request; see `Exchange.ask`."""
        client = self.paced.get(urlsplit(request.url).hostname or "", self.client)
        return client.send(replace(request, url=self.address(request.url)))

    def older(self) -> Publishers | None:
        """Return, in a replay, the publishers as they answered before; None where nothing older is kept."""
        older = self.client.older() if isinstance(self.client, ReplayClient) else None
        return replace(self, client=older) if older is not None else None

    def address(self, url: str) -> str:
        """Return where to ask for an address: at the mirror of its host, or there, by https."""
        parts = urlsplit(url)
        mirror = self.mirrors.get(parts.hostname or "")
        if mirror is not None:
            query = f"?{parts.query}" if parts.query else ""
            return f"{mirror.rstrip('/')}{parts.path}{query}"
        return urlunsplit(parts._replace(scheme="https")) if parts.scheme == "http" else url


def hosts() -> tuple[str, ...]:
    """Return the hosts of all publishers."""
    return tuple(row["host"] for row in _rows())


def requests_per_minute() -> dict[str, int]:
    """Return how many requests a minute those hosts allow that count them."""
    return {row["host"]: int(row["requests_per_minute"]) for row in _rows() if row["requests_per_minute"]}


@cache
def _rows() -> tuple[dict[str, str], ...]:
    with (REFERENCE / "public_hosts.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))
