"""What can be wrong with an order for a run, and what a notebook cannot work without."""

from __future__ import annotations


class ConfigurationError(ValueError):
    """The run was asked for in a way that cannot be carried out; the message says what is allowed."""


class NothingStored(LookupError):
    """The database holds no series of what is asked for; the message says how to get them."""
