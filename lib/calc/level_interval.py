"""The estimator interval of a level of the hierarchy, from the same days of all its zones.

Zones of one market are dear on the same days, so an interval of their sum cannot be made from their
intervals: it needs the dependence. The method (docs/method.md, "Higher levels"):

1. `lib.calc.interval.bootstrap` draws the days once for all zones. `level_intervals` adds numerators and
   denominators of the same resample over the zones of a member, times their load_share, and takes the
   quantiles of the quotients. For the total it also adds over months and blocks, whose draws are independent.

2. ISOs are computed apart. So `day_costs` keeps for each member that has zones in other ISOs too the sums of
   each local day and block, and `draw_across` draws days again: the same calendar days for all ISOs. A cold
   snap that several of them share stays in one resample.

Where all ISOs have one window, the draws of stage 2 are those of stage 1: an ISO alone has the interval of
its control area to rounding. Days are local: those of ISOs in other time zones begin an hour apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from lib.calc.interval import INTERVAL, MIN_INTERVAL_DAYS, RESAMPLES, SEED, BlockDraws, bootstrap
from lib.calc.resampling import DaySums, quantiles
from lib.calc.roll_up import ACROSS
from lib.calc.vlr import SUMS
from lib.hours import BLOCK_TYPE
from lib.markets import BLOCKS

_COST, _LOAD = SUMS.index("unitized_cost_usd"), SUMS.index("rt_load_mwh")


def level_intervals(
    draws: BlockDraws, days: DaySums, levels: pd.DataFrame, load_share: pd.Series
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the estimator interval of each member, by month and block and as a total.

    Args:
        draws: what `lib.calc.interval.bootstrap` returns for the days.
        days: of the same locations.
        levels: location, level, member: the zones of each member.
        load_share: the share of its load that each location counts with, by name.

    Returns:
        level, member, month, block_type, the columns of INTERVAL ($/MWh; NULL with fewer than
        MIN_INTERVAL_DAYS days), n_days, n_years (days and years with an hour of any zone), for each month and
        block of the calendar; and the same without month and block.
    """
    has_hour = _days_of_blocks(days)
    share = load_share.reindex(draws.locations).to_numpy(float)
    blocks: list[pd.DataFrame] = []
    totals: list[pd.DataFrame] = []
    made: dict[bytes, tuple[pd.DataFrame, pd.DataFrame]] = {}
    for level, member, is_zone in _members(levels, draws.locations):
        if is_zone.tobytes() not in made:
            cost, load = (_weighted_sum(draws.totals[i], is_zone, share) for i in (_COST, _LOAD))
            made[is_zone.tobytes()] = _intervals(cost, load, has_hour[is_zone].any(axis=0), days)
        for found, rows in zip((blocks, totals), made[is_zone.tobytes()], strict=True):
            found.append(rows.assign(level=level, member=member))
    by_block, total = (pd.concat(rows, ignore_index=True) for rows in (blocks, totals))
    return (
        by_block[["level", "member", "month", "block_type", *INTERVAL, "n_days", "n_years"]],
        total[["level", "member", *INTERVAL, "n_days", "n_years"]],
    )


def _members(levels: pd.DataFrame, names: Sequence[str]) -> Iterator[tuple[str, str, np.ndarray]]:
    """Yield each member with the positions of its zones, as a mask over the locations."""
    for (level, member), zones in levels.groupby(["level", "member"], sort=False)["location"]:
        yield level, member, np.isin(np.asarray(names, dtype=object), list(zones))


def _days_of_blocks(days: DaySums) -> np.ndarray:
    """Return whether a location has an hour of a block on a day: (location, day, BLOCKS)."""
    of_block = [(days.is_used & (days.block == code)).any(axis=-1) for code in range(len(BLOCKS))]
    return np.stack(of_block, axis=-1)


