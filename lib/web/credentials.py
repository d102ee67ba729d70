"""The credentials of a request, and their removal from what comes back: a service or proxy may repeat them.

A response is cleaned once, before anything reads, archives or shows it, so that no excerpt of it can cut a
credential into two halves that nobody recognises.
"""

from __future__ import annotations

import json
from base64 import b64decode
from binascii import Error as InvalidBase64
from collections.abc import Iterator, Mapping
from typing import TypeVar
from urllib.parse import parse_qsl

from lib.escapes import replace_at_end, replace_words
from lib.redact import HIDDEN, SHORTEST_SECRET, search_words
from lib.web.client import Request

AnyError = TypeVar("AnyError", bound=BaseException)

_BEGINNING = 4096
"""Bytes of a body that tell its encoding."""

_SHORTEST_BEGINNING = 4
"""Characters of a credential that stand alone at the end of a cut text, from which on they are removed."""


def hide_in_body(body: bytes, request: Request) -> bytes:
    """Return a body with each credential of its request replaced, in every encoding; all else to the byte."""
    encoding = _encoding(body)
    whole = len(body) - len(body) % 2 if encoding.startswith("utf-16") else len(body)
    text = body[:whole].decode(encoding, "surrogatepass")
    return _hide(text, request).encode(encoding, "surrogatepass") + body[whole:]


def _encoding(body: bytes) -> str:
    """Return the encoding in which to search; in Latin-1 every byte is a character, whatever it means."""
    beginning = body[:_BEGINNING]
    for encoding, first in (("utf-16-le", 1), ("utf-16-be", 0)):
        zeros = beginning[first::2]
        if len(zeros) > 1 and zeros.count(0) * 2 > len(zeros) and beginning[1 - first :: 2].count(0) == 0:
            return encoding
    return "latin-1"


def hide_in_headers(headers: Mapping[str, str], request: Request) -> dict[str, str]:
    """Return headers, names in lower case, with each credential of their request replaced."""
    return {_hide(name.lower(), request): _hide(value, request) for name, value in headers.items()}


def hide_in_excerpt(text: str, request: Request) -> str:
    """Return the beginning of a longer text with each credential replaced, also one that the end cuts."""
    return replace_at_end(_hide(text, request), _words(request), HIDDEN, _SHORTEST_BEGINNING)


def hide_in_error(error: AnyError, request: Request) -> AnyError:
    """Return an error whose message has no credential of the request, and which leads to no other error."""
    error.args = tuple(
        hide_in_excerpt(each, request) if isinstance(each, str) else each for each in error.args
    )
    error.__cause__ = error.__context__ = None
    return error


def _hide(text: str, request: Request) -> str:
    return replace_words(text, _words(request), HIDDEN)


def _words(request: Request) -> tuple[str, ...]:
    return search_words(secret for secret in credentials(request) if _can_be_told_from_data(secret))


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
