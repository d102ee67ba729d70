"""The client for the network: limits, retries, redirects, and every response into the archive."""

from __future__ import annotations

import logging
import time
import zlib
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from gzip import BadGzipFile, GzipFile
from http.client import HTTPException
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

from lib.web.archive import Archive
from lib.web.client import Limits, Request, Response
from lib.web.credentials import hide_in_body, hide_in_error, hide_in_headers
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
from lib.web.limits import CircuitBreaker, HostSlots, RateLimiter
from lib.web.retry import AttemptFailed, call_with_retries
from lib.web.service_words import means_limit, read_words
from lib.web.urls import (
    MAX_REDIRECTS,
    check_address,
    follow_redirect,
    host_and_path,
    host_of,
    is_loopback,
)

# urllib3 logs headers that it cannot read, and a server may repeat a key there; what matters is raised here.
logging.getLogger("urllib3").setLevel(logging.CRITICAL)

_MAX_HOSTS = 32  # more than any source has: urllib3 drops the connections and limits of hosts beyond
_CHUNK_BYTES = 1 << 16


class HttpClient:
    """Sends requests over the network, within limits, and archives the responses; threads may share one."""

    def __init__(self, limits: Limits, archive: Archive | None, slots: HostSlots | None = None) -> None:
        """Keep responses in `archive`, if any; `slots` count the requests of other processes too."""
        self._limits = limits
        self._archive = archive
        self._slots = slots
        self._circuit_breaker = CircuitBreaker()
        self._rate_limiter = RateLimiter(limits.per_minute) if limits.per_minute else None
        self._session = requests.Session()
        adapter = HTTPAdapter(pool_connections=_MAX_HOSTS, pool_maxsize=limits.per_host, pool_block=True)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)

    def send(self, request: Request) -> Response:
        """Return the response to a request.

        Raises:
            WebError: there is no usable response; the subclass says why.
            OSError: the response cannot be archived; the disk may be full.
        """
        check_address(request.url)
        host = host_of(request.url)
        self._circuit_breaker.check(host)
        try:
            response = call_with_retries(
                lambda: self._attempt(request), self._limits, host_and_path(request.url)
            )
        except Unavailable:
            self._circuit_breaker.record(host, has_responded=False)
            raise
        except WebError:
            self._circuit_breaker.record(host, has_responded=True)
            raise
        self._circuit_breaker.record(host, has_responded=True)
        if self._archive is not None and request.is_archived:
            self._archive.save(request, response)
        return response

    def _attempt(self, request: Request) -> Response:
        """Send a request once, with its redirects; no error repeats a credential, whatever a server says."""
        try:
            return self._follow(request)
        except (WebError, AttemptFailed) as error:
            raise hide_in_error(error, request) from None

    def _follow(self, request: Request) -> Response:
        requested_at = datetime.now(UTC)
        hop = request
        for _ in range(MAX_REDIRECTS + 1):
            with self._slot(hop), self._send_once(hop) as raw:
                headers = hide_in_headers(raw.headers, request)
                if not raw.is_redirect:
                    _check_status(raw, request)
                    body = hide_in_body(receive_body(raw, self._limits), request)
                    return Response(raw.status_code, headers, body, hop.url, requested_at)
                hop = follow_redirect(hop, raw.status_code, headers["location"])
        raise RedirectRefused(f"{host_and_path(request.url)} redirects more than {MAX_REDIRECTS} times")

    def _slot(self, request: Request) -> AbstractContextManager[None]:
        return self._slots.hold(host_of(request.url)) if self._slots else nullcontext()

    def _send_once(self, request: Request) -> requests.Response:
        if self._rate_limiter:
            self._rate_limiter.wait()
        # Not by Session.send: that would add cookies and the netrc file, and download redirects whole.
        # Loopback never goes through a proxy, which would carry plain http off this machine.
        proxies = {"no_proxy": "*"} if is_loopback(request.url) else {}
        environment: Any = self._session.merge_environment_settings(request.url, proxies, True, None, None)
        timeout = (self._limits.connect_s, self._limits.read_s)
        try:
            adapter = self._session.get_adapter(request.url)
            return adapter.send(_prepare(request), timeout=timeout, **environment)
        except (requests.ConnectionError, requests.Timeout) as error:
            raise _connection_error(error, request) from None
        except (requests.RequestException, HTTPError, HTTPException, UnicodeError) as error:
            raise WebError(
                f"{host_and_path(request.url)} cannot be asked ({type(error).__name__}); "
                "check its address, its headers and the proxy in the environment"
            ) from None


