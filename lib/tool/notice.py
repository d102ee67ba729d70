"""What the tool says to a person, in whole sentences."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Notice:
    """What the last action came to, in a sentence."""

    text: str
    is_error: bool = False


def refusal(error: Exception) -> Notice:
    """Return the notice that says why something was not done."""
    return Notice(as_sentence(str(error)), is_error=True)


def as_sentence(text: str) -> str:
    """Return a message with a stop, and a capital unless it begins with a name as people write it."""
    whole = text if not text or text.endswith((".", "?", "!")) else f"{text}."
    word = text.partition(" ")[0]
    return whole[:1].upper() + whole[1:] if word.isalpha() and word.islower() else whole
