"""A cache that is bounded by bytes and counts how often it had the answer."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from threading import Lock
from typing import TypeVar, cast

import pandas as pd
from cachetools import LRUCache

from lib.calc.ranges import SummedHours

Kept = TypeVar("Kept", SummedHours, pd.DataFrame)


class Cache:
    """Keeps what was asked for last, as much as fits; what it lacks it has made.

    A key holds the fingerprint of the data behind the answer, so an answer cannot go stale: it is no longer
    asked for, and in time makes room for others.
    """

    def __init__(self, max_bytes: int) -> None:
        self._kept: LRUCache[Hashable, object] = LRUCache(max_bytes, size_of)
        self._lock = Lock()
        self.hits = 0
        self.misses = 0

    @property
    def n_bytes(self) -> int:
        """Size of what is kept."""
        return int(self._kept.currsize)

    @property
    def max_bytes(self) -> int:
        """Size that is never exceeded."""
        return int(self._kept.maxsize)

    def get(self, key: Hashable, make: Callable[[], Kept]) -> Kept:
        """Return what is kept under the key, or have it made and keep it if it fits."""
        with self._lock:
            if key in self._kept:
                self.hits += 1
                return cast(Kept, self._kept[key])
            self.misses += 1
        made = make()  # outside the lock: newer data is read while the tool goes on
        if size_of(made) <= self.max_bytes:
            with self._lock:
                self._kept[key] = made
        return made


def size_of(kept: object) -> int:
    """Return the bytes of a history or a frame in memory."""
    if isinstance(kept, SummedHours):
        return kept.n_bytes
    assert isinstance(kept, pd.DataFrame)
    return int(kept.memory_usage(deep=True).sum())
