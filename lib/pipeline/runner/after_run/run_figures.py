"""Compute the figures of a run that has ended: last stored hours of its series, figures of its curves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import pandas as pd

from lib import store
from lib.manifest import RunFigures
from lib.markets import MEASURES, market
from lib.pipeline.notebooks import NOTEBOOKS
from lib.pipeline.runner.after_run.curve_changes import COMPARED
from lib.store.run_diff import read_curve_versions
from lib.task_record import State, TaskRecord


def compute_run_figures(
    db: store.Database,
    run_id: int,
    sources: Sequence[str],
    isos: Iterable[str],
    tasks: Iterable[TaskRecord],
) -> RunFigures:
    """Return the last stored hours of the ISOs' series, and the figures of the curves whose tasks are done.

    Args:
        db: the database.
        run_id: the run.
        sources: names under which the run's source stores series, the preferred first.
        isos: the ISOs for which the run has a window.
        tasks: of the run, all ended.
    """
    versions = read_curve_versions(db, run_id).set_index(["curve", "iso"]).dropna(subset="figure")
    figures: dict[str, dict[str, float | None]] = defaultdict(dict)
    coverage: dict[str, dict[str, dict[str, int]]] = defaultdict(dict)
    for task in tasks:
        curve = NOTEBOOKS[task.notebook].curve
        is_done = task.outcome is State.DONE
        if is_done and task.iso and curve in COMPARED and (curve, task.iso) in versions.index:
            name = COMPARED[curve].run_figure
            row = versions.loc[(curve, task.iso)]
            figures[task.iso][name] = round(float(row["figure"]), 6)
            coverage[task.iso][name] = {
                "zones": int(row["n_zones"]),
                "months": int(row["n_months"]),
                "of_months": COMPARED[curve].n_months,
                "hours": int(row["n_hours"]),
                "of_hours": int(row["of_hours"]),
            }
    freshness = {iso: _last_hours(db, iso, sources) for iso in isos}
    return RunFigures(freshness=freshness, figures=figures, coverage=coverage)


def _last_hours(db: store.Database, iso: str, sources: Sequence[str]) -> dict[str, str | None]:
    """Return by measure the local start of the last hour that all its series have.

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