def receive_body(raw: requests.Response, limits: Limits) -> bytes:
    """Return the whole body of a response, decompressed.

    Raises:
        AttemptFailed: the body, or its compressed form, broke off.
        TooLarge: it has more than `max_bytes`; the rest is not received.
        Unavailable: it was not complete after `total_s`, or has an encoding that was not requested.
    """
    sent = _TimedStream(raw, time.monotonic() + limits.total_s)
    # urllib3 decompresses too, but takes a stream that breaks off for a complete one.
    encoding = raw.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("identity", "gzip", "x-gzip"):
        raise Unavailable(
            f"{host_and_path(raw.url)} sent a response compressed as {encoding}, which was not asked for"
        )
    plain = sent if encoding == "identity" else GzipFile(fileobj=sent)  # type: ignore[call-overload]
    body = bytearray()
    try:
        while chunk := plain.read(_CHUNK_BYTES):
            body += chunk
            if len(body) > limits.max_bytes:
                raise TooLarge(
                    f"{host_and_path(raw.url)} sends a response of more than {limits.max_bytes:,} bytes; "
                    "ask for less"
                )
    except (HTTPError, EOFError, BadGzipFile, zlib.error) as error:
        raise AttemptFailed(
            f"the response broke off after {len(body):,} bytes ({root_cause(error)})"
        ) from None
    return bytes(body)


class _TimedStream:
    """The bytes of a response as they are sent, as a file whose `read` fails after a deadline."""

    def __init__(self, raw: requests.Response, deadline: float) -> None:
        self._raw = raw
        self._deadline = deadline

    def read(self, size: int) -> bytes:
        """Return what has arrived, at most `size` bytes, and nothing at the end."""
        if time.monotonic() > self._deadline:
            raise Unavailable(
                f"{host_and_path(self._raw.url)} sends too slowly: its response did not end in time. "
                "Ask for less"
            )
        return self._raw.raw.read1(size, decode_content=False) or b""


def _prepare(request: Request) -> requests.PreparedRequest:
    headers = {
        "User-Agent": "epd-automation",
        **request.headers,
        **request.secret_headers,
        "Accept-Encoding": "gzip",
    }
    return requests.Request(request.method, request.url, headers=headers, data=request.body).prepare()


def _connection_error(error: requests.RequestException, request: Request) -> Exception:
    """Return what a failed connection means: only an untrusted certificate is not worth another attempt."""
    cause = root_cause(error)
    if isinstance(error, requests.exceptions.SSLError) and "CERTIFICATE_VERIFY_FAILED" in cause:
        return UntrustedCertificate(
            f"{host_and_path(request.url)}: {cause}; when a proxy of the firm signs its certificates, "
            "name the firm's authorities in REQUESTS_CA_BUNDLE"
        )
    return AttemptFailed(cause)


def _check_status(raw: requests.Response, request: Request) -> None:
    """Raise the error that a status other than success means.

    A refusal (403) that asks to wait, or says that a quota is used up, is a limit like status 429.
    """
    status, target = raw.status_code, host_and_path(raw.url)
    words = read_words(raw, request) if status in (403, 429) else ""
    if status == 429 or status >= 500 or (status == 403 and means_limit(raw, words)):
        raise AttemptFailed(f"status {status}{f', it says {words!r}' if words else ''}", raw.raw)
    if status in (401, 403):
        raise Refused(
            f"{target} refused the request (status {status}); check the credentials and their rights"
        )
    if status in (404, 410):
        raise NotFound(f"{target} does not exist (status {status})")
    if status >= 300:
        raise Rejected(f"{target} rejects the request (status {status})", status)
