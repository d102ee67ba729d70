"""Keeping to so many requests at once for a host, over all processes of this machine."""

from __future__ import annotations

import fcntl
import os
import random
import re
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lib.web.errors import Unavailable

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


class Pace:
    """Lets so many begin in any window of time, and makes the others wait; for all threads together."""

    def __init__(self, per_window: int, window_s: float = 60) -> None:
        self._window_s = window_s
        self._begun: deque[float] = deque(maxlen=per_window)
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Return when the next one may begin."""
        with self._lock:
            now = time.monotonic()
            is_full = len(self._begun) == self._begun.maxlen
            begin = max(now, self._begun[0] + self._window_s) if is_full else now
            self._begun.append(begin)
        time.sleep(begin - now)


GIVE_UP_AFTER = 3
"""Requests in a row to which a host gave no answer, each of them tried as often as allowed."""

TRY_AGAIN_S = 120
"""So long until one request is let through again, to see."""


@dataclass
class _Record:
    failures: int = 0
    last_tried: float = 0.0


class Patience:
    """Remembers which hosts have not answered, for all threads together."""

    def __init__(self, give_up_after: int = GIVE_UP_AFTER, try_again_s: float = TRY_AGAIN_S) -> None:
        self._give_up_after = give_up_after
        self._try_again_s = try_again_s
        self._records: dict[str, _Record] = {}
        self._lock = threading.Lock()

    def check(self, host: str) -> None:
        """Let a request pass, or refuse it because the host has not answered for so long.

        Raises:
            Unavailable: the host is not asked just now.
        """
        with self._lock:
            record = self._records.setdefault(host, _Record())
            now = time.monotonic()
            if record.failures < self._give_up_after:
                return
            if now - record.last_tried >= self._try_again_s:
                record.last_tried = now
                return
        raise Unavailable(
            f"{host} gave no answer to {record.failures} requests in a row and is not asked just now; "
            "try again later"
        )

    def note(self, host: str, *, has_answered: bool) -> None:
        """Remember how a request ended; any answer, also one that refuses, shows that the host is there."""
        with self._lock:
            record = self._records.setdefault(host, _Record())
            record.failures = 0 if has_answered else record.failures + 1
            record.last_tried = time.monotonic()
