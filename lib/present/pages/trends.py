"""How a run's figures compare with those of the runs before: lines for the index, and a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from html import escape
from typing import Any

import pandas as pd

from lib.manifest import Manifest
from lib.markets import MARKETS, locations
from lib.present.display import Table
from lib.present.formats import Format
from lib.task_record import State

MAX_RUNS = 30
"""A trend covers at most this many runs, the last one included."""

MAX_SHARE_DIFFERENCE = 0.01
"""Two figures compare if the shares of hours they cover differ by at most this much. From month to month the
share of a block varies by less; a missing block changes it by more."""

FIGURES = {
    "vlr_usd_per_mwh": Format("VLR, $/MWh", "{:,.4f}"),
    "cost_to_serve_usd_per_mwh": Format("Cost to serve (energy), $/MWh", "{:,.2f}"),
}
"""The figures of an ISO's curves in the manifest: heading and number format."""

WIDTH, HEIGHT, MARGIN = 84.0, 20.0, 3.0
"""Size of a sparkline, in CSS pixels."""


def trend_runs(manifest: Manifest, earlier: Sequence[Manifest]) -> list[Manifest]:
    """Return the runs of a trend, the oldest first; `earlier` has the newest first. Studies are no trend."""
    official = [run for run in earlier if not run.studies]
    return [*reversed(official[: MAX_RUNS - 1]), manifest]


def figure_names(manifest: Manifest) -> list[str]:
    """Return the names of the figures that a run computed for any ISO."""
    return [name for name in FIGURES if any(figure(manifest, iso, name) is not None for iso in MARKETS)]


def figure(manifest: Manifest, iso: str, name: str) -> float | None:
    """Return a figure of an ISO from a run, $/MWh; None if the run did not compute it."""
    return manifest.figures.get(iso, {}).get(name)


def figure_coverage(manifest: Manifest, iso: str, name: str) -> Mapping[str, int]:
    """Return how many zones, months and hours a figure covers; empty where the manifest does not say.

    `of_months` and `of_hours` count what a figure without gaps would cover. An old manifest lacks these two
    and the hours.
    """
    return manifest.coverage.get(iso, {}).get(name, {})


def describe_coverage(manifest: Manifest, iso: str, name: str) -> str:
    """Return what a figure covers, as in "9 of 11 zones, 30 of 36 months"; empty where it covers all."""
    counts = figure_coverage(manifest, iso, name)
    n_all = {
        "zones": len(locations(iso, "zone")),
        "months": counts.get("of_months"),
        "hours": counts.get("of_hours"),
    }
    return ", ".join(
        f"{counts[what]:,} of {n:,} {what}" for what, n in n_all.items() if n and counts.get(what, n) != n
    )


def have_equal_coverage(one: Manifest, other: Manifest, iso: str, name: str) -> bool:
    """Return whether a figure of two runs is over as many zones, months and hours, so that they compare."""
    return _is_comparable(figure_coverage(one, iso, name), figure_coverage(other, iso, name))


def render_figures(runs: Sequence[Manifest], iso: str, name: str) -> str:
    """Return the trend of a figure of an ISO, $/MWh, as a line.

    The line has a gap where a run's figure covers another number of zones or months, or another share of
    their hours, than the last run's.
    """
    now = figure_coverage(runs[-1], iso, name)
    values = [
        figure(run, iso, name) if _is_comparable(figure_coverage(run, iso, name), now) else None
        for run in runs
    ]
    return render_sparkline(values, f"{FIGURES[name].heading}, of {iso}", FIGURES[name].number or "{}")


def render_seconds(runs: Sequence[Manifest], notebook: str, iso: str | None) -> str:
    """Return the trend of the seconds that a notebook took in the runs that completed it, as a line."""
    return render_sparkline([_seconds(run, notebook, iso) for run in runs], "Seconds")


