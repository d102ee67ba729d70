"""How far the VLR of a past can be trusted: which hours, days and years its numbers stand on.

The method has three stages (docs/method.md, "How far to trust VLR"); `lib.calc.drift` is the fourth:

1. `near_zero_hours`: the classic estimator is a mean of hourly ratios, and an hour at 10 cents counts as much
   as any other. For each zone: how many hours have a DA LMP of under $1 and under $5/MWh in size, and the
   mean of ratios with all hours and without these, beside the cost-weighted VLR of the same hours.

2. `dearest_days` and `dear_day_shares`: the cost of a day is sum(unitized_cost x RT load) in $. The ten
   dearest days of all, with their share

       of net   = their cost / cost of all days
       of gross = their cost / cost of the days that cost something

   Where savings take away most of the costs (net under MIN_NET_SHARE of the sum of the sizes of all days),
   the share of net divides by almost nothing: it is NULL, and the share of gross stands.

3. `window_sensitivity`: VLR of the last 1, 2, 3 and 5 years and of all, each with its estimator interval.
   The days are drawn as in `lib.calc.resampling`: for all days it is the interval of the same draws from
   which the months and blocks have theirs.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from lib.calc.grid import ratio
from lib.calc.interval import INTERVAL, MIN_INTERVAL_DAYS, RESAMPLES, SEED
from lib.calc.resampling import DaySums, day_sums, draw_days, quantiles, resampled
from lib.calc.roll_up import find_load_shares
from lib.calc.vlr import SUMS, estimates_from_sums

NEAR_ZERO = (1.0, 5.0)
"""Day-ahead prices in $/MWh; hours below them in size are counted and left out, one after the other."""

N_DAYS = 10
"""How many of the dearest days are taken together."""

MIN_NET_SHARE = 0.1
"""The part of the sum of the sizes of all days' costs that must be left as net cost for a share of it."""

LAST_YEARS = (1, 2, 3, 5)
"""The windows in years back from the last day; all days are one more."""

ALL_ZONES = "all zones"
"""The name of the sum over the zones, where it stands among them."""


def near_zero_hours(hourly: pd.DataFrame, thresholds: Sequence[float] = NEAR_ZERO) -> pd.DataFrame:
    """Return what the hours with a DA LMP near zero do to the mean of ratios, by zone.

    Args:
        hourly: what `lib.calc.vlr.hourly_vlr` returns; hours without a unitized cost do not count.
        thresholds: in $/MWh.

    Returns:
        location, n_hours; for each threshold n_under_<threshold> (hours with a DA LMP below it in size) and
        share_under_<threshold>; mean_ratio and cost_weighted (fractions) over all hours and, with the suffix
        _without_<threshold>, over the others; NULL where no hour is left or `lib.calc.vlr` blanks them.
    """
    columns = ["location", "unitized_cost", "da_lmp_usd_per_mwh", "rt_load_mw", "hourly_vlr"]
    used = hourly.loc[hourly["unitized_cost"].notna(), columns]
    size = used["da_lmp_usd_per_mwh"].abs()
    parts = {"": used} | {f"_without_{one:g}": used[size >= one] for one in thresholds}
    figures = {suffix: _both_estimators(part) for suffix, part in parts.items()}
    n_hours = used.groupby("location", observed=False).size()
    table = pd.DataFrame({"n_hours": n_hours})
    for one in thresholds:
        is_under = (size < one).groupby(used["location"], observed=False).sum()
        table[f"n_under_{one:g}"] = is_under
        table[f"share_under_{one:g}"] = ratio(is_under, n_hours)
    for name in ("mean_ratio", "cost_weighted"):
        for suffix, figure in figures.items():
            table[f"{name}{suffix}"] = figure[name]
    return table.reset_index()


def _both_estimators(used: pd.DataFrame) -> pd.DataFrame:
    """Return mean_ratio and cost_weighted by location."""
    load = used["rt_load_mw"]
    terms = (used["unitized_cost"] * load, used["da_lmp_usd_per_mwh"] * load, load)
    by = used["location"]
    figures = estimates_from_sums(
        pd.DataFrame(dict(zip(SUMS, terms, strict=True))).groupby(by, observed=False).sum(min_count=1)
    )
    ratios = used["hourly_vlr"].groupby(by, observed=False).mean()
    return figures.assign(mean_ratio=ratios.mask(figures["is_near_zero"]))


def daily_costs(hourly: pd.DataFrame) -> pd.DataFrame:
    """Return the cost of each day ($): a row for each market_date, ALL_ZONES, a column for each location.

    Args:
        hourly: what `lib.calc.vlr.hourly_vlr` returns on the full grid; a day without a unitized cost is
            NULL. A load that several zones share counts once in ALL_ZONES.
    """
    cost = hourly["unitized_cost"] * hourly["rt_load_mw"]
    keys = [hourly["market_date"], hourly["location"].astype(object)]
    costs = cost.groupby(keys, sort=False).sum(min_count=1).unstack("location")
    whole = (costs * find_load_shares(hourly)).sum(axis=1, min_count=1)
    costs.insert(0, ALL_ZONES, whole)
    return costs


