"""Averages and counts for charts and summaries.

Every average is taken over hours: a ratio of two sums, never a mean of cells (docs/method.md, "The VLR
curve").
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from lib.calc.grid import ratio
from lib.calc.vlr import SUMS, estimates_from_sums
from lib.markets import BLOCKS, MEASURES
from lib.seasons import FOUR_SEASONS, SEASON_DIVISIONS

SEASONS = tuple(dict.fromkeys(SEASON_DIVISIONS[FOUR_SEASONS].values()))
"""Winter, Spring, Summer and Fall: three months each, from December on; `seasons.csv` has them."""


def season(month: pd.Series, division: str = FOUR_SEASONS) -> pd.Series:
    """Return the season of each month (1 to 12) as an ordered categorical.

    Args:
        month: of the year.
        division: one of `lib.seasons.SEASON_DIVISIONS`.
    """
    names = SEASON_DIVISIONS[division]
    ordered = pd.CategoricalDtype(tuple(dict.fromkeys(names.values())), ordered=True)
    return month.astype(int).map(names).astype(ordered)


def mean_by(grid: pd.DataFrame, value: str, by: Sequence[str], weight: str | None = None) -> pd.DataFrame:
    """Return the mean of a column for each group: the `by` columns, `value` and n_hours.

    Args:
        grid: one row for each location and hour.
        value: the column to average; rows where it is NULL do not count.
        by: the columns to group by.
        weight: a column of weights, for example rt_load_mw; rows where it is not positive do not count.
    """
    weights = pd.Series(1.0, index=grid.index) if weight is None else grid[weight].where(grid[weight] > 0)
    weights = weights.where(grid[value].notna())
    sums = grid[list(by)].assign(total=grid[value] * weights, weight=weights, n_hours=weights.notna())
    groups = sums.groupby(list(by), observed=True)[["total", "weight", "n_hours"]].sum()
    means = pd.DataFrame({value: ratio(groups["total"], groups["weight"]), "n_hours": groups["n_hours"]})
    return means.reset_index()


def estimate_from_cells(cells: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Return the VLR estimators of groups of cells, from the sums that the cells carry.

    `mean_ratio` is not among them: means of cells do not give a mean over hours.

    Args:
        cells: what `lib.calc.vlr.vlr_curve` returns, or the rows of the table `vlr`.
        by: the columns to group by, for example ["location"].

    Returns:
        the `by` columns, the columns of `lib.calc.vlr.estimates_from_sums`, n_hours and n_excluded.
    """
    groups = cells.groupby(list(by), observed=True)
    figures = estimates_from_sums(groups[SUMS].sum(min_count=1))
    return figures.join(groups[["n_hours", "n_excluded"]].sum()).reset_index()


def distribution(values: pd.Series, n_bins: int = 40, share: float = 0.98) -> pd.DataFrame:
    """Return the number of values in equal bins over their central `share`, one bin below and one above.

    Zero is the edge of a bin, so that no bin mixes costs and savings.

    Returns:
        low, high (the edges of the bin, in the unit of the values; infinite at the ends), n_hours, share (of
        all values); no row if there is no value.
    """
    known = values.dropna().to_numpy(float)
    if not len(known):
        return pd.DataFrame(columns=["low", "high", "n_hours", "share"], dtype=float)
    tail = (1 - share) / 2
    low, high = np.quantile(known, [tail, 1 - tail])
    width = (high - low) / n_bins or 1.0
    inner = np.arange(np.floor(low / width), np.ceil(high / width) + 1) * width
    edges = np.concatenate([[-np.inf], inner, [np.inf]])
    counts, _ = np.histogram(known, edges)
    return pd.DataFrame(
        {"low": edges[:-1], "high": edges[1:], "n_hours": counts, "share": counts / len(known)}
    )


def hours_used(hourly: pd.DataFrame) -> pd.DataFrame:
    """Return the number of hours of each location: in the window, used, and excluded by reason.

    Args:
        hourly: what `lib.calc.vlr.hourly_vlr` returns on the full grid.

    Returns:
        location, n_window, n_used, and a column for each reason that occurs; n_window = n_used + the reasons.
    """
    groups = hourly.groupby("location", observed=True, sort=False)["exclusion"]
    counts = pd.DataFrame({"n_window": groups.size(), "n_used": groups.size() - groups.count()})
    reasons = pd.crosstab(hourly["location"], hourly["exclusion"]).reindex(counts.index, fill_value=0)
    reasons.columns = reasons.columns.astype(str)
    return counts.join(reasons.loc[:, reasons.any()]).reset_index()


def largest_ratios(hourly: pd.DataFrame, n: int = 8) -> pd.DataFrame:
    """Return the n hours with the largest hourly VLR in size.

    Returns:
        location, market_date, he, da_lmp_usd_per_mwh, rt_lmp_usd_per_mwh, unitized_cost ($/MWh), hourly_vlr.
    """
    largest = hourly["hourly_vlr"].abs().nlargest(n).index
    columns = ["location", "market_date", "he", "da_lmp_usd_per_mwh", "rt_lmp_usd_per_mwh"]
    return hourly.loc[largest, [*columns, "unitized_cost", "hourly_vlr"]]


