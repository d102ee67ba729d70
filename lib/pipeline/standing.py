"""How things stand when a run has ended: up to when each ISO's series reach, and what its VLR comes to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from lib import store
from lib.markets import MEASURES, market
from lib.pipeline.planning.board import State
from lib.pipeline.records.manifest import Standing, TaskRecord
from lib.store.history import curve_versions

VLR = "vlr"
"""The notebook, and the curve, whose figure is an ISO's headline."""


def standing(
    db: store.Database,
    run_id: int,
    sources: Sequence[str],
    isos: Iterable[str],
    tasks: Iterable[TaskRecord],
) -> Standing:
    """Return how far the ISOs' series reach, and the VLR of the ISOs whose vlr is done.

    Args:
        db: the database.
        run_id: the run.
        sources: names under which the run's source stores series, the preferred first.
        isos: those the run has a window for.
        tasks: of the run, all ended.
    """
    done = {record.task.iso for record in tasks if record.task.notebook == VLR and record.state is State.DONE}
    versions = curve_versions(db, run_id)
    figures = versions[(versions["curve"] == VLR) & versions["iso"].isin(done)].dropna(subset="cost_per_mwh")
    return Standing(
        freshness={iso: _last_hours(db, iso, sources) for iso in isos},
        figures={row.iso: {"vlr_usd_per_mwh": round(row.cost_per_mwh, 6)} for row in figures.itertuples()},
    )


def _last_hours(db: store.Database, iso: str, sources: Sequence[str]) -> dict[str, str]:
    """Return by measure the local start of the last hour of the series that is furthest behind."""
    last = store.last_hours(db, iso)
    found = {
        measure: last.reindex(store.find_series(db, iso, measure, sources)["series_id"]).min()
        for measure in MEASURES
    }
    zone = market(iso).zone_info
    return {
        measure: hour.tz_convert(zone).isoformat() for measure, hour in found.items() if not pd.isna(hour)
    }
