"""Lines before and after a change, by month or by hour, as SVG without matplotlib, for speed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

import pandas as pd
from matplotlib.ticker import MaxNLocator

from lib.present.display import Chart
from lib.present.formats import MONTHS, Format

COLOURS = ("blue", "orange", "green", "amber", "purple")
"""CSS variables of the style sheet, one for each zone."""

MAX_ZONES = len(COLOURS)
"""Zones in one chart; more lines are hard to tell apart."""

WIDTH, HEIGHT = 430, 250
LEFT, RIGHT, TOP, BOTTOM = 58, 12, 14, 40
AXIS_NAMES = {"month": "Month", "he": "Hour ending, local"}

_RADIUS = {"before": 3.5, "after": 2}
"""Radius of the dots; the ring before shows around the dot after."""


def before_after(frame: pd.DataFrame, by: str, form: Format, title: str, caption: str) -> Chart:
    """Draw a line for each zone, dashed before and solid after.

    Args:
        frame: `by`, zone, before, after; at most MAX_ZONES zones.
        by: "month" or "he"; months are 1 to 12 or "2026-01".
        form: heading, unit and number format of the values.
        title: heading of the chart.
        caption: how to read it.
    """
    x_values = list(dict.fromkeys(frame[by]))
    zones = list(dict.fromkeys(frame["zone"]))
    values = frame[["before", "after"]].stack().dropna() * form.scale
    ticks = _ticks(values)
    drawing = [*_y_axis(ticks, form), *_x_axis(x_values, by)]
    for zone, colour in zip(zones, COLOURS, strict=False):
        rows = frame[frame["zone"] == zone].set_index(by).reindex(x_values)
        drawing += [_line(rows[name] * form.scale, ticks, name, colour) for name in ("before", "after")]
    drawing += _hover_bands(frame, x_values, by, form)
    if values.empty:
        drawing.append(f'<text class="nothing" x="{WIDTH / 2}" y="{HEIGHT / 2}">nothing to draw</text>')
    data = frame[["zone", by, "before", "after"]]
    numbers = {name: Format(name.capitalize(), form.number, form.scale) for name in ("before", "after")}
    return Chart(_svg(drawing), title, caption, f"{title}. {_describe(frame, by, form)}", data, 2, numbers)


def render_legend(zones: Sequence[str]) -> str:
    """Return the legend as HTML: the colour of each zone, dashed for before and solid for after."""
    keys = [
        f'<li><svg viewBox="0 0 22 8" aria-hidden="true"><path d="M0 4H22" stroke="var(--{colour})"/></svg>'
        f"{escape(zone)}</li>"
        for zone, colour in zip(zones, COLOURS, strict=False)
    ]
    dash = '<svg viewBox="0 0 22 8" aria-hidden="true"><path class="before" d="M0 4H22"/></svg>'
    line = '<svg viewBox="0 0 22 8" aria-hidden="true"><path d="M0 4H22" stroke="var(--muted)"/></svg>'
    return f'<ul class="legend">{"".join(keys)}<li>{dash}before</li><li>{line}after</li></ul>'


def _ticks(values: pd.Series) -> list[float]:
    low, high = (values.min(), values.max()) if len(values) else (0.0, 1.0)
    margin = (high - low) * 0.04 or abs(high) * 0.1 or 1.0
    return [float(tick) for tick in MaxNLocator(5).tick_values(low - margin, high + margin)]


def _y(value: float, ticks: Sequence[float]) -> float:
    share = (value - ticks[0]) / (ticks[-1] - ticks[0])
    return HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP)


def _x(index: int, n_values: int) -> float:
    return LEFT + (index + 0.5) / n_values * (WIDTH - LEFT - RIGHT)


def _y_axis(ticks: Sequence[float], form: Format) -> Iterator[str]:
    digits = max((len(f"{tick:.6f}".rstrip("0").partition(".")[2]) for tick in ticks), default=0)
    for tick in ticks:
        y = _y(tick, ticks)
        yield f'<path class="rule" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>'
        yield f'<text x="{LEFT - 7}" y="{y + 4:.1f}" text-anchor="end">{tick:,.{digits}f}</text>'
    middle = (HEIGHT - BOTTOM + TOP) / 2
    transform = f"translate(12 {middle}) rotate(-90)"
    yield f'<text text-anchor="middle" transform="{transform}">{escape(form.heading)}</text>'


def _x_axis(x_values: Sequence[object], by: str) -> Iterator[str]:
    most = 6 if isinstance(x_values[0], str) else 12  # "2026-01" needs the room of two
    step = -(-len(x_values) // most)
    for index in range(0, len(x_values), step):
        yield _centred_text(_x(index, len(x_values)), HEIGHT - BOTTOM + 16, _x_label(x_values[index], by))
    yield _centred_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6, AXIS_NAMES[by])


def _centred_text(x: float, y: float, text: str) -> str:
    return f'<text x="{x:.1f}" y="{y}" text-anchor="middle">{escape(text)}</text>'


def _x_label(x: object, by: str) -> str:
    if by == "month" and not isinstance(x, str):
        return MONTHS[int(str(x)) - 1]
    return f"{x}"


def _line(values: pd.Series, ticks: Sequence[float], column: str, colour: str) -> str:
    """Return the line of one zone, broken where there is no value.

    Each value after has a dot, and so has a value before without neighbours to draw a line to.
    """
    points = [(_x(i, len(values)), _y(value, ticks)) for i, value in enumerate(values)]
    is_known = [False, *(y == y for _, y in points), False]
    neighbours = zip(is_known, is_known[1:], is_known[2:], strict=False)
    path, dots = "", ""
    for (x, y), (is_left, is_here, is_right) in zip(points, neighbours, strict=True):
        if is_here:
            path += f"{'L' if is_left else 'M'}{x:.1f} {y:.1f}"
            if column == "after" or not (is_left or is_right):
                dots += f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{_RADIUS[column]}"/>'
    return f'<g class="{column}" stroke="var(--{colour})" fill="var(--{colour})"><path d="{path}"/>{dots}</g>'


def _hover_bands(frame: pd.DataFrame, x_values: Sequence[object], by: str, form: Format) -> Iterator[str]:
    """Yield a band for each month or hour that shows the values there while the pointer is on it."""
    width = (WIDTH - LEFT - RIGHT) / len(x_values)
    for index, x in enumerate(x_values):
        lines = [
            f"{row.zone}: {form.format_value(row.before)} before, {form.format_value(row.after)} after"
            for row in frame[frame[by] == x].itertuples()
        ]
        text = escape("\n".join([f"{AXIS_NAMES[by]} {_x_label(x, by)}", *lines]))
        yield (
            f'<rect class="hover" x="{LEFT + index * width:.1f}" y="{TOP}" width="{width:.1f}" '
            f'height="{HEIGHT - TOP - BOTTOM}"><title>{text}</title></rect>'
        )


def _svg(drawing: Sequence[str]) -> str:
    return f'<svg class="lines" viewBox="0 0 {WIDTH} {HEIGHT}">{"".join(drawing)}</svg>'


def _describe(frame: pd.DataFrame, by: str, form: Format) -> str:
    """Return for each zone where its line is highest and lowest after, and the values there before."""
    sentences = []
    for zone, rows in frame.groupby("zone", sort=False):
        known = rows.dropna(subset="after")
        if known.empty:
            sentences.append(f"{zone} has no value.")
            continue
        high, low = known.loc[known["after"].idxmax()], known.loc[known["after"].idxmin()]
        sentences.append(
            f"{zone} after: highest {form.format_value(high['after'])} at {_x_label(high[by], by)} "
            f"(before {form.format_value(high['before'])}), "
            f"lowest {form.format_value(low['after'])} at {_x_label(low[by], by)}."
        )
    return " ".join(sentences)
