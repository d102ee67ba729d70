"""A stand-in for what may stand before a PostgreSQL server: a pooler, or a firewall that drops packets.

It speaks as much of the protocol as psycopg2's simple queries need.
"""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

SSL_REQUEST, GSS_REQUEST, CANCEL = 80877103, 80877104, 80877102
READY = ord("Z")


@dataclass
class Pooler:
    """What stands before the server.

    Attributes:
        socket_path: the server's socket.
        drops_options: whether the startup parameter `options` is dropped.
        refuses_options: whether a client that sends it is refused.
        by_transaction: whether each transaction gets the process that was released last, or a new one.
        hides_pids: whether clients are told made-up process ids.
    """

    socket_path: Path
    drops_options: bool = False
    refuses_options: bool = False
    by_transaction: bool = False
    hides_pids: bool = True
    port: int = 0
    is_frozen: bool = False
    _idle: list[socket.socket] = field(default_factory=list)
    _greeting: bytes = b""
    _open: list[socket.socket] = field(default_factory=list)

    def url(self, direct: str) -> str:
        """Return a database's URL with this in place of its server."""
        parts = urlsplit(direct)
        return f"postgresql://{parts.username}@127.0.0.1:{self.port}{parts.path}"

    def serve(self, client: socket.socket) -> None:
        """Serve a client until it or the server leaves."""
        with client, suppress(OSError, ConnectionError):
            startup = self._read_startup(client)
            if self.refuses_options and b"\0options\0" in startup:
                text = b"SFATAL\0C08P01\0Munsupported startup parameter: options\0\0"
                client.sendall(b"E" + struct.pack("!i", len(text) + 4) + text)
                return
            if self.drops_options:
                startup = _without_options(startup)
            if self.by_transaction:
                self._serve_transactions(client, startup)
            else:
                self._relay(client, startup)

    def _read_startup(self, client: socket.socket) -> bytes:
        while True:
            (size, code) = struct.unpack("!ii", _read(client, 8))
            body = _read(client, size - 8)
            if code not in (SSL_REQUEST, GSS_REQUEST):
                return struct.pack("!ii", size, code) + body
            client.sendall(b"N")

    def _connect(self, startup: bytes) -> tuple[socket.socket, bytes]:
        """Return a new connection to the server and what it said until it was ready."""
        server = socket.socket(socket.AF_UNIX)
        server.connect(str(self.socket_path))
        self._open.append(server)
        server.sendall(startup)
        kind, said = 0, b""
        while kind != READY:
            kind, message = _read_message(server)
            said += message
        return server, said

    def _relay(self, client: socket.socket, startup: bytes) -> None:
        server = socket.socket(socket.AF_UNIX)
        server.connect(str(self.socket_path))
        self._open.append(server)
        server.sendall(startup)
        threading.Thread(target=self._pump, args=(server, client), daemon=True).start()
        self._pump(client, server)

    def _pump(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if not self.is_frozen:
                    target.sendall(data)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _serve_transactions(self, client: socket.socket, startup: bytes) -> None:
        server, greeting = self._connect(startup)
        self._idle.append(server)
        client.sendall(_with_made_up_pid(greeting) if self.hides_pids else greeting)
        held: socket.socket | None = None
        while True:
            kind, message = _read_message(client)
            if kind == ord("X"):
                break
            if held is None:
                held = self._idle.pop() if self._idle else self._connect(startup)[0]
            held.sendall(message)
            if kind not in b"QS":
                continue
            answer = 0
            while answer != READY:
                answer, message = _read_message(held)
                client.sendall(message)
            if message[-1:] == b"I":
                self._idle.append(held)
                held = None
        if held is not None:
            held.close()

    def close(self) -> None:
        """Close the connections to the server."""
        for server in self._open:
            server.close()


@contextmanager
def serving(direct: str, **traits: bool) -> Iterator[Pooler]:
    """Run a pooler before the server of a URL."""
    folder = parse_qs(urlsplit(direct).query)["host"][0]
    pooler = Pooler(Path(folder) / ".s.PGSQL.5432", **traits)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        pooler.port = listener.getsockname()[1]

        def accept() -> None:
            with suppress(OSError):
                while True:
                    client, _ = listener.accept()
                    threading.Thread(target=pooler.serve, args=(client,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield pooler
        listener.shutdown(socket.SHUT_RDWR)
    pooler.close()


def _read(source: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = source.recv(size - len(data))
        if not more:
            raise ConnectionError
        data += more
    return data


def _read_message(source: socket.socket) -> tuple[int, bytes]:
    head = _read(source, 5)
    return head[0], head + _read(source, struct.unpack("!i", head[1:])[0] - 4)


def _without_options(startup: bytes) -> bytes:
    words = startup[8:].rstrip(b"\0").split(b"\0")
    pairs = [pair for pair in zip(words[::2], words[1::2], strict=True) if pair[0] != b"options"]
    body = b"".join(name + b"\0" + value + b"\0" for name, value in pairs) + b"\0"
    return struct.pack("!i", len(body) + 8) + startup[4:8] + body


def _with_made_up_pid(greeting: bytes) -> bytes:
    at = greeting.index(b"K\0\0\0\x0c")
    return greeting[: at + 5] + struct.pack("!i", 4242) + greeting[at + 9 :]
