"""Asking over the network."""

from __future__ import annotations

import time
import zlib
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from gzip import BadGzipFile, GzipFile
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

from lib.web.archive import Archive
from lib.web.client import Limits, Reply, Request
from lib.web.errors import (
    NotFound,
    RedirectRefused,
    Refused,
    Rejected,
    TooLarge,
    Unavailable,
    UntrustedCertificate,
    WebError,
    root_cause,
)
from lib.web.limits import Pace, Patience, Slots
from lib.web.retry import AttemptFailed, until_answered
from lib.web.urls import MAX_REDIRECTS, check_address, host_of, is_loopback, place, redirected

_HOSTS = 32  # more than a source has: urllib3 forgets how much it asks of the host that comes after


class LiveExchange:
    """Asks services over the network, within limits, and keeps what comes; several threads may use one."""

    def __init__(self, limits: Limits, archive: Archive | None, slots: Slots | None = None) -> None:
        self._limits = limits
        self._archive = archive
        self._slots = slots
        self._patience = Patience()
        self._pace = Pace(limits.per_minute) if limits.per_minute else None
        self._session = requests.Session()
        adapter = HTTPAdapter(pool_connections=_HOSTS, pool_maxsize=limits.per_host, pool_block=True)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)

    def ask(self, request: Request) -> Reply:
        """Return the answer to a request.

        Raises:
            WebError: there is none; the subclass says why.
            OSError: it cannot be kept; the disk may be full.
        """
        check_address(request.url)
        host = host_of(request.url)
        self._patience.check(host)
        try:
            reply = until_answered(lambda: self._attempt(request), self._limits, place(request.url))
        except Unavailable:
            self._patience.note(host, has_answered=False)
            raise
        except WebError:
            self._patience.note(host, has_answered=True)
            raise
        self._patience.note(host, has_answered=True)
        if self._archive is not None and request.is_kept:
            self._archive.keep(request, reply)
        return reply

    def _attempt(self, request: Request) -> Reply:
        asked_at = datetime.now(UTC)
        hop = request
        for _ in range(MAX_REDIRECTS + 1):
            with self._slot(hop), self._send(hop) as response:
                if not response.is_redirect:
                    _check_status(response)
                    headers = {name.lower(): value for name, value in response.headers.items()}
                    body = read_body(response, self._limits)
                    return Reply(response.status_code, headers, body, hop.url, asked_at)
                hop = redirected(hop, response.status_code, response.headers["location"])
        raise RedirectRefused(f"{place(request.url)} redirects more than {MAX_REDIRECTS} times")

    def _slot(self, request: Request) -> AbstractContextManager[None]:
        return self._slots.one(host_of(request.url)) if self._slots else nullcontext()

    def _send(self, request: Request) -> requests.Response:
        if self._pace:
            self._pace.wait()
        # Past the session's own sending: that would add cookies and the netrc file, and read redirects whole.
        # Loopback never goes by a proxy, which would carry plain http off this machine.
        proxies = {"no_proxy": "*"} if is_loopback(request.url) else {}
        environment: Any = self._session.merge_environment_settings(request.url, proxies, True, None, None)
        timeout = (self._limits.connect_s, self._limits.read_s)
        try:
            adapter = self._session.get_adapter(request.url)
            return adapter.send(_prepared(request), timeout=timeout, **environment)
        except (requests.ConnectionError, requests.Timeout) as error:
            raise _failure(error, request) from None
        except requests.RequestException as error:
            raise WebError(
                f"{place(request.url)} cannot be asked ({type(error).__name__}); "
                "check its address, its headers and the proxy in the environment"
            ) from None


def _prepared(request: Request) -> requests.PreparedRequest:
    headers = {
        "User-Agent": "epd-automation",
        **request.headers,
        **request.secret_headers,
        "Accept-Encoding": "gzip",
    }
    return requests.Request(request.method, request.url, headers=headers, data=request.body).prepare()


def _failure(error: requests.RequestException, request: Request) -> Exception:
    """Return what a failed connection means: a certificate that is not trusted will not be the next time."""
    cause = root_cause(error)
    if isinstance(error, requests.exceptions.SSLError) and "CERTIFICATE_VERIFY_FAILED" in cause:
        return UntrustedCertificate(
            f"{place(request.url)}: {cause}; when a proxy of the firm signs its certificates, "
            "name the firm's authorities in REQUESTS_CA_BUNDLE"
        )
    return AttemptFailed(cause)


def _check_status(response: requests.Response) -> None:
    """Raise what a status other than success means."""
    status, where = response.status_code, place(response.url)
    if status == 429 or status >= 500:
        raise AttemptFailed(f"status {status}", response.raw)
    if status in (401, 403):
        raise Refused(
            f"{where} refused the request (status {status}); check the credentials and their rights"
        )
    if status in (404, 410):
        raise NotFound(f"{where} does not exist (status {status})")
    if status >= 300:
        raise Rejected(f"{where} does not take the request (status {status})", status)


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
