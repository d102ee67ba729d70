from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lib.tool.cache import Cache, size_of


def _frame(n_kilobytes: int) -> pd.DataFrame:
    return pd.DataFrame({"x": np.zeros(n_kilobytes * 128)})


def test_what_was_asked_for_is_kept_and_counted() -> None:
    cache = Cache(100_000)
    made = [cache.get("a", lambda: _frame(10)) for _ in range(3)]
    assert made[0] is made[1] is made[2]
    assert (cache.hits, cache.misses) == (2, 1)


def test_it_never_holds_more_bytes_than_it_may_and_lets_the_oldest_go() -> None:
    cache = Cache(35_000)
    for name in "abcd":
        cache.get(name, lambda: _frame(10))
        assert cache.n_bytes <= cache.max_bytes
    cache.get("d", lambda: pytest.fail("d was asked for last"))
    before = cache.misses
    cache.get("a", lambda: _frame(10))
    assert cache.misses == before + 1


def test_what_is_larger_than_the_cache_is_answered_and_not_kept() -> None:
    cache = Cache(1_000)
    assert len(cache.get("a", lambda: _frame(10))) == 1280
    assert cache.n_bytes == 0


def test_texts_count_with_what_they_hold() -> None:
    assert size_of(pd.DataFrame({"x": ["y" * 1000]})) > 1000
