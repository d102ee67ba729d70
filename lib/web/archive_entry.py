"""One entry of the archive: a line of a day's index, which names the file with the body."""

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

from lib.web.client import Request, Response
from lib.web.errors import DamagedArchive


@dataclass(frozen=True)
class Entry:
    """An archived response without its body.

    Attributes:
        request: the request, without its secret headers.
        requested_at: when it was sent, UTC.
        n_bytes: size of the body.
        sha256: hash of the body.
        path: the file with the compressed body.
    """

    request: Request
    requested_at: datetime
    status: int
    content_type: str
    n_bytes: int
    sha256: str
    path: Path

    def read_response(self) -> Response:
        """Return the archived response; of its headers it has the content type only.

        Raises:
            DamagedArchive: the file with the body is missing or changed.
        """
        try:
            body = gzip.decompress(self.path.read_bytes())
        except (OSError, EOFError, zlib.error) as error:
            raise self._damaged(str(error)) from error
        if sha256(body).hexdigest() != self.sha256:
            raise self._damaged("its SHA-256 is another one")
        headers = {"content-type": self.content_type}
        return Response(self.status, headers, body, self.request.url, self.requested_at)

    def _damaged(self, cause: str) -> DamagedArchive:
        return DamagedArchive(
            f"{self.path} is not what was kept ({cause}); take it from a backup, or ask the service again"
        )

    def to_line(self) -> bytes:
        """Return the entry as a line of JSON; `parse_entry` is the inverse."""
        request = self.request
        # Latin-1 takes any byte and stays readable.
        body = None if request.body is None else request.body.decode("latin-1")
        fields = {
            "asked_at": self.requested_at.isoformat(),
            "method": request.method,
            "url": request.url,
            "headers": dict(request.headers),
            "body": body,
            "status": self.status,
            "content_type": self.content_type,
            "n_bytes": self.n_bytes,
            "sha256": self.sha256,
        }
        return json.dumps(fields).encode() + b"\n"


def build_entry(request: Request, response: Response, day: Path) -> Entry:
    """Return the entry of a response in the folder of its day."""
    digest = sha256(response.body).hexdigest()
    return Entry(
        request,
        response.requested_at,
        response.status,
        response.headers.get("content-type", ""),
        len(response.body),
        digest,
        _body_path(day, digest),
    )


def parse_entry(line: bytes, source: str, day: Path) -> Entry:
    """Return the entry that a line of an index describes.

    Raises:
        ValueError, KeyError, TypeError: `Entry.to_line` did not write the line.
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
    # The name is the hash, so that a body that comes twice in a day is stored once.
    return day / f"{digest}.gz"
