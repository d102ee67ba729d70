"""A web server on loopback that misbehaves on demand; tests get it as the fixture `bad_server`."""

from __future__ import annotations

import gzip
import socket
import ssl
import struct
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class ReceivedRequest:
    """A request as it came; header names are in lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    """What to send, and how: after a wait, a few bytes at a time, and with which end.

    `claimed` is the content-length to claim, when it is not the length of the body; `line` is sent alone, in
    place of a status line.
    """

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    claimed: int | None = None
    wait_s: float = 0
    pause_s: float = 0
    end: Literal["kept open", "closed", "reset"] = "kept open"
    line: str | None = None


Behaviour = Reply | Callable[[ReceivedRequest], Reply]


class BadServer:
    """Answers each path as it was told to, perhaps badly at first, and remembers what it was asked."""

    def __init__(self, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> None:
        self.asked: list[ReceivedRequest] = []
        self.most_at_once = 0
        self._at_once = 0
        self._routes: dict[str, tuple[deque[Reply], Behaviour]] = {}
        self._otherwise: Behaviour = Reply(404)
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._server = _Server((host, 0), _handler(self))
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.port: int = self._server.server_port
        self.url = f"{'http' if tls is None else 'https'}://{host}:{self.port}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        """End, in the middle of an answer if need be."""
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()

    def on(self, path: str, then: Behaviour, first: Iterable[Reply] = ()) -> str:
        """Answer a path with each of `first` once and `then` ever after; return its address.

        `then` is an answer, or a function from what was asked (ReceivedRequest) to an answer.
        """
        self._routes[path] = (deque(first), then)
        return self.url + path

    def otherwise(self, then: Behaviour) -> None:
        """Answer every path for which nothing else is said."""
        self._otherwise = then

    # Answers, so that a test needs nothing but the fixture

    @staticmethod
    def good(body: bytes | str, content_type: str = "text/csv", **headers: str) -> Reply:
        """A good answer."""
        content = body.encode() if isinstance(body, str) else body
        return Reply(200, {"Content-Type": content_type, **headers}, content)

    @staticmethod
    def gzipped(body: bytes | str, content_type: str = "text/csv") -> Reply:
        """A good answer, compressed."""
        content = gzip.compress(body.encode() if isinstance(body, str) else body)
        return Reply(200, {"Content-Type": content_type, "Content-Encoding": "gzip"}, content)

    @staticmethod
    def html(text: str = "<!DOCTYPE html><html><body>Please sign in</body></html>") -> Reply:
        """A page with status 200 where data should be."""
        return BadServer.good(text, "text/html")

    @staticmethod
    def status(code: int, retry_after: float | str | None = None, body: bytes = b"") -> Reply:
        """Any status, perhaps with Retry-After."""
        return Reply(code, {} if retry_after is None else {"Retry-After": str(retry_after)}, body)

    @staticmethod
    def redirect(to: str, status: int = 302) -> Reply:
        """A redirect to an address."""
        return Reply(status, {"Location": to})

    @staticmethod
    def late(body: bytes, wait_s: float) -> Reply:
        """A good answer with a slow first byte."""
        return Reply(body=body, wait_s=wait_s)

    @staticmethod
    def trickle(body: bytes, pause_s: float) -> Reply:
        """A good answer, one byte at a time."""
        return Reply(body=body, pause_s=pause_s, end="closed")

    @staticmethod
    def reset(body: bytes) -> Reply:
        """An answer whose connection is reset in mid-body."""
        return Reply(body=body[: len(body) // 2], claimed=len(body), end="reset")

    @staticmethod
    def hang_up() -> Reply:
        """A connection that is reset before the first byte."""
        return Reply(0, end="reset")

    @staticmethod
    def short(body: bytes) -> Reply:
        """An answer that ends before its content-length."""
        return Reply(body=body[: len(body) // 2], claimed=len(body), end="closed")

    @staticmethod
    def chunked(body: bytes) -> Reply:
        """A good answer that does not say its length."""
        half = len(body) // 2
        parts = (b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:half], body[half:]))
        return Reply(200, {"Transfer-Encoding": "chunked"}, b"".join(parts) + b"0\r\n\r\n")

    @staticmethod
    def cut_chunks(body: bytes) -> Reply:
        """An answer that does not say its length, and ends between two of its parts."""
        whole = BadServer.chunked(body)
        return replace(whole, body=whole.body.removesuffix(b"0\r\n\r\n"), end="closed")

    @staticmethod
    def truncated_gzip(body: bytes) -> Reply:
        """A compressed answer that ends early, with a content-length that fits."""
        whole = gzip.compress(body)
        return Reply(200, {"Content-Encoding": "gzip"}, whole[: len(whole) // 2])

    # What the handler calls

    def answer(self, asked: ReceivedRequest) -> Reply:
        """Return what to answer, and remember what was asked."""
        with self._lock:
            self.asked.append(asked)
            first, then = self._routes.get(asked.path, (deque(), self._otherwise))
            if first:
                return first.popleft()
        return then if isinstance(then, Reply) else then(asked)

    def count(self, change: int) -> None:
        """Count the requests that are being answered."""
        with self._lock:
            self._at_once += change
            self.most_at_once = max(self.most_at_once, self._at_once)

    def wait(self, seconds: float) -> None:
        """Wait, but not for longer than the server lives."""
        self._closing.wait(seconds)


class _Server(ThreadingHTTPServer):
    def shutdown_request(self, request: Any) -> None:
        """Close without the polite end that would come before a reset."""
        self.close_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a client that has gone, or that does not trust the certificate."""
        if not isinstance(sys.exception(), ConnectionError | ssl.SSLError):
            super().handle_error(request, client_address)


def _handler(server: BadServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # else a small answer waits 40 ms for the client's acknowledgement

        def do_GET(self) -> None:
            server.count(+1)
            try:
                self._send(server.answer(self._asked()))
            except ConnectionError:  # the client has gone, which is its right
                self.close_connection = True
            finally:
                server.count(-1)

        do_POST = do_GET

        def _asked(self) -> ReceivedRequest:
            parts = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(headers.get("content-length", 0)))
            return ReceivedRequest(self.command, parts.path, dict(parse_qsl(parts.query)), headers, body)

        def _send(self, answer: Reply) -> None:
            server.wait(answer.wait_s)
            if answer.line:
                self.wfile.write(f"{answer.line}\r\n\r\n".encode())
            if answer.status:
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                if not {"Transfer-Encoding", "Content-Length"} & set(answer.headers):
                    self.send_header("Content-Length", str(answer.claimed or len(answer.body)))
                self.end_headers()
                self._send_body(answer)
            if answer.end != "kept open":
                self.close_connection = True
            if answer.end == "reset":
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

        def _send_body(self, answer: Reply) -> None:
            if not answer.pause_s:
                self.wfile.write(answer.body)
                return
            for byte in answer.body:
                server.wait(answer.pause_s)
                self.wfile.write(bytes([byte]))

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    return Handler
