"""What the past said of DA-RT adjustment, zone basis and shape of a period that it did not know.

The method (docs/method.md, "Backtest"), for each origin of `lib.calc.origins`:

1. `predict_differences`: a difference of prices by location, month and block, as `lib.calc.robust` makes the
   lines of a cost curve from it, beside what came. `hub_differences` and `basis_differences` are the two
   lines.

       robust      without the hours of events: a quarter of the month's median, the rest of its block's
       mean        the mean of the window's months
       last_year   of the same month and block a year before
       none        0

2. `predict_shape`: the price of each zone, month, hour ending and block, given that of the block in the
target.

       blended       as the cost curve does it (`lib.calc.hour_prices`)
       year_mean     the factor of the window's years, or the difference where there is no factor
       half_life_1y  the same, where a year that is one older counts half
       last_year     the factor of the year before
       none          flat

Where targets are months, a window may lack the month of the year. A difference is then that of the block; a
shape cannot be said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from lib.calc.backtest_vlr import month_share, target_reason
from lib.calc.hour_prices import hour_prices
from lib.calc.origins import Origin, month_number
from lib.calc.range_curves import build_shaping_sums, prices_between, shaping_between
from lib.calc.ranges import SummedHours
from lib.calc.robust import robust_estimate, year_month_means
from lib.calc.shaping import BLOCK

LINE_METHODS = ("robust", "mean", "last_year", "none")
SHAPE_METHODS = ("blended", "year_mean", "half_life_1y", "last_year", "none")

ALL_HAVE = 0.9
"""The share of the hours of the fullest zone from which a zone counts to the mean of all zones."""

_OF_BLOCK = ["location", "block_type"]
_HOUR = [*BLOCK, "he"]


def hub_differences(da: pd.DataFrame, rt: pd.DataFrame, hub_locations: Sequence[str]) -> pd.DataFrame:
    """Return DA LMP - RT LMP at the hubs, or at all locations with both where no hub has them.

    Args:
        da, rt: prices ($/MWh), a row for each hour, a column for each location that has any.
        hub_locations: the locations that have the prices of hubs.
    """
    both = da.columns.intersection(rt.columns)
    hubs = both.intersection(hub_locations)
    places = hubs if len(hubs) else both
    return da[places] - rt[places]


def basis_differences(da: pd.DataFrame, zones: pd.DataFrame) -> pd.DataFrame:
    """Return DA LMP of each zone - that of its hub; without prices of its hub, - the mean of the zones.

    Args:
        da: prices ($/MWh), a row for each hour, a column for each location that has any.
        zones: location, hub_location, by preference: as `lib.hub_map.zone_hubs` has them.
    """
    zones = zones[zones["location"].isin(da.columns)]
    names = zones["location"].unique()
    n_hours = da[names].count()
    mean = da[n_hours.index[n_hours >= ALL_HAVE * n_hours.max()]].mean(axis=1, skipna=False)
    others = zones[zones["hub_location"].isin(da.columns) & (zones["hub_location"] != zones["location"])]
    hub = others.drop_duplicates("location").set_index("location")["hub_location"]
    if hub.empty and len(names) < 2:
        return da.iloc[:, :0]
    return pd.DataFrame({zone: da[zone] - (da[hub[zone]] if zone in hub else mean) for zone in names})


def difference_months(
    differences: pd.DataFrame, hours: pd.DataFrame, is_left_out: np.ndarray | None = None
) -> pd.DataFrame:
    """Return the mean of each location, year, month and block, as `lib.calc.robust.year_month_means` has it.

    Returns:
        its columns, number (of the month) and month_share; also for months without an hour, with x NULL.
    """
    means = year_month_means(differences, hours, "location", is_left_out).astype({"location": str})
    of_year = hours[["year", "month", "block_type"]].drop_duplicates()
    every = pd.DataFrame({"location": differences.columns.astype(str)}).merge(of_year, how="cross")
    means = every.merge(means, on=["location", "year", "month", "block_type"], how="left")
    means = means.fillna({"n_hours": 0, "n_days": 0})
    return means.assign(number=month_number(means), month_share=month_share(means))


def predict_differences(means: pd.DataFrame, usual: pd.DataFrame, origins: Sequence[Origin]) -> pd.DataFrame:
    """Return what each method said of a difference in each target, and what came.

    Args:
        means: what `difference_months` returns over all hours.
        usual: the same without the hours of events.
        origins: the targets, with their windows.

    Returns:
        BLOCK, year, number, period, target and LINE_METHODS ($/MWh), n_hours, reason (NULL where the target
        can be scored).
    """
    columns = [*BLOCK, "year", "number", "period", "target", "n_hours", *LINE_METHODS, "reason"]
    parts = [_predict_difference(means, usual, origin) for origin in origins]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def _predict_difference(means: pd.DataFrame, usual: pd.DataFrame, origin: Origin) -> pd.DataFrame:
    own = means[origin.is_target(means["number"])].rename(columns={"x": "target"})
    past, of_past = (part[origin.is_past(part["number"]) & (part["n_hours"] > 0)] for part in (means, usual))
    robust = robust_estimate(of_past, "location").rename(columns={"estimate": "robust"})
    mean = past.groupby(BLOCK, observed=True)["x"].mean().rename("mean").reset_index()
    before = means[["location", "block_type", "number", "x"]].rename(columns={"x": "last_year"})
    own = own.merge(robust[[*BLOCK, "robust"]], on=BLOCK, how="left").merge(mean, on=BLOCK, how="left")
    own = own.merge(before.assign(number=before["number"] + 12), on=[*_OF_BLOCK, "number"], how="left")
    if origin.is_month:
        of_block = of_past.groupby(_OF_BLOCK, observed=True)["x"].agg(robust="median", mean="mean")
        found = own[_OF_BLOCK].merge(of_block.reset_index(), on=_OF_BLOCK, how="left")
        own = own.fillna({name: found[name] for name in ("robust", "mean")})
    own = own.assign(none=0.0, period=origin.name)
    return own.assign(reason=target_reason(own, "robust"))


@dataclass(frozen=True)
class ShapeHistory:
    """The day-ahead prices of zones, summed so that the shape of any window takes milliseconds.

    Attributes:
        sums: over all hours.
        usual: without the hours of events, for the typical shape.
    """

    sums: SummedHours
    usual: SummedHours

    def months(self) -> pd.DataFrame:
        """Return location, year, month, n_hours (with a price), number, month_share of each month."""
        sums = self.sums.months
        count = sums.counts[0].sum(axis=-1)
        location, month = (index.ravel() for index in np.indices(count.shape))
        rows = pd.DataFrame(
            {
                "location": np.array(self.sums.locations, dtype=object)[location],
                "year": sums.year[month],
                "month": sums.month[month],
                "n_hours": count.ravel(),
            }
        )
        return rows.assign(number=month_number(rows), month_share=month_share(rows))


def sum_shape(
    hours: pd.DataFrame, zones: Sequence[str], grid: pd.DataFrame, is_event: np.ndarray
) -> ShapeHistory:
    """Return the summed prices of zones.

    Args:
        hours: the calendar of the history.
        zones: the zones.
        grid: da_lmp_usd_per_mwh on the full grid of both.
        is_event: for each hour whether it belongs to an event.
    """
    sums = build_shaping_sums(hours, zones, grid)
    if not is_event.any():
        return ShapeHistory(sums, sums)
    usual = grid[["da_lmp_usd_per_mwh"]].mask(np.tile(is_event, len(zones))[:, None])
    return ShapeHistory(sums, build_shaping_sums(hours, zones, usual))


def predict_shape(history: ShapeHistory, origins: Sequence[Origin]) -> pd.DataFrame:
    """Return the price of each hour ending of each target by each method, given that of its block.

    Args:
        history: the prices of the zones.
        origins: the targets, with their windows.

    Returns:
        BLOCK, he, period, target, block_price and SHAPE_METHODS ($/MWh), n_hours, reason (NULL where the
        target can be scored).
    """
    columns = [*_HOUR, "period", "target", "block_price", "n_hours", *SHAPE_METHODS, "reason"]
    months = history.months()
    parts = [_predict_shape(history, months, origin) for origin in origins]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def _predict_shape(history: ShapeHistory, months: pd.DataFrame, origin: Origin) -> pd.DataFrame:
    cells = prices_between(history.sums, *_within(history.sums, origin.target_days))
    own = cells[cells["n_hours"] > 0].rename(columns={"value": "target", "block_mean": "block_price"})
    window = _within(history.sums, origin.window_days)
    factors = shaping_between(history.sums, *window)
    half_life = shaping_between(history.sums, *window, half_life_years=1.0)
    typical = prices_between(history.usual, *window)
    typical["additive"] = typical["value"] - typical["block_mean"]
    own["blended"] = shaped(own, factors, typical, is_blended=True)
    own["year_mean"] = shaped(own, factors, typical, is_blended=False)
    own["half_life_1y"] = shaped(own, half_life, typical, is_blended=False)
    before = _year_before(history.sums, origin)
    own["last_year"] = np.nan if before is None else shaped(own, before, typical, is_blended=False)
    share = months.loc[origin.is_target(months["number"]), ["location", "month", "month_share"]]
    own = own.astype({"location": str}).merge(share, on=["location", "month"], how="left")
    own = own.assign(none=own["block_price"], period=origin.name)
    return own.assign(reason=target_reason(own, "blended"))


def _year_before(sums: SummedHours, origin: Origin) -> pd.DataFrame | None:
    """Return the factors of the same months a year before; None where the history has none of them."""
    before = Origin(origin.first - 12, origin.last - 12, origin.window_start)
    if before.target_days[1] < sums.first:
        return None
    return shaping_between(sums, *_within(sums, before.target_days))


def _within(sums: SummedHours, days: tuple[date, date]) -> tuple[date, date]:
    return max(days[0], sums.first), min(days[1], sums.last)


def shaped(
    own: pd.DataFrame, factors: pd.DataFrame, typical: pd.DataFrame, *, is_blended: bool
) -> np.ndarray:
    """Return the price of each cell; without a blend by the factor from $1/MWh on, else by the difference.

    Args:
        own: location, month, he, block_type, block_price ($/MWh), n_hours.
        factors: what `lib.calc.shaping.shape_factors` returns.
        typical: location, month, he, block_type, block_mean, additive ($/MWh).
        is_blended: whether factor and difference are blended as `lib.calc.hour_prices` does it.
    """
    cells = own[[*_HOUR, "n_hours", "block_price"]]
    cells = cells.merge(factors[[*_HOUR, "year_mean", "is_additive"]], on=_HOUR, how="left")
    cells = cells.merge(typical[[*_HOUR, "block_mean", "additive"]], on=_HOUR, how="left")
    if not is_blended:
        cells["block_mean"] = cells["block_price"]  # its level is 1, and so is the share of the factor
    return hour_prices(cells, BLOCK)["hpfc"].to_numpy()
