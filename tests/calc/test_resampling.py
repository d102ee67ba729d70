"""Days that are drawn again: alike, in runs, and the same sums bit for bit."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.calc.resampling import day_sums, draw_days, resampled
from lib.hours import market_hours


@given(seed=st.integers(0, 2**32 - 1), n_days=st.integers(1, 160), scale=st.floats(1e-6, 1e12))
def test_sums_of_resamples_are_the_same_bits_in_any_sequence_of_days(
    seed: int, n_days: int, scale: float
) -> None:
    """What a matrix product does on another number of threads, or another machine, is another sequence."""
    random = np.random.default_rng(seed)
    terms = scale * random.standard_cauchy((3, n_days))
    drawn = draw_days(np.repeat(2001, n_days), 20, random).T
    sums = resampled(terms, drawn)
    turned = random.permutation(n_days)
    assert resampled(terms[:, turned], drawn[turned]).tobytes() == sums.tobytes()
    plain = terms @ drawn
    assert np.abs(sums - plain).max() <= 1e-10 * (np.abs(terms) @ drawn).max()


def test_the_worked_example_of_a_resample() -> None:
    # The run of the first three days is drawn twice, that of the others once.
    cost, load = resampled(
        np.array([[100.0, 0, 200, 50, 50, 50], [1000.0] * 6]), np.array([[2.0, 2, 2, 1, 1, 1]]).T
    )
    assert (cost / load).tolist() == pytest.approx([0.083333], abs=5e-7)


def test_every_day_is_drawn_alike_in_runs_of_its_own_year() -> None:
    times = draw_days(np.repeat([2001, 2002], [31, 28]), 20_000, np.random.default_rng(1))
    assert (times.sum(axis=1) == 60).all()
    assert times.mean(axis=0) == pytest.approx(np.full(59, 60 / 59), rel=0.05)
    apart = np.corrcoef(times.T)
    assert apart[10, 11] > 0.5 > apart[10, 12] > 0.2 > abs(apart[10, 13])
    assert apart[30, 0] > 0.5 > abs(apart[30, 31])


def test_a_repeated_hour_is_added_to_the_first_of_its_day() -> None:
    hours = market_hours("PJM", date(2025, 10, 31), date(2025, 11, 4))
    grid = hours.assign(
        location="Z0",
        unitized_cost=np.arange(len(hours), dtype=float),
        rt_load_mw=1.0,
        da_lmp_usd_per_mwh=30.0,
    )
    sums = day_sums(grid).sums[0, 0]
    by_he = grid.groupby(["market_date", "he"])["unitized_cost"].sum().unstack().to_numpy()
    assert sums.tolist() == by_he.tolist()