def dearest_days(costs: pd.DataFrame, n: int = N_DAYS) -> pd.DataFrame:
    """Return the days that cost most, over all zones.

    Args:
        costs: what `daily_costs` returns.
        n: how many.

    Returns:
        market_date, cost_usd ($), share_of_net and share_of_gross (fractions, see the top), dearest first;
        only days that cost something.
    """
    total = costs[ALL_ZONES].dropna()
    days = total[total > 0].nlargest(n).rename("cost_usd").reset_index()
    net, gross = _net_and_gross(total)
    return days.assign(share_of_net=days["cost_usd"] / net, share_of_gross=days["cost_usd"] / gross)


def dear_day_shares(costs: pd.DataFrame, n: int = N_DAYS) -> pd.DataFrame:
    """Return what the dearest days of each zone, and of all zones together, are of the cost of all days.

    Args:
        costs: what `daily_costs` returns.
        n: how many days; each zone has its own.

    Returns:
        location (ALL_ZONES first), net_usd and gross_usd ($: all days, and those that cost something),
        dear_usd (of the dearest days), share_of_net and share_of_gross (fractions; NULL where the divisor
        means nothing), dearest_day.
    """
    rows = []
    for name, column in costs.items():
        total = column.dropna()
        positive = total[total > 0]
        dear = positive.nlargest(n)
        net, gross = _net_and_gross(total)
        rows.append(
            {
                "location": name,
                "net_usd": total.sum(),
                "gross_usd": positive.sum(),
                "dear_usd": dear.sum(),
                "share_of_net": dear.sum() / net,
                "share_of_gross": dear.sum() / gross,
                "dearest_day": dear.index[0] if len(dear) else pd.NaT,
            }
        )
    return pd.DataFrame(rows)


def _net_and_gross(total: pd.Series) -> tuple[float, float]:
    """Return the divisors of both shares; NaN where a share of it means nothing."""
    net, gross = total.sum(), total[total > 0].sum()
    is_net_usable = net > 0 and net >= MIN_NET_SHARE * total.abs().sum()
    return (net if is_net_usable else np.nan), (gross if gross > 0 else np.nan)


def window_sensitivity(
    hourly: pd.DataFrame,
    years: Sequence[int] = LAST_YEARS,
    half_life_years: float | None = None,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> pd.DataFrame:
    """Return VLR of the last years, of each zone and of all zones, with the estimator interval of each.

    Args:
        hourly: what `lib.calc.vlr.hourly_vlr` returns on the full grid.
        years: lengths of the windows, back from the last day; those that reach back to the first day that
            counts are left out, because they are all days.
        half_life_years: as for `lib.calc.vlr.estimate`.
        resamples: the number of resamples.
        seed: from which the days are drawn.

    Returns:
        location (ALL_ZONES first), last_years (NULL for all days), first_day, n_days (with an hour that
        counts), cost_per_mwh, the columns of INTERVAL ($/MWh; NULL with fewer than MIN_INTERVAL_DAYS days),
        cost_weighted (a fraction, NULL near zero), in the order of the windows, the longest last.
    """
    days = day_sums(hourly, half_life_years)
    dates = pd.DatetimeIndex(hourly["market_date"].iloc[: len(hourly) // len(days.locations)].unique())
    shares = find_load_shares(hourly).reindex(days.locations).to_numpy(float)
    first = dates[np.argmax(days.is_used.any(axis=(0, 2)))]
    starts = {n: dates[-1] - pd.DateOffset(years=n) + pd.Timedelta(days=1) for n in years}
    windows = [(n, start) for n, start in starts.items() if start > first]
    parts = [
        _window_figures(days, shares, np.asarray(dates >= start), resamples, seed).assign(
            last_years=float(n), first_day=start
        )
        for n, start in windows
    ]
    all_days = np.ones(len(dates), bool)
    parts.append(
        _window_figures(days, shares, all_days, resamples, seed).assign(last_years=np.nan, first_day=first)
    )
    table = pd.concat(parts).reset_index()
    names = [ALL_ZONES, *days.locations]
    order = table["location"].map(names.index).argsort(kind="stable")
    columns = ["location", "last_years", "first_day", "n_days", "cost_per_mwh", *INTERVAL, "cost_weighted"]
    return table.loc[order, columns].reset_index(drop=True)


def _window_figures(
    days: DaySums, shares: np.ndarray, inside: np.ndarray, resamples: int, seed: int
) -> pd.DataFrame:
    """Return the figures of some days, by location and of all together with the shares of their loads."""
    sums = days.sums.sum(axis=-1)
    whole = (sums * shares[:, None]).sum(axis=1, keepdims=True)
    sums = np.concatenate([whole, sums], axis=1)
    is_used = days.is_used.any(axis=-1)
    is_used = np.concatenate([is_used.any(axis=0, keepdims=True), is_used]) & inside
    drawn = np.zeros((2, len(is_used), resamples))
    for month in np.unique(days.month[inside]):
        of_month = np.flatnonzero(inside & (days.month == month))
        times = draw_days(days.year[of_month], resamples, np.random.default_rng([seed, int(month)]))
        drawn += resampled(sums[[0, 2]][..., of_month], times.T)
    n_days = is_used.sum(axis=1)
    interval = np.where((n_days >= MIN_INTERVAL_DAYS)[:, None], quantiles(*drawn), np.nan)
    names = pd.Index([ALL_ZONES, *days.locations], name="location")
    totals = np.where(n_days > 0, sums[..., inside].sum(axis=-1), np.nan)
    figures = estimates_from_sums(pd.DataFrame(totals.T, names, SUMS))
    return figures.assign(n_days=n_days, **dict(zip(INTERVAL, interval.T, strict=True)))
