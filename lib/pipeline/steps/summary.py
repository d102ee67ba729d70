"""Read the latest curves of all ISOs, which the summary notebook shows."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from lib import store
from lib.calc.aggregate import estimate_from_cells
from lib.markets import MARKETS
from lib.pipeline.errors import NothingStored
from lib.pipeline.steps.levels import SUMMED, read_levels
from lib.sources import open_source
from lib.store.backtests import read_backtests
from lib.store.curve_status import VERSIONS_OF_RUN
from lib.store.run_diff import read_zone_costs


@dataclass(frozen=True)
class Overview:
    """The curves of each ISO, official or a run's own: how they were made, and their cells, `iso` first.

    `versions` has a row per ISO and curve: iso, curve, version_id, status, made_on (UTC day), window_start,
    window_end, holidays, source, basis (of the day-ahead load), load_note, n_locations, n_cells. `study` says
    which curves of the run are a study, and why. `levels` has all ISOs together, control areas and states
    (`lib.pipeline.steps.levels.read_levels`); no row where the curves are of before there were levels.
    `costs` has iso, location, cost_to_serve and covariance ($/MWh) of the cost curves.
    """

    is_demo: bool
    study: str | None
    versions: pd.DataFrame
    vlr: pd.DataFrame
    prices: pd.DataFrame
    levels: pd.DataFrame
    backtests: pd.DataFrame
    costs: pd.DataFrame

    @property
    def isos_without_vlr(self) -> list[str]:
        """ISOs without a VLR curve."""
        return [iso for iso in MARKETS if iso not in set(self.vlr["iso"])]


def read_overview(source: str, run_id: int = 0, study: str | None = None) -> Overview:
    """Read the curves of a run and else the official ones; a curve that no ISO has is a frame without rows.

    Raises:
        NothingStored: there is no curve; the message says how to make one.
    """
    opened = open_source(source, is_to_fetch=False)
    db = store.open_database(opened.name)
    versions = _versions(db, run_id)
    if versions.empty:
        raise NothingStored(
            f"no official curves are stored in {db}: run `make run`, or "
            f"`python run_all.py --source {source}`, first"
        )
    vlr, prices = (_cells(db, table, versions) for table in ("vlr", "da_lmps_avg"))
    counts = pd.concat([vlr.assign(curve="vlr"), prices.assign(curve="shaping")]).groupby(["iso", "curve"])
    counts = counts.agg(n_locations=("location", "nunique"), n_cells=("he", "size")).reset_index()
    versions = versions.merge(counts, on=["iso", "curve"], how="left")
    costs = read_zone_costs(db, versions.loc[versions["curve"] == "cost_curve", "version_id"].tolist())
    return Overview(
        db.is_demo, study, versions, vlr, prices, _levels(db, run_id), read_backtests(db, run_id), costs
    )


def rank_zones(overview: Overview) -> pd.DataFrame:
    """Return the zones of all ISOs from the dearest to the cheapest to serve; those without a price last.

    Returns:
        iso, location, cost_per_mwh (VLR of the past), covariance and cost_to_serve ($/MWh).
    """
    zones = estimate_from_cells(overview.vlr, ["iso", "location"])[["iso", "location", "cost_per_mwh"]]
    ranked = zones.merge(overview.costs, on=["iso", "location"], how="left")
    ranked = ranked.sort_values(["cost_to_serve", "cost_per_mwh"], ascending=False, ignore_index=True)
    return ranked[["iso", "location", "cost_per_mwh", "covariance", "cost_to_serve"]]


def _levels(db: store.Database, run_id: int) -> pd.DataFrame:
    try:
        return read_levels(db, ("all", "control_area", "state"), run_id=run_id)
    except NothingStored:
        return pd.DataFrame(columns=["iso", *SUMMED])


def describe_overview(overview: Overview) -> dict[str, str]:
    """Return what the page is computed from, label -> text."""
    versions = overview.versions
    windows = {f"{row.window_start:%Y-%m-%d} to {row.window_end:%Y-%m-%d}" for row in versions.itertuples()}
    sources = ", ".join(sorted(set(versions["source"])))
    status = {"Status": f"STUDY, not for pricing: {overview.study}"} if overview.study else {}
    return {
        **status,
        "ISOs": ", ".join(versions["iso"].unique()),
        "ISOs without a VLR curve": ", ".join(overview.isos_without_vlr) or "none",
        "Window": windows.pop() if len(windows) == 1 else "differs between the curves, see below",
        "Source": f"{sources} (simulated)" if overview.is_demo else sources,
        "Day-ahead load": "differs between the ISOs, see below",
    }


def _versions(db: store.Database, run_id: int) -> pd.DataFrame:
    """Return a row per ISO and curve, as `Overview.versions` without the counts."""
    versions = store.read_sql(db, _VERSIONS, {"run_id": run_id})
    return versions.assign(load_note=[MARKETS[iso].load_note for iso in versions["iso"]])


_VERSIONS = f"""
    SELECT iso, curve, version_id, status, window_start, window_end,
        (created_at AT TIME ZONE 'UTC')::date AS made_on,
        parameters ->> 'holidays' AS holidays,
        (SELECT string_agg(DISTINCT source, ', ' ORDER BY source)
         FROM series WHERE series_id = ANY(series_ids)) AS source,
        (SELECT string_agg(DISTINCT basis, ', ' ORDER BY basis)
         FROM series WHERE series_id = ANY(series_ids) AND measure = 'da_load') AS basis
    FROM ({VERSIONS_OF_RUN}) version JOIN market USING (market_id)
    ORDER BY market_id, curve
"""


def _cells(db: store.Database, table: str, versions: pd.DataFrame) -> pd.DataFrame:
    of_table = versions[versions["curve"] == store.CURVE_OF_TABLE[table]].set_index("iso")["version_id"]
    parts = {iso: store.read_curve(db, table, iso, int(of_table.get(iso, 0))) for iso in MARKETS}
    present = {iso: cells for iso, cells in parts.items() if not cells.empty}
    return pd.concat(present or parts, names=["iso"]).reset_index("iso").reset_index(drop=True)
