"""Whether the VLR and shaping curves of a cost curve know the same months and about as many years.

A cell of the cost curve needs both. A calendar month that one of them lacks leaves every delivery of that
month without a price. A month in which one of them has less than half the years of the other joins a long
history to a short one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import pandas as pd

LEAST_SHARE = 0.5
"""The share of the other curve's years that a curve must have in a month."""


def years_by_month(vlr: pd.DataFrame, factors: pd.DataFrame) -> pd.DataFrame:
    """Return the years behind each calendar month of the two curves.

    Args:
        vlr: cells of a VLR curve: month, cost_per_mwh, n_years.
        factors: cells of a shaping curve: month, year_mean, additive, n_years.

    Returns:
        indexed by month 1..12: vlr, shaping: the years of the cell that has most, at least 1 where any cell
        has a value, 0 where none has.
    """
    has_shape = factors[["year_mean", "additive"]].notna().any(axis=1)
    known = {"vlr": vlr[vlr["cost_per_mwh"].notna()], "shaping": factors[has_shape]}
    years = {curve: cells.groupby("month")["n_years"].max().clip(lower=1) for curve, cells in known.items()}
    return pd.DataFrame(years).reindex(range(1, 13)).fillna(0).astype(int)


def find_missing_months(years: pd.DataFrame, months: Collection[int]) -> Mapping[str, list[int]]:
    """Return for each curve the months of delivery (1..12) that it lacks; no key for a curve with all.

    Args:
        years: what `years_by_month` returns.
        months: the calendar months of delivery.
    """
    of_delivery = years.loc[sorted(set(months))]
    missing = {str(curve): of_delivery.index[of_delivery[curve] == 0].tolist() for curve in years}
    return {curve: found for curve, found in missing.items() if found}


def find_uneven_years(years: pd.DataFrame, months: Collection[int]) -> Iterator[tuple[int, int, int]]:
    """Yield month, years of VLR and years of shape where both have the month and one has less than half."""
    for month in sorted(set(months)):
        of_vlr, of_shape = (int(years.loc[month, curve]) for curve in ("vlr", "shaping"))
        if 0 < min(of_vlr, of_shape) < LEAST_SHARE * max(of_vlr, of_shape):
            yield month, of_vlr, of_shape
