"""A disk without room, for functions that are replaced in a test."""

from __future__ import annotations

import errno
from typing import NoReturn


def fill_the_disk(*_: object, **__: object) -> NoReturn:
    """Raise the error of a write to a full disk."""
    raise OSError(errno.ENOSPC, "No space left on device")
