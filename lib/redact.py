"""Find secrets in texts, however they come back, and replace them.

A service or a proxy may repeat what was sent to it, and an error message may repeat what it was given. So all
that leaves this program is redacted where it leaves: notebooks, pages, logs, records, messages and mails.

1. `secret_values` has the secrets of the settings: keys, passwords, and accounts as "user:password". What was
   once seen there stays a secret of this process, also when somebody edits .env during a run.
2. `search_words` has what to search for: each secret, and what base64 and hex make of it. `lib.escapes` finds
   these words under every escape.
3. `redact` replaces them, and what looks like a password of anybody.
"""

from __future__ import annotations

import re
import unicodedata
from base64 import b64encode
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

import setproctitle

from lib.escapes import expand, has_word, replace_words
from lib.settings import passwords_of, secret_values

_PASSWORD_IN_URL = re.compile(r"(?<=://)([^/\s:@\"']*):[^\s/\"']*@")
_PASSWORD_AS_WORD = re.compile(r"\b(password|passwd|pwd)\s*=\s*[^\s&'\"]+", re.IGNORECASE)

HIDDEN = "***"
"""What stands in place of a secret."""

SHORTEST_SECRET = 6
"""Shorter secrets are not searched for: they would be found in ordinary words and numbers."""

_seen: set[str] = set()
"""Every secret of the settings that this process has met."""


def has_password(text: str) -> bool:
    """Return whether a text holds a secret of the settings, or what looks like one: in a URL, password=..."""
    looks_like_one = _PASSWORD_IN_URL.search(text) or _PASSWORD_AS_WORD.search(text)
    return bool(looks_like_one) or has_word(text, _known())


def redact(text: str) -> str:
    """Return the text with every secret of the settings, and what looks like one, replaced by ***."""
    return _redact(text, _known())


def redact_all(value: Any) -> Any:
    """Return nested lists and dictionaries with each text in them redacted; other values stay as they are."""
    return _redact_all(value, _known())


def remember_secrets(address: str = "") -> None:
    """Remember the secrets of the settings as they are now, and the password of an address."""
    _seen.update(secret_values() | passwords_of(address))


def hide_arguments() -> None:
    """Show this process in the list of processes without the secrets that its arguments have."""
    title = setproctitle.getproctitle()
    if has_password(title):
        setproctitle.setproctitle(redact(title))


def _redact(text: str, known: tuple[str, ...]) -> str:
    text = replace_words(text, known, HIDDEN)
    return _PASSWORD_AS_WORD.sub(rf"\1={HIDDEN}", _PASSWORD_IN_URL.sub(rf"\1:{HIDDEN}@", text))


def _redact_all(value: Any, known: tuple[str, ...]) -> Any:
    if isinstance(value, str):
        return _redact(value, known)
    if isinstance(value, list | tuple):
        return [_redact_all(each, known) for each in value]
    if isinstance(value, dict):
        return type(value)({_redact_all(key, known): _redact_all(each, known) for key, each in value.items()})
    return value


def search_words(secrets: Iterable[str]) -> tuple[str, ...]:
    """Return all that is searched for to find the secrets, the longest first."""
    return _search_words(frozenset(secrets))


@lru_cache(maxsize=64)
def _search_words(secrets: frozenset[str]) -> tuple[str, ...]:
    words = {word for secret in secrets for word in _encode(secret)}
    return expand(word for word in words if len(word) >= SHORTEST_SECRET)


def _known() -> tuple[str, ...]:
    remember_secrets()
    return search_words(_seen)


def _encode(secret: str) -> Iterator[str]:
    yield secret
    yield " ".join(secret.split())
    yield secret.replace(" ", "+")  # of a form
    for form in ("NFC", "NFD"):
        yield unicodedata.normalize(form, secret)
    for encoding in ("utf-8", "latin-1"):
        raw = secret.encode(encoding, "ignore")
        yield from (raw.hex(), raw.hex().upper(), raw.decode("latin-1"))
        yield from _in_base64(raw)


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
