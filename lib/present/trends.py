"""How a run's figures compare with those of the runs before it: lines for the index, and their table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from lib.markets import MARKETS
from lib.present.exhibits import Table
from lib.present.formats import Format
from lib.present.sparkline import sparkline

Manifest = Mapping[str, Any]

LONGEST = 30
"""A trend goes back over at most so many runs, the last one included."""

VLR = "vlr_usd_per_mwh"


def history(manifest: Manifest, earlier: Sequence[Manifest]) -> list[Manifest]:
    """Return the runs of a trend, the oldest first; `earlier` has the newest first."""
    return [*reversed(earlier[: LONGEST - 1]), manifest]


def figure(manifest: Manifest, iso: str) -> float | None:
    """Return the VLR of an ISO that a run came to, $/MWh; None where it did not compute one."""
    value: float | None = manifest.get("figures", {}).get(iso, {}).get(VLR)
    return value


def figures(runs: Sequence[Manifest], iso: str) -> str:
    """Return the trend of an ISO's VLR, $/MWh, as a line."""
    return sparkline([figure(run, iso) for run in runs], f"VLR of {iso} in $/MWh", "{:,.4f}")


def seconds(runs: Sequence[Manifest], notebook: str, iso: str | None) -> str:
    """Return the trend of the seconds that a notebook took where it was done, as a line."""
    return sparkline([_seconds(run, notebook, iso) for run in runs], "Seconds")


def figures_table(runs: Sequence[Manifest]) -> Table | None:
    """Return the numbers of the trends, a row for each run, the newest first; None without a run before."""
    if len(runs) < 2:
        return None
    isos = [iso for iso in MARKETS if any(figure(run, iso) is not None for run in runs)]
    rows = [
        {
            "run": f"Run {run['run_id']}",
            "started": str(run["started_at"])[:16].replace("T", " "),
            **{iso: figure(run, iso) for iso in isos},
            "seconds": run["seconds"],
            "n_written": run["totals"]["rows_written"],
            "n_revised": run["totals"]["rows_revised"],
        }
        for run in reversed(runs)
    ]
    formats = {
        "run": Format("Run"),
        "started": Format("Started, UTC"),
        "seconds": Format("Seconds", "{:,.1f}"),
        **{iso: Format(f"VLR {iso}, $/MWh", "{:,.4f}") for iso in isos},
    }
    return Table(pd.DataFrame(rows), "The last runs of this source and database", 1, formats)


def _seconds(run: Manifest, notebook: str, iso: str | None) -> float | None:
    for task in run["tasks"]:
        if (task["notebook"], task["iso"], task["outcome"]) == (notebook, iso, "done"):
            value: float | None = task["seconds"]
            return value
    return None