def _weighted_sum(totals: np.ndarray, is_zone: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Return the sum over zones, in their sequence: no matrix product, whose last bits depend on threads."""
    out = np.zeros(totals.shape[1:])
    for zone in np.flatnonzero(is_zone):
        out += totals[zone] * share[zone]
    return out


def _intervals(
    cost: np.ndarray, load: np.ndarray, has_hour: np.ndarray, days: DaySums
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the rows of one member, from sums (month, block, resample) and its days (day, block)."""
    years, year = np.unique(days.year, return_inverse=True)
    counts = np.zeros((len(years), 12, len(BLOCKS)), int)
    np.add.at(counts, (year, days.month - 1), has_hour)
    in_calendar = np.zeros((12, len(BLOCKS)), bool)
    for i in range(len(BLOCKS)):
        in_calendar[np.unique(days.month[(days.block == i).any(axis=1)]) - 1, i] = True
    month, code = np.nonzero(in_calendar)
    n_days = counts.sum(axis=0)[month, code]
    known = n_days >= MIN_INTERVAL_DAYS
    found = np.full((len(month), len(INTERVAL)), np.nan)
    if known.any():
        found[known] = quantiles(cost[month[known], code[known]], load[month[known], code[known]])
    blocks = pd.DataFrame({"month": month + 1}).assign(
        block_type=pd.Categorical.from_codes(code, dtype=BLOCK_TYPE),
        **dict(zip(INTERVAL, found.T, strict=True)),
        n_days=n_days,
        n_years=(counts > 0).sum(axis=0)[month, code],
    )
    any_block = has_hour.any(axis=1)
    whole = quantiles(cost.sum(axis=(0, 1)), load.sum(axis=(0, 1)))
    is_known = any_block.sum() >= MIN_INTERVAL_DAYS
    total = dict(zip(INTERVAL, whole if is_known else [np.nan] * len(INTERVAL), strict=True))
    counted = {"n_days": any_block.sum(), "n_years": len(np.unique(days.year[any_block]))}
    return blocks, pd.DataFrame([{**total, **counted}])


def day_costs(
    days: DaySums, market_date: pd.Series, levels: pd.DataFrame, load_share: pd.Series
) -> pd.DataFrame:
    """Return the sums of each day and block of each member.

    Args:
        days: what `lib.calc.resampling.day_sums` returns.
        market_date: the local day of each of its days.
        levels: location, level, member of the members wanted.
        load_share: the share of its load that each location counts with, by name.

    Returns:
        level, member, market_date, block_type and SUMS ($, $, MWh): a row for each day and block with an hour
        of any zone.
    """
    of_block = np.stack(
        [np.where(days.block == code, days.sums, 0.0).sum(axis=-1) for code in range(len(BLOCKS))], axis=-1
    )
    has_hour = _days_of_blocks(days)
    share = load_share.reindex(days.locations).to_numpy(float)
    parts = []
    for level, member, is_zone in _members(levels, days.locations):
        day, code = np.nonzero(has_hour[is_zone].any(axis=0))
        sums = [_weighted_sum(term, is_zone, share)[day, code] for term in of_block]
        rows = pd.DataFrame(dict(zip(SUMS, sums, strict=True)))
        block = pd.Categorical.from_codes(code, dtype=BLOCK_TYPE)
        keys = {"level": level, "member": member, "market_date": market_date.to_numpy()[day]}
        parts.append(rows.assign(**keys, block_type=block)[[*keys, "block_type", *SUMS]])
    return pd.concat(parts, ignore_index=True)


def draw_across(
    costs: pd.DataFrame,
    first: pd.Timestamp,
    last: pd.Timestamp,
    levels: pd.DataFrame,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the intervals of members that have parts in several ISOs, as `level_intervals` does.

    Args:
        costs: location (the name of a part, for example an ISO), market_date, block_type and SUMS: a row for
            each part, day and block.
        first, last: the days from which is drawn: those of the longest window.
        levels: location, level, member: the parts of each member.
        resamples, seed: of the draws.
    """
    calendar = pd.date_range(first, last)
    names = tuple(dict.fromkeys(costs["location"]))
    part = pd.Index(names).get_indexer(costs["location"])
    day = calendar.get_indexer(pd.DatetimeIndex(costs["market_date"]))
    code = pd.Index(BLOCKS).get_indexer(costs["block_type"].astype(object))
    sums = np.zeros((len(SUMS), len(names), len(calendar), 24))
    is_used, block = np.zeros(sums.shape[1:], bool), np.full((len(calendar), 24), -1)
    sums[:, part, day, code] = costs[SUMS].to_numpy(float).T  # a block of a day takes the place of an hour
    is_used[part, day, code] = True
    block[day, code] = code
    days = DaySums(names, sums, is_used, calendar.year.to_numpy(), calendar.month.to_numpy(), block)
    _, draws = bootstrap(days, resamples, seed)
    return level_intervals(draws, days, levels, pd.Series(1.0, index=list(names)))


def levels_across(levels: pd.DataFrame, iso: str) -> pd.DataFrame:
    """Return the members of one ISO from which members of several ISOs are made.

    Args:
        levels: what `lib.calc.roll_up.zone_levels` returns for all ISOs.
        iso: the ISO.

    Returns:
        the rows of its control area, and of each member of ACROSS that another ISO has zones of too.
    """
    own = levels[levels["iso"] == iso]
    elsewhere = levels[(levels["iso"] != iso) & levels["level"].isin(ACROSS[:1])]
    keys = set(zip(elsewhere["level"], elsewhere["member"], strict=True))
    is_across = [key in keys for key in zip(own["level"], own["member"], strict=True)]
    return own[np.array(is_across) | (own["level"] == "control_area")]
