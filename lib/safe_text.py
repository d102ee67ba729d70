"""Text from outside as messages, pages and logs show it: printable, and cut where it is too long."""

from __future__ import annotations

MESSAGE_LENGTH = 4_000
"""Characters of a message; a publisher's table may have a name of a megabyte."""

NAME_LENGTH = 80
"""Characters of a name, a cell or a line inside a message."""


def safe_text(text: object, limit: int = MESSAGE_LENGTH) -> str:
    """Return a text with a space for each control character but line ends, cut after `limit` characters.

    The result can be encoded in UTF-8, printed to a terminal, and stored in a database.
    """
    whole = str(text)
    short = whole if len(whole) <= limit else f"{whole[:limit]}... ({len(whole):,} characters)"
    if short.isprintable():
        return short
    return "".join(each if each.isprintable() or each == "\n" else " " for each in short)
