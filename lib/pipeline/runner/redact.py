"""Find passwords in texts, and replace them."""

from __future__ import annotations

import re

from lib.settings import secret_values

_PASSWORD_IN_URL = re.compile(r"(?<=://)([^/\s:@\"']*):[^\s/\"']*@")
_PASSWORD_AS_WORD = re.compile(r"\b(password|passwd|pwd)\s*=\s*[^\s&'\"]+", re.IGNORECASE)


SHORTEST_SECRET = 6
"""Shorter secrets are not searched for: they would be found in ordinary words and numbers."""


def has_password(text: str) -> bool:
    """Return whether a text holds a secret of the settings, or what looks like one: in a URL, password=..."""
    looks_like_one = _PASSWORD_IN_URL.search(text) or _PASSWORD_AS_WORD.search(text)
    return bool(looks_like_one) or any(secret in text for secret in _secrets())


def redact(text: str) -> str:
    """Return the text with every secret of the settings, and what looks like one, replaced by ***."""
    text = _PASSWORD_AS_WORD.sub(r"\1=***", _PASSWORD_IN_URL.sub(r"\1:***@", text))
    for secret in _secrets():
        text = text.replace(secret, "***")
    return text


def _secrets() -> tuple[str, ...]:
    """Return the secrets to search for, the longest first, because one may contain another."""
    known = (secret for secret in secret_values() if len(secret) >= SHORTEST_SECRET)
    return tuple(sorted(known, key=len, reverse=True))


_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


_LONGEST_SENTENCE = 600


def one_line(text: str) -> str:
    """Return a message as one line: without colours, passwords and line breaks, and cut if it is long."""
    line = " ".join(redact(_COLOUR.sub("", text)).split())
    return line if len(line) <= _LONGEST_SENTENCE else f"{line[:_LONGEST_SENTENCE]} ..."
