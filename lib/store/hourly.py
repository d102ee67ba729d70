"""The calendar and the hourly VLR chain: writing them, and reading the chain's four inputs side by side."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from lib.hours import HOUR, UTC_HOUR
from lib.markets import MEASURES, market
from lib.store.bulk import InvalidValues, Target, to_arrow, write_rows
from lib.store.curves import block_ids, location_ids
from lib.store.database import Database
from lib.store.query import read_sql
from lib.store.registry import find_series
from lib.store.run_log import Task, WriteCounts
from lib.store.series import read_series

_CALENDAR = (
    *("market_date", "year", "month", "day", "he", "is_repeated_hour", "day_type", "is_holiday", "hour_type"),
    "block_id",
)
_CHAIN = (
    *("da_lmp", "rt_lmp", "da_load", "rt_load", "price_variance", "price_variance_pct", "load_variance"),
    *("load_variance_pct", "hedge_cost", "imbalance_cost", "total_cost", "total_price", "unitized_cost"),
    "hourly_vlr",
)


def write_calendar(db: Database, iso: str, hours: pd.DataFrame, task: Task) -> WriteCounts:
    """Store the calendar of an ISO as lib.hours.market_hours gives it."""
    target = Target("market_hour", "market_hour", None, _CALENDAR)
    rows = hours.assign(block_id=block_ids(hours["block_type"])).drop(columns="block_type")
    with db.arrow_connection() as connection:
        table = to_arrow(connection, target.table, rows, {"market_id": market(iso).market_id})
        return write_rows(connection, target, table, task)


def write_hourly_vlr(db: Database, iso: str, frame: pd.DataFrame, task: Task) -> WriteCounts:
    """Store the VLR chain of an ISO.

    Args:
        db: the database.
        iso: the ISO.
        frame: location, interval_start, the four inputs as `read_inputs` names them, and the chain's columns
            as calc.vlr.hourly_vlr adds them; NaN where not computable. Further columns stay out.
        task: who writes.

    Raises:
        InvalidValues: a location is unknown, a column is missing, or a location's hour comes twice.
    """
    table = f"hourly_vlr_data_{market(iso).iso.lower()}"
    target = Target("hourly_vlr", table, "location_id", _CHAIN)
    _check_chain(iso, frame)
    renamed = frame.rename(columns={fact.column: fact.name for fact in MEASURES.values()})
    with db.arrow_connection() as connection:
        rows = renamed.assign(location_id=location_ids(connection, iso, frame["location"]))
        rows = rows.sort_values(["location_id", "interval_start"])[["location_id", "interval_start", *_CHAIN]]
        constants = {"market_id": market(iso).market_id, "run_id": task.run_id}
        return write_rows(connection, target, to_arrow(connection, table, rows, constants), task)


def read_inputs(
    db: Database,
    iso: str,
    start: pd.Timestamp,
    end: pd.Timestamp,
    sources: Sequence[str],
    basis: str | None = None,
    measures: Sequence[str] = tuple(MEASURES),
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the stored prices and loads of an ISO side by side, and the series they are from.

    Args:
        db: the database.
        iso: the ISO.
        start: first hour, UTC.
        end: end of the window, UTC, excluded.
        sources: names of sources, the preferred first.
        basis: of the day-ahead load; None: as `find_series` prefers.
        measures: which of the four are wanted.

    Returns:
        location, interval_start, da_lmp_usd_per_mwh, rt_lmp_usd_per_mwh, da_load_mw, rt_load_mw as far as
        wanted: a row for each location and hour that has any of them, NaN where one is missing, by location
        and hour; and series_id, location, measure, source, basis of the series used.
    """
    bases = {"da_load": basis}
    used = {measure: find_series(db, iso, measure, sources, bases.get(measure)) for measure in measures}
    series = pd.concat(used.values(), ignore_index=True)
    names = series["location"].unique()
    hours = pd.date_range(start, end, freq="h", inclusive="left", unit="us")
    wide = read_wide(db, iso, series, names, (start, end), measures)
    place, hour = np.nonzero(np.logical_or.reduce([~np.isnan(plane) for plane in wide.values()]))
    inputs = pd.DataFrame({"location": names[place], "interval_start": hours[hour].astype(UTC_HOUR)})
    for measure, plane in wide.items():
        inputs[MEASURES[measure].column] = plane[place, hour]
    return inputs, series


