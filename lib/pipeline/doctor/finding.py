"""A finding: the result of one check, in a sentence, and how to fix it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Health(StrEnum):
    """The result of a check; `UNUSED` is for something optional that is not set up."""

    OK = "ok"
    UNUSED = "unused"
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True)
class Finding:
    """One line of the doctor's report; `remedy` is empty where there is nothing to do."""

    check: str
    health: Health
    what: str
    remedy: str = ""


def ok(check: str, what: str) -> Finding:
    """Return a finding that needs no attention."""
    return Finding(check, Health.OK, what)


def unused(check: str, what: str, remedy: str = "") -> Finding:
    """Return a finding about something that is not set up."""
    return Finding(check, Health.UNUSED, what, remedy)


def warning(check: str, what: str, remedy: str) -> Finding:
    """Return a finding that a run survives."""
    return Finding(check, Health.WARNING, what, remedy)


def failure(check: str, what: str, remedy: str) -> Finding:
    """Return a finding that would make a run fail."""
    return Finding(check, Health.FAILURE, what, remedy)
