"""How a run's figures compare with those of the runs before it: lines for the index, and their table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from html import escape
from typing import Any

import pandas as pd

from lib.markets import MARKETS, locations
from lib.present.display import Table
from lib.present.formats import Format

Manifest = Mapping[str, Any]

LONGEST = 30
"""A trend goes back over at most so many runs, the last one included."""

LIKE_SHARE = 0.01
"""Figures over shares of the hours up to so far apart compare: the share of a block changes by less with the
months, and by more where it is missing."""

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
    """Return the numbers of zones, months and hours that a figure is over; none where they were not kept.

    `of_months` and `of_hours` are how many there were if none were missing; a run from before has them not,
    nor the hours.
    """
    kept: Mapping[str, int] = manifest.get("coverage", {}).get(iso, {}).get(name, {})
    return kept


def missing(manifest: Manifest, iso: str, name: str) -> str:
    """Return what of an ISO a figure is over, as in "9 of 11 zones, 30 of 36 months"; empty where all."""
    kept = coverage(manifest, iso, name)
    n_all = {
        "zones": len(locations(iso, "zone")),
        "months": kept.get("of_months"),
        "hours": kept.get("of_hours"),
    }
    return ", ".join(
        f"{kept[what]:,} of {n:,} {what}" for what, n in n_all.items() if n and kept.get(what, n) != n
    )


def figures(runs: Sequence[Manifest], iso: str, name: str) -> str:
    """Return the trend of a figure of an ISO, $/MWh, as a line.

    It has a gap where a run's figure is over other numbers of zones or months, or another share of their
    hours, than the last one's.
    """
    now = coverage(runs[-1], iso, name)
    values = [figure(run, iso, name) if _is_like(coverage(run, iso, name), now) else None for run in runs]
    return sparkline(values, f"{FIGURES[name].heading}, of {iso}", FIGURES[name].number or "{}")


def seconds(runs: Sequence[Manifest], notebook: str, iso: str | None) -> str:
    """Return the trend of the seconds that a notebook took where it was done, as a line."""
    return sparkline([_seconds(run, notebook, iso) for run in runs], "Seconds")


def figures_table(runs: Sequence[Manifest]) -> Table | None:
    """Return the numbers of the trends, a row for each run, the newest first; None without a run before."""
    if len(runs) < 2:
        return None
    newest = list(reversed(runs))
    columns = [
        column
        for name in FIGURES
        for iso in MARKETS
        if any(figure(run, iso, name) is not None for run in runs)
        for column in _columns(newest, iso, name)
    ]
    frame = {
        "run": [f"Run {run['run_id']}" for run in newest],
        "started": [str(run["started_at"])[:16].replace("T", " ") for run in newest],
        **{form.heading: values for form, values in columns},
        "seconds": [run["seconds"] for run in newest],
        "n_written": [run["totals"]["rows_written"] for run in newest],
        "n_revised": [run["totals"]["rows_revised"] for run in newest],
    }
    formats = {
        "run": Format("Run"),
        "started": Format("Started, UTC"),
        "seconds": Format("Seconds", "{:,.1f}"),
        **{form.heading: form for form, _ in columns},
    }
    return Table(pd.DataFrame(frame), "The last runs of this source and database", 1, formats)


def _columns(runs: Sequence[Manifest], iso: str, name: str) -> Iterator[tuple[Format, list[Any]]]:
    """Yield the figures of an ISO and, where one lacks anything, what each is over."""
    form = replace(FIGURES[name], heading=f"{iso}: {FIGURES[name].heading}")
    yield form, [figure(run, iso, name) for run in runs]
    lacking = [missing(run, iso, name) for run in runs]
    if any(lacking):
        yield Format(f"{form.heading.partition(',')[0]} is over"), lacking


def _is_like(one: Mapping[str, int], other: Mapping[str, int]) -> bool:
    """Whether figures of these coverages can stand beside each other."""
    is_of_same = all(one.get(what) == other.get(what) for what in ("zones", "months"))
    return is_of_same and abs(_share(one) - _share(other)) <= LIKE_SHARE


def _share(kept: Mapping[str, int]) -> float:
    """Return the share of hours; that of a run from before, which did not keep it, counts as all."""
    return kept["hours"] / kept["of_hours"] if kept.get("of_hours") else 1.0


def _seconds(run: Manifest, notebook: str, iso: str | None) -> float | None:
    for task in run["tasks"]:
        if (task["notebook"], task["iso"], task["outcome"]) == (notebook, iso, "done"):
            value: float | None = task["seconds"]
            return value
    return None


WIDTH, HEIGHT, MARGIN = 84.0, 20.0, 3.0
"""Of the drawing, in CSS pixels."""


def sparkline(values: Sequence[float | None], label: str, number: str = "{:,.1f}") -> str:
    """Return an inline SVG of a line through the values, the last one dotted; empty for fewer than two.

    Args:
        values: oldest first; None leaves a gap.
        label: what they are, as in "Seconds"; the text that stands for the drawing begins with it.
        number: how a value is written in that text.
    """
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return ""
    points = _points(values, min(known), max(known))
    lines = "".join(f'<polyline points="{" ".join(part)}"/>' for part in _unbroken(points))
    x, y = next(point for point in reversed(points) if point).split(",")
    numbers = ", ".join("none" if value is None else number.format(value) for value in values)
    text = escape(f"{label}, the last {len(values)} runs, oldest first: {numbers}", quote=True)
    return (
        f'<svg class="spark" role="img" aria-label="{text}" width="{WIDTH:.0f}" height="{HEIGHT:.0f}" '
        f'viewBox="0 0 {WIDTH:.0f} {HEIGHT:.0f}"><title>{text}</title>{lines}'
        f'<circle cx="{x}" cy="{y}" r="2"/></svg>'
    )


def _points(values: Sequence[float | None], low: float, high: float) -> list[str | None]:
    """Return "x,y" of each value; a line that never moves runs through the middle."""
    step = (WIDTH - 2 * MARGIN) / (len(values) - 1)
    span = high - low
    heights = [None if value is None else (value - low) / span if span else 0.5 for value in values]
    return [
        None
        if height is None
        else f"{MARGIN + i * step:.1f},{HEIGHT - MARGIN - height * (HEIGHT - 2 * MARGIN):.1f}"
        for i, height in enumerate(heights)
    ]


def _unbroken(points: Sequence[str | None]) -> list[list[str]]:
    """Return the runs of points between gaps."""
    parts: list[list[str]] = [[]]
    for point in points:
        if point is None:
            parts.append([])
        else:
            parts[-1].append(point)
    return [part for part in parts if len(part) > 1]
