"""Find secrets in texts, in every encoding in which they come back, and replace them.

A service or a proxy may repeat what was sent to it, and an error message may repeat what it was given. So all
that leaves this program is redacted where it leaves: notebooks, pages, logs, records, messages and mails.

1. `secret_values` has the secrets of the settings: keys, passwords, and accounts as "user:password".
2. `spellings` has each of them as URLs, forms, JSON, HTML, Python and base64 write it.
3. `redact` replaces every spelling, and what looks like a password of anybody.
"""

from __future__ import annotations

import html
import json
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any
from urllib.parse import quote, quote_plus

from lib.settings import secret_values

_PASSWORD_IN_URL = re.compile(r"(?<=://)([^/\s:@\"']*):[^\s/\"']*@")
_PASSWORD_AS_WORD = re.compile(r"\b(password|passwd|pwd)\s*=\s*[^\s&'\"]+", re.IGNORECASE)

HIDDEN = "***"
"""What stands in place of a secret."""

SHORTEST_SECRET = 6
"""Shorter secrets are not searched for: they would be found in ordinary words and numbers."""


def has_password(text: str) -> bool:
    """Return whether a text holds a secret of the settings, or what looks like one: in a URL, password=..."""
    looks_like_one = _PASSWORD_IN_URL.search(text) or _PASSWORD_AS_WORD.search(text)
    return bool(looks_like_one) or any(spelling in text for spelling in _known())


def redact(text: str) -> str:
    """Return the text with every secret of the settings, and what looks like one, replaced by ***."""
    return _redact(text, _known())


def redact_all(value: Any) -> Any:
    """Return nested lists and dictionaries with each text in them redacted; other values stay as they are."""
    return _redact_all(value, _known())


def _redact(text: str, known: Iterable[str]) -> str:
    for spelling in known:
        if spelling in text:
            text = _replace(spelling, text)
    return _PASSWORD_AS_WORD.sub(rf"\1={HIDDEN}", _PASSWORD_IN_URL.sub(rf"\1:{HIDDEN}@", text))


def _replace(spelling: str, text: str) -> str:
    """Replace a spelling; a password that is a word, such as postgres, is no part of a longer word."""
    is_word = spelling.isalpha() and spelling.islower()
    return _as_word(spelling).sub(HIDDEN, text) if is_word else text.replace(spelling, HIDDEN)


def _redact_all(value: Any, known: Iterable[str]) -> Any:
    if isinstance(value, str):
        return _redact(value, known)
    if isinstance(value, list | tuple):
        return [_redact_all(each, known) for each in value]
    if isinstance(value, dict):
        return type(value)({_redact_all(key, known): _redact_all(each, known) for key, each in value.items()})
    return value


@lru_cache(maxsize=64)
def _as_word(spelling: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![A-Za-z]){re.escape(spelling)}(?![A-Za-z])")


def spellings(secrets: Iterable[str]) -> tuple[str, ...]:
    """Return every spelling of the secrets, the longest first, because one may contain another."""
    return _spellings(frozenset(secrets))


@lru_cache(maxsize=64)
def _spellings(secrets: frozenset[str]) -> tuple[str, ...]:
    found = {spelling for secret in secrets for spelling in _spell(secret)}
    return tuple(sorted((each for each in found if len(each) >= SHORTEST_SECRET), key=lambda s: (-len(s), s)))


def _known() -> tuple[str, ...]:
    return spellings(secret_values())


def _spell(secret: str) -> Iterator[str]:
    yield secret
    yield " ".join(secret.split())
    for encoded in (quote(secret, safe=""), quote(secret), quote_plus(secret)):
        yield encoded
        yield re.sub("%..", lambda code: code[0].lower(), encoded)
    for is_ascii in (True, False):
        yield json.dumps(secret, ensure_ascii=is_ascii)[1:-1]
    escaped = html.escape(secret)
    yield from (
        escaped,
        escaped.replace("&#x27;", "&#39;"),
        escaped.replace("&#x27;", "'").replace("&quot;", '"'),
    )
    yield repr(secret)[1:-1]
    yield secret.encode().hex()
    for encoding in ("utf-8", "latin-1"):
        yield from _in_base64(secret.encode(encoding, "ignore"))


def _in_base64(secret: bytes) -> Iterator[str]:
    """Yield what base64 makes of bytes inside a longer text, whatever stands before and after them."""
    for before in range(3):
        encoded = b64encode(b"\0" * before + secret).decode()
        # The characters at both ends hold bits of the neighbours too.
        end = (before + len(secret)) * 8 // 6
        inner = encoded[-(-before * 8 // 6) : end]
        if len(secret) >= SHORTEST_SECRET:
            yield inner
            yield inner.replace("+", "-").replace("/", "_")


_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


_LONGEST_SENTENCE = 600


def one_line(text: str) -> str:
    """Return a message as one line: without colours, passwords and line breaks, and cut if it is long."""
    line = " ".join(redact(_COLOUR.sub("", text)).split())
    return line if len(line) <= _LONGEST_SENTENCE else f"{line[:_LONGEST_SENTENCE]} ..."
