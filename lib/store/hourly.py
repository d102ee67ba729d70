"""The tables by hour: the calendar, the VLR chain, and the chain's four inputs side by side."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd

from lib.hours import HOUR, UTC_HOUR
from lib.markets import MEASURES, SETTLED, SETTLED_COLUMN, SETTLED_NAME, market
from lib.store.bulk import InvalidValues, Target, block_ids, location_ids, to_arrow, write_rows
from lib.store.curve_versions import PublishedAt
from lib.store.database import Database
from lib.store.past_values import Bounds, read_past_values
from lib.store.registry import find_series
from lib.store.run_log import RunTask, WriteCounts
from lib.store.series import read_series
from lib.store.shared_reads import read_shared

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
    used = [find_series(db, iso, measure, sources, bases.get(measure)) for measure in measures]
    if with_settled:
        used.append(find_series(db, iso, "rt_lmp", sources, SETTLED))
    series = pd.concat(used, ignore_index=True)
    return read_inputs_of(db, iso, series, (start, end), measures), series


def read_inputs_of(
    db: Database,
    iso: str,
    series: pd.DataFrame,
    bounds: Bounds,
    measures: Sequence[str],
    moment: PublishedAt | None = None,
) -> pd.DataFrame:
    """Return the values of series side by side, as they are now or were at a moment.

    Args:
        db: the database.
        iso: the ISO.
        series: series_id, location, measure, basis; at most one for each location and measure, and one more
            for each location whose metered load settles on another price.
        bounds: the first hour and the end of the window, excluded; UTC.
        measures: which of the four are wanted.
        moment: when a version of a curve was published; None for now.

    Returns:
        the inputs, as `read_hourly_inputs` returns them.
    """
    is_settled = series["basis"] == SETTLED
    own, settled = series[~is_settled], series[is_settled]
    names = own["location"].unique()
    hours = pd.date_range(*bounds, freq="h", inclusive="left", unit="us")
    wide = read_wide(db, iso, own, names, bounds, measures, moment)
    location, hour = np.nonzero(np.logical_or.reduce([~np.isnan(values) for values in wide.values()]))
    inputs = pd.DataFrame({"location": names[location], "interval_start": hours[hour].astype(UTC_HOUR)})
    for measure, values in wide.items():
        inputs[MEASURES[measure].column] = values[location, hour]
    if not settled.empty:
        values = read_wide(db, iso, settled, names, bounds, ["rt_lmp"], moment)["rt_lmp"]
        inputs[SETTLED_COLUMN] = values[location, hour]
    return inputs


def read_wide(
    db: Database,
    iso: str,
    series: pd.DataFrame,
    locations: Sequence[str],
    bounds: Bounds,
    measures: Sequence[str],
    moment: PublishedAt | None = None,
) -> dict[str, np.ndarray]:
    """Return the values of series as one array of location x hour for each measure.

    Args:
        db: the database.
        iso: the ISO.
        series: series_id, location, measure; at most one series for each location and measure.
        locations: the locations wanted, in the order wanted.
        bounds: the first hour and the end of the window, excluded; UTC.
        measures: the measures wanted.
        moment: when a version of a curve was published, for the values of then; None for those of now.

    Returns:
        measure -> values ($/MWh or MW) in the shape (location, hour), NaN where none is stored; not to be
        changed, because other notebooks of a run may map the same.
    """
    wide = {}
    for measure in measures:
        places = series.loc[series["measure"] == measure].set_index("series_id")["location"]
        read = partial(_read_array, db, iso, measure, places, locations, bounds, moment)
        query = (tuple(places.items()), tuple(locations), *map(str, bounds))
        wide[measure] = read() if moment else read_shared(db, iso, MEASURES[measure].table, query, read)
    return wide


def _read_array(
    db: Database,
    iso: str,
    measure: str,
    places: pd.Series,
    locations: Sequence[str],
    bounds: Bounds,
    moment: PublishedAt | None,
) -> np.ndarray:
    """Return the values of series, whose locations `places` has by series_id, by location and hour."""
    start, end = bounds
    ids = places.index.tolist()
    if moment is None:
        stored = read_series(db, iso, measure, ids, *bounds)
    else:
        stored = read_past_values(db, iso, measure, ids, bounds, moment)
    values = np.full((len(locations), (end - start) // HOUR), np.nan)
    location = pd.Categorical(places, categories=list(locations)).codes
    location = location[places.index.get_indexer(stored["series_id"])]
    hour = ((stored["interval_start"] - start) // HOUR).to_numpy()
    is_wanted = location >= 0
    values[location[is_wanted], hour[is_wanted]] = stored["value"].to_numpy()[is_wanted]
    return values


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
