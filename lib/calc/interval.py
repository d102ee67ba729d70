"""The estimator interval: how well the mean cost of the past is known, from days that are drawn again.

It is about the past: a coming month varies more, and `lib.calc.band` has its band. The hours of one day
depend on each other, and days on their neighbours (the costs of two days in a row have a correlation of 0.1
to 0.3). So a block bootstrap draws runs of 3 days; drawing single hours covers far less than it claims. The
method (docs/method.md, "How well the past is known"), for each calendar month of the window:

1. `day_sums` adds up the terms of VLR of each location, day and hour ending: cost ($), value ($), load (MWh).

2. `_draw_days` draws, once for all locations, hour endings and blocks, starts of runs of RUN_DAYS days with
   replacement, as many as fill the month's days of all years. A run that reaches the end of its year-month
   goes on at its beginning, so that every day is drawn alike. A resample is the number of times that each day
   was drawn.

3. `bootstrap` multiplies: sums of a resample = numbers of times (resamples x days) x sums (days x cells), and
   takes the quantiles LEVELS of sum(cost) / sum(load) over the resamples. With fewer than MIN_INTERVAL_DAYS
   days there is no interval.

All is the same bit for bit for a seed, on any number of threads: `_in_whole_units` rounds the sums of days
to whole multiples of a power of two, about 2**-44 of the largest day, such that no sum of a resample exceeds
2**53 of them. Sums of such numbers are exact, in any sequence.

Kuensch, "The jackknife and the bootstrap for general stationary observations", Annals of Statistics 17
(1989), has the method; that runs go on in a circle is of Politis and Romano (1992).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from lib.calc.grid import year_weights
from lib.calc.priced_vlr import WEIGHTS, PricedWeights, drawn_to_block
from lib.calc.vlr import SUMS
from lib.hours import BLOCK_TYPE
from lib.markets import BLOCKS

RUN_DAYS = 3
"""The length of the runs of days that are drawn."""

MIN_INTERVAL_DAYS = 40
"""The number of days below which there is no interval: it would be too narrow."""

LEVELS = (0.05, 0.5, 0.95)

INTERVAL = ["interval_low", "interval_mid", "interval_high"]
"""The columns of the interval of cost_per_mwh, in $/MWh: its 5 %, 50 % and 95 % quantiles."""

PRICED_INTERVAL = ["priced_low", "priced_mid", "priced_high"]
"""The same of priced VLR at past prices."""

RESAMPLES, SEED = 1000, 1
"""How many resamples are drawn, and from which seed, where nothing else is chosen."""

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


@dataclass(frozen=True)
class BlockDraws:
    """The sums of each resample by month and block, from which a roll-up takes its own ratios.

    Resample r of every location, month and block comes from the same days: add numerators and denominators of
    the same r, over any locations, months and blocks, and take the quantiles of the quotients.

    Attributes:
        locations: names, in the order of the axis.
        totals: (SUMS, location, 12 months, BLOCKS, resample); 0 where nothing counts.
        n_days: (location, 12 months, BLOCKS), days with an hour that counts.
    """

    locations: tuple[str, ...]
    totals: np.ndarray
    n_days: np.ndarray


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


def bootstrap(days: DaySums, resamples: int = RESAMPLES, seed: int = SEED) -> tuple[pd.DataFrame, BlockDraws]:
    """Return the estimator interval of each cell, and the sums of each resample by month and block.

    Args:
        days: what `day_sums` returns.
        resamples: the number of resamples.
        seed: from which the days are drawn.

    Returns:
        CELL and the columns of INTERVAL ($/MWh; NULL with fewer than MIN_INTERVAL_DAYS days), for each cell
        that has an hour in the calendar; and the draws.
    """
    size = len(days.locations), 12, len(BLOCKS)
    draws = BlockDraws(days.locations, np.zeros((len(SUMS), *size, resamples)), np.zeros(size, int))
    cells = []
    for month in np.unique(days.month):
        of_month = np.flatnonzero(days.month == month)
        times = _draw_days(days.year[of_month], resamples, np.random.default_rng([seed, int(month)]))
        for code in range(len(BLOCKS)):
            is_block = days.block[of_month] == code
            its_days, hours = np.flatnonzero(is_block.any(axis=1)), np.flatnonzero(is_block.any(axis=0))
            if not len(its_days):
                continue
            at = np.ix_(np.arange(size[0]), of_month[its_days], hours)
            is_cell = is_block[np.ix_(its_days, hours)]
            terms = np.stack([term[at] for term in days.sums]) * is_cell
            is_used = days.is_used[at] & is_cell
            drawn = times[:, its_days].T
            draws.totals[:, :, month - 1, code] = _resampled(terms.sum(axis=-1), drawn)
            draws.n_days[:, month - 1, code] = is_used.any(axis=-1).sum(axis=-1)
            of_cells = _quantiles(np.moveaxis(terms[[0, 2]], -1, -2), is_used.sum(axis=1), drawn)
            cells.append((int(month), code, hours + 1, of_cells))
    return _cell_rows(days.locations, cells), draws


def _draw_days(year: np.ndarray, resamples: int, random: np.random.Generator) -> np.ndarray:
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


def _resampled(terms: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """Return the sums of each resample: (..., days) times (days x resamples), exact to the last bit."""
    whole, unit = _in_whole_units(terms, drawn)
    return (whole.reshape(-1, len(drawn)) @ drawn).reshape(*terms.shape[:-1], -1) * unit


def _in_whole_units(terms: np.ndarray, drawn: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the terms as whole multiples of a power of two, and that power."""
    _, exponent = np.frexp(np.abs(terms).max(axis=-1, keepdims=True))
    bits = _EXACT_BITS - int(np.ceil(np.log2(drawn.sum(axis=0).max() + 1)))
    unit = np.ldexp(1.0, exponent - bits)
    return np.rint(terms / unit), unit


