"""Not asking a host that is down for thousands of things one after another."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from lib.web.errors import Unavailable

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
