"""Read the latest curves of all ISOs, which the summary notebook shows."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from lib import store
from lib.markets import MARKETS
from lib.pipeline.errors import NothingStored
from lib.sources import open_source


@dataclass(frozen=True)
class Overview:
    """The latest version of each ISO's curves: how they were made, and their cells, `iso` first.

    `versions` has a row per ISO and curve: iso, curve, version_id, made_on (UTC day), window_start,
    window_end, holidays, source, basis (of the day-ahead load), load_note, n_locations, n_cells.
    """

    is_demo: bool
    versions: pd.DataFrame
    vlr: pd.DataFrame
    prices: pd.DataFrame

    @property
    def isos_without_vlr(self) -> list[str]:
        """ISOs without a VLR curve."""
        return [iso for iso in MARKETS if iso not in set(self.vlr["iso"])]


def read_overview(source: str) -> Overview:
    """Read the latest curves of all ISOs; a curve that no ISO has is a frame without rows.

    Raises:
        NothingStored: there is no curve; the message says how to make one.
    """
    opened = open_source(source, is_to_fetch=False)
    db = store.open_database(opened.name)
    versions = _versions(db)
    if versions.empty:
        raise NothingStored(
            f"no curves are stored in {db}: run `make run`, or `python run_all.py --source {source}`, first"
        )
    vlr, prices = (_cells(db, table) for table in ("vlr", "da_lmps_avg"))
    counts = pd.concat([vlr.assign(curve="vlr"), prices.assign(curve="shaping")]).groupby(["iso", "curve"])
    counts = counts.agg(n_locations=("location", "nunique"), n_cells=("he", "size")).reset_index()
    return Overview(db.is_demo, versions.merge(counts, on=["iso", "curve"], how="left"), vlr, prices)


def describe_overview(overview: Overview) -> dict[str, str]:
    """Return what the page is computed from, label -> text."""
    versions = overview.versions
    windows = {f"{row.window_start:%Y-%m-%d} to {row.window_end:%Y-%m-%d}" for row in versions.itertuples()}
    sources = ", ".join(sorted(set(versions["source"])))
    return {
        "ISOs": ", ".join(versions["iso"].unique()),
        "No VLR curve yet": ", ".join(overview.isos_without_vlr) or "none: all are here",
        "Window": windows.pop() if len(windows) == 1 else "differs between the curves, see below",
        "Source": f"{sources} (simulated)" if overview.is_demo else sources,
        "Day-ahead load": "differs between the ISOs, see below",
    }


def _versions(db: store.Database) -> pd.DataFrame:
    """Return a row per ISO and curve, as `Overview.versions` without the counts."""
    versions = store.read_sql(db, _LATEST)
    return versions.assign(load_note=[MARKETS[iso].load_note for iso in versions["iso"]])


_LATEST = """
    SELECT DISTINCT ON (market_id, curve) iso, curve, version_id, window_start, window_end,
        (created_at AT TIME ZONE 'UTC')::date AS made_on,
        parameters ->> 'holidays' AS holidays,
        (SELECT string_agg(DISTINCT source, ', ' ORDER BY source)
         FROM series WHERE series_id = ANY(series_ids)) AS source,
        (SELECT string_agg(DISTINCT basis, ', ' ORDER BY basis)
         FROM series WHERE series_id = ANY(series_ids) AND measure = 'da_load') AS basis
    FROM curve_version JOIN market USING (market_id)
    ORDER BY market_id, curve, version_id DESC
"""


def _cells(db: store.Database, table: str) -> pd.DataFrame:
    parts = {iso: store.read_curve(db, table, iso) for iso in MARKETS}
    present = {iso: cells for iso, cells in parts.items() if not cells.empty}
    return pd.concat(present or parts, names=["iso"]).reset_index("iso").reset_index(drop=True)
