"""A requests session that sends through our own client, for a library that brings its own HTTP."""

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
from lib.web import Client, Request, Response

_CLIENT: ContextVar[Client] = ContextVar("client")
"""The client of this thread."""

_PUBLIC_HEADERS = ("accept", "content-type")
_SET_BY_THE_CLIENT = ("user-agent", "accept-encoding", "connection", "content-length")
_COOKIE_SEPARATOR = re.compile(r",\s*(?=[^\s;,=]+=)")


@contextmanager
def using_client(client: Client) -> Iterator[None]:
    """Let the sessions of this thread use a client inside the `with` statement."""
    token = _CLIENT.set(client)
    try:
        yield
    finally:
        _CLIENT.reset(token)


class ClientSession(requests.Session):
    """A session that sends every request through the client of its thread.

    Where the client has no response it raises a WebError; a response with a bad status is never returned.
    """

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False
        for scheme in ("https://", "http://"):
            self.mount(scheme, _Adapter())


class _Adapter(BaseAdapter):
    def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:  # type: ignore[override]
        """Return the response; timeouts and certificates are up to the client."""
        return _to_requests(request, _CLIENT.get().send(_from_requests(request)))

    def close(self) -> None:
        """Close nothing: the connections belong to the client."""


def _from_requests(request: requests.PreparedRequest) -> Request:
    """Return the request for our client; every header that is not known to be harmless is secret."""
    headers = {name: str(value) for name, value in request.headers.items()}
    harmless = (*_PUBLIC_HEADERS, *_SET_BY_THE_CLIENT)
    return Request(
        SOURCE,
        str(request.url),
        str(request.method),
        headers={name: value for name, value in headers.items() if name.lower() in _PUBLIC_HEADERS},
        body=request.body.encode() if isinstance(request.body, str) else request.body,
        is_archived=request.method == "GET",  # what is sent may be a login
        secret_headers={name: value for name, value in headers.items() if name.lower() not in harmless},
    )


def _to_requests(request: requests.PreparedRequest, response: Response) -> requests.Response:
    """Return our client's response as one of requests."""
    result = requests.Response()
    result.status_code = response.status
    # A replay lacks the header by which gridstatus dates a file; no code here uses that date.
    dated = {"last-modified": format_datetime(response.requested_at, usegmt=True)}
    result.headers = CaseInsensitiveDict(dated | dict(response.headers))
    result.encoding = requests.utils.get_encoding_from_headers(result.headers)
    result.url = response.url
    result.request = request
    result._content = response.body
    # requests takes cookies from the raw response only.
    cookies = Message()
    for cookie in _COOKIE_SEPARATOR.split(response.headers.get("set-cookie", "")):
        cookies["Set-Cookie"] = cookie
    result.raw = SimpleNamespace(_original_response=SimpleNamespace(msg=cookies))
    return result
