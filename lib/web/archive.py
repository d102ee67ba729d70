"""Answers as they came, kept on disk: what was received can be proved, and read again."""

from __future__ import annotations

import fcntl
import gzip
import json
import shutil
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from lib.web.client import Reply, Request
from lib.web.errors import DamagedArchive

INDEX = "answers.jsonl"
"""The file in the folder of a source and day with a line for each answer."""
_LEVEL = 3  # a third of the time of the usual 6, for a fifth more bytes
_SLACK = 20  # the size is measured after each twentieth of it that this process has written


class Archive:
    """Answers by source, day (UTC) and request; several threads and processes may write at once.

    Layout: <folder>/<source>/<YYYY-MM-DD>/answers.jsonl, and beside it each body as <SHA-256>.gz.
    """

    def __init__(self, folder: Path, max_bytes: int) -> None:
        """Use a folder, which need not exist; over `max_bytes` the oldest days go, but never today's."""
        self._folder = folder
        self._max_bytes = max_bytes
        self._room = 0

    def keep(self, request: Request, reply: Reply) -> None:
        """Keep a reply: whole, or (when the process is killed meanwhile) not at all.

        Raises:
            OSError: it cannot be written; the disk may be full.
        """
        day = self._folder / request.source / f"{reply.asked_at:%Y-%m-%d}"
        entry = entry_of(request, reply, day)
        packed = gzip.compress(reply.body, _LEVEL, mtime=0)
        line = entry.to_line()
        with self._locked():
            self._make_room(len(packed) + len(line))
            day.mkdir(parents=True, exist_ok=True)
            part = entry.path.with_suffix(".part")
            part.write_bytes(packed)
            part.replace(entry.path)
            _append(day / INDEX, line)

    def latest(self, request: Request) -> Reply | None:
        """Return the newest kept answer (status 200) to the same request, or None.

        Raises:
            DamagedArchive: it is kept, but no longer as it came.
        """
        entry = next(self.answers(request), None)
        return entry.reply() if entry is not None else None

    def answers(self, request: Request) -> Iterator[Entry]:
        """Yield the kept answers (status 200) to the same request, newest first, each that differs once.

        Raises:
            DamagedArchive: a description cannot be read.
        """
        seen: set[str] = set()
        for index in reversed(self._indexes(request.source)):
            for entry in _good(index, index.stat().st_size).get(identity(request), ()):
                if entry.sha256 not in seen:
                    seen.add(entry.sha256)
                    yield entry

    def entries(self, source: str, url_prefix: str = "") -> Iterator[Entry]:
        """Yield what is kept of a source, oldest first, perhaps only of the addresses that begin so.

        Raises:
            DamagedArchive: a description cannot be read.
        """
        for index in self._indexes(source):
            yield from (entry for entry in _read(index) if entry.request.url.startswith(url_prefix))

    def _indexes(self, source: str) -> list[Path]:
        return sorted((self._folder / source).glob(f"*/{INDEX}"))

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Hold off the other threads and processes that write here."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / ".lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _make_room(self, n_bytes: int) -> None:
        self._room -= n_bytes
        if self._room < 0:
            self._room = self._max_bytes // _SLACK
            _drop_oldest(self._folder, self._max_bytes - self._room - n_bytes)


def _drop_oldest(folder: Path, max_bytes: int) -> None:
    """Delete the oldest days of all sources until the rest is small enough, but never today's."""
    days = sorted(folder.glob("*/????-??-??"), key=lambda day: day.name)
    sizes = {day: sum(file.stat().st_size for file in day.iterdir()) for day in days}
    excess = sum(sizes.values()) - max_bytes
    for day in days:
        if excess <= 0 or day.name >= f"{datetime.now(UTC):%Y-%m-%d}":
            return
        (day / INDEX).unlink(missing_ok=True)  # first, so that no line ever speaks of a body that is gone
        shutil.rmtree(day)
        excess -= sizes[day]


