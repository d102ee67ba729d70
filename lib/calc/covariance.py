"""The covariance of load and price: what it costs that both rise on the same hot or cold day.

A cost curve multiplies the mean load of a cell with its mean price. Within a cell the load is high on days
on which the price is high, and that product leaves it out. The covariance is paid even if every load is
forecast exactly: VLR, the cost of the load's error, is another line.

The method (docs/method.md, "Covariance"), with D the DA LMP in $/MWh and L the RT load in MW over one hour. A
yearly cell is a cell (location, month, hour ending, block) in one year; Dc and Lc are its means.

1. `covariance`, for each zone, season and block, over the hours of VLR (those with a unitized cost):

       covariance_per_mwh = sum((L - Lc) (D - Dc)) / sum(L)   $/MWh
       covariance_pct     = covariance_per_mwh / mean(D)      fraction; NULL where mean(D) is under $1/MWh

2. `add_covariance`, the line of a cost curve, $/MWh:

       covariance = covariance_pct x block_price; covariance_per_mwh where covariance_pct is NULL

3. `load_weighted_parts` shows that nothing else is left out. Over any hours with a price and a load:

       flat_price          = mean(D)
       load_shape          = sum(Lc Dc) / sum(L) - flat_price
       covariance          = sum((L - Lc) (D - Dc)) / sum(L)
       load_weighted_price = sum(L D) / sum(L) = flat_price + load_shape + covariance

4. `stored_parts` computes the same, by zone, from a stored VLR curve and its covariance.

The seasons are four of three months, if no other division of the year is chosen (`lib.seasons`). Their names
tell the division, so a stored covariance needs no other mark.

All are ratios of sums over hours: a month of which hours are missing weighs by those that are there, as in
the pooled shape factor and in the load-shape premium.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from lib.calc.aggregate import season
from lib.calc.grid import CELL, MIN_BASE_USD_PER_MWH, ratio, year_weights
from lib.seasons import FOUR_SEASONS, find_division

PRICE, LOAD = "da_lmp_usd_per_mwh", "rt_load_mw"

YEARLY_CELL = [*CELL, "year"]
"""The key of a cell in one year: the difference between years is no part of the covariance."""

SEASON_BLOCK = ["location", "season", "block_type"]
"""The key of a covariance: one month has too few hot or cold days."""


def covariance(
    hourly: pd.DataFrame,
    by: Sequence[str] = tuple(SEASON_BLOCK),
    half_life_years: float | None = None,
    division: str = FOUR_SEASONS,
) -> pd.DataFrame:
    """Return how much load and price vary together within the cells of each year, over the hours of VLR.

    Args:
        hourly: what `lib.calc.vlr.hourly_vlr` returns: location, the calendar columns, da_lmp_usd_per_mwh,
            rt_load_mw and unitized_cost.
        by: the columns to group by; "season" is added to the hours.
        half_life_years: an hour of a year that is this much older than the last counts half in all sums and
            means; None to weigh all years alike.
        division: of the year into seasons, one of `lib.seasons.SEASON_DIVISIONS`.

    Returns:
        the `by` columns, covariance_per_mwh ($/MWh), covariance_pct (a fraction of mean_price; NULL where
        is_near_zero), mean_price ($/MWh), is_near_zero (mean_price is negative or under
        MIN_BASE_USD_PER_MWH), n_hours, n_years. A group without an hour has no row.
    """
    used = _with_products(hourly[hourly["unitized_cost"].notna()], by)
    weight = year_weights(hourly["year"], half_life_years)[used.index]
    terms = {name: used[name] * weight for name in ("together_usd", LOAD, PRICE)}
    used = used.assign(season=season(used["month"], division), weight=weight, **terms)
    groups = used.groupby(list(by), observed=True)
    sums = groups[[*terms, "weight"]].sum()
    per_mwh, mean_price = ratio(sums["together_usd"], sums[LOAD]), ratio(sums[PRICE], sums["weight"])
    is_near_zero = mean_price < MIN_BASE_USD_PER_MWH
    columns = {
        "covariance_per_mwh": per_mwh,
        "covariance_pct": ratio(per_mwh, mean_price).mask(is_near_zero),
        "mean_price": mean_price,
        "is_near_zero": is_near_zero,
        "n_hours": groups.size(),
        "n_years": groups["year"].nunique(),
    }
    return pd.DataFrame(columns).reset_index()


def add_covariance(cells: pd.DataFrame, history: pd.DataFrame) -> pd.DataFrame:
    """Return cells of delivery with the line `covariance`.

    Args:
        cells: location, month (1 to 12), block_type, block_price ($/MWh).
        history: what `covariance` returns for each zone, season and block; its seasons tell the division.

    Returns:
        the columns of `cells`, covariance ($/MWh; NULL where the zone has no history of the season and block,
        or the block no price), is_additive_covariance (the past price is near zero or negative: the line is
        the past one in $/MWh, whatever the block's price).
    """
    seasons = season(cells["month"], find_division(history["season"].astype(str)))
    keys = cells[["location", "block_type"]].assign(season=seasons)[SEASON_BLOCK].astype(str)
    past = history.astype(dict.fromkeys(SEASON_BLOCK, str)).set_index(SEASON_BLOCK)
    past = past.reindex(pd.MultiIndex.from_frame(keys)).set_axis(cells.index)
    is_additive = past["is_near_zero"].eq(True)
    line = past["covariance_per_mwh"].where(is_additive, past["covariance_pct"] * cells["block_price"])
    return cells.assign(covariance=line, is_additive_covariance=is_additive)


def load_weighted_parts(grid: pd.DataFrame, by: Sequence[str] = ("location",)) -> pd.DataFrame:
    """Return the hourly load-weighted price of the past, and what it is made of.

    Args:
        grid: location, the calendar columns, da_lmp_usd_per_mwh and rt_load_mw; hours without a price or a
            positive load do not count.
        by: the columns to group by.

    Returns:
        the `by` columns, flat_price, load_shape, covariance, load_weighted_price ($/MWh; the last is the sum
        of the others), premium (load_shape + covariance as a fraction of flat_price, as
        `lib.calc.shaping.load_shape_premium` has it), n_hours.
    """
    used = _with_products(grid[grid[PRICE].notna() & (grid[LOAD] > 0)], by)
    groups = used.groupby(list(by), observed=True)
    sums, flat = groups[["cell_usd", "together_usd", "value_usd", LOAD]].sum(), groups[PRICE].mean()
    return _parts(
        flat=flat,
        load_shape=ratio(sums["cell_usd"], sums[LOAD]) - flat,
        together=ratio(sums["together_usd"], sums[LOAD]),
        whole=ratio(sums["value_usd"], sums[LOAD]),
        n_hours=groups.size(),
    )


def stored_parts(vlr: pd.DataFrame, history: pd.DataFrame) -> pd.DataFrame:
    """Return the load-weighted price of each zone over the hours of VLR, and what it is made of.

    Args:
        vlr: the cells of a VLR curve: CELL, da_value_usd, rt_load_mwh, n_hours.
        history: what `covariance` returns for the same hours, for each zone, season and block.

    Returns:
        location and the other columns of `load_weighted_parts`.
    """
    cells = vlr.astype({"location": str, "block_type": str})
    seasons = season(cells["month"], find_division(history["season"].astype(str))).astype(str)
    loads = cells.assign(season=seasons).groupby(SEASON_BLOCK)["rt_load_mwh"].sum()
    past = history.astype(dict.fromkeys(SEASON_BLOCK, str)).merge(loads.reset_index(), on=SEASON_BLOCK)
    past["price_hours"] = past["mean_price"] * past["n_hours"]
    past["together_usd"] = past["covariance_per_mwh"] * past["rt_load_mwh"]
    sums = past.groupby("location", sort=False)[
        ["price_hours", "n_hours", "together_usd", "rt_load_mwh"]
    ].sum()
    value = cells.groupby("location")["da_value_usd"].sum()
    flat, whole = ratio(sums["price_hours"], sums["n_hours"]), ratio(value, sums["rt_load_mwh"])
    together = ratio(sums["together_usd"], sums["rt_load_mwh"])
    return _parts(flat, whole - flat - together, together, whole, sums["n_hours"])


def _parts(
    flat: pd.Series, load_shape: pd.Series, together: pd.Series, whole: pd.Series, n_hours: pd.Series
) -> pd.DataFrame:
    columns = {
        "flat_price": flat,
        "load_shape": load_shape,
        "covariance": together,
        "load_weighted_price": whole,
        "premium": (ratio(whole, flat) - 1).where(flat >= MIN_BASE_USD_PER_MWH),
        "n_hours": n_hours,
    }
    return pd.DataFrame(columns).reset_index()


def _with_products(used: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Return keys, price and load of hours, with three products in $.

    value_usd is L x D, cell_usd that of the means of the yearly cell, together_usd that of the distances from
    these means.
    """
    wanted = {*by, *YEARLY_CELL, PRICE, LOAD}
    hours = used[[name for name in used if name in wanted]]
    means = hours.groupby(YEARLY_CELL, observed=True)[[PRICE, LOAD]].transform("mean")
    return hours.assign(
        value_usd=hours[PRICE] * hours[LOAD],
        cell_usd=means[PRICE] * means[LOAD],
        together_usd=(hours[PRICE] - means[PRICE]) * (hours[LOAD] - means[LOAD]),
    )
