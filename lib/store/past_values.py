"""What was stored at a moment: raw values and settlements as they were when a version was published.

A table has the values of now, and for each value the run that wrote it. Its table of revisions has every
former value, the run that wrote it, and the run that changed it (none for a deletion). The value at a moment
follows in two stages:

1. If the value was changed or deleted after the moment, it is the old value of the first such change; else
   it is the value of now, if there is one.
2. It counts only if the run that wrote it is the one of the moment or an earlier one. So an hour that came
   later is left out, and one that was deleted later comes back.

`read_changed_values` compares two moments: only what was written after the first can differ between them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pandas as pd

from lib.hub_map import SETTLEMENT_KEY
from lib.markets import MEASURES
from lib.store.curve_versions import PublishedAt
from lib.store.database import Database
from lib.store.query import read_sql
from lib.store.series import partition_of
from lib.store.settlements import TABLE, VALUES

Bounds = tuple[pd.Timestamp, pd.Timestamp]
"""The first hour, and the end of a window, excluded; UTC."""


def read_past_values(
    db: Database, iso: str, measure: str, series_ids: Sequence[int], bounds: Bounds, moment: PublishedAt
) -> pd.DataFrame:
    """Return the values of series as they were at a moment.

    Args:
        db: the database.
        iso: whose series.
        measure: one of lib.markets.MEASURES; series of others are left out.
        series_ids: which series.
        bounds: the window.
        moment: the moment.

    Returns:
        series_id, interval_start, value ($/MWh or MW); by both.
    """
    sql = f"""
        WITH {_later("later", "moment")}
        {_at_moment(partition_of(iso, measure), "later", "moment")}
        ORDER BY series_id, interval_start
    """
    return read_sql(db, sql, {**_of_series(measure, series_ids, bounds), **_params("moment", moment)})


def read_changed_values(
    db: Database,
    iso: str,
    series: pd.DataFrame,
    bounds: Bounds,
    old: PublishedAt,
    new: PublishedAt,
) -> pd.DataFrame:
    """Return the values of series that differ between two moments.

    Args:
        db: the database.
        iso: whose series.
        series: series_id, location, measure, source, basis, as `describe_series` returns them.
        bounds: the window.
        old: the earlier moment.
        new: the later moment.

    Returns:
        measure, location, series_id, interval_start, old_value, new_value ($/MWh or MW; NULL where there was
        none), what ("revised", "late": there was no value before; "removed": there is none any more); by
        series and hour.
    """
    parts = [
        _read_changes(
            db, iso, measure, series.loc[series["measure"] == measure, "series_id"], bounds, old, new
        )
        for measure in MEASURES
    ]
    changed = pd.concat(parts, ignore_index=True)
    names = series[["series_id", "measure", "location"]]
    changed = changed.merge(names, on="series_id", how="left")
    is_late, is_removed = changed["old_value"].isna(), changed["new_value"].isna()
    what = pd.Series("revised", index=changed.index, dtype=object)
    changed["what"] = what.mask(is_late, "late").mask(is_removed, "removed")
    return changed[["measure", "location", "series_id", "interval_start", "old_value", "new_value", "what"]]


def read_past_settlements(db: Database, trade_date: date, moment: PublishedAt) -> pd.DataFrame:
    """Return the monthly settlements of a trade date as they were at a moment, without options.

    Returns:
        the columns of `lib.store.read_settlements`, in its order.
    """
    key = ", ".join(SETTLEMENT_KEY)
    columns = f"{key}, {', '.join(VALUES)}"
    same_key = " AND ".join(f"later.{name} = stored.{name}" for name in SETTLEMENT_KEY)
    monthly = "trade_date = :trade_date AND strike = 'NaN' AND extract(day FROM strip) = 1"
    sql = f"""
        WITH later AS (
            SELECT DISTINCT ON ({key}) * FROM settlement_revision
            WHERE {monthly}
              AND (new_run_id > :moment_run_id OR new_run_id IS NULL AND revised_at > :moment_at)
            ORDER BY {key}, revision_id
        )
        SELECT * FROM (
            SELECT {columns} FROM {TABLE} stored
            WHERE {monthly} AND run_id <= :moment_run_id
              AND NOT EXISTS (SELECT FROM later WHERE {same_key})
            UNION ALL
            SELECT {columns} FROM later WHERE run_id <= :moment_run_id
        ) past ORDER BY {key}
    """
    return read_sql(db, sql, {"trade_date": trade_date, **_params("moment", moment)})


def _read_changes(
    db: Database,
    iso: str,
    measure: str,
    series_ids: Sequence[int],
    bounds: Bounds,
    old: PublishedAt,
    new: PublishedAt,
) -> pd.DataFrame:
    stored = partition_of(iso, measure)
    sql = f"""
        WITH {_later("after_old", "old")}, {_later("after_new", "new")}, touched AS (
            SELECT series_id, interval_start FROM after_old
            UNION SELECT series_id, interval_start FROM {stored} WHERE {_WINDOW} AND run_id > :old_run_id
        ), before AS ({_at_moment(stored, "after_old", "old", "touched")}
        ), now AS ({_at_moment(stored, "after_new", "new", "touched")})
        SELECT series_id, interval_start, before.value AS old_value, now.value AS new_value
        FROM before FULL JOIN now USING (series_id, interval_start)
        WHERE before.value IS DISTINCT FROM now.value
        ORDER BY series_id, interval_start
    """
    params = {**_of_series(measure, series_ids, bounds), **_params("old", old), **_params("new", new)}
    return read_sql(db, sql, params)


_WINDOW = "series_id IN :series_ids AND interval_start >= :start AND interval_start < :end"


def _later(name: str, moment: str) -> str:
    """Return a common table expression: the first change of each value after a moment."""
    return f"""
        {name} AS (
            SELECT DISTINCT ON (series_id, interval_start) series_id, interval_start, old_value, old_run_id
            FROM value_revision
            WHERE measure = :measure AND {_WINDOW}
              AND (run_id > :{moment}_run_id OR run_id IS NULL AND revised_at > :{moment}_at)
            ORDER BY series_id, interval_start, revision_id
        )"""


def _at_moment(stored: str, later: str, moment: str, only: str | None = None) -> str:
    """Return a query for the values at a moment.

    Args:
        stored: the table of the values of now.
        later: the expression of `_later` for the moment.
        moment: the name of its parameters.
        only: a table expression of the hours wanted (series_id, interval_start); None for all.
    """
    chosen = "" if only is None else f"JOIN {only} USING (series_id, interval_start)"
    return f"""
        SELECT series_id, interval_start, value FROM {stored} current {chosen}
        WHERE {_WINDOW} AND run_id <= :{moment}_run_id
          AND NOT EXISTS (SELECT FROM {later} WHERE {later}.series_id = current.series_id
                          AND {later}.interval_start = current.interval_start)
        UNION ALL
        SELECT series_id, interval_start, old_value FROM {later}
        WHERE old_run_id IS NULL OR old_run_id <= :{moment}_run_id"""


def _of_series(measure: str, series_ids: Sequence[int], bounds: Bounds) -> dict[str, object]:
    return {"measure": measure, "series_ids": list(series_ids), "start": bounds[0], "end": bounds[1]}


def _params(name: str, moment: PublishedAt) -> dict[str, object]:
    return {f"{name}_run_id": moment.run_id, f"{name}_at": moment.at}
