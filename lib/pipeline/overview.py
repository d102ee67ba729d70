"""The latest curves of all ISOs in one place: what the summary notebook shows."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from lib import store
from lib.markets import MARKETS
from lib.pipeline.steps import NothingStored
from lib.sources import open_source


@dataclass(frozen=True)
class Overview:
    """The latest version of each ISO's curves: what they are, and their cells, `iso` first."""

    source_spec: str
    is_demo: bool
    versions: pd.DataFrame
    vlr: pd.DataFrame
    prices: pd.DataFrame

    @property
    def absent(self) -> list[str]:
        """ISOs without a VLR curve."""
        return [iso for iso in MARKETS if iso not in set(self.vlr["iso"])]


def open_overview(source: str) -> Overview:
    """Read the latest curves of all ISOs.

    Raises:
        NothingStored: there is no curve at all; the message says how to make one.
    """
    opened = open_source(source)
    db = store.open_database(opened.name)
    versions = _versions(db)
    if not (versions["curve"] == "vlr").any() or not (versions["curve"] == "shaping").any():
        raise NothingStored(
            f"no curves are stored in {db}: run `make run`, or `python run_all.py --source {source}`, first"
        )
    vlr, prices = (_cells(db, table) for table in ("vlr", "da_lmps_avg"))
    counts = pd.concat([vlr.assign(curve="vlr"), prices.assign(curve="shaping")]).groupby(["iso", "curve"])
    counts = counts.agg(n_locations=("location", "nunique"), n_cells=("he", "size")).reset_index()
    return Overview(source, db.is_demo, versions.merge(counts, on=["iso", "curve"], how="left"), vlr, prices)


def facts(overview: Overview) -> dict[str, str]:
    """Return what the page stands on, label by label."""
    first, last = overview.versions["window_start"].min(), overview.versions["window_end"].max()
    return {
        "ISOs": ", ".join(overview.vlr["iso"].unique()),
        "No curve yet": ", ".join(overview.absent) or "none: all are here",
        "Window": f"{first:%Y-%m-%d} to {last:%Y-%m-%d}",
        "Source": f"{overview.source_spec} (simulated)" if overview.is_demo else overview.source_spec,
        "Day-ahead load": "differs between the ISOs, see below",
    }


def _versions(db: store.Database) -> pd.DataFrame:
    """Return a row per ISO and curve: iso, curve, window_start, window_end, basis, load_note."""
    versions = (
        store.read_relation(db, "curve_version")
        .sort_values("version_id")
        .groupby(["curve", "market_id"])
        .tail(1)
    )
    series = store.read_relation(db, "series").query("measure == 'da_load'").set_index("series_id")["basis"]
    names = {market.market_id: iso for iso, market in MARKETS.items()}
    notes = versions["market_id"].map({market.market_id: market.load_note for market in MARKETS.values()})
    basis = [", ".join(sorted(series.reindex(ids).dropna().unique())) for ids in versions["series_ids"]]
    versions = versions.assign(
        iso=versions["market_id"].map(names), basis=basis, load_note=notes
    ).sort_values(["market_id", "curve"])
    return versions[["iso", "curve", "window_start", "window_end", "basis", "load_note"]].reset_index(
        drop=True
    )


def _cells(db: store.Database, table: str) -> pd.DataFrame:
    parts = {iso: store.read_curve(db, table, iso) for iso in MARKETS}
    present = {iso: cells for iso, cells in parts.items() if not cells.empty}
    return pd.concat(present, names=["iso"]).reset_index("iso").reset_index(drop=True)
