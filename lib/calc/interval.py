"""The estimator interval: how well the mean cost of the past is known, from days that are drawn again.

It is about the past: a coming month varies more, and `lib.calc.band` has its band. The method
(docs/method.md, "How well the past is known"), for each calendar month of the window:

1. `lib.calc.resampling` adds up the terms of VLR by day, and draws the days again, once for all locations,
   hour endings and blocks.

2. `bootstrap` has the sums of each resample, and takes the quantiles LEVELS of sum(cost) / sum(load) over the
   resamples for each cell. With fewer than MIN_INTERVAL_DAYS days there is no interval.

3. `block_intervals` does so for each month and block, of the past and of priced VLR, from the same draws.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from lib.calc.priced_vlr import WEIGHTS, PricedWeights, drawn_to_block
from lib.calc.resampling import LEVELS, DaySums, draw_days, quantiles, resampled
from lib.calc.vlr import SUMS
from lib.hours import BLOCK_TYPE
from lib.markets import BLOCKS

MIN_INTERVAL_DAYS = 40
"""The number of days below which there is no interval: it would be too narrow."""

INTERVAL = ["interval_low", "interval_mid", "interval_high"]
"""The columns of the interval of cost_per_mwh, in $/MWh: its 5 %, 50 % and 95 % quantiles."""

PRICED_INTERVAL = ["priced_low", "priced_mid", "priced_high"]
"""The same of priced VLR at past prices."""

RESAMPLES, SEED = 1000, 1
"""How many resamples are drawn, and from which seed, where nothing else is chosen."""


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


def bootstrap(days: DaySums, resamples: int = RESAMPLES, seed: int = SEED) -> tuple[pd.DataFrame, BlockDraws]:
    """Return the estimator interval of each cell, and the sums of each resample by month and block.

    Args:
        days: what `lib.calc.resampling.day_sums` returns.
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
        times = draw_days(days.year[of_month], resamples, np.random.default_rng([seed, int(month)]))
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
            draws.totals[:, :, month - 1, code] = resampled(terms.sum(axis=-1), drawn)
            draws.n_days[:, month - 1, code] = is_used.any(axis=-1).sum(axis=-1)
            of_cells = _quantiles(np.moveaxis(terms[[0, 2]], -1, -2), is_used.sum(axis=1), drawn)
            cells.append((int(month), code, hours + 1, of_cells))
    return _cell_rows(days.locations, cells), draws


def _quantiles(terms: np.ndarray, n_days: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """Return LEVELS of cost / load of each location and cell, from (2, location, cell, days)."""
    found = np.full((*n_days.shape, len(LEVELS)), np.nan)
    known = n_days >= MIN_INTERVAL_DAYS
    if known.any():
        cost, load = resampled(terms[:, known], drawn)
        found[known] = quantiles(cost, load)
    return found


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
