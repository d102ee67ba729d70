"""Text from outside, and errors of parsers, as messages show them: printable, and cut where they are long."""

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


_PANIC = "PanicException"
"""What compiled readers raise in place of an Exception; its class cannot be imported."""

_CAUSE_LENGTH = 300


def is_reader_error(error: BaseException) -> bool:
    """Return whether an error may come from parsing: not the end of the program."""
    return isinstance(error, Exception) or type(error).__name__ == _PANIC


def describe_error(error: BaseException) -> str:
    """Return the first line of an error's message with its type, short and printable."""
    first = (str(error).strip().splitlines() or [""])[0]
    name = type(error).__name__
    return safe_text(f"{name}: {first}" if first else name, _CAUSE_LENGTH)
