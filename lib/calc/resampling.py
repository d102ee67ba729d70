"""Days that are drawn again: the block bootstrap behind every interval of the past.

The hours of one day depend on each other, and days on their neighbours (the costs of two days in a row have a
correlation of 0.1 to 0.3). So runs of 3 days are drawn; drawing single hours covers far less than it claims.
The method (docs/method.md, "How well the past is known"):

1. `day_sums` adds up the terms of VLR of each location, day and hour ending: cost ($), value ($), load (MWh).

2. `draw_days` draws, for the days of one calendar month, starts of runs of RUN_DAYS days with replacement, as
   many as fill the month's days of all years. A run that reaches the end of its year-month goes on at its
   beginning, so that every day is drawn alike. A resample is the number of times that each day was drawn.

3. `resampled` multiplies: sums of a resample = sums (... x days) x numbers of times (days x resamples).
   `quantiles` takes LEVELS of sum(cost) / sum(load) over the resamples.

All is the same bit for bit for a seed, on any number of threads: `_in_whole_units` rounds the sums of days
to whole multiples of a power of two, about 2**-44 of the largest day, such that no sum of a resample exceeds
2**53 of them. Sums of such numbers are exact, in any sequence.

Kuensch, "The jackknife and the bootstrap for general stationary observations", Annals of Statistics 17
(1989), has the method; that runs go on in a circle is of Politis and Romano (1992).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from lib.calc.grid import year_weights
from lib.calc.vlr import SUMS

RUN_DAYS = 3
"""The length of the runs of days that are drawn."""

LEVELS = (0.05, 0.5, 0.95)
"""The quantiles that make an interval: its low end, middle and high end."""

_EXACT_BITS = 52
"""Sums of whole numbers up to 2**53 are exact in floating point; one bit is kept as a reserve."""


class DaySums(NamedTuple):
    """The terms of VLR of each location, day and hour ending.

    Attributes:
        locations: names.
        sums: (SUMS, location, day, 24), 0 where no hour counts.
        is_used: (location, day, 24), whether an hour counts.
        year, month: (day).
        block: (day, 24), the index of the block in BLOCKS; -1 where the day has no such hour.
    """

    locations: tuple[str, ...]
    sums: np.ndarray
    is_used: np.ndarray
    year: np.ndarray
    month: np.ndarray
    block: np.ndarray


def day_sums(hourly: pd.DataFrame, half_life_years: float | None = None) -> DaySums:
    """Return the terms of VLR by day.

    Args:
        hourly: what `lib.calc.vlr.hourly_vlr` returns on the full grid: all hours of each location together.
        half_life_years: as for `lib.calc.vlr.estimate`.

    Raises:
        ValueError: the rows are no full grid.
    """
    names = hourly["location"].unique()
    shape = len(names), len(hourly) // len(names)
    if shape[0] * shape[1] != len(hourly) or (hourly["location"].iloc[:: shape[1]] != names).any():
        raise ValueError("the interval needs all hours of each location, one location after the other")
    calendar = hourly.iloc[: shape[1]]
    is_used = hourly["unitized_cost"].notna().to_numpy().reshape(shape)
    weight = year_weights(hourly["year"], half_life_years)
    load = (hourly["rt_load_mw"] * weight).to_numpy()
    prices = (hourly["unitized_cost"].to_numpy(), hourly["da_lmp_usd_per_mwh"].to_numpy(), 1.0)
    day = (calendar["market_date"] != calendar["market_date"].shift()).cumsum().to_numpy() - 1
    slot = day * 24 + calendar["he"].to_numpy() - 1
    first = np.r_[True, np.diff(slot) > 0]
    n_days = day[-1] + 1
    sums = np.zeros((len(SUMS), shape[0], n_days * 24))
    used = np.zeros((shape[0], n_days * 24), bool)
    for which in (first, ~first):  # the second hour with an hour ending is added to the first
        for out, price in zip(sums, prices, strict=True):
            out[:, slot[which]] += np.where(is_used, (price * load).reshape(shape), 0.0)[:, which]
        used[:, slot[which]] |= is_used[:, which]
    block = np.full(n_days * 24, -1)
    block[slot] = calendar["block_type"].cat.codes
    starts = np.flatnonzero(np.r_[True, np.diff(day) > 0])
    years, months = (calendar[name].to_numpy()[starts] for name in ("year", "month"))
    by_day = sums.reshape(*sums.shape[:2], n_days, 24), used.reshape(shape[0], n_days, 24)
    return DaySums(tuple(names), *by_day, years, months, block.reshape(n_days, 24))


def draw_days(year: np.ndarray, resamples: int, random: np.random.Generator) -> np.ndarray:
    """Return how often each resample draws each day: (resamples x days), whole numbers."""
    n_days = len(year)
    is_last = np.r_[year[1:] != year[:-1], True]
    first = np.maximum.accumulate(np.where(np.r_[True, is_last[:-1]], np.arange(n_days), 0))
    following = np.where(is_last, first, np.arange(n_days) + 1)
    drawn = random.integers(0, n_days, (resamples, -(-n_days // RUN_DAYS)))
    counts = np.zeros(resamples * n_days)
    for _ in range(RUN_DAYS):
        of_resample = np.arange(resamples)[:, None] * n_days
        counts += np.bincount((of_resample + drawn).ravel(), minlength=len(counts))
        drawn = following[drawn]
    return counts.reshape(resamples, n_days)


def resampled(terms: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """Return the sums of each resample: (..., days) times (days x resamples), exact to the last bit."""
    whole, unit = _in_whole_units(terms, drawn)
    return (whole.reshape(-1, len(drawn)) @ drawn).reshape(*terms.shape[:-1], -1) * unit


def _in_whole_units(terms: np.ndarray, drawn: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the terms as whole multiples of a power of two, and that power."""
    _, exponent = np.frexp(np.abs(terms).max(axis=-1, keepdims=True))
    bits = _EXACT_BITS - int(np.ceil(np.log2(drawn.sum(axis=0).max() + 1)))
    unit = np.ldexp(1.0, exponent - bits)
    return np.rint(terms / unit), unit


def quantiles(cost: np.ndarray, load: np.ndarray) -> np.ndarray:
    """Return LEVELS of cost / load over the last axis, as the last axis; NULL where a load is 0."""
    ratios = np.divide(cost, load, out=np.full(cost.shape, np.nan), where=load > 0)
    return np.moveaxis(np.quantile(ratios, LEVELS, axis=-1), 0, -1)
