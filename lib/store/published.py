"""The latest curves and the series they were made of, for readers outside a run such as the scaling tool."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from lib.markets import MEASURES
from lib.store.curve_status import VERSIONS_OF_RUN
from lib.store.database import Database
from lib.store.query import read_sql
from lib.store.registry import SERIES


@dataclass(frozen=True)
class EndedRun:
    """The run that ended last."""

    run_id: int
    ended_at: datetime | None


_COLUMNS = """
    iso, curve, version_id, status, version.window_start, version.window_end, version.parameters, series_ids,
    fingerprint, run_id, created_at, as_of
"""


def read_latest_versions(db: Database, run_id: int = 0) -> pd.DataFrame:
    """Return the version of each curve and ISO that a run works with: its own, else the latest official one.

    Run 0 is no run: it works with official versions only.

    Returns:
        iso, curve, version_id, status, window_start, window_end, parameters (JSON), series_ids (arrays),
        fingerprint, run_id (that made it), created_at, as_of (of that run); by ISO and curve.
    """
    return read_sql(
        db,
        f"""
        SELECT {_COLUMNS}
        FROM ({VERSIONS_OF_RUN}) version JOIN market USING (market_id) JOIN pipeline_run USING (run_id)
        ORDER BY market_id, curve
        """,
        {"run_id": run_id},
    )


def read_latest_studies(db: Database) -> pd.DataFrame:
    """Return the latest study of each curve and ISO, with the columns of `read_latest_versions`."""
    return read_sql(
        db,
        f"""
        SELECT DISTINCT ON (market_id, curve) {_COLUMNS}
        FROM curve_version version JOIN market USING (market_id) JOIN pipeline_run USING (run_id)
        WHERE status = 'study'
        ORDER BY market_id, curve, version_id DESC
        """,
    )


def read_last_writes(db: Database) -> dict[str, int]:
    """Return the id of each ISO's last write that changed raw values: they are unchanged while it is."""
    found = read_sql(
        db,
        """
        SELECT iso, max(write_id) AS write_id FROM pipeline_write
        WHERE relation IN :tables AND n_written + n_revised > 0
        GROUP BY iso
        """,
        {"tables": [measure.table for measure in MEASURES.values()]},
    )
    return dict(zip(found["iso"], found["write_id"], strict=True))


def read_last_ended_run(db: Database) -> EndedRun:
    """Return the run that ended last; run 0 if none has ended."""
    found = read_sql(
        db,
        """
        SELECT run_id, finished_at FROM pipeline_run WHERE finished_at IS NOT NULL
        ORDER BY finished_at DESC LIMIT 1
        """,
    )
    if found.empty:
        return EndedRun(0, None)
    return EndedRun(int(found["run_id"].item()), found["finished_at"].item().to_pydatetime())


def read_first_and_last_hours(db: Database, series: pd.DataFrame) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return the UTC starts of the first and the last stored hour of any of the series.

    Args:
        db: the database.
        series: series_id, market_id and measure, as `describe_series` returns them.
    """
    # One index lookup for each end of each series; an aggregate would read all rows.
    ends = " UNION ALL ".join(
        f"""
        SELECT (SELECT {end}(interval_start) FROM {MEASURES[row.measure].table}
                WHERE market_id = {row.market_id} AND series_id = {row.series_id}) AS hour
        """
        for row in series.itertuples()
        for end in ("min", "max")
    )
    hours = read_sql(db, ends)["hour"]
    return hours.min(), hours.max()


def describe_series(db: Database, series_ids: Sequence[int]) -> pd.DataFrame:
    """Return the identity of series: series_id, market_id, location, measure, source, basis."""
    return read_sql(
        db,
        f"""
        SELECT series_id, market_id, location, measure, source, basis
        FROM ({SERIES}) AS known JOIN market USING (iso) WHERE series_id IN :ids
        """,
        {"ids": list(series_ids)},
    )
