"""The credentials of a request, and their removal from what comes back: a service or proxy may repeat them.

A response is cleaned once, before anything reads, archives or shows it, so that no excerpt of it can cut a
credential into two halves that nobody recognises.
"""

from __future__ import annotations

import json
from base64 import b64decode
from binascii import Error as InvalidBase64
from collections.abc import Iterator, Mapping
from urllib.parse import parse_qsl

from lib.redact import HIDDEN, SHORTEST_SECRET, spellings
from lib.web.client import Request

_ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be")

_BEGINNING = 4096
"""Bytes of a body that tell whether it is in UTF-16."""

_SHORTEST_BEGINNING = 4
"""Characters of a credential that stand alone at the end of a cut text, from which on they are removed."""


def hide_in_body(body: bytes, request: Request) -> bytes:
    """Return a body with each credential of its request replaced, in every encoding."""
    encodings = _ENCODINGS if b"\0" in body[:_BEGINNING] else _ENCODINGS[:1]
    for spelling in _spellings(request):
        for encoding in encodings:
            body = body.replace(spelling.encode(encoding, "ignore"), HIDDEN.encode(encoding))
    return body


def hide_in_headers(headers: Mapping[str, str], request: Request) -> dict[str, str]:
    """Return headers, names in lower case, with each credential of their request replaced."""
    return {_hide(name.lower(), request): _hide(value, request) for name, value in headers.items()}


def hide_in_excerpt(text: str, request: Request) -> str:
    """Return the beginning of a longer text with each credential replaced, also one that the end cuts."""
    text = _hide(text, request)
    for spelling in _spellings(request):
        for length in range(len(spelling) - 1, _SHORTEST_BEGINNING - 1, -1):
            if text.endswith(spelling[:length]):
                return f"{text[:-length]}{HIDDEN}"
    return text


def _hide(text: str, request: Request) -> str:
    for spelling in _spellings(request):
        text = text.replace(spelling, HIDDEN)
    return text


def _spellings(request: Request) -> tuple[str, ...]:
    return spellings(secret for secret in credentials(request) if _can_be_told_from_data(secret))


def _can_be_told_from_data(secret: str) -> bool:
    """Return whether a secret is no number or date, which any table of prices may hold by chance."""
    return len(secret) >= SHORTEST_SECRET and any(each.isalpha() for each in secret)


def credentials(request: Request) -> Iterator[str]:
    """Yield every secret that a request sends: in its headers, and in the body of a login."""
    for value in request.secret_headers.values():
        yield value
        scheme, _, token = value.partition(" ")
        yield token
        yield value.partition("=")[2]  # of a cookie
        if scheme == "Basic":
            yield from _account(token)
    if request.body and not request.is_archived:  # a login
        yield from (value for name, value in _fields(request.body) if "password" in name.lower())


def _fields(body: bytes) -> list[tuple[str, str]]:
    """Return the fields of a form, or of a flat object in JSON."""
    text = body.decode("utf-8", "replace")
    try:
        fields = json.loads(text)
    except ValueError:
        return parse_qsl(text)
    return [(name, str(value)) for name, value in fields.items()] if isinstance(fields, dict) else []


def _account(token: str) -> Iterator[str]:
    """Yield the account and the password of a basic token."""
    try:
        account = b64decode(token).decode("utf-8", "replace")
    except InvalidBase64:
        return
    yield account
    yield account.partition(":")[2]
