"""VLR by month and block, with what is known of it and what is not, side by side.

1. `vlr_blocks` puts together, for each zone, month and block: the mean of the past and its estimator interval
   (`lib.calc.interval`), priced VLR at past prices with its own interval, the predictive band
   (`lib.calc.band`), bias and swing (`lib.calc.bias_swing`), and the numbers of hours, days and years.
2. `add_cell_bands` gives each cell of the curve its interval, and the band of its month and block around its
   own priced VLR.
3. `coming_year` adds months and blocks up to a year (`lib.calc.term_band`), and says by zone how much of the
   error of "no VLR" priced VLR saves.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from lib.calc.aggregate import format_months
from lib.calc.band import BAND, Band, add_band, zone_skill
from lib.calc.bias_swing import split_cost
from lib.calc.grid import CELL, ratio
from lib.calc.interval import INTERVAL, MIN_INTERVAL_DAYS, BlockDraws, block_intervals
from lib.calc.priced_vlr import BLOCK, WEIGHTS, PricedWeights, price_history, priced_blocks
from lib.calc.term_band import SEED, term_bands
from lib.calc.vlr import SUMS

HELPS, NO_HELP = "saves a part of the error", "no better than no VLR"
"""What the skill of a zone says, in words."""


def vlr_blocks(
    hourly: pd.DataFrame,
    curve: pd.DataFrame,
    draws: BlockDraws,
    errors: pd.DataFrame,
    band: Band,
    half_life_years: float | None = None,
    weights: PricedWeights = WEIGHTS,
) -> pd.DataFrame:
    """Return the months and blocks of a VLR curve.

    Args:
        hourly: what `lib.calc.vlr.hourly_vlr` returns on the full grid.
        curve: the cells of the curve: CELL, SUMS, n_hours, n_excluded.
        draws: what `lib.calc.interval.bootstrap` returns for the hours.
        errors: what `lib.calc.band.left_out_errors` returns for the hours.
        band: what `lib.calc.band.fit_band` makes of the errors.
        half_life_years: of the weights of years.
        weights: of the priced VLR.

    Returns:
        BLOCK; cost_per_mwh with its INTERVAL, block_price (the past one), priced with PRICED_INTERVAL and the
        columns of BAND ($/MWh); n_residuals (found in the ISO), n_tail (those behind cvar95); PARTS of
        bias_swing in $/MWh and $; SUMS, n_hours, n_days, n_years, n_excluded. What cannot be computed is
        NULL.
    """
    groups = curve.groupby(BLOCK, observed=True)
    blocks = groups[SUMS].sum(min_count=1).join(groups[["n_hours", "n_excluded"]].sum()).reset_index()
    blocks["cost_per_mwh"] = ratio(blocks["unitized_cost_usd"], blocks["rt_load_mwh"])
    blocks = blocks.merge(price_history(curve), on=BLOCK, how="left")
    blocks = block_intervals(draws, priced_blocks(curve, blocks, weights), weights)
    n_years = errors.groupby(BLOCK, observed=True).size().rename("n_years").reset_index()
    parts = split_cost(hourly, half_life_years).drop(columns="rt_load_mwh")
    for part in (n_years, parts):
        blocks = blocks.merge(part, on=BLOCK, how="left", validate="1:1")
    counts = {"n_residuals": band.n_found, "n_tail": len(band.tail)}
    return add_band(blocks, band).assign(n_years=blocks["n_years"].fillna(0).astype(int), **counts)


def add_cell_bands(curve: pd.DataFrame, intervals: pd.DataFrame, band: Band) -> pd.DataFrame:
    """Return the cells of a curve with the columns of INTERVAL and BAND ($/MWh).

    Args:
        curve: what `lib.calc.priced_vlr.add_priced` returns.
        intervals: the cells that `lib.calc.interval.bootstrap` returns.
        band: what `lib.calc.band.fit_band` returns.
    """
    keys = curve[[*CELL, "priced"]].astype({"location": str})
    cells = keys.merge(intervals[[*CELL, *INTERVAL]], on=CELL, how="left", validate="1:1")
    prices = price_history(curve).astype({"location": str})
    found = add_band(cells.merge(prices, on=BLOCK, how="left", validate="m:1"), band)
    return curve.assign(**{name: found[name].to_numpy() for name in (*INTERVAL, *BAND)})


def count_block_exclusions(hourly: pd.DataFrame) -> pd.DataFrame:
    """Return the number of hours without a unitized cost: BLOCK, reason (of EXCLUSIONS), n_hours."""
    left_out = hourly.loc[hourly["unitized_cost"].isna(), [*BLOCK, "exclusion"]]
    counts = left_out.groupby([*BLOCK, "exclusion"], observed=True).size().reset_index(name="n_hours")
    return counts.rename(columns={"exclusion": "reason"})


def coming_year(blocks: pd.DataFrame, errors: pd.DataFrame, band: Band, seed: int = SEED) -> pd.DataFrame:
    """Return for each zone what a year costs at past prices, and what priced VLR has been worth.

    Args:
        blocks: what `vlr_blocks` returns.
        errors: what `lib.calc.band.left_out_errors` returns.
        band: what `lib.calc.band.fit_band` returns.
        seed: of the draws of independent months.

    Returns:
        location, priced ($/MWh), dependent_low, dependent_high, independent_low, independent_high and cvar95
        (of dependent months, $/MWh), n_residuals (of the zone), skill (a fraction) and verdict.
    """
    rows = blocks.assign(weight=blocks["rt_load_mwh"] / blocks["n_years"].where(blocks["n_years"] > 0))
    bands = term_bands(rows, band, ["location"], ["month", "block_type"], seed)
    one, other = (bands[bands["dependence"] == name] for name in ("dependent", "independent"))
    year = one[["location", "priced", "cvar95"]].assign(
        dependent_low=one["band_low"].to_numpy(),
        dependent_high=one["band_high"].to_numpy(),
        independent_low=other["band_low"].to_numpy(),
        independent_high=other["band_high"].to_numpy(),
    )
    skill = zone_skill(errors)[["location", "n_residuals", "skill"]]
    year = year.merge(skill, on="location", how="left")
    verdict = np.where(year["skill"] > 0, HELPS, NO_HELP)
    columns = ["location", "priced", "dependent_low", "dependent_high", "cvar95"]
    columns += ["independent_low", "independent_high", "n_residuals", "skill", "verdict"]
    return year.assign(verdict=pd.Series(verdict).where(year["skill"].notna()))[columns]


def blocks_without_interval(blocks: pd.DataFrame) -> pd.DataFrame:
    """Return the months and blocks that have too few days for an interval.

    Returns:
        location, blocks and months (in words), n_months, n_days (the most that any of them has): zones that
        lack the same share a row.
    """
    few = blocks[blocks["n_days"] < MIN_INTERVAL_DAYS].astype({"location": str, "block_type": str})
    period = pd.PeriodIndex.from_fields(year=np.full(len(few), 2000), month=few["month"], freq="M")
    rows = few.assign(period=period).groupby(["location", "block_type"], sort=False)
    table = rows.agg(months=("period", _month_names), n_months=("period", "size"), n_days=("n_days", "max"))
    table = table.reset_index().groupby(["location", "months", "n_months"], sort=False)
    named = table.agg(blocks=("block_type", ", ".join), n_days=("n_days", "max")).reset_index()
    same = named.groupby(["blocks", "months", "n_months"], sort=False)
    zones = same.agg(location=("location", ", ".join), n_days=("n_days", "max")).reset_index()
    return zones[["location", "blocks", "months", "n_months", "n_days"]]


def _month_names(periods: pd.Series) -> str:
    """Return months of any year in words: "01 to 03, 07"."""
    return format_months(periods).replace("2000-", "")