def trend_table(runs: Sequence[Manifest]) -> Table | None:
    """Return the numbers of the trends, a row for each run, the newest first; None for a single run."""
    if len(runs) < 2:
        return None
    newest = list(reversed(runs))
    columns = [
        pair
        for name in FIGURES
        for iso in MARKETS
        if any(figure(run, iso, name) is not None for run in runs)
        for pair in _columns(newest, iso, name)
    ]
    frame = {
        "run": [f"Run {run.run_id}" for run in newest],
        "started": [f"{run.started_at:%Y-%m-%d %H:%M}" for run in newest],
        **{column.heading: values for column, values in columns},
        "seconds": [run.seconds for run in newest],
        "n_written": [run.totals.rows_written for run in newest],
        "n_revised": [run.totals.rows_revised for run in newest],
    }
    formats = {
        "run": Format("Run"),
        "started": Format("Started, UTC"),
        "seconds": Format("Seconds", "{:,.1f}"),
        **{column.heading: column for column, _ in columns},
    }
    return Table(pd.DataFrame(frame), "The last runs of this source and database", 1, formats)


def _columns(runs: Sequence[Manifest], iso: str, name: str) -> Iterator[tuple[Format, list[Any]]]:
    """Yield the figures of an ISO and, if any of them has gaps, what each covers."""
    column = replace(FIGURES[name], heading=f"{iso}: {FIGURES[name].heading}")
    yield column, [figure(run, iso, name) for run in runs]
    texts = [describe_coverage(run, iso, name) for run in runs]
    if any(texts):
        yield Format(f"{column.heading.partition(',')[0]} is over"), texts


def _is_comparable(one: Mapping[str, int], other: Mapping[str, int]) -> bool:
    """Return whether figures of these coverages compare."""
    is_of_same = all(one.get(what) == other.get(what) for what in ("zones", "months"))
    return is_of_same and abs(_share(one) - _share(other)) <= MAX_SHARE_DIFFERENCE


def _share(counts: Mapping[str, int]) -> float:
    """Return the share of hours that are covered; 1 for an old manifest, which does not say."""
    return counts["hours"] / counts["of_hours"] if counts.get("of_hours") else 1.0


def _seconds(run: Manifest, notebook: str, iso: str | None) -> float | None:
    for task in run.tasks:
        if task.kept is None and (task.notebook, task.iso, task.outcome) == (notebook, iso, State.DONE):
            return task.seconds
    return None


def render_sparkline(values: Sequence[float | None], label: str, number: str = "{:,.1f}") -> str:
    """Return an inline SVG of a line through the values with a dot at the last; empty for fewer than two.

    Args:
        values: oldest first; None leaves a gap.
        label: what they are, as in "Seconds"; the text for people who cannot see the line begins with it.
        number: the format of a value in that text.
    """
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return ""
    points = _points(values, min(known), max(known))
    lines = "".join(f'<polyline points="{" ".join(part)}"/>' for part in _segments(points))
    x, y = next(point for point in reversed(points) if point).split(",")
    numbers = ", ".join("none" if value is None else number.format(value) for value in values)
    text = escape(f"{label}, the last {len(values)} runs, oldest first: {numbers}", quote=True)
    return (
        f'<svg class="spark" role="img" aria-label="{text}" width="{WIDTH:.0f}" height="{HEIGHT:.0f}" '
        f'viewBox="0 0 {WIDTH:.0f} {HEIGHT:.0f}"><title>{text}</title>{lines}'
        f'<circle cx="{x}" cy="{y}" r="2"/></svg>'
    )


def _points(values: Sequence[float | None], low: float, high: float) -> list[str | None]:
    """Return "x,y" of each value; a line of equal values runs through the middle."""
    step = (WIDTH - 2 * MARGIN) / (len(values) - 1)
    span = high - low
    heights = [None if value is None else (value - low) / span if span else 0.5 for value in values]
    return [
        None
        if height is None
        else f"{MARGIN + i * step:.1f},{HEIGHT - MARGIN - height * (HEIGHT - 2 * MARGIN):.1f}"
        for i, height in enumerate(heights)
    ]


def _segments(points: Sequence[str | None]) -> list[list[str]]:
    """Return the points between gaps; a single point is no line."""
    parts: list[list[str]] = [[]]
    for point in points:
        if point is None:
            parts.append([])
        else:
            parts[-1].append(point)
    return [part for part in parts if len(part) > 1]
