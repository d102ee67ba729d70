"""Passwords in text: noticed where they must not stand, and struck out."""

from __future__ import annotations

import re

_PASSWORD_IN_URL = re.compile(r"(?<=://)([^/\s:@\"']*):[^\s/\"']*@")
_PASSWORD_AS_WORD = re.compile(r"\b(password|passwd|pwd)\s*=\s*[^\s&'\"]+", re.IGNORECASE)


def has_password(text: str) -> bool:
    """Return whether a text holds what looks like a password: in a URL, or as password=..."""
    return bool(_PASSWORD_IN_URL.search(text) or _PASSWORD_AS_WORD.search(text))


def redact(text: str) -> str:
    """Return the text with what looks like a password struck out."""
    return _PASSWORD_AS_WORD.sub(r"\1=***", _PASSWORD_IN_URL.sub(r"\1:***@", text))
