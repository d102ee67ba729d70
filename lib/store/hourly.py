"""The tables by hour: the calendar, the VLR chain, and the chain's four inputs side by side."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from lib.hours import HOUR, UTC_HOUR
from lib.markets import MEASURES, SETTLED, SETTLED_COLUMN, SETTLED_NAME, market
from lib.store.bulk import InvalidValues, Target, to_arrow, write_rows
from lib.store.curves import block_ids, location_ids
from lib.store.database import Database
from lib.store.registry import find_series
from lib.store.run_log import RunTask, WriteCounts
from lib.store.series import read_series

_CALENDAR_KEY = ("market_id", "interval_start")
_VLR_KEY = ("market_id", "location_id", "interval_start")


def write_calendar(db: Database, iso: str, hours: pd.DataFrame, task: RunTask) -> WriteCounts:
    """Store the calendar of an ISO, which `lib.hours.market_hours` returns."""
    rows = hours.assign(block_id=block_ids(hours["block_type"])).drop(columns="block_type")
    with db.arrow_connection() as connection:
        table = to_arrow(connection, "market_hour", rows, {"market_id": market(iso).market_id})
        values = tuple(name for name in table.column_names if name not in _CALENDAR_KEY)
        return write_rows(connection, Target("market_hour", "market_hour", None, values), table, task)


def write_hourly_vlr(db: Database, iso: str, frame: pd.DataFrame, task: RunTask) -> WriteCounts:
    """Store the hourly VLR chain of an ISO.

    Args:
        db: the database.
        iso: the ISO.
        frame: location, interval_start, the four inputs as `read_hourly_inputs` names them, perhaps the
            settled price, and the columns that `lib.calc.vlr.hourly_vlr` adds; NaN where not computable.
            Other columns are ignored.
        task: who writes.

    Raises:
        InvalidValues: a location is unknown, a column is missing, or a location's hour comes twice.
    """
    table = f"hourly_vlr_data_{market(iso).iso.lower()}"
    constants = {"market_id": market(iso).market_id, "run_id": task.run_id}
    with db.arrow_connection() as connection:
        columns = connection.adbc_get_table_schema(table).names
        values = tuple(name for name in columns if name not in (*_VLR_KEY, "run_id"))
        _check_chain(iso, frame, values)
        names = {measure.column: measure.name for measure in MEASURES.values()}
        renamed = frame.rename(columns={**names, SETTLED_COLUMN: SETTLED_NAME})
        if SETTLED_NAME not in renamed:
            renamed = renamed.assign(**{SETTLED_NAME: np.nan})
        rows = renamed.assign(location_id=location_ids(connection, iso, frame["location"]))
        rows = rows.sort_values(["location_id", "interval_start"])[["location_id", "interval_start", *values]]
        target = Target("hourly_vlr", table, "location_id", values)
        return write_rows(connection, target, to_arrow(connection, table, rows, constants), task)


def read_hourly_inputs(
    db: Database,
    iso: str,
    start: pd.Timestamp,
    end: pd.Timestamp,
    sources: Sequence[str],
    basis: str | None = None,
    measures: Sequence[str] = tuple(MEASURES),
    *,
    with_settled: bool = False,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the stored prices and loads of an ISO side by side, and the series they are from.

    Args:
        db: the database.
        iso: the ISO.
        start: first hour, UTC.
        end: end of the window, UTC, excluded.
        sources: names of sources, the preferred first.
        basis: basis of the day-ahead load; None for the one that `find_series` prefers.
        measures: which of the four are wanted.
        with_settled: also the real-time price at which metered load settles.

    Returns:
        Two frames. The inputs: location, interval_start, and of da_lmp_usd_per_mwh, rt_lmp_usd_per_mwh,
        da_load_mw, rt_load_mw those that are wanted; one row for each location and hour that has any of them,
        NaN where one is missing; by location and hour. rt_lmp_settled_usd_per_mwh if it is wanted and any
        location has it. The series used: series_id, location, measure, source,
        basis.
    """
    bases = {"da_load": basis}
    used = {measure: find_series(db, iso, measure, sources, bases.get(measure)) for measure in measures}
    series = pd.concat(used.values(), ignore_index=True)
    names = series["location"].unique()
    hours = pd.date_range(start, end, freq="h", inclusive="left", unit="us")
    wide = read_wide(db, iso, series, names, (start, end), measures)
    location, hour = np.nonzero(np.logical_or.reduce([~np.isnan(values) for values in wide.values()]))
    inputs = pd.DataFrame({"location": names[location], "interval_start": hours[hour].astype(UTC_HOUR)})
    for measure, values in wide.items():
        inputs[MEASURES[measure].column] = values[location, hour]
    settled = find_series(db, iso, "rt_lmp", sources, SETTLED) if with_settled else series.head(0)
    if not settled.empty:
        values = read_wide(db, iso, settled, names, (start, end), ["rt_lmp"])["rt_lmp"]
        inputs[SETTLED_COLUMN] = values[location, hour]
        series = pd.concat([series, settled], ignore_index=True)
    return inputs, series


def read_wide(
    db: Database,
    iso: str,
    series: pd.DataFrame,
    locations: Sequence[str],
    bounds: tuple[pd.Timestamp, pd.Timestamp],
    measures: Sequence[str],
) -> dict[str, np.ndarray]:
    """Return the values of series as one array of location x hour for each measure.

    Args:
        db: the database.
        iso: the ISO.
        series: series_id, location, measure; at most one series for each location and measure.
        locations: the locations wanted, in the order wanted.
        bounds: the first hour and the end of the window, excluded; UTC.
        measures: the measures wanted.

    Returns:
        measure -> values ($/MWh or MW) in the shape (location, hour), NaN where none is stored.
    """
    start, end = bounds
    wide = {}
    for measure in measures:
        values = np.full((len(locations), (end - start) // HOUR), np.nan)
        ids = series.loc[series["measure"] == measure, "series_id"].tolist()
        stored = read_series(db, iso, measure, ids, start, end)
        location = pd.Categorical(stored["location"], categories=list(locations)).codes
        hour = ((stored["interval_start"] - start) // HOUR).to_numpy()
        is_wanted = location >= 0
        values[location[is_wanted], hour[is_wanted]] = stored["value"].to_numpy()[is_wanted]
        wide[measure] = values
    return wide


def _check_chain(iso: str, frame: pd.DataFrame, values: Sequence[str]) -> None:
    """Raise InvalidValues for a frame that lacks a value column or has an hour of a location twice."""
    chain = [MEASURES[name].column if name in MEASURES else name for name in values if name != SETTLED_NAME]
    if missing := [name for name in ("location", "interval_start", *chain) if name not in frame]:
        raise InvalidValues(f"the hourly VLR of {iso} lacks columns: {', '.join(missing)}")
    is_twice = frame.duplicated(["location", "interval_start"])
    if is_twice.any():
        first = frame[is_twice].iloc[0]
        raise InvalidValues(
            f"the hourly VLR of {iso} {first['location']} has {first['interval_start']:%Y-%m-%d %H:%M} UTC "
            f"twice ({is_twice.sum()} such rows): give each hour of a location once"
        )
