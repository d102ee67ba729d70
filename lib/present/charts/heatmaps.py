"""Heat maps: months by hours for each block, and zones by months."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import TwoSlopeNorm
from matplotlib.figure import Figure

from lib.markets import BLOCKS
from lib.present.charts.readout import show_cells
from lib.present.charts.style import (
    DIVERGING,
    describe_extremes,
    empty_chart,
    has_no_value,
    new_figure,
    to_svg,
)
from lib.present.columns import column_format
from lib.present.display import Chart
from lib.present.formats import MONTHS, Format


def month_hour_heatmap(
    cells: pd.DataFrame, value: str, title: str, caption: str, middle: float = 0.0
) -> Chart:
    """Draw months by hours ending, a panel for each block.

    Args:
        cells: month, he, block_type and `value`, one row for each cell; NULL leaves a cell empty.
        value: the column to colour by.
        title: heading of the chart.
        caption: how to read it.
        middle: the value between blue and orange: 0 for a cost, 1 for a factor.
    """
    if has_no_value(cells, value):
        return empty_chart(title, caption, cells[["block_type", "he", "month", value]], 3)
    norm = _colour_norm(cells[value], middle, column_format(value).scale)
    hours = {block: sorted(cells.loc[cells["block_type"] == block, "he"].unique()) for block in BLOCKS}
    shown = [block for block in BLOCKS if hours[block]]
    with new_figure(11.6, 4.1) as fig:
        axes = fig.subplots(
            1, len(shown), sharey=True, squeeze=False, width_ratios=[len(hours[block]) for block in shown]
        )[0]
        for ax, block in zip(axes, shown, strict=True):
            plot_cells(ax, cells[cells["block_type"] == block], value, hours[block], norm)
            ax.set_title(block)
        _draw_colour_bar(fig, axes, norm, cells[value], column_format(value))
        svg = to_svg(fig)
    data = cells.pivot(index=["block_type", "he"], columns="month", values=value)
    data.columns = [MONTHS[int(month) - 1] for month in data.columns]
    formats = {
        month: Format(month, column_format(value).number, column_format(value).scale) for month in MONTHS
    }
    alt = f"{title}. " + describe_extremes(cells, value, _cell)
    return Chart(svg, title, caption, alt, data.reset_index(), 2, formats)


def plot_cells(ax: Axes, cells: pd.DataFrame, value: str, hours: list[int], norm: TwoSlopeNorm) -> None:
    """Draw one block: months down, its hours ending across in their order, one coloured cell for each."""
    table = cells.pivot(index="month", columns="he", values=value).reindex(index=range(1, 13), columns=hours)
    numbers = table.to_numpy(float) * column_format(value).scale
    _draw(ax, numbers, norm)
    show_cells(ax, MONTHS, [f"HE {he}" for he in hours], numbers)
    step = 1 if len(hours) <= 8 else 3
    ax.set_xticks(range(0, len(hours), step), [str(he) for he in hours[::step]])
    ax.set_yticks(range(12), MONTHS)
    ax.set_xlabel("Hour ending")


def zone_month_heatmap(
    frame: pd.DataFrame, value: str, title: str, caption: str, middle: float = 0.0, rows: str = "location"
) -> Chart:
    """Draw zones down and months across, with the number written in each cell.

    Args:
        frame: the column `rows`, month and `value`.
        value: the column to colour by.
        title: heading of the chart.
        caption: how to read it.
        middle: the value that is neither blue nor orange.
        rows: the column that names what goes down: "location", or "iso" where a row is a whole ISO.
    """
    if has_no_value(frame, value):
        return empty_chart(title, caption, frame[[rows, "month", value]], 2)
    form = column_format(value)
    names = list(dict.fromkeys(frame[rows]))
    norm = _colour_norm(frame[value], middle, form.scale)
    table = frame.pivot(index=rows, columns="month", values=value).reindex(names)
    with new_figure(10.4, 0.9 + 0.3 * len(names)) as fig:
        ax = fig.subplots()
        plot_zones(ax, table * form.scale, norm)
        _draw_colour_bar(fig, np.array([ax]), norm, frame[value], form)
        svg = to_svg(fig)
    data = table.set_axis([MONTHS[int(month) - 1] for month in table.columns], axis=1).reset_index()
    formats = {month: Format(month, form.number, form.scale) for month in MONTHS}
    alt = f"{title}. " + describe_extremes(
        frame, value, lambda row: f"for {row[rows]} in {MONTHS[int(row['month']) - 1]}"
    )
    return Chart(svg, title, caption, alt, data, 1, formats)


def plot_zones(ax: Axes, table: pd.DataFrame, norm: TwoSlopeNorm) -> None:
    """Draw a table of zones by months as coloured cells with their numbers."""
    _draw(ax, table.to_numpy(float), norm)
    ax.set_xticks(range(len(table.columns)), [MONTHS[int(month) - 1] for month in table.columns])
    ax.set_yticks(range(len(table)), table.index)
    show_cells(ax, table.index, [MONTHS[int(month) - 1] for month in table.columns], table.to_numpy(float))
    for (row, column), number in np.ndenumerate(table.to_numpy(float)):
        if np.isfinite(number):
            is_deep = not 0.2 < norm(number) < 0.8
            colour = "#fefefe" if is_deep else "#10161c"
            ax.text(column, row, f"{number:.2f}", ha="center", va="center", fontsize=8.5, color=colour)


def _draw(ax: Axes, values: np.ndarray, norm: TwoSlopeNorm) -> None:
    ax.imshow(values, cmap=DIVERGING, norm=norm, aspect="auto", interpolation="none")
    ax.grid(visible=False)
    ax.spines[:].set_visible(False)


def _colour_norm(values: pd.Series, middle: float, scale: float) -> TwoSlopeNorm:
    """Return a colour scale of equal width on both sides, wide enough for 98 % of the values."""
    away = (values * scale - middle * scale).abs().dropna()
    reach = float(np.quantile(away, 0.98)) if len(away) else 0.0
    reach = max(reach, 1e-6)
    return TwoSlopeNorm(middle * scale, middle * scale - reach, middle * scale + reach)


def _draw_colour_bar(
    fig: Figure, axes: np.ndarray, norm: TwoSlopeNorm, values: pd.Series, form: Format
) -> None:
    """Draw the colour scale up to the largest value; a pointed end shows that values lie beyond the scale."""
    low, high = values.min() * form.scale, values.max() * form.scale
    ends = ("neither", "max", "min", "both")[int(high > norm.vmax) + 2 * int(low < norm.vmin)]
    bar = fig.colorbar(
        ScalarMappable(norm, DIVERGING), ax=list(axes), label=form.heading, extend=ends, pad=0.01, aspect=28,
        fraction=0.04,
    )  # fmt: skip
    bar.ax.set_ylim(max(norm.vmin, min(low, norm.vcenter)), min(norm.vmax, max(high, norm.vcenter)))
    bar.outline.set_visible(False)


def _cell(row: pd.Series) -> str:
    return f"in {MONTHS[int(row['month']) - 1]}, {row['block_type']}, HE {row['he']}"
