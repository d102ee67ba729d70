"""What lies at the bottom of a failure, in words that show no address and no credential."""

from __future__ import annotations


def root_cause(error: BaseException) -> str:
    """Return what the first of a chain of errors says: those built on it repeat the whole address."""
    # By what each error names, not by __context__, which may be an error that the caller is busy with.
    for inner in (error.__cause__, getattr(error, "reason", None), *error.args):
        if isinstance(inner, BaseException):
            return root_cause(inner)
    return str(error) or type(error).__name__
