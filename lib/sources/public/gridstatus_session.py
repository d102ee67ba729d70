"""A session of requests, for a library that brings its own HTTP, whose every request our exchange makes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from email.message import Message
from email.utils import format_datetime
from types import SimpleNamespace
from typing import Any

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from lib.sources.public.query import SOURCE
from lib.web import Exchange, Reply, Request

_EXCHANGE: ContextVar[Exchange] = ContextVar("exchange")
"""What this thread asks with."""

_OPEN_HEADERS = ("accept", "content-type")
_SET_BY_THE_EXCHANGE = ("user-agent", "accept-encoding", "connection", "content-length")
_NEXT_COOKIE = re.compile(r",\s*(?=[^\s;,=]+=)")


@contextmanager
def asking_with(exchange: Exchange) -> Iterator[None]:
    """Let the sessions of this thread ask with an exchange."""
    token = _EXCHANGE.set(exchange)
    try:
        yield
    finally:
        _EXCHANGE.reset(token)


class ExchangeSession(requests.Session):
    """A session whose every request goes through the exchange that its thread asks with.

    What the exchange does not answer is raised as a WebError, never returned with a bad status.
    """

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False
        for scheme in ("https://", "http://"):
            self.mount(scheme, _Adapter())


class _Adapter(BaseAdapter):
    def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:  # type: ignore[override]
        """Return the answer; how long to wait and whom to trust is for the exchange to say."""
        return _response(request, _EXCHANGE.get().ask(_our_request(request)))

    def close(self) -> None:
        """Close nothing: the connections are the exchange's."""


def _our_request(request: requests.PreparedRequest) -> Request:
    """Return the request as the exchange takes it: a header that is not known to be harmless is secret."""
    headers = {name: str(value) for name, value in request.headers.items()}
    harmless = (*_OPEN_HEADERS, *_SET_BY_THE_EXCHANGE)
    return Request(
        SOURCE,
        str(request.url),
        str(request.method),
        headers={name: value for name, value in headers.items() if name.lower() in _OPEN_HEADERS},
        body=request.body.encode() if isinstance(request.body, str) else request.body,
        is_kept=request.method == "GET",  # what is sent may be a login
        secret_headers={name: value for name, value in headers.items() if name.lower() not in harmless},
    )


def _response(request: requests.PreparedRequest, reply: Reply) -> requests.Response:
    response = requests.Response()
    response.status_code = reply.status
    # A replay does not have the header by which gridstatus dates a file, and nothing here needs that date.
    dated = {"last-modified": format_datetime(reply.asked_at, usegmt=True)}
    response.headers = CaseInsensitiveDict(dated | dict(reply.headers))
    response.encoding = requests.utils.get_encoding_from_headers(response.headers)
    response.url = reply.url
    response.request = request
    response._content = reply.body
    # requests takes cookies from the raw answer alone.
    cookies = Message()
    for cookie in _NEXT_COOKIE.split(reply.headers.get("set-cookie", "")):
        cookies["Set-Cookie"] = cookie
    response.raw = SimpleNamespace(_original_response=SimpleNamespace(msg=cookies))
    return response
