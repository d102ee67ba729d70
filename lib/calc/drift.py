"""Drift: how VLR and the shape of prices move from year to year, and whether that is more than chance.

Years are incomplete at both ends of a window, and a mean of April to September is no year. So the slope
compares each calendar month with itself in other years (docs/method.md, "How far to trust VLR"):

1. `vlr_by_year_month` and `shape_by` with year and month have a figure y for each year-month with at least
   MIN_HOURS_SHARE of its hours.

2. `slopes` takes from each y, and from its year x, their means over the years of the calendar month, and fits
   a line through zero. With n year-months in c calendar months:

       slope          = sum(x y) / sum(x^2)                                     per year
       standard error = sqrt(sum((y - slope x)^2) / (n - c - 1) / sum(x^2))

   The error takes year-months for independent. A slope of less than twice its error is no drift that the
   years show.

The shape of a year or of a regime is two figures of the day-ahead price: mean of 5x16 over mean of all other
hours, and the hour ending with the highest mean over the mean of all hours.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from lib.calc.diagnostics import ALL_ZONES
from lib.calc.grid import MIN_BASE_USD_PER_MWH, ratio
from lib.calc.roll_up import find_load_shares
from lib.calc.shaping import MIN_HOURS_SHARE
from lib.calc.vlr import SUMS, estimates_from_sums

N_ERRORS = 2.0
"""How many times its standard error a slope must be to count as drift."""

ROUNDING = 1e-9
"""A slope of this size, in the unit of its figure, is a rounding error."""

DRIFTS, NO_DRIFT = "more than chance", "within chance"
"""What a slope says beside its standard error, in words."""


def vlr_by_year(hourly: pd.DataFrame) -> pd.DataFrame:
    """Return the VLR of each zone, and of all zones, in each year.

    Args:
        hourly: what `lib.calc.vlr.hourly_vlr` returns.

    Returns:
        location (ALL_ZONES first), year, first_day and last_day (of the year in the window), cost_per_mwh
        ($/MWh; NULL without an hour that counts), cost_weighted (a fraction; NULL near zero).
    """
    days = hourly.groupby("year")["market_date"].agg(first_day="min", last_day="max")
    figures = estimates_from_sums(_sums(hourly, ["location", "year"])).reset_index()
    return figures.join(days, on="year")[
        ["location", "year", "first_day", "last_day", "cost_per_mwh", "cost_weighted"]
    ]


def vlr_by_year_month(hourly: pd.DataFrame) -> pd.DataFrame:
    """Return the VLR of each zone, and of all zones, in each year-month that has most of its hours.

    Args:
        hourly: what `lib.calc.vlr.hourly_vlr` returns on the full grid.

    Returns:
        location (ALL_ZONES first), year, month, cost_per_mwh ($/MWh), cost_weighted (a fraction).
    """
    sums = _sums(hourly, ["location", "year", "month"])
    enough = sums[sums["n_used"] >= MIN_HOURS_SHARE * sums["n_grid"]]
    figures = estimates_from_sums(enough).reset_index()
    return figures[["location", "year", "month", "cost_per_mwh", "cost_weighted"]]


def _sums(hourly: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Return SUMS, n_used (hours with a unitized cost) and n_grid of each zone and of ALL_ZONES, by group."""
    is_used = hourly["unitized_cost"].notna()
    load = hourly["rt_load_mw"].where(is_used)
    terms = (hourly["unitized_cost"] * load, hourly["da_lmp_usd_per_mwh"] * load, load)
    rows = hourly[by].assign(**dict(zip(SUMS, terms, strict=True)), n_used=is_used.astype(float), n_grid=1.0)
    zones = rows.groupby(by, observed=True).sum(min_count=1).reset_index().astype({"location": str})
    share = zones["location"].map(find_load_shares(hourly))
    shared = zones.assign(**{name: zones[name] * share for name in SUMS}).drop(columns="location")
    whole = shared.groupby(by[1:]).sum(min_count=1).reset_index()
    return pd.concat([whole.assign(location=ALL_ZONES), zones]).set_index(by)


