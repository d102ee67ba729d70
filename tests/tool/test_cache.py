from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lib.tool.cache import Cache, size_of


def _frame(n_kilobytes: int) -> pd.DataFrame:
    return pd.DataFrame({"x": np.zeros(n_kilobytes * 128)})


def test_values_are_cached_and_hits_are_counted() -> None:
    cache = Cache(100_000)
    made = [cache.get("a", lambda: _frame(10)) for _ in range(3)]
    assert made[0] is made[1] is made[2]
    assert (cache.hits, cache.misses) == (2, 1)


def test_the_cache_stays_within_its_bytes_and_drops_the_oldest_value() -> None:
    cache = Cache(35_000)
    for name in "abcd":
        cache.get(name, lambda: _frame(10))
        assert cache.n_bytes <= cache.max_bytes
    cache.get("d", lambda: pytest.fail("d was asked for last"))
    before = cache.misses
    cache.get("a", lambda: _frame(10))
    assert cache.misses == before + 1


def test_a_value_larger_than_the_cache_is_returned_and_not_cached() -> None:
    cache = Cache(1_000)
    assert len(cache.get("a", lambda: _frame(10))) == 1280
    assert cache.n_bytes == 0


def test_the_size_of_a_frame_includes_its_texts() -> None:
    assert size_of(pd.DataFrame({"x": ["y" * 1000]})) > 1000
