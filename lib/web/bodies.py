"""Reading the body of an answer: all of it, and no more than is allowed."""

from __future__ import annotations

import time
import zlib
from gzip import BadGzipFile, GzipFile

import requests
from urllib3.exceptions import HTTPError

from lib.web.causes import root_cause
from lib.web.client import Limits
from lib.web.errors import TooLarge, Unavailable
from lib.web.retry import AttemptFailed
from lib.web.urls import place

_CHUNK = 1 << 16


def read_body(response: requests.Response, limits: Limits) -> bytes:
    """Return the whole body of an answer, decompressed.

    Raises:
        AttemptFailed: it broke off, or its compressed form did.
        TooLarge: it has more than `max_bytes`; the rest is not read.
        Unavailable: it was not complete after `total_s`, or comes in a form that was not asked for.
    """
    sent = _Sent(response, time.monotonic() + limits.total_s)
    # urllib3 decompresses too, but takes a stream that breaks off for a complete one.
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("identity", "gzip", "x-gzip"):
        raise Unavailable(f"{place(response.url)} answered compressed as {encoding}, which was not asked for")
    plain = sent if encoding == "identity" else GzipFile(fileobj=sent)  # type: ignore[call-overload]
    body = bytearray()
    try:
        while chunk := plain.read(_CHUNK):
            body += chunk
            if len(body) > limits.max_bytes:
                raise TooLarge(
                    f"{place(response.url)} answers with more than {limits.max_bytes:,} bytes; ask for less"
                )
    except (HTTPError, EOFError, BadGzipFile, zlib.error) as error:
        raise AttemptFailed(f"the answer broke off after {len(body):,} bytes ({root_cause(error)})") from None
    return bytes(body)


class _Sent:
    """The bytes as they are sent, as a file that ends with an error when they take too long."""

    def __init__(self, response: requests.Response, deadline: float) -> None:
        self._response = response
        self._deadline = deadline

    def read(self, size: int) -> bytes:
        """Return what has arrived, at most `size` bytes, and nothing at the end."""
        if time.monotonic() > self._deadline:
            raise Unavailable(
                f"{place(self._response.url)} sends too slowly: its answer did not end in time. Ask for less"
            )
        return self._response.raw.read1(size, decode_content=False) or b""
