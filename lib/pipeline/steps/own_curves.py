"""The curves of the desk's own load: computed as the zone's are, checked, and published beside them.

A version of `own_vlr` has VLR, its exclusions and residuals, the covariance and the load-shape premium of own
load. No view shows it, and it never takes the place of a zone's curve; `lib.store.read_curve` reads it by its
version.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from lib import store
from lib.calc import checks, shaping
from lib.calc.band import left_out_errors, sums_by_year
from lib.pipeline.steps.context import Context
from lib.pipeline.steps.curve_tables import vlr_tables
from lib.pipeline.steps.event_days import Events
from lib.pipeline.steps.inputs import Inputs
from lib.pipeline.steps.own_loads import OwnInputs
from lib.pipeline.steps.publishing import publish_curve, written_rows

OWN_VLR = "own_vlr"
"""The name of the curve in the database."""

NO_CHECKS = ["check", "n_checked", "worst", "tolerance"]


@dataclass(frozen=True)
class OwnCurves:
    """The tables of `own_vlr` by the name of their relation, and the checks that held; perhaps none."""

    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    checks: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=NO_CHECKS))


def compute_own_curves(
    context: Context,
    own: OwnInputs,
    own_hourly: pd.DataFrame,
    half_life_years: float | None = None,
    covariance_events: Events = "kept",
    seasons: str | None = None,
) -> OwnCurves:
    """Compute VLR, covariance and load-shape premium of own load, by the same methods as the zone's.

    Args:
        context: what `open_context` returns.
        own: what `read_own_inputs` returns.
        own_hourly: what `lib.calc.vlr.hourly_vlr` returns for its grid.
        half_life_years: as for the zone's curve.
        covariance_events, seasons: as for the zone's covariance.

    Raises:
        InvariantBroken: a check fails.
    """
    if not own.is_given:
        return OwnCurves()
    chosen = {
        "half_life_years": half_life_years,
        "covariance_events": covariance_events,
        "seasons": seasons,
    }
    tables = {
        **vlr_tables(context.iso, own_hourly, chosen),
        "load_shape_premium": shaping.load_shape_premium(own.grid),
        "vlr_residual": left_out_errors(sums_by_year(own_hourly, half_life_years)),
    }
    return OwnCurves(tables, checks.check_vlr(own_hourly, tables["vlr"], half_life_years))


def publish_own_curves(
    context: Context, own: OwnInputs, curves: OwnCurves, parameters: Mapping[str, object]
) -> pd.DataFrame:
    """Save a new version of `own_vlr` unless the latest is made of the same; return the counts of the write.

    Args:
        context: what `open_context` returns.
        own: what `read_own_inputs` returns.
        curves: what `compute_own_curves` returns.
        parameters: what was chosen for the zone's curve.
    """
    if not curves.tables:
        return written_rows({})
    inputs = Inputs(own.grid, own.series, "zone")
    return publish_curve(context, OWN_VLR, inputs, {**parameters, "load": "own"}, curves.tables)


def read_own_curve(context: Context, table: str) -> pd.DataFrame:
    """Return a table of the version of `own_vlr` that the run works with; empty if there is none."""
    version = store.read_latest_version(context.db, OWN_VLR, context.iso, context.run_id)
    return store.read_curve(context.db, table, context.iso, version or 0)
