"""Keeping to so many requests a minute."""

from __future__ import annotations

import threading
import time
from collections import deque


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
