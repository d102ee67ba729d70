"""One kept answer: a line that describes it, and a file with its body."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from lib.web.client import Reply, Request
from lib.web.errors import DamagedArchive

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
