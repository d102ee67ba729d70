"""How things stand when a run has ended: up to when each ISO's series reach, and what its curves come to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import pandas as pd

from lib import store
from lib.calc.delivery import N_MONTHS
from lib.markets import MEASURES, market
from lib.pipeline.notebooks import NOTEBOOKS
from lib.pipeline.runner.model import State
from lib.pipeline.runner.records.manifest import RunFigures, TaskRecord
from lib.present.formats import MONTHS
from lib.store.run_diff import read_curve_versions

FIGURES = {
    "vlr": ("vlr_usd_per_mwh", len(MONTHS)),
    "cost_curve": ("cost_to_serve_usd_per_mwh", N_MONTHS),
}
"""Curve -> the name of its figure, and the number of months that the curve has where none is missing."""


def compute_run_figures(
    db: store.Database,
    run_id: int,
    sources: Sequence[str],
    isos: Iterable[str],
    tasks: Iterable[TaskRecord],
) -> RunFigures:
    """Return how far the ISOs' series reach, and the figures of the curves whose notebooks are done.

    Args:
        db: the database.
        run_id: the run.
        sources: names under which the run's source stores series, the preferred first.
        isos: those the run has a window for.
        tasks: of the run, all ended.
    """
    known = read_curve_versions(db, run_id).set_index(["curve", "iso"]).dropna(subset="figure")
    figures: dict[str, dict[str, float]] = defaultdict(dict)
    coverage: dict[str, dict[str, dict[str, int]]] = defaultdict(dict)
    for task in (record.task for record in tasks if record.state is State.DONE):
        curve = NOTEBOOKS[task.notebook].curve
        if task.iso and curve in FIGURES and (curve, task.iso) in known.index:
            name, n_months = FIGURES[curve]
            row = known.loc[(curve, task.iso)]
            figures[task.iso][name] = round(float(row["figure"]), 6)
            coverage[task.iso][name] = {
                "zones": int(row["n_zones"]),
                "months": int(row["n_months"]),
                "of_months": n_months,
                "hours": int(row["n_hours"]),
                "of_hours": int(row["of_hours"]),
            }
    return RunFigures({iso: _last_hours(db, iso, sources) for iso in isos}, figures, coverage)


def _last_hours(db: store.Database, iso: str, sources: Sequence[str]) -> dict[str, str | None]:
    """Return by measure the local start of the last hour of the series that is furthest behind.

    None where a series has no hour at all; a measure without any series is left out.
    """
    last = store.read_last_hours(db, iso)
    zone = market(iso).zone_info
    series = {measure: store.find_series(db, iso, measure, sources)["series_id"] for measure in MEASURES}
    hours = {measure: last.reindex(ids).min(skipna=False) for measure, ids in series.items() if len(ids)}
    return {
        measure: None if pd.isna(hour) else hour.tz_convert(zone).isoformat()
        for measure, hour in hours.items()
    }
