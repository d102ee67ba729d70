"""A stand-in for the two hosts of ICE on loopback, as domain knowledge has them, and reports to serve."""

from __future__ import annotations

import io
import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date

import openpyxl
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

HEADER = (
    "TRADE DATE|HUB|PRODUCT|STRIP|CONTRACT|CONTRACT TYPE|STRIKE|SETTLEMENT PRICE|NET CHANGE|"
    "EXPIRATION DATE|PRODUCT_ID"
)
NO_FILE = b"<html><body><h2>No Files Available</h2>" + b"<!-- menu -->" * 70 + b"</body></html>"
LOGIN_PAGE = b"<!DOCTYPE html><html><head><title>ICE SSO Client</title></head>" + b"<p>sign in</p>" * 2400


@dataclass
class IceStandIn:
    """Knows one account; answers every failure with HTTP 200 but a missing cookie, which is a 302."""

    server: HTTPServer
    files: dict[str, bytes] = field(default_factory=dict)
    tokens: list[str] = field(default_factory=list)
    asked: list[tuple[float, str]] = field(default_factory=list)
    wrap: Callable[[object], object] = lambda answer: answer
    per_minute: int = 1_000_000
    is_cookie_lost: bool = False
    login_page: bytes | None = None  # what answers in the login's place
    broken: set[str] = field(default_factory=set)
    cookies: list[str] = field(default_factory=list)

    @property
    def sso_url(self) -> str:
        return str(self.server.url_for("/sso"))

    @property
    def downloads_url(self) -> str:
        return str(self.server.url_for("/downloads"))

    @property
    def paths(self) -> list[str]:
        """The files asked for, in order."""
        return [path for _, path in self.asked]

    def expire_tokens(self) -> None:
        """Let every cookie handed out so far be stale."""
        self.tokens.clear()

    def log_in(self, request: Request) -> Response:
        if self.login_page is not None:
            return Response(self.login_page, content_type="text/html")
        given = request.get_json()
        right = {"userId": "desk", "password": "open sesame", "appKey": "ICEDOWNLOADS"}
        if request.method != "POST" or given != right:
            return Response(LOGIN_PAGE, content_type="text/html")
        self.tokens.append(f"token{len(self.tokens)}.{len(self.asked)}")
        answer = self.wrap({"data": {"token": self.tokens[-1]}})
        return Response(json.dumps(answer), content_type="application/json")

    def download(self, request: Request) -> Response:
        self.cookies.append(request.headers.get("Cookie", ""))
        cookie = request.cookies.get("iceSsoCookie")
        if cookie is None or self.is_cookie_lost:
            return Response(status=302, headers={"Location": f"{self.sso_url}/login"})
        now = time.monotonic()
        if sum(at > now - 60 for at, _ in self.asked) >= self.per_minute:
            return Response(status=429, headers={"Retry-After": "1"})
        path = request.path.removeprefix("/downloads/")
        self.asked.append((now, path))
        if path in self.broken:
            return Response(status=503)
        if cookie not in self.tokens:
            return Response(LOGIN_PAGE, content_type="text/html")
        if path not in self.files:
            return Response(NO_FILE, content_type="text/html")
        return Response(self.files[path], content_type="application/octet-stream")


@contextmanager
def serving() -> Iterator[IceStandIn]:
    """Serve a stand-in with the account "desk" and no files."""
    with HTTPServer(host="127.0.0.1") as server:
        stand_in = IceStandIn(server)
        server.expect_request("/sso/api/authenticateTfa").respond_with_handler(stand_in.log_in)
        server.expect_request("/sso/login").respond_with_data(LOGIN_PAGE, content_type="text/html")
        server.expect_request(re.compile("^/downloads/")).respond_with_handler(stand_in.download)
        yield stand_in


def line(**fields: str) -> str:
    """One line of a .dat report of 2025-12-30, with other fields where given."""
    usual = {
        "trade_date": "12/30/2025",
        "hub": "PJM WH RT",
        "product": "Peak Futures (1 MW)",
        "strip": "1/1/2026",
        "contract": "PMI",
        "contract_type": "F",
        "strike": "",
        "settlement_price": "61.35",
        "net_change": "-0.45",
        "expiration_date": "1/30/2026",
        "product_id": "1481",
    }
    assert fields.keys() <= usual.keys()
    return "|".join({**usual, **fields}.values())


def dat(*lines: str) -> bytes:
    """A .dat report of the lines given, or of twelve months of one contract."""
    usual = [line(strip=f"{month}/1/2026") for month in range(1, 13)]
    return "\r\n".join([HEADER, *(lines or usual), ""]).encode()


def xlsx(report: bytes) -> bytes:
    """The .xlsx twin of a .dat report: the same cells, dates and numbers as such."""
    book = openpyxl.Workbook()
    assert book.active is not None
    for text in report.decode().splitlines():
        book.active.append([_cell(each) for each in text.split("|")])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _cell(text: str) -> object:
    if text.count("/") == 2:
        month, day, year = map(int, text.split("/"))
        return date(year, month, day)
    try:
        return float(text) if "." in text else int(text)
    except ValueError:
        return text or None
