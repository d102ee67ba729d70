"""Errors in the options of a run, and errors for missing inputs of a notebook."""

from __future__ import annotations


class ConfigurationError(ValueError):
    """An option or parameter cannot be used; the message says what is allowed."""


class NothingStored(LookupError):
    """The database lacks what a notebook needs; the message says how to get it."""


class RunsNotWritable(RuntimeError):
    """The folder of a run cannot be written any more; the message says why, and what to do."""
