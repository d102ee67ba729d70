"""Published curves and the hours behind them, read from the database.

The hours of a curve are read once and summed by month, so that memory suffices for the curve of any range.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd

from lib.calc.cost_breakdown import add_loads
from lib.calc.grid import build_grid
from lib.calc.priced_vlr import add_priced
from lib.calc.range_curves import build_shaping_sums, build_vlr_sums, shaping_between, vlr_between
from lib.calc.ranges import SummedHours
from lib.calc.vlr import INPUTS, hourly_vlr
from lib.hours import HOUR, market_hours
from lib.markets import MEASURES, SETTLED, SETTLED_COLUMN, locations, market
from lib.store import Database, read_curve
from lib.store.hourly import read_inputs_of, read_wide
from lib.store.published import read_first_and_last_hours
from lib.tool.curve import Choice, Extent, NoSuchCurve
from lib.tool.estimators import zone_curve
from lib.tool.snapshot import Version

MEASURES_OF_CURVE = {"vlr": INPUTS, "shaping": ("da_lmp",)}
"""The measures that the curves of free ranges are computed from."""


def priced_vlr_between(history: SummedHours, start: date, end: date) -> pd.DataFrame:
    """Return the VLR curve of a range with all its estimators, as the VLR notebook publishes it."""
    return add_priced(vlr_between(history, start, end))


RANGE_CURVES = {"vlr": priced_vlr_between, "shaping": shaping_between}
"""The functions that compute a curve of a free range from summed hours, first day and last day."""

DELIVERY_CURVES = ("cost_curve", "own_cost_curve")
"""The curves of months of delivery. A curve that is in neither has the days of its version, and no others."""


def read_cells(db: Database, iso: str, curve: str, version: Version) -> pd.DataFrame:
    """Return the cells of a version.

    A cost curve has its delivery months as `month`, such as "2026-01", and the load of each cell as load_mwh.
    """
    cells = read_curve(db, zone_curve(curve), iso, version.version_id)
    if version.vlr_version is None:
        return cells
    weighed = add_loads(cells, read_curve(db, "vlr", iso, version.vlr_version))
    months = cells["delivery_month"].astype("category")
    names = [f"{month:%Y-%m}" for month in months.cat.categories]
    return weighed.assign(month=months.cat.rename_categories(names).astype(object))


def select_delivery_months(cells: pd.DataFrame, choice: Choice, extent: Extent) -> pd.DataFrame:
    """Return the cells of the delivery months that the chosen range touches.

    Raises:
        NoSuchCurve: the range has days outside the delivery months, or its last day is before its first.
    """
    if choice.end < choice.start:
        raise NoSuchCurve(f"the last day of the range, {choice.end}, is before the first, {choice.start}")
    if not extent.first <= choice.start <= choice.end <= extent.last:
        raise NoSuchCurve(
            f"the cost curve does not cover all days from {choice.start} to {choice.end}: choose days from "
            f"{extent.first} to {extent.last}"
        )
    return cells[cells["month"].between(f"{choice.start:%Y-%m}", f"{choice.end:%Y-%m}")]


def read_history(db: Database, iso: str, curve: str, version: Version) -> SummedHours:
    """Read all stored hours of the series that a version was made of, and sum them by month.

    The history covers the days that have values and the days of the version's window.
    """
    zones = [zone.name for zone in locations(iso, "zone")]
    series = version.series[version.series["measure"].isin(MEASURES_OF_CURVE[curve])]
    hours = market_hours(iso, *_days(db, iso, series, version), version.holidays)
    bounds = hours["interval_start"].iloc[0], hours["interval_start"].iloc[-1] + HOUR
    is_settled = series["basis"] == SETTLED
    wide = read_wide(db, iso, series[~is_settled], zones, bounds, MEASURES_OF_CURVE[curve])
    columns = {MEASURES[name].column: values for name, values in wide.items()}
    if is_settled.any():
        settled = read_wide(db, iso, series[is_settled], zones, bounds, ["rt_lmp"])
        columns[SETTLED_COLUMN] = settled["rt_lmp"]
    return _SUM_HOURS[curve](hours, zones, columns)


def read_zone_hours(db: Database, iso: str, version: Version, zones: Sequence[str]) -> pd.DataFrame:
    """Read the prices and loads of some zones, laid on all hours of the window of a VLR version.

    Returns:
        the grid, as `lib.calc.grid.build_grid` returns it.
    """
    hours = market_hours(iso, version.start, version.end, version.holidays)
    bounds = hours["interval_start"].iloc[0], hours["interval_start"].iloc[-1] + HOUR
    series = version.series[version.series["location"].isin(zones)]
    return build_grid(read_inputs_of(db, iso, series, bounds, INPUTS), hours, zones)


def _days(db: Database, iso: str, series: pd.DataFrame, version: Version) -> tuple[date, date]:
    zone = market(iso).zone_info
    first, last = (hour.tz_convert(zone).date() for hour in read_first_and_last_hours(db, series))
    return min(version.start, first), max(version.end, last)


def _sum_vlr(hours: pd.DataFrame, zones: Sequence[str], wide: dict[str, np.ndarray]) -> SummedHours:
    grid = pd.DataFrame({column: values.ravel() for column, values in wide.items()}, copy=False)
    return build_vlr_sums(hours, zones, hourly_vlr(grid))


def _sum_shaping(hours: pd.DataFrame, zones: Sequence[str], wide: dict[str, np.ndarray]) -> SummedHours:
    column = MEASURES["da_lmp"].column
    return build_shaping_sums(hours, zones, pd.DataFrame({column: wide[column].ravel()}))


_SUM_HOURS = {"vlr": _sum_vlr, "shaping": _sum_shaping}
