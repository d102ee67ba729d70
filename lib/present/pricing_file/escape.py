"""Texts that a spreadsheet would take for formulas or errors, made harmless by an apostrophe, and back."""

from __future__ import annotations

import re

_ACTS = re.compile(r"'*[=+\-@#\t\r\n]")
_IS_ESCAPED = re.compile(r"'+[=+\-@#\t\r\n]")


def neutralised(text: str) -> str:
    """Return a text as it stands in a cell: behind an apostrophe where it could act as one."""
    return f"'{text}" if _ACTS.match(text) else text


def original(text: str) -> str:
    """Return the text that `neutralised` was given."""
    return text[1:] if _IS_ESCAPED.match(text) else text
