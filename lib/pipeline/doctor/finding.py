"""What a check has found: how it stands, in a sentence, and how to mend it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Health(StrEnum):
    """How a check stands; `UNUSED`: it is about something that is not set up, and need not be."""

    OK = "ok"
    UNUSED = "unused"
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True)
class Finding:
    """One line of the examination; `mend` is empty where there is nothing to do."""

    check: str
    health: Health
    what: str
    mend: str = ""


def ok(check: str, what: str) -> Finding:
    """Return a finding that needs no attention."""
    return Finding(check, Health.OK, what)


def unused(check: str, what: str, mend: str = "") -> Finding:
    """Return a finding about something that is not set up."""
    return Finding(check, Health.UNUSED, what, mend)


def warning(check: str, what: str, mend: str) -> Finding:
    """Return a finding that a run survives."""
    return Finding(check, Health.WARNING, what, mend)


def failure(check: str, what: str, mend: str) -> Finding:
    """Return a finding that a run would fail of."""
    return Finding(check, Health.FAILURE, what, mend)
