"""Publishers asked where the settings say, and never in plain text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlsplit, urlunsplit

from lib.web import Exchange, Reply, Request


@dataclass(frozen=True)
class Mirrored:
    """An exchange that asks another address for some hosts, and the others by https."""

    exchange: Exchange
    mirrors: Mapping[str, str]

    def ask(self, request: Request) -> Reply:
        """Return the reply to a request; see `Exchange.ask`."""
        return self.exchange.ask(replace(request, url=self.address(request.url)))

    def address(self, url: str) -> str:
        """Return where an address is asked for: at the mirror of its host, or there, by https."""
        parts = urlsplit(url)
        mirror = self.mirrors.get(parts.hostname or "")
        if mirror is not None:
            query = f"?{parts.query}" if parts.query else ""
            return f"{mirror.rstrip('/')}{parts.path}{query}"
        return urlunsplit(parts._replace(scheme="https")) if parts.scheme == "http" else url