def _quantiles(terms: np.ndarray, n_days: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """Return LEVELS of cost / load of each location and cell, from (2, location, cell, days)."""
    found = np.full((*n_days.shape, len(LEVELS)), np.nan)
    known = n_days >= MIN_INTERVAL_DAYS
    if known.any():
        cost, load = _resampled(terms[:, known], drawn)
        found[known] = quantiles(cost, load)
    return found


def quantiles(cost: np.ndarray, load: np.ndarray) -> np.ndarray:
    """Return LEVELS of cost / load over the last axis, as the last axis; NULL where a load is 0."""
    ratios = np.divide(cost, load, out=np.full(cost.shape, np.nan), where=load > 0)
    return np.moveaxis(np.quantile(ratios, LEVELS, axis=-1), 0, -1)


def _cell_rows(
    locations: tuple[str, ...], cells: list[tuple[int, int, np.ndarray, np.ndarray]]
) -> pd.DataFrame:
    """Return rows of month, block, hour endings and values (location, hour ending, level)."""
    n_hours = [len(hours) for _, _, hours, _ in cells]
    month, block = (np.repeat([cell[part] for cell in cells], n_hours) for part in (0, 1))
    he = np.concatenate([hours for _, _, hours, _ in cells])
    values = np.concatenate([values for *_, values in cells], axis=1)
    keys = {
        "location": np.repeat(locations, len(he)),
        **{name: np.tile(key, len(locations)) for name, key in (("month", month), ("he", he))},
        "block_type": pd.Categorical.from_codes(np.tile(block, len(locations)), dtype=BLOCK_TYPE),
    }
    rows = pd.DataFrame(values.reshape(-1, len(LEVELS)), columns=INTERVAL)
    return pd.concat([pd.DataFrame(keys), rows], axis=1)


def block_intervals(
    draws: BlockDraws, prices: pd.DataFrame, weights: PricedWeights = WEIGHTS
) -> pd.DataFrame:
    """Return the estimator interval of each month and block, of the past and of priced VLR.

    Args:
        draws: what `bootstrap` returns.
        prices: location, month, block_type, block_price ($/MWh) at which VLR is priced: one row for each.
        weights: of the priced VLR.

    Returns:
        the rows of `prices` with n_days, and the columns of INTERVAL and PRICED_INTERVAL ($/MWh; NULL with
        fewer than MIN_INTERVAL_DAYS days) added.
    """
    rows = prices.reset_index(drop=True)
    at = (
        pd.Index(draws.locations).get_indexer(rows["location"].astype(object)),
        rows["month"].to_numpy(int) - 1,
        pd.Index(BLOCKS).get_indexer(rows["block_type"].astype(object)),
    )
    n_days = draws.n_days[at]
    known = n_days >= MIN_INTERVAL_DAYS
    found = np.full((len(rows), 2 * len(LEVELS)), np.nan)
    if known.any():
        places = tuple(axis[known] for axis in at)
        own = draws.totals[(slice(None), *places)]
        of_block = draws.totals.sum(axis=2)[:, places[0], places[2]]
        priced = _priced(own, of_block, rows.loc[known, "block_price"].to_numpy(float), weights)
        found[known] = np.hstack([quantiles(own[0], own[2]), quantiles(priced, np.ones_like(priced))])
    return rows.assign(n_days=n_days, **dict(zip([*INTERVAL, *PRICED_INTERVAL], found.T, strict=True)))


def _priced(own: np.ndarray, of_block: np.ndarray, price: np.ndarray, weights: PricedWeights) -> np.ndarray:
    """Return priced VLR of each row and resample, from the sums of its month and block and of its block."""
    rows = pd.DataFrame(
        {
            "block_price": np.repeat(price, own.shape[-1]),
            **{"v": (own[0] / own[2]).ravel(), "p": (own[1] / own[2]).ravel()},
            "v_of_block": (of_block[0] / of_block[2]).ravel(),
            "p_of_block": (of_block[1] / of_block[2]).ravel(),
        }
    )
    return drawn_to_block(rows, weights).to_numpy().reshape(own.shape[1:])