def count_missing_hours(days: pd.DataFrame) -> pd.DataFrame:
    """Return the number of missing hours: a row for each location, a column for each of its series.

    Args:
        days: location, measure, market_date, n_expected, n_stored; one row for each day.

    Returns:
        location, n_expected (hours of the window), missing_<measure> for each of MEASURES (NULL if the
        location has no such series), first_gap and last_gap (days).
    """
    gap_day = days["market_date"].where(days["n_stored"] < days["n_expected"])
    days = days.assign(n_missing=days["n_expected"] - days["n_stored"], gap_day=gap_day)
    missing = days.pivot_table("n_missing", "location", "measure", "sum", observed=True, sort=False)
    groups = days.groupby("location", observed=True, sort=False)
    expected = days[days["measure"] == days["measure"].iloc[0]].groupby("location", observed=True)
    out = pd.DataFrame({"n_expected": expected["n_expected"].sum()}).reindex(missing.index)
    out = out.join(missing.reindex(columns=list(MEASURES)).add_prefix("missing_"))
    return out.join(groups["gap_day"].agg(first_gap="min", last_gap="max")).reset_index()


def hours_by_block(hours: pd.DataFrame) -> pd.DataFrame:
    """Return the number of hours of a calendar: a row for each year and block, a column for each month."""
    counts = pd.crosstab([hours["year"], hours["block_type"]], hours["month"]).reset_index()
    counts.columns = counts.columns.astype(str)
    return counts


def cell_counts(curve: pd.DataFrame) -> pd.DataFrame:
    """Return the number of a VLR curve's cells.

    Returns:
        location, n_cells, n_thin, n_near_zero, and the n_hours and n_excluded of the cells.
    """
    groups = curve.groupby("location", observed=True, sort=False)
    return groups.agg(
        n_cells=("he", "size"),
        n_thin=("is_thin", "sum"),
        n_near_zero=("is_near_zero", "sum"),
        n_hours=("n_hours", "sum"),
        n_excluded=("n_excluded", "sum"),
    ).reset_index()


def prices_by_block(
    cells: pd.DataFrame, by: Sequence[str] = ("location",), value: str = "value"
) -> pd.DataFrame:
    """Return the mean over hours of a price, from cells with the price and n_hours.

    Args:
        cells: the `by` columns, block_type, `value` and n_hours, such as `da_lmps_avg`.
        by: the columns to group by.
        value: the column of the price.

    Returns:
        the `by` columns, a column for each block and 7x24 ($/MWh; NULL if no cell has an hour), n_hours.
    """
    cells = cells.rename(columns={value: "value"})
    blocks = _mean_price(cells, [*by, "block_type"])
    whole = _mean_price(cells, by)
    table = blocks.set_index([*by, "block_type"])["value"].unstack().reindex(columns=list(BLOCKS))
    table.columns = table.columns.astype(str)
    return table.join(whole.set_index(list(by)).rename(columns={"value": "7x24"})).reset_index()


def _mean_price(cells: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    sums = cells[list(by)].assign(total=cells["value"] * cells["n_hours"], n_hours=cells["n_hours"])
    groups = sums.groupby(list(by), observed=True, sort=False)[["total", "n_hours"]].sum()
    value = ratio(groups["total"], groups["n_hours"])
    return pd.DataFrame({"value": value, "n_hours": groups["n_hours"]}).reset_index()


def highest_factors(factors: pd.DataFrame, month: int, block_type: str) -> pd.DataFrame:
    """Return the cell of each location with the highest `year_mean` in one month and block."""
    cells = factors[(factors["month"] == month) & (factors["block_type"] == block_type)].dropna(
        subset="year_mean"
    )
    return cells.loc[cells.groupby("location", observed=True, sort=False)["year_mean"].idxmax()]


def factor_counts(factors: pd.DataFrame) -> pd.DataFrame:
    """Return the number of shape factors of each location.

    Returns:
        location, n_cells, n_additive (cells with an additive shape only), n_empty (cells without a price),
        n_hours.
    """
    return (
        factors.assign(is_empty=factors["n_hours"] == 0)
        .groupby("location", observed=True, sort=False)
        .agg(
            n_cells=("he", "size"),
            n_additive=("is_additive", "sum"),
            n_empty=("is_empty", "sum"),
            n_hours=("n_hours", "sum"),
        )
        .reset_index()
    )


def excluded_years(years: pd.DataFrame) -> pd.DataFrame:
    """Return the year-months that do not count, given what `lib.calc.shaping.usable_years` returns.

    Returns:
        location, reason, blocks and months (in words: "5x16, 7x8", "2021-03 to 2021-05, 2022-01"), n_months.
    """
    out = years.dropna(subset="reason").astype({"location": str, "block_type": str})
    out = out.assign(period=pd.PeriodIndex.from_fields(year=out["year"], month=out["month"], freq="M"))
    blocks = out.groupby(["location", "reason", "period"], sort=False)["block_type"].agg(", ".join)
    groups = (
        blocks.rename("blocks").reset_index().groupby(["location", "reason", "blocks"], sort=False)["period"]
    )
    return groups.agg(months=format_months, n_months="size").reset_index()


def format_months(periods: pd.Series) -> str:
    """Return months (periods) as text, with consecutive months as "first to last"."""
    ordered = periods.sort_values()
    is_new = ordered.astype("int64").diff() != 1
    spans = ordered.groupby(is_new.cumsum()).agg(["first", "last"])
    pairs = zip(spans["first"], spans["last"], strict=True)
    return ", ".join(str(first) if first == last else f"{first} to {last}" for first, last in pairs)


def spread_out(frame: pd.DataFrame, rows: Sequence[str], column: str, value: str) -> pd.DataFrame:
    """Return `value` with a column for each text or number in `column`: the `rows` columns, then those.

    Args:
        frame: the `rows` columns, `column` and `value`; one row for each.
        rows: the columns that name a row; rows are sorted by them.
        column: the column whose values become columns, sorted; of blocks, all of BLOCKS.
        value: the column to show.
    """
    table = frame.pivot(index=list(rows), columns=column, values=value).sort_index()
    if column == "block_type":
        table = table.reindex(columns=list(BLOCKS))
    table.columns = table.columns.astype(str)
    return table.reset_index()
