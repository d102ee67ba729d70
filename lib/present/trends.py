"""How a run's figures compare with those of the runs before it: lines for the index, and their table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from lib.markets import MARKETS, locations
from lib.present.exhibits import Table
from lib.present.formats import Format
from lib.present.sparkline import sparkline

Manifest = Mapping[str, Any]

LONGEST = 30
"""A trend goes back over at most so many runs, the last one included."""

FIGURES = {
    "vlr_usd_per_mwh": Format("VLR, $/MWh", "{:,.4f}"),
    "cost_to_serve_usd_per_mwh": Format("Cost to serve, $/MWh", "{:,.2f}"),
}
"""The figures of an ISO's curves in the manifest, and how they are headed and written."""


def history(manifest: Manifest, earlier: Sequence[Manifest]) -> list[Manifest]:
    """Return the runs of a trend, the oldest first; `earlier` has the newest first."""
    return [*reversed(earlier[: LONGEST - 1]), manifest]


def figure_names(manifest: Manifest) -> list[str]:
    """Return the names of the figures that a run came to for any ISO."""
    return [name for name in FIGURES if any(figure(manifest, iso, name) is not None for iso in MARKETS)]


def figure(manifest: Manifest, iso: str, name: str) -> float | None:
    """Return a figure of an ISO that a run came to, $/MWh; None where it did not compute one."""
    value: float | None = manifest.get("figures", {}).get(iso, {}).get(name)
    return value


def coverage(manifest: Manifest, iso: str, name: str) -> Mapping[str, int]:
    """Return the numbers of zones and months that a figure is over; none where they were not kept.

    `of_months` is how many months it would be over if none were missing; a run from before has it not.
    """
    kept: Mapping[str, int] = manifest.get("coverage", {}).get(iso, {}).get(name, {})
    return kept


def missing(manifest: Manifest, iso: str, name: str) -> str:
    """Return what of an ISO a figure is over, as in "9 of 11 zones, 30 of 36 months"; empty where all."""
    kept = coverage(manifest, iso, name)
    n_all = {"zones": len(locations(iso, "zone")), "months": kept.get("of_months")}
    return ", ".join(
        f"{kept[what]} of {n} {what}" for what, n in n_all.items() if n and kept.get(what, n) != n
    )


def figures(runs: Sequence[Manifest], iso: str, name: str) -> str:
    """Return the trend of a figure of an ISO, $/MWh, as a line.

    It has a gap where a run's figure is over other numbers of zones or months than the last one's.
    """
    now = _extent(runs[-1], iso, name)
    values = [figure(run, iso, name) if _extent(run, iso, name) == now else None for run in runs]
    return sparkline(values, f"{FIGURES[name].heading}, of {iso}", FIGURES[name].number or "{}")


def seconds(runs: Sequence[Manifest], notebook: str, iso: str | None) -> str:
    """Return the trend of the seconds that a notebook took where it was done, as a line."""
    return sparkline([_seconds(run, notebook, iso) for run in runs], "Seconds")


def figures_table(runs: Sequence[Manifest]) -> Table | None:
    """Return the numbers of the trends, a row for each run, the newest first; None without a run before."""
    if len(runs) < 2:
        return None
    columns = {
        f"{name} {iso}": (name, iso)
        for name in FIGURES
        for iso in MARKETS
        if any(figure(run, iso, name) is not None for run in runs)
    }
    rows = [
        {
            "run": f"Run {run['run_id']}",
            "started": str(run["started_at"])[:16].replace("T", " "),
            **{column: figure(run, iso, name) for column, (name, iso) in columns.items()},
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
        **{
            column: replace(FIGURES[name], heading=f"{iso}: {FIGURES[name].heading}")
            for column, (name, iso) in columns.items()
        },
    }
    return Table(pd.DataFrame(rows), "The last runs of this source and database", 1, formats)


def _extent(run: Manifest, iso: str, name: str) -> tuple[int | None, int | None]:
    kept = coverage(run, iso, name)
    return kept.get("zones"), kept.get("months")


def _seconds(run: Manifest, notebook: str, iso: str | None) -> float | None:
    for task in run["tasks"]:
        if (task["notebook"], task["iso"], task["outcome"]) == (notebook, iso, "done"):
            value: float | None = task["seconds"]
            return value
    return None
