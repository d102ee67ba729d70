"""A cache with a limit in bytes that counts its hits and misses."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from threading import Lock
from typing import TypeVar, cast

import pandas as pd
from cachetools import LRUCache

from lib.calc.ranges import SummedHours

Cached = TypeVar("Cached", SummedHours, pd.DataFrame)


class Cache:
    """A least-recently-used cache that computes what it lacks.

    A key holds the fingerprint of the data behind its value, so a value cannot go stale: nobody asks for the
    old key any more, and in time the value makes room for others.
    """

    def __init__(self, max_bytes: int) -> None:
        self._values: LRUCache[Hashable, object] = LRUCache(max_bytes, size_of)
        self._lock = Lock()
        self.hits = 0
        self.misses = 0

    @property
    def n_bytes(self) -> int:
        """Size of the cached values."""
        return int(self._values.currsize)

    @property
    def max_bytes(self) -> int:
        """The largest size that the cached values may have."""
        return int(self._values.maxsize)

    def get(self, key: Hashable, compute: Callable[[], Cached]) -> Cached:
        """Return the value of a key; a missing one is computed, and cached if it fits."""
        with self._lock:
            if key in self._values:
                self.hits += 1
                return cast(Cached, self._values[key])
            self.misses += 1
        value = compute()  # without the lock: the page goes on while newer data is read
        if size_of(value) <= self.max_bytes:
            with self._lock:
                self._values[key] = value
        return value


def size_of(value: object) -> int:
    """Return the size in memory of summed hours or of a frame, in bytes."""
    if isinstance(value, SummedHours):
        return value.n_bytes
    assert isinstance(value, pd.DataFrame)
    return int(value.memory_usage(deep=True).sum())
