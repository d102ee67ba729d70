"""Keeping to so many requests at once for a host, over all processes of this machine."""

from __future__ import annotations

import fcntl
import os
import random
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_GLANCE_S = 0.02
"""So long until it is looked again whether a slot is free."""


class Slots:
    """Files that are locked while a request is under way.

    The ISOs of a run are fetched by processes of their own, so a limit within one would not hold. The system
    gives a lock back when its process ends, however it ends.
    """

    def __init__(self, folder: Path, per_host: int) -> None:
        self._folder = folder
        self._per_host = per_host

    @contextmanager
    def one(self, host: str) -> Iterator[None]:
        """Hold one of the host's slots, when one is free."""
        folder = self._folder / re.sub(r"[^a-zA-Z0-9.-]", "_", host)
        folder.mkdir(parents=True, exist_ok=True)
        slot = self._take(folder)
        try:
            yield
        finally:
            os.close(slot)

    def _take(self, folder: Path) -> int:
        first = random.randrange(self._per_host)
        while True:
            for number in range(self._per_host):
                slot = os.open(folder / str((first + number) % self._per_host), os.O_CREAT | os.O_RDWR, 0o600)
                try:
                    fcntl.flock(slot, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    return slot
                except BlockingIOError:
                    os.close(slot)
            time.sleep(_GLANCE_S)
