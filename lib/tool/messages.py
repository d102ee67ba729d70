"""What the tool says to a person, in whole sentences."""

from __future__ import annotations

from dataclasses import dataclass

from lib.store import (
    OPERATIONAL_ERRORS,
    ConfigurationError,
    DatabaseUnreachable,
    EmbeddedServerError,
    NotPermitted,
    SchemaError,
    WrongDatabase,
)
from lib.tool.curve import NoSuchCurve

FAULT = "That did not work ({}). What stood before still stands; the log of the tool has the details."


@dataclass(frozen=True)
class Notice:
    """What the last action came to, in a sentence."""

    text: str
    is_error: bool = False

    def and_then(self, *sentences: str) -> Notice:
        """Return the notice with more sentences."""
        return Notice(" ".join([self.text, *sentences]), self.is_error)


def refusal(error: Exception) -> Notice:
    """Return the notice that says why something was not done."""
    return Notice(as_sentence(str(error)), is_error=True)


def written(number: float) -> str:
    """Return a number as it was typed, in up to twelve digits."""
    return f"{number:.12g}"


def counted(n: int, what: str) -> str:
    """Return a number of things: "1 row", "480 rows"."""
    return f"{n:,} {what}{'' if n == 1 else 's'}"


def in_unit(value: float, uom: str) -> str:
    """Return a cell's value as people type it: 0.05 of a curve in % is "5 %"; a factor has no sign."""
    if uom == "factor":
        return written(value)
    return f"{written(value * 100 if uom == '%' else value)} {uom}"


def as_sentence(text: str) -> str:
    """Return a message with a stop, and a capital unless it begins with a name as people write it."""
    whole = text if not text or text.endswith((".", "?", "!")) else f"{text}."
    word = text.partition(" ")[0]
    return whole[:1].upper() + whole[1:] if word.isalpha() and word.islower() else whole


CANNOT_READ = (
    ConfigurationError,
    DatabaseUnreachable,
    EmbeddedServerError,
    NoSuchCurve,
    NotPermitted,
    SchemaError,
    WrongDatabase,
    *OPERATIONAL_ERRORS,
)
"""Why there may be nothing to show, at the start or later."""

BROKEN_OFF = (
    "The database has broken off while it was read: it was stopped, or the connection was lost. Try it again "
    "once the database answers."
)


def why(refusal: Exception) -> str:
    """Return what a person is told: an own error's message, or that the driver's connection was lost."""
    return BROKEN_OFF if isinstance(refusal, OPERATIONAL_ERRORS) else str(refusal)