def read_wide(
    db: Database,
    iso: str,
    series: pd.DataFrame,
    locations: Sequence[str],
    bounds: tuple[pd.Timestamp, pd.Timestamp],
    measures: Sequence[str],
) -> dict[str, np.ndarray]:
    """Return the values of series side by side.

    Args:
        db: the database.
        iso: the ISO.
        series: series_id, location, measure; one series at most for each location and measure.
        locations: the locations wanted, in the order wanted.
        bounds: first hour, and end of the window, excluded; UTC.
        measures: those wanted.

    Returns:
        measure -> values ($/MWh or MW) by location and hour, NaN where none is stored.
    """
    start, end = bounds
    wide = {}
    for measure in measures:
        plane = np.full((len(locations), (end - start) // HOUR), np.nan)
        ids = series.loc[series["measure"] == measure, "series_id"].tolist()
        values = read_series(db, iso, measure, ids, start, end)
        place = pd.Categorical(values["location"], categories=list(locations)).codes
        hour = ((values["interval_start"] - start) // HOUR).to_numpy()
        is_wanted = place >= 0
        plane[place[is_wanted], hour[is_wanted]] = values["value"].to_numpy()[is_wanted]
        wide[measure] = plane
    return wide


def _check_chain(iso: str, frame: pd.DataFrame) -> None:
    """Refuse a frame that lacks a column of the chain or has an hour of a location twice."""
    chain = [MEASURES[name].column if name in MEASURES else name for name in _CHAIN]
    if missing := [name for name in ("location", "interval_start", *chain) if name not in frame]:
        raise InvalidValues(f"the hourly VLR of {iso} lacks columns: {', '.join(missing)}")
    is_twice = frame.duplicated(["location", "interval_start"])
    if is_twice.any():
        first = frame[is_twice].iloc[0]
        raise InvalidValues(
            f"the hourly VLR of {iso} {first['location']} has {first['interval_start']:%Y-%m-%d %H:%M} UTC "
            f"twice ({is_twice.sum()} such rows): give each hour of a location once"
        )


def read_revisions(db: Database, iso: str, notebook: str, run_id: int | None) -> pd.DataFrame:
    """Return what was revised after the last time a notebook ended well for an ISO, up to a run.

    Changes that a run made before it was killed, and could not report, are among them.

    Args:
        db: the database.
        iso: whose series.
        notebook: the one that writes series.
        run_id: the run; None for the last one in which the notebook was started for the ISO.

    Returns:
        measure, location, source, basis, n_hours, first, last (UTC starts), and of the hour that changed most
        interval_start, old_value and new_value ($/MWh or MW); a row for each series with a change.
    """
    return read_sql(
        db, _CHANGED, {"market_id": market(iso).market_id, "iso": iso, "notebook": notebook, "run_id": run_id}
    )


_CHANGED = """
    WITH this AS (
        SELECT coalesce(:run_id, max(run_id)) AS run_id FROM pipeline_task
        WHERE notebook = :notebook AND iso = :iso
    ), before AS (
        SELECT coalesce(max(pipeline_task.run_id), 0) AS run_id FROM pipeline_task, this
        WHERE notebook = :notebook AND iso = :iso AND outcome = 'done' AND pipeline_task.run_id < this.run_id
    ), revised AS (
        SELECT value_revision.* FROM value_revision, this, before
        WHERE value_revision.run_id > before.run_id AND value_revision.run_id <= this.run_id
    ), extent AS (
        SELECT series_id, count(DISTINCT interval_start) AS n_hours,
               min(interval_start) AS first, max(interval_start) AS last
        FROM revised GROUP BY series_id
    ), largest AS (
        SELECT DISTINCT ON (series_id) series_id, interval_start, old_value, new_value
        FROM revised ORDER BY series_id, abs(new_value - old_value) DESC, revision_id
    )
    SELECT measure, location.name AS location, source, basis, n_hours, first, last,
           interval_start, old_value, new_value
    FROM extent JOIN largest USING (series_id) JOIN series USING (series_id)
    JOIN location USING (location_id)
    WHERE market_id = :market_id ORDER BY series_id
"""
