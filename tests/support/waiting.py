"""Waiting for what another process, thread or server does, however busy the machine is."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

POLL_S = 0.02


def wait_until(condition: Callable[[], T]) -> T:
    """Return what the condition returns once that is true.

    There is no deadline but that of the test itself (`timeout` in pyproject.toml): how long something takes
    is a matter of what else the machine does.
    """
    while not (result := condition()):
        time.sleep(POLL_S)
    return result