def _append(index: Path, line: bytes) -> None:
    """Add a line, in the place of one that a full disk or a killed process has left unfinished."""
    with index.open("a+b") as file:
        if file.tell():
            file.seek(-1, 2)
            if file.read(1) != b"\n":
                file.truncate(index.read_bytes().rfind(b"\n") + 1)
        file.write(line)


def _read(index: Path) -> list[Entry]:
    """Return the entries of one source and day, oldest first."""
    day = index.parent
    *lines, _unfinished = index.read_bytes().split(b"\n")
    try:
        entries = [entry_from(line, day.parent.name, day) for line in lines]
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedArchive(
            f"{index} cannot be read ({error}); bring it back from a backup, or move {day} away"
        ) from error
    return sorted(entries, key=lambda entry: entry.asked_at)


@lru_cache(maxsize=1024)
def _good(index: Path, size: int) -> dict[Identity, list[Entry]]:  # noqa: ARG001 - it grows with each answer
    """Return the good answers of a day to each request, newest first."""
    by_request: dict[Identity, list[Entry]] = {}
    for entry in reversed(_read(index)):
        if entry.status == 200:
            by_request.setdefault(identity(entry.request), []).append(entry)
    return by_request


Identity = tuple[str, str, bytes | None]
"""Method, address and body: what makes two requests the same."""


def identity(request: Request) -> Identity:
    """Return what makes a request the same as another."""
    return request.method, request.url, request.body


@dataclass(frozen=True)
class Entry:
    """A kept answer, without its body.

    Attributes:
        request: what was asked, without its secret headers.
        asked_at: when, UTC.
        sha256, n_bytes: of the body.
        path: the compressed body.
    """

    request: Request
    asked_at: datetime
    status: int
    content_type: str
    n_bytes: int
    sha256: str
    path: Path

    def reply(self) -> Reply:
        """Return the kept answer; of its headers, the content type.

        Raises:
            DamagedArchive: the body is not, or no longer, what came.
        """
        try:
            body = gzip.decompress(self.path.read_bytes())
        except (OSError, EOFError, zlib.error) as error:
            raise self._damaged(str(error)) from error
        if sha256(body).hexdigest() != self.sha256:
            raise self._damaged("its SHA-256 is another one")
        headers = {"content-type": self.content_type}
        return Reply(self.status, headers, body, self.request.url, self.asked_at)

    def _damaged(self, cause: str) -> DamagedArchive:
        return DamagedArchive(
            f"{self.path} is not what was kept ({cause}); take it from a backup, or ask the service again"
        )

    def to_line(self) -> bytes:
        """Return the entry as a line of JSON."""
        request = self.request
        fields = {
            "asked_at": self.asked_at.isoformat(),
            "method": request.method,
            "url": request.url,
            "headers": dict(request.headers),
            "body": None
            if request.body is None
            else request.body.decode("latin-1"),  # any byte, and readable
            "status": self.status,
            "content_type": self.content_type,
            "n_bytes": self.n_bytes,
            "sha256": self.sha256,
        }
        return json.dumps(fields).encode() + b"\n"


def entry_of(request: Request, reply: Reply, day: Path) -> Entry:
    """Return the entry by which a reply is kept in the folder of its day."""
    digest = sha256(reply.body).hexdigest()
    return Entry(
        request,
        reply.asked_at,
        reply.status,
        reply.headers.get("content-type", ""),
        len(reply.body),
        digest,
        _body_path(day, digest),
    )


def entry_from(line: bytes, source: str, day: Path) -> Entry:
    """Return the entry that a line describes.

    Raises:
        ValueError, KeyError, TypeError: the line is none of `Entry.to_line`.
    """
    fields: Mapping[str, Any] = json.loads(line)
    body = None if fields["body"] is None else fields["body"].encode("latin-1")
    return Entry(
        Request(source, fields["url"], fields["method"], fields["headers"], body),
        datetime.fromisoformat(fields["asked_at"]),
        fields["status"],
        fields["content_type"],
        fields["n_bytes"],
        fields["sha256"],
        _body_path(day, fields["sha256"]),
    )


def _body_path(day: Path, digest: str) -> Path:
    # By its content, so that the same answer, given twice in a day, is kept once.
    return day / f"{digest}.gz"