def slopes(rows: pd.DataFrame, value: str, by: Sequence[str] = ("location",)) -> pd.DataFrame:
    """Return how much a figure moves in a year, against the same calendar month of other years.

    Args:
        rows: the `by` columns, year, month and the figure; rows in which it is NULL do not count.
        value: the column of the figure.
        by: the columns to group by; those that are first in the rows come first.

    Returns:
        the `by` columns, slope (unit of the figure per year), its standard_error (NULL, as the slope, where
        no year-month is left over to tell it), n_months (year-months that count) and verdict: DRIFTS if
        the slope is at least N_ERRORS times its error in size, else NO_DRIFT; NULL without a slope.
    """
    known = rows[rows[value].notna()]
    of_month = known.groupby([*by, "month"], sort=False)
    x = known["year"] - of_month["year"].transform("mean")
    y = known[value] - of_month[value].transform("mean")
    terms = known[list(by)].assign(xx=x * x, xy=x * y, yy=y * y, n_months=1, n_left=of_month.cumcount() > 0)
    sums = terms.groupby(list(by), sort=False).sum()
    n_left = sums["n_left"] - 1
    xx = sums["xx"].where((n_left > 0) & (sums["xx"] > 0))
    slope = sums["xy"] / xx
    rest = (sums["yy"] - slope * sums["xy"]).clip(lower=0.0)
    error = (rest / n_left / xx) ** 0.5
    table = pd.DataFrame({"slope": slope, "standard_error": error, "n_months": sums["n_months"]})
    is_drift = slope.abs() >= N_ERRORS * error + ROUNDING
    verdict = pd.Series(np.where(is_drift, DRIFTS, NO_DRIFT), slope.index).where(slope.notna())
    return table.assign(verdict=verdict).reset_index()


def vlr_slopes(hourly: pd.DataFrame) -> pd.DataFrame:
    """Return how much the VLR of each zone, and of all zones, moves in a year, in both units.

    Args:
        hourly: what `lib.calc.vlr.hourly_vlr` returns on the full grid.

    Returns:
        location (ALL_ZONES first), slope and standard_error ($/MWh per year), verdict, slope_pct,
        standard_error_pct (fractions per year), verdict_pct, n_months, as `slopes` has them.
    """
    months = vlr_by_year_month(hourly)
    in_percent = slopes(months, "cost_weighted").drop(columns="n_months")
    both = slopes(months, "cost_per_mwh").merge(in_percent, on="location", suffixes=("", "_pct"), how="left")
    columns = ["location", "slope", "standard_error", "verdict"]
    return both[[*columns, "slope_pct", "standard_error_pct", "verdict_pct", "n_months"]]


def shape_by(hours: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Return two figures of the shape of one location's day-ahead prices, by group.

    Args:
        hours: the `by` columns, market_date, he, block_type and da_lmp_usd_per_mwh of one location, a row for
            each hour of the calendar.
        by: the columns to group by, for example ["year"].

    Returns:
        the `by` columns, first_day, last_day, mean_price ($/MWh), peak_ratio (mean of 5x16 / mean of the
        other hours), dearest_he (the hour ending with the highest mean) and dearest_ratio (its mean /
        mean_price); a ratio is NULL where its divisor is negative or under MIN_BASE_USD_PER_MWH. Also share,
        the part of the hours that have a price.
    """
    price = hours["da_lmp_usd_per_mwh"]
    is_peak = (hours["block_type"] == "5x16").to_numpy()
    keys = [hours[name] for name in by]
    groups = price.groupby(keys)
    base = groups.mean()
    peak, other = (price.where(where).groupby(keys).mean() for where in (is_peak, ~is_peak))
    by_he = price.groupby([*keys, hours["he"]]).mean().unstack("he")
    known = by_he.dropna(how="all")
    days = hours["market_date"].groupby(keys)
    return pd.DataFrame(
        {
            "first_day": days.min(),
            "last_day": days.max(),
            "mean_price": base,
            "peak_ratio": ratio(peak, other.where(other >= MIN_BASE_USD_PER_MWH)),
            "dearest_he": known.idxmax(axis=1).reindex(base.index),
            "dearest_ratio": ratio(by_he.max(axis=1), base.where(base >= MIN_BASE_USD_PER_MWH)),
            "share": groups.count() / groups.size(),
        }
    ).reset_index()


def shape_slopes(hours: pd.DataFrame) -> pd.DataFrame:
    """Return the slopes of both figures of the shape: shape_figure (which figure), and those of `slopes`.

    Args:
        hours: as for `shape_by`, with year and month.

    Returns:
        shape_figure ("peak_ratio" or "dearest_ratio"), slope and standard_error (per year), n_months and
        verdict.
    """
    months = shape_by(hours, ["year", "month"])
    enough = months[months["share"] >= MIN_HOURS_SHARE]
    figures = [
        enough.assign(shape_figure=name, value=enough[name]) for name in ("peak_ratio", "dearest_ratio")
    ]
    return slopes(pd.concat(figures), "value", ["shape_figure"])
