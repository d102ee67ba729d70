"""Makes own load of the demo market to try `--own-load` on: `python -m tools.demo_own_load DIR`.

It takes a share of the two largest zones of each ISO, with more load in the evening and in summer than the
zone has, and no forecast for one of them. The files say DEMO in their first line, so that no run on real
numbers takes them.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from lib.hours import label_hours, utc_bounds
from lib.markets import MARKETS, locations
from lib.sources import open_source
from lib.sources.own_load.tables import DEMO_TITLE

DAYS = (date(2023, 1, 1), date(2025, 12, 31))

SHARE = 0.02
"""The desk's share of a zone's load."""

LOSSES = (
    "from,distribution,transmission,unaccounted\n2023-01-01,0.045,0.021,0.008\n2025-01-01,0.047,0.021,0.006\n"
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write DIR/<iso>/hourly.csv and losses.csv for each ISO; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.demo_own_load", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--iso", choices=list(MARKETS), action="append")
    options = parser.parse_args(arguments)
    for iso in options.iso or MARKETS:
        folder = options.folder / iso.lower()
        folder.mkdir(parents=True, exist_ok=True)
        title = f"{DEMO_TITLE}: simulated loads of nobody\n"
        (folder / "hourly.csv").write_text(title + make_loads(iso).to_csv(index=False), encoding="utf-8")
        (folder / "losses.csv").write_text(title + LOSSES, encoding="utf-8")
        sys.stdout.write(f"{folder}\n")
    return 0


def make_loads(iso: str) -> pd.DataFrame:
    """Return zone, date, HE, forecast MW and metered MW of two zones, as a desk would write them."""
    source, bounds = open_source("demo"), utc_bounds(iso, *DAYS)
    zones = [place.name for place in locations(iso, "zone")]
    loads = [
        source.read(iso, measure, zones, *bounds).frame.pivot(
            index="interval_start", columns="location", values="value"
        )
        for measure in ("da_load", "rt_load")
    ]
    largest = list(loads[1].mean().nlargest(2).index)
    hours = label_hours(iso, pd.DatetimeIndex(loads[1].index))
    shape = 1 + 0.25 * hours["he"].between(17, 22) + 0.1 * hours["month"].isin([6, 7, 8])
    random = np.random.default_rng(20260101)
    parts = []
    for zone in largest:
        error = 1 + 0.03 * random.standard_normal(len(hours))
        columns = {
            "zone": zone,
            "date": hours["market_date"].dt.strftime("%Y-%m-%d"),
            "HE": hours["he"].astype(str).where(~hours["is_repeated_hour"], "02X"),
            "forecast MW": (loads[0][zone].to_numpy() * SHARE * shape).round(3),
            "metered MW": (loads[1][zone].to_numpy() * SHARE * shape * error).round(3),
        }
        parts.append(pd.DataFrame(columns))
    parts[-1]["forecast MW"] = np.nan
    return pd.concat(parts, ignore_index=True)


if __name__ == "__main__":
    sys.exit(main())
