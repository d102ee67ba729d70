"""A trend as a word-sized line, with its numbers for those who do not see it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

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
