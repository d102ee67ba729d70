"""The hosts of the publishers: where the settings say to ask for them, how often, and never in plain text."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from urllib.parse import urlsplit, urlunsplit

from lib.markets import REFERENCE
from lib.web import Exchange, Reply, Request


@dataclass(frozen=True)
class Publishers:
    """An exchange for all publishers.

    Attributes:
        exchange: what they are asked with.
        mirrors: another address for a host.
        paced: what a host is asked with that counts the requests of a minute.
    """

    exchange: Exchange
    mirrors: Mapping[str, str]
    paced: Mapping[str, Exchange]

    def ask(self, request: Request) -> Reply:
        """Return the reply to a request; see `Exchange.ask`."""
        exchange = self.paced.get(urlsplit(request.url).hostname or "", self.exchange)
        return exchange.ask(replace(request, url=self.address(request.url)))

    def address(self, url: str) -> str:
        """Return where to ask for an address: at the mirror of its host, or there, by https."""
        parts = urlsplit(url)
        mirror = self.mirrors.get(parts.hostname or "")
        if mirror is not None:
            query = f"?{parts.query}" if parts.query else ""
            return f"{mirror.rstrip('/')}{parts.path}{query}"
        return urlunsplit(parts._replace(scheme="https")) if parts.scheme == "http" else url


@cache
def requests_per_minute() -> dict[str, int]:
    """Return how many requests a minute those hosts allow that count them."""
    with (REFERENCE / "public_hosts.csv").open(encoding="utf-8", newline="") as file:
        return {row["host"]: int(row["requests_per_minute"]) for row in csv.DictReader(file)}
