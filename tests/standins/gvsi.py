"""A loopback stand-in for the GVSI web service, written from what is published of it and not from our reader.

Run by itself it prints its address and serves until it is ended: `python -m tests.standins.gvsi 0.1` answers
after a tenth of a second.
"""

from __future__ import annotations

import base64
import io
import socket
import sys
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pacsv

PATH = "/api/v3/getintraday"

# Whose clock a symbol's publisher uses: one of them has standard time all year.
CLOCKS = {"ERC": "America/Chicago", "MIS": "Etc/GMT+5"}
EASTERN = "America/New_York"


@dataclass(frozen=True)
class Query:
    """What was asked for, as it stood in the URL."""

    symbols: tuple[str, ...]
    fields: tuple[str, ...]
    start: date
    end: date


@dataclass(frozen=True)
class Response:
    """An answer that is not the table: any status, headers and body, which may be cut off by a reset."""

    status: int = 200
    body: bytes | Iterable[bytes] = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    is_cut: bool = False


Spoil = Callable[[Query, pd.DataFrame], pd.DataFrame | Response]
"""Makes what it will of the table that the service would answer: symbol, close, tradedatetimeutc."""


@dataclass
class Gvsi:
    """The service: its account, its limits and its moods, and the queries it has answered."""

    username: str = "desk"
    password: str = "s3cret"
    latency_s: float = 0
    max_symbols: int = 300
    max_days: int = 50
    published_until: pd.Timestamp = field(default_factory=lambda: pd.Timestamp("2100-01-01", tz="UTC"))
    is_end_included: bool = True
    is_newest_first: bool = False
    has_hash: bool = True
    spoil: Spoil | None = None
    asked: list[Query] = field(default_factory=list)
    address: str = ""

    def answer(self, path: str, authorization: str | None) -> Response:
        """Return what the service says to a GET."""
        time.sleep(self.latency_s)
        account = base64.b64encode(f"{self.username}:{self.password}".encode()).decode()
        if authorization != f"Basic {account}":
            return Response(401, b"Unauthorized", {"WWW-Authenticate": "Basic"})
        if urlsplit(path).path.lower() != PATH:
            return Response(404, b"Not found")
        query = parse(path)
        self.asked.append(query)
        if len(query.symbols) > self.max_symbols:
            return Response(414, b"URI too long")
        if not all(symbol.startswith("#") for symbol in query.symbols):
            return Response(body=b"Error: unknown symbol")
        if (query.end - query.start).days > self.max_days:
            return Response(body=f"Error: at most {self.max_days} days of intraday data".encode())
        table = self._table(query)
        if self.spoil is None:
            return Response(body=as_csv(table))
        spoilt = self.spoil(query, table)
        # What a test has spoilt may hold numbers and text in one column.
        return spoilt if isinstance(spoilt, Response) else Response(body=as_csv(spoilt.astype("string")))

    def _table(self, query: Query) -> pd.DataFrame:
        blocks = [self._block(query, symbol.removeprefix("#")) for symbol in query.symbols]
        return pd.concat(blocks, ignore_index=True)[list(query.fields)]

    def _block(self, query: Query, symbol: str) -> pd.DataFrame:
        after = query.end + timedelta(days=1 if self.is_end_included else 0)
        hours, texts = published_hours(CLOCKS.get(symbol[:3], EASTERN), query.start, after)
        is_out = hours < self.published_until
        order = slice(None, None, -1 if self.is_newest_first else 1)
        block = {
            "symbol": f"#{symbol}" if self.has_hash else symbol,
            "close": closes(symbol, hours[is_out])[order],
            "tradedatetimeutc": texts[is_out][order],
        }
        return pd.DataFrame(block)


def parse(path: str) -> Query:
    """Return the query of a request's path."""
    given = {name.lower(): values[0] for name, values in parse_qs(urlsplit(path).query).items()}
    expected = {
        "output": "csv",
        "includeheaders": "true",
        "aggregatetype": "0",
        "intradaybarinterval": "60",
        "timezone": "publisher",
    }
    assert expected.items() <= given.items(), f"asked otherwise than the service is known to answer: {given}"
    start, end = (datetime.strptime(given[name], "%m/%d/%Y").date() for name in ("startdate", "enddate"))
    return Query(tuple(given["symbols"].split(",")), tuple(given["fields"].split(",")), start, end)


@lru_cache(maxsize=256)
def published_hours(zone: str, start: date, after: date) -> tuple[pd.DatetimeIndex, np.ndarray]:
    """Return the hours of some local days, in UTC and as the publisher writes them: when they begin."""
    hours = pd.date_range(start, after, freq="h", tz=zone, inclusive="left")
    texts = hours.strftime("%m/%d/%Y %I:%M:%S %p").to_numpy(dtype=object)
    return hours.tz_convert("UTC"), texts


def closes(symbol: str, hours: pd.DatetimeIndex) -> np.ndarray:
    """Return what the service has for a symbol and some UTC hours: hundredths from -20.00 up, as numbers."""
    numbers = hours.as_unit("s").asi8 // 3600
    return (zlib.crc32(symbol.encode()) % 9973 + numbers * 7919) % 100_003 / 100 - 20


def as_csv(table: pd.DataFrame) -> bytes:
    """Return a table as the service sends it: a header, and no quotes."""
    buffer = io.BytesIO(f"{','.join(table.columns)}\r\n".encode())
    buffer.seek(0, io.SEEK_END)
    options = pacsv.WriteOptions(include_header=False, quoting_style="none")
    pacsv.write_csv(pa.Table.from_pandas(table, preserve_index=False), buffer, options)
    return buffer.getvalue()


class _Handler(BaseHTTPRequestHandler):
    """Speaks HTTP for the service."""

    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        answer = self.server.service.answer(self.path, self.headers["Authorization"])
        chunks = [answer.body] if isinstance(answer.body, bytes) else answer.body
        is_whole = isinstance(chunks, list) and "Content-Length" not in answer.headers
        headers = {"Content-Type": "text/csv", **answer.headers}
        if isinstance(chunks, list):
            headers.setdefault("Content-Length", str(len(chunks[0])))
        self.send_response(answer.status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        for chunk in chunks:
            self.wfile.write(chunk)
        if answer.is_cut:
            # With nothing to linger for, closing sends a reset.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.close_connection = not is_whole

    def log_message(self, format: str, *arguments: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, service: Gvsi) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.service = service

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Let a client that hung up go in silence, and show everything else."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def serving(service: Gvsi) -> Iterator[Gvsi]:
    """Run the service on a free port of the loopback, with its address in `address`."""
    server = _Server(service)
    service.address = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()


def main() -> None:
    """Serve until the standard input ends."""
    with serving(Gvsi(latency_s=float(sys.argv[1]))) as service:
        print(service.address, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
