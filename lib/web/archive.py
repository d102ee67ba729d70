"""The archive on disk: every response as it came, so that it can be proved and read again."""

from __future__ import annotations

import fcntl
import gzip
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from lib.web.archive_entry import Entry, build_entry, parse_entry
from lib.web.client import Request, Response
from lib.web.errors import DamagedArchive

INDEX = "answers.jsonl"
"""The file in the folder of a source and day with a line for each response."""
_COMPRESSION_LEVEL = 3  # takes a third of the time of the usual 6, for a fifth more bytes
_SLACK = 20  # the size is measured each time this process has written a twentieth of the maximum

RequestKey = tuple[str, str, bytes | None]
"""Method, address and body: requests with the same key are the same."""


class Archive:
    """Responses by source, day (UTC) and request; several threads and processes may write at once.

    Layout: <folder>/<source>/<YYYY-MM-DD>/answers.jsonl, and beside it each body as <SHA-256>.gz.
    """

    def __init__(self, folder: Path, max_bytes: int) -> None:
        """Use a folder, which need not exist. Above `max_bytes` the oldest days go, but never today."""
        self._folder = folder
        self._max_bytes = max_bytes
        self._room = 0

    def save(self, request: Request, response: Response) -> None:
        """Save a response: whole, or (if the process is killed meanwhile) not at all.

        Raises:
            OSError: it cannot be written; the disk may be full.
        """
        day = self._folder / request.source / f"{response.requested_at:%Y-%m-%d}"
        entry = build_entry(request, response, day)
        body = gzip.compress(response.body, _COMPRESSION_LEVEL, mtime=0)
        line = entry.to_line()
        with self._locked():
            self._make_room(len(body) + len(line))
            day.mkdir(parents=True, exist_ok=True)
            part = entry.path.with_suffix(".part")
            part.write_bytes(body)
            part.replace(entry.path)
            _append_line(day / INDEX, line)

    def find_latest(self, request: Request) -> Response | None:
        """Return the latest archived response (status 200) to the same request, or None.

        Raises:
            DamagedArchive: the response is no longer as it came.
        """
        entry = next(self.find_responses(request), None)
        return entry.read_response() if entry is not None else None

    def find_responses(self, request: Request) -> Iterator[Entry]:
        """Yield the archived responses (status 200) to the same request, newest first, each body once.

        Raises:
            DamagedArchive: an index cannot be read.
        """
        seen: set[str] = set()
        for index in reversed(self._indexes(request.source)):
            for entry in _successes_by_request(index, index.stat().st_size).get(request_key(request), ()):
                if entry.sha256 not in seen:
                    seen.add(entry.sha256)
                    yield entry

    def entries(self, source: str, url_prefix: str = "") -> Iterator[Entry]:
        """Yield the entries of a source whose address begins with `url_prefix`, oldest first.

        Raises:
            DamagedArchive: an index cannot be read.
        """
        for index in self._indexes(source):
            yield from (entry for entry in _read_index(index) if entry.request.url.startswith(url_prefix))

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
            _delete_oldest(self._folder, self._max_bytes - self._room - n_bytes)


def request_key(request: Request) -> RequestKey:
    """Return what makes two requests the same: method, address and body."""
    return request.method, request.url, request.body


def _delete_oldest(folder: Path, max_bytes: int) -> None:
    """Delete the oldest days of all sources until the rest is small enough, but never today."""
    days = sorted(folder.glob("*/????-??-??"), key=lambda day: day.name)
    sizes = {day: sum(file.stat().st_size for file in day.iterdir()) for day in days}
    excess = sum(sizes.values()) - max_bytes
    for day in days:
        if excess <= 0 or day.name >= f"{datetime.now(UTC):%Y-%m-%d}":
            return
        (day / INDEX).unlink(missing_ok=True)  # first, so that no line ever names a body that is gone
        shutil.rmtree(day)
        excess -= sizes[day]


def _append_line(index: Path, line: bytes) -> None:
    """Add a line to an index; it replaces a last line that a full disk or a killed process cut short."""
    with index.open("a+b") as file:
        if file.tell():
            file.seek(-1, 2)
            if file.read(1) != b"\n":
                file.truncate(index.read_bytes().rfind(b"\n") + 1)
        file.write(line)


def _read_index(index: Path) -> list[Entry]:
    """Return the entries of one source and day, oldest first."""
    day = index.parent
    *lines, _unfinished = index.read_bytes().split(b"\n")
    try:
        entries = [parse_entry(line, day.parent.name, day) for line in lines]
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedArchive(
            f"{index} cannot be read ({error}); bring it back from a backup, or move {day} away"
        ) from error
    return sorted(entries, key=lambda entry: entry.requested_at)


@lru_cache(maxsize=1024)
def _successes_by_request(index: Path, size: int) -> dict[RequestKey, list[Entry]]:  # noqa: ARG001 - the key of the cache
    """Return the entries of a day with status 200 by request, newest first; `size` grows with each entry."""
    by_request: dict[RequestKey, list[Entry]] = {}
    for entry in reversed(_read_index(index)):
        if entry.status == 200:
            by_request.setdefault(request_key(entry.request), []).append(entry)
    return by_request
