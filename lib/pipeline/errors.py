"""What can be wrong with an order for a run before anything of it has started."""

from __future__ import annotations


class ConfigurationError(ValueError):
    """The run was asked for in a way that cannot be carried out; the message says what is allowed."""
