"""What lies at the bottom of a failure, in words that show no address and no credential."""

from __future__ import annotations


def root_cause(error: BaseException) -> str:
    """Return what the first of a chain of errors says: those built on it repeat the whole address."""
    while error.__context__ is not None:
        error = error.__context__
    return str(error) or type(error).__name__
