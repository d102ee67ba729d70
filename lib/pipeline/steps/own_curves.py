"""The curves of the desk's own load: computed as the zone's are, checked, and published beside them.

A version of `own_vlr` has VLR with intervals and bands, its exclusions and residuals, the covariance and the
load-shape premium of own load. No view shows it, and it never takes the place of a zone's curve;
`lib.store.read_curve` reads it by its version.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from lib import store
from lib.calc import checks
from lib.calc.diagnostics import window_sensitivity
from lib.calc.interval import RESAMPLES, SEED
from lib.pipeline.steps.context import Context
from lib.pipeline.steps.curve_tables import own_vlr_tables
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
    resamples: int | None = None,
    seed: int = SEED,
) -> OwnCurves:
    """Compute VLR, covariance and load-shape premium of own load, by the same methods as the zone's.

    Args:
        context: what `open_context` returns.
        own: what `read_own_inputs` returns.
        own_hourly: what `lib.calc.vlr.hourly_vlr` returns for its grid.
        half_life_years: as for the zone's curve.
        covariance_events, seasons: as for the zone's covariance.
        resamples, seed: of the days, for the estimator interval; without resamples there is none.

    Raises:
        InvariantBroken: a check fails.
    """
    if not own.is_given:
        return OwnCurves()
    chosen = {
        "half_life_years": half_life_years,
        "covariance_events": covariance_events,
        "seasons": seasons,
        "resamples": resamples,
        "seed": seed,
    }
    tables = own_vlr_tables(context.iso, own.grid, own_hourly, chosen)
    return OwnCurves(tables, checks.check_vlr(own_hourly, tables["vlr"], half_life_years))


def compare_intervals(
    own_hourly: pd.DataFrame,
    hourly: pd.DataFrame,
    half_life_years: float | None = None,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> pd.DataFrame:
    """Return how well VLR of own load is known, and that of its zone over the same hours and draws of days.

    Args:
        own_hourly: what `lib.calc.vlr.hourly_vlr` returns for the grid of own load.
        hourly: the same for the zones' grid.
        half_life_years, resamples, seed: as for the estimator interval of the zones.

    Returns:
        location, n_days, own_per_mwh, own_low, own_high, zone_per_mwh, zone_low, zone_high ($/MWh; the ends
        are NULL with fewer than MIN_INTERVAL_DAYS days).
    """
    names = ["per_mwh", "low", "high"]
    columns = ["location", "n_days", *(f"{whose}_{name}" for whose in ("own", "zone") for name in names)]
    if own_hourly.empty:
        return pd.DataFrame(columns=columns)
    zones = own_hourly["location"].cat.categories
    zone = hourly[hourly["location"].isin(zones)].reset_index(drop=True)
    is_both = own_hourly["unitized_cost"].notna() & zone["unitized_cost"].notna()
    table = pd.DataFrame({"location": zones})
    for whose, hours in (("own", own_hourly), ("zone", zone)):
        counted = hours.assign(unitized_cost=hours["unitized_cost"].where(is_both))
        known = window_sensitivity(counted, (), half_life_years, resamples, seed)
        figures = known[["location", "n_days", "cost_per_mwh", "interval_low", "interval_high"]]
        figures.columns = ["location", "n_days", *(f"{whose}_{name}" for name in names)]
        table = table.merge(figures, on=["location", "n_days"] if whose == "zone" else "location", how="left")
    return table[columns]


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
