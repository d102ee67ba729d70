"""A waterfall chart: how the parts of a price add up to it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from lib.present.charts.readout import show_values
from lib.present.charts.style import BLUE, INK, MUTED, ORANGE, empty_chart, has_no_value, new_figure, to_svg
from lib.present.columns import column_format
from lib.present.display import Chart
from lib.present.formats import Format

FORMATS = {
    "part": Format("Part"),
    "value": Format("$/MWh", "{:+,.2f}"),
    "running": Format("Adds up to, $/MWh", "{:,.2f}"),
}

HALF_WIDTH = 0.31
"""Half the width of a bar."""

SMALL_SHARE = 0.2
"""The axis starts above 0 if all steps together are a smaller share of the price: they would be illegible."""


def cost_waterfall(prices: pd.DataFrame, parts: Sequence[str], total: str, title: str, caption: str) -> Chart:
    """Draw the parts of a price one after the other, and the price they add up to.

    Args:
        prices: a single row with the columns of `parts` and `total` ($/MWh), or none.
        parts: the columns that add up to the total, from left to right.
        total: the column of the price itself.
        title: heading of the chart.
        caption: how to read it.
    """
    caption += " Each number is rounded by itself: the sum may differ by a cent."
    values = prices[list(parts)].sum(min_count=1)
    names = [_name(part) for part in parts]
    data = pd.DataFrame({"part": names, "value": values.to_numpy(), "running": values.cumsum().to_numpy()})
    if has_no_value(data, "value"):
        return empty_chart(title, caption, data, 1, FORMATS)
    price = float(prices.iloc[0][total])
    with new_figure(10.4, 3.9) as fig:
        ax = fig.subplots()
        plot_parts(ax, values.to_numpy(), price)
        ends = [*names, _name(total)]
        show_values(ax, range(len(ends)), ends, {"$/MWh": [*values, price]})
        ax.set_xticks(range(len(ends)), ends)
        ax.set_ylabel("$/MWh")
        svg = to_svg(fig)
    steps = ", ".join(f"{name} {value:+,.2f}" for name, value in zip(names[1:], values[1:], strict=True))
    alt = f"{title}. {names[0]} {values.iloc[0]:,.2f}, {steps}: {_name(total)} {price:,.2f} $/MWh."
    return Chart(svg, title, caption, alt, data, 1, FORMATS, is_table_on_phone=True)


def plot_parts(ax: Axes, values: np.ndarray, total: float) -> None:
    """Draw the first value and the total as bars on 0, and between them one step for each other value.

    On an axis that begins above 0 the two are level lines, because the length of a bar would mean nothing; a
    mark and a text show the break of the axis.
    """
    after = np.cumsum(values)
    before = np.array([0.0, *after[:-1]])
    bottoms, tops = np.append(before, 0.0), np.append(after, total)
    steps = np.append(values, total)
    bottom, top = _axis_limits(after)
    ax.set_ylim(bottom, top)
    middle = slice(1, len(values))
    if bottom > 0:
        ends = [0, len(values)]
        bottoms[ends] = tops[ends]
        ax.hlines(
            tops[ends], np.array(ends) - HALF_WIDTH, np.array(ends) + HALF_WIDTH, color=INK, linewidth=3
        )
        _mark_break(ax, bottom)
    else:
        ax.bar([0, len(values)], tops[[0, -1]], width=2 * HALF_WIDTH, color=MUTED)
    colours = list(np.where(values[1:] >= 0, ORANGE, BLUE))
    ax.bar(
        range(1, len(values)),
        (tops - bottoms)[middle],
        bottom=bottoms[middle],
        width=2 * HALF_WIDTH,
        color=colours,
    )
    for i, (low, high) in enumerate(zip(bottoms, tops, strict=True)):
        is_step = 0 < i < len(values)
        text = FORMATS["value"].format_value(steps[i]) if is_step else f"{steps[i]:,.2f}"
        ax.annotate(
            text, (i, max(low, high)), (0, 4), textcoords="offset points", ha="center", fontsize=9, color=INK
        )
    for i, level in enumerate(after):
        ax.plot([i + HALF_WIDTH, i + 1 - HALF_WIDTH], [level, level], color=MUTED, linewidth=0.8)
    ax.grid(visible=False, axis="x")


def _mark_break(ax: Axes, bottom: float) -> None:
    """Show that the axis does not begin at 0: two slanted strokes at its foot, and a text."""
    for foot in (0.0, 0.025):
        ax.plot(
            [-0.008, 0.008], [foot, foot + 0.025], transform=ax.transAxes, color=INK, lw=1.1, clip_on=False
        )
    text = f"The axis is broken: it begins at {bottom:,.2f}, not at 0"
    ax.text(0.012, 0.02, text, transform=ax.transAxes, color=MUTED, fontsize=8.5)


def _axis_limits(levels: np.ndarray) -> tuple[float, float]:
    """Return the limits of an axis that shows the steps: it begins above 0 if they are small."""
    low, high = float(levels.min()), float(levels.max())
    if low > 0 and high - low < SMALL_SHARE * high:
        room = max(high - low, 0.02 * high)
        return low - 0.8 * room, high + 0.25 * room
    room = max(high - min(low, 0.0), 0.01)
    return (0.0 if low >= 0 else low - 0.1 * room), max(0.0, high + 0.12 * room)


def _name(column: str) -> str:
    return column_format(column).heading.removesuffix(", $/MWh")
