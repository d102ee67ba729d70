"""Messages to the person at the page, in whole sentences."""

from __future__ import annotations

from dataclasses import dataclass

from lib.store import (
    OPERATIONAL_ERRORS,
    DatabaseUnreachable,
    EmbeddedServerError,
    InvalidDatabaseUrl,
    NotPermitted,
    SchemaError,
    WrongDatabase,
)
from lib.tool.curve import NoSuchCurve

INTERNAL_ERROR = "That did not work ({}). Nothing was changed; the log of the tool has the details."

CONNECTION_LOST = (
    "The connection to the database was lost during a read, or the database was stopped. Try again once the "
    "database answers."
)

READ_ERRORS = (
    InvalidDatabaseUrl,
    DatabaseUnreachable,
    EmbeddedServerError,
    NoSuchCurve,
    NotPermitted,
    SchemaError,
    WrongDatabase,
    *OPERATIONAL_ERRORS,
)
"""The expected errors of a read from the database; `explain` turns each into a text."""


@dataclass(frozen=True)
class Message:
    """What the last action did, in a sentence, or why it did nothing."""

    text: str
    is_error: bool = False

    def with_sentences(self, *sentences: str) -> Message:
        """Return the message with more sentences at its end."""
        return Message(" ".join([self.text, *sentences]), self.is_error)


def error_message(error: Exception) -> Message:
    """Return an error's text as a message."""
    return Message(as_sentence(str(error)), is_error=True)


def explain(error: Exception) -> str:
    """Return the message for a read error, without the driver's own texts."""
    return CONNECTION_LOST if isinstance(error, OPERATIONAL_ERRORS) else str(error)


def as_sentence(text: str) -> str:
    """Return a text with a full stop, and with a capital unless its first word is a name."""
    whole = text if not text or text.endswith((".", "?", "!")) else f"{text}."
    word = text.partition(" ")[0]
    return whole[:1].upper() + whole[1:] if word.isalpha() and word.islower() else whole


def format_number(number: float) -> str:
    """Return a number as people type it, in up to twelve digits."""
    return f"{number:.12g}"


def format_value(value: float, uom: str) -> str:
    """Return a cell's value with its unit, as people type it: 0.05 of a curve in % is "5 %"."""
    if uom == "factor":
        return format_number(value)
    return f"{format_number(value * 100 if uom == '%' else value)} {uom}"


def format_count(n: int, what: str) -> str:
    """Return a number of things: "1 row", "480 rows"."""
    return f"{n:,} {what}{'' if n == 1 else 's'}"
