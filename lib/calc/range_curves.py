"""The VLR curve and the shape factors of any range of days, from the sums of its months.

The methods are those of `lib.calc.vlr` and `lib.calc.shaping`, which work on hours. This twin works on the
sums of `lib.calc.ranges`, because the scaling tool needs a curve in milliseconds.
tests/calc/test_ranges.py compares all columns of both on ranges of every kind: change one with the other.

    vlr_between      = lib.calc.vlr.vlr_curve on the hours of the range
    shaping_between  = lib.calc.shaping.shape_factors on the hours of the range
    prices_between   = lib.calc.shaping.average_prices on the hours of the range, and the mean of each block
    coming_year_between = lib.calc.vlr_blocks.coming_year on the hours of the range
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd

from lib.calc.band import fit_band, left_out_errors
from lib.calc.grid import MIN_BASE_USD_PER_MWH, year_weights
from lib.calc.priced_vlr import BLOCK, price_history, priced_blocks
from lib.calc.ranges import MonthSums, SummedHours, sum_hours, sums_between
from lib.calc.shaping import MIN_HOURS_SHARE
from lib.calc.vlr import SUMS, estimates_from_sums, is_thin
from lib.calc.vlr_blocks import coming_year
from lib.hours import BLOCK_TYPE
from lib.markets import BLOCKS


def build_vlr_sums(hours: pd.DataFrame, locations: Sequence[str], hourly: pd.DataFrame) -> SummedHours:
    """Return the sums from which `vlr_between` makes the VLR curve of any range.

    Args:
        hours: the calendar of the history.
        locations: the zones.
        hourly: what `lib.calc.vlr.hourly_vlr` returns on the full grid of both.
    """
    rt_load = hourly["rt_load_mw"].where(hourly["unitized_cost"].notna())
    cost, da_value = hourly["unitized_cost"] * rt_load, hourly["da_lmp_usd_per_mwh"] * rt_load
    return _history(hours, locations, [cost, da_value, rt_load, hourly["hourly_vlr"]])  # SUMS and the ratios


def build_shaping_sums(hours: pd.DataFrame, locations: Sequence[str], grid: pd.DataFrame) -> SummedHours:
    """Return the sums from which `shaping_between` makes the shape factors of any range.

    Args:
        hours: the calendar of the history.
        locations: zones and hubs.
        grid: da_lmp_usd_per_mwh on the full grid of both.
    """
    return _history(hours, locations, [grid["da_lmp_usd_per_mwh"]])


def vlr_between(history: SummedHours, start: date, end: date) -> pd.DataFrame:
    """Return the VLR curve of a range, as `lib.calc.vlr.vlr_curve` returns it on the hours of the range.

    Args:
        history: what `build_vlr_sums` returns.
        start: first local day.
        end: last local day, included.

    Raises:
        OutsideHistory: the range has days outside the history.
    """
    sums = sums_between(history, start, end)
    totals, counts = (_over_years(part, sums.month) for part in (sums.totals, sums.counts))
    n_hours, n_grid = counts[0], _over_years(sums.n_grid, sums.month)
    known = np.where(n_hours > 0, totals[:-1], np.nan).reshape(len(SUMS), -1)
    figures = estimates_from_sums(pd.DataFrame(known.T, columns=SUMS))
    mean_ratio = pd.Series(_ratio(totals[-1], counts[-1]).ravel()).mask(figures["is_near_zero"])
    figures.insert(0, "mean_ratio", mean_ratio)
    n_days = pd.Series(_over_years(sums.n_days, sums.month).ravel())
    n_years = pd.Series(_over_years((sums.counts[0] > 0).astype(np.int64), sums.month).ravel())
    figures = figures.assign(
        n_hours=n_hours.ravel(),
        n_days=n_days,
        n_years=n_years,
        n_excluded=(n_grid - n_hours).ravel(),
        is_thin=is_thin(n_days, n_years),
    )
    return _cells(history, n_grid, figures)


def year_sums_between(history: SummedHours, start: date, end: date) -> pd.DataFrame:
    """Return the sums of a range by month, block and year, as `lib.calc.band.sums_by_year` has them.

    Args:
        history: what `build_vlr_sums` returns.
        start: first local day.
        end: last local day, included.

    Raises:
        OutsideHistory: the range has days outside the history.
    """
    sums = sums_between(history, start, end)
    totals, counts = (
        part.reshape(*part.shape[:3], 24, len(BLOCKS)).sum(axis=3) for part in (sums.totals, sums.counts)
    )
    location, month, block = np.nonzero(counts[0])
    keys = {
        "location": pd.Categorical.from_codes(location, categories=list(history.locations)),
        "month": sums.month[month],
        "block_type": pd.Categorical.from_codes(block, dtype=BLOCK_TYPE),
        "year": sums.year[month],
    }
    amounts = {name: totals[term][location, month, block] for term, name in enumerate(SUMS)}
    return pd.DataFrame({**keys, **amounts})


def coming_year_between(history: SummedHours, start: date, end: date) -> pd.DataFrame:
    """Return the bands of a coming year from the days of a range, as `lib.calc.vlr_blocks.coming_year` does.

    Args:
        history: what `build_vlr_sums` returns.
        start: first local day.
        end: last local day, included.

    Returns:
        its columns, and n_found, the residuals of all zones; the bands are NULL where these are too few.

    Raises:
        OutsideHistory: the range has days outside the history.
    """
    by_year = year_sums_between(history, start, end)
    errors = left_out_errors(by_year)
    band = fit_band(errors)
    blocks = priced_blocks(by_year, price_history(by_year))
    groups = by_year.groupby(BLOCK, observed=True)
    known = groups["rt_load_mwh"].sum().to_frame().join(groups.size().rename("n_years")).reset_index()
    blocks = blocks.merge(known, on=BLOCK, how="left", validate="1:1")
    return coming_year(blocks, errors, band).assign(n_found=band.n_found)


def shaping_between(
    history: SummedHours, start: date, end: date, half_life_years: float | None = None
) -> pd.DataFrame:
    """Return the shape of a range, as `lib.calc.shaping.shape_factors` returns it on the hours of the range.

    Args:
        history: what `build_shaping_sums` returns.
        start: first local day.
        end: last local day, included.
        half_life_years: of the weights of years in `year_mean`; None to weigh all years alike.

    Raises:
        OutsideHistory: the range has days outside the history.
    """
    sums = sums_between(history, start, end)
    total, count = (_over_years(part[0], sums.month) for part in (sums.totals, sums.counts))
    value, block_mean = _ratio(total, count), _block_means(total, count)
    has_base = block_mean >= MIN_BASE_USD_PER_MWH
    figures = {
        "pooled": np.where(has_base, _ratio(value, block_mean), np.nan),
        **_year_factors(sums, half_life_years),
        "additive": value - block_mean,
        "n_hours": count,
        "is_additive": (block_mean < MIN_BASE_USD_PER_MWH) & (count > 0),
    }
    figures["year_mean"] = _rescaled(np.where(has_base, figures["year_mean"], np.nan), count)
    order = ["pooled", "year_mean", "additive", "year_low", "year_high", "n_hours", "n_years", "is_additive"]
    frame = pd.DataFrame({name: figures[name].ravel() for name in order})
    return _cells(history, _over_years(sums.n_grid, sums.month), frame)


def prices_between(history: SummedHours, start: date, end: date) -> pd.DataFrame:
    """Return the mean price of each cell of a range, and that of its block.

    Args:
        history: what `build_shaping_sums` returns.
        start: first local day.
        end: last local day, included.

    Returns:
        location, month, he, block_type, value and block_mean ($/MWh; NULL without a price), n_hours.

    Raises:
        OutsideHistory: the range has days outside the history.
    """
    sums = sums_between(history, start, end)
    total, count = (_over_years(part[0], sums.month) for part in (sums.totals, sums.counts))
    figures = {"value": _ratio(total, count), "block_mean": _block_means(total, count), "n_hours": count}
    frame = pd.DataFrame({name: values.ravel() for name, values in figures.items()})
    return _cells(history, _over_years(sums.n_grid, sums.month), frame)


def _history(hours: pd.DataFrame, locations: Sequence[str], terms: Sequence[pd.Series]) -> SummedHours:
    return sum_hours(hours, locations, np.stack(terms).reshape(len(terms), len(locations), len(hours)))


def _cells(history: SummedHours, n_grid: np.ndarray, figures: pd.DataFrame) -> pd.DataFrame:
    """Return the cells that have hours in the range, as rows with their keys."""
    is_there = np.broadcast_to(n_grid > 0, (len(history.locations), *n_grid.shape))
    location, month, cell = np.nonzero(is_there)
    keys = {
        "location": pd.Categorical.from_codes(location, categories=list(history.locations)),
        "month": month + 1,
        "he": cell // len(BLOCKS) + 1,
        "block_type": pd.Categorical.from_codes(cell % len(BLOCKS), dtype=BLOCK_TYPE),
    }
    there = figures[is_there.ravel()].reset_index(drop=True)
    return pd.concat([pd.DataFrame(keys), there], axis=1)


def _over_years(values: np.ndarray, month: np.ndarray) -> np.ndarray:
    """Return the sums over years: (..., month of a year, cell) -> (..., 12 calendar months, cell)."""
    return np.stack([values[..., month == m, :].sum(axis=-2) for m in range(1, 13)], axis=-2)


def _year_factors(sums: MonthSums, half_life_years: float | None) -> dict[str, np.ndarray]:
    """Return the factors over the usable years: mean (not yet rescaled), low, high and n_years."""
    total, count = sums.totals[0], sums.counts[0]
    block_mean = _block_means(total, count)
    n_days = pd.PeriodIndex.from_fields(year=sums.year, month=sums.month, freq="M").days_in_month.to_numpy()
    share = count.sum(axis=-1) / (24 * n_days)
    is_usable = (share >= MIN_HOURS_SHARE)[..., None] & (block_mean >= MIN_BASE_USD_PER_MWH)
    factor = np.where(is_usable, _ratio(_ratio(total, count), block_mean), np.nan)
    is_there = ~np.isnan(factor)
    n_years = _over_years(is_there.astype(np.int64), sums.month)
    weight = is_there * year_weights(pd.Series(sums.year), half_life_years).to_numpy()[:, None]
    weighted = _over_years(np.where(is_there, factor, 0.0) * weight, sums.month)
    return {
        "year_mean": _ratio(weighted, _over_years(weight, sums.month)),
        "year_low": _extreme(np.fmin, factor, sums.month),
        "year_high": _extreme(np.fmax, factor, sums.month),
        "n_years": n_years,
    }


def _extreme(of: np.ufunc, factor: np.ndarray, month: np.ndarray) -> np.ndarray:
    """Return the lowest or highest factor over the years of each calendar month; NaN if there is none."""
    parts = [of.reduce(factor[..., month == m, :], axis=-2, initial=np.nan) for m in range(1, 13)]
    return np.stack(parts, axis=-2)


def _block_means(total: np.ndarray, count: np.ndarray) -> np.ndarray:
    """Return the mean of each cell's block, in the shape of the cells."""
    return _ratio(_over_block(total), _over_block(count))


def _rescaled(factor: np.ndarray, count: np.ndarray) -> np.ndarray:
    """Return factors scaled so that, weighted by hours, they average 1 over each block."""
    weight = np.where(np.isnan(factor), 0, count)
    return factor * _ratio(_over_block(weight), _over_block(np.nan_to_num(factor) * weight))


def _over_block(values: np.ndarray) -> np.ndarray:
    """Return the sum over the cells of each block, in the shape of the cells."""
    by_hour = values.reshape(*values.shape[:-1], 24, len(BLOCKS))
    return np.broadcast_to(by_hour.sum(axis=-2, keepdims=True), by_hour.shape).reshape(values.shape)


def _ratio(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    """Return the quotient; NaN where the divisor is 0."""
    return np.divide(numerator, denominator, out=np.full(np.shape(numerator), np.nan), where=denominator != 0)
