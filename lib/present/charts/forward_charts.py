"""Prices of the months to come: curves of hubs, block prices by month, and a heat map of hourly prices."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.dates import date2num, num2date
from matplotlib.ticker import FixedFormatter, FixedLocator

from lib.markets import BLOCKS
from lib.present.charts.panels import new_panels
from lib.present.charts.readout import show_cells
from lib.present.charts.style import (
    SEQUENTIAL,
    block_line,
    describe_extremes,
    empty_chart,
    has_no_value,
    new_figure,
    to_svg,
)
from lib.present.columns import column_format
from lib.present.display import Chart
from lib.present.formats import Format

PRICE = "settlement_price"
PANEL = 3.2, 1.9
"""Width and height of a panel, in inches."""


def forward_curves(curves: pd.DataFrame, title: str, caption: str) -> Chart:
    """Draw the monthly curve of each hub in a panel of its own scale, a line for each block.

    Args:
        curves: hub, block, strip (the first of the month), settlement_price ($/MWh).
        title: heading of the chart.
        caption: how to read it.
    """
    data = curves[["hub", "block", "strip", PRICE]]
    if has_no_value(curves, PRICE):
        return empty_chart(title, caption, data, 3)
    names = list(dict.fromkeys(curves["hub"]))
    with new_panels(names, *PANEL, share_y=False) as panels:
        for ax, name in zip(panels.axes, names, strict=True):
            plot_curves(ax, curves[curves["hub"] == name])
        svg = panels.to_html("month of delivery", "$/MWh")
    highest = describe_extremes(
        curves, PRICE, lambda row: f"for {row['hub']} {row['block']} in {row['strip']:%B %Y}"
    )
    alt = f"{title}. One panel for each of {len(names)} hubs. {highest}"
    return Chart(svg, title, caption, alt, data, 3)


def plot_curves(ax: Axes, curves: pd.DataFrame) -> None:
    """Draw a line for each block, with a step for each month."""
    for block, curve in curves.groupby("block", sort=False):
        colour, style = block_line(str(block))
        ax.step(curve["strip"], curve[PRICE], style, where="post", color=colour, linewidth=1.4, label=block)
    _set_year_axis(ax)


def block_curves(
    prices: pd.DataFrame, value: str, title: str, caption: str, panel_column: str = "location"
) -> Chart:
    """Draw the price of each block by month of delivery, a panel for each zone, all on one scale.

    Args:
        prices: the panel column, delivery_month, block_type and `value` ($/MWh).
        value: the column to draw.
        title: heading of the chart.
        caption: how to read it.
        panel_column: the column that names the panels: "location", or "hub" for a panel for each hub.
    """
    prices = prices.astype({"block_type": str})
    data = prices.pivot(index=[panel_column, "delivery_month"], columns="block_type", values=value)
    data = data.reindex(columns=list(BLOCKS)).reset_index()
    data["delivery_month"] = data["delivery_month"].dt.strftime("%Y-%m")
    formats = {block: Format(f"{block}, $/MWh", "{:,.2f}") for block in BLOCKS}
    if has_no_value(prices, value):
        return empty_chart(title, caption, data, 2, formats)
    names = list(dict.fromkeys(prices[panel_column]))
    with new_panels(names, *PANEL) as panels:
        for ax, name in zip(panels.axes, names, strict=True):
            plot_blocks(ax, prices[prices[panel_column] == name], value)
        svg = panels.to_html("month of delivery", "$/MWh")
    highest = describe_extremes(
        prices,
        value,
        lambda row: f"for {row[panel_column]} {row['block_type']} in {row['delivery_month']:%B %Y}",
    )
    place = column_format(panel_column).heading.lower()
    alt = f"{title}. One panel for each {place}: {len(names)}. {highest}"
    return Chart(svg, title, caption, alt, data, 2, formats)


def plot_blocks(ax: Axes, prices: pd.DataFrame, value: str) -> None:
    """Draw a line for each block, with a step for each month; the last month has its width too."""
    for block in BLOCKS:
        colour, style = block_line(block)
        line = prices[prices["block_type"] == block].set_index("delivery_month")[value]
        edges = line.index.append(line.index[-1:] + pd.DateOffset(months=1))
        levels = [*line, *line[-1:]]
        ax.step(edges, levels, style, where="post", color=colour, linewidth=1.3, label=block)
    _set_year_axis(ax)


def price_heatmap(cells: pd.DataFrame, value: str, title: str, caption: str) -> Chart:
    """Draw months of delivery down and hours ending across, a panel for each block.

    Args:
        cells: delivery_month, he, block_type and `value` ($/MWh), one row for each cell of one location.
        value: the column to colour by.
        title: heading of the chart.
        caption: how to read it.
    """
    cells = cells.astype({"block_type": pd.CategoricalDtype(BLOCKS, ordered=True)})
    data = cells.pivot(index=["block_type", "he"], columns="delivery_month", values=value)
    data.columns = [f"{month:%Y-%m}" for month in data.columns]
    formats = {month: Format(str(month), column_format(value).number) for month in data.columns}
    if has_no_value(cells, value):
        return empty_chart(title, caption, data.reset_index(), 2, formats)
    norm = Normalize(*cells[value].quantile([0.01, 0.99]))
    hours = {block: sorted(cells.loc[cells["block_type"] == block, "he"].unique()) for block in BLOCKS}
    shown = [block for block in BLOCKS if hours[block]]
    with new_figure(11.6, 5.2) as fig:
        widths = [len(hours[block]) for block in shown]
        axes = fig.subplots(1, len(shown), sharey=True, squeeze=False, width_ratios=widths)[0]
        for ax, block in zip(axes, shown, strict=True):
            plot_hours(ax, data.loc[block], norm)
            ax.set_title(block)
        bar = fig.colorbar(
            ScalarMappable(norm, SEQUENTIAL), ax=list(axes), label=column_format(value).heading,
            extend="both", pad=0.01, aspect=28, fraction=0.04,
        )  # fmt: skip
        bar.outline.set_visible(False)
        svg = to_svg(fig)
    highest = describe_extremes(
        cells,
        value,
        lambda row: f"in {row['delivery_month']:%B %Y}, {row['block_type']}, HE {row['he']}",
    )
    return Chart(svg, title, caption, f"{title}. {highest}", data.reset_index(), 2, formats)


def plot_hours(ax: Axes, table: pd.DataFrame, norm: Normalize) -> None:
    """Draw a table of hours by months as coloured cells, months down."""
    ax.imshow(table.to_numpy(float).T, cmap=SEQUENTIAL, norm=norm, aspect="auto", interpolation="none")
    ax.grid(visible=False)
    ax.spines[:].set_visible(False)
    show_cells(ax, table.columns, [f"HE {he}" for he in table.index], table.to_numpy(float).T)
    step = 1 if len(table) <= 8 else 3
    ax.set_xticks(range(0, len(table), step), [str(he) for he in table.index[::step]])
    rows = np.arange(0, len(table.columns), 3)
    ax.set_yticks(rows, table.columns[rows])
    ax.set_xlabel("Hour ending")


def _set_year_axis(ax: Axes) -> None:
    """Put a tick at each New Year of the axis; YearLocator looks for them at every step of drawing."""
    first, last = (num2date(limit).year for limit in ax.get_xlim())
    years = range(first, last + 2)
    ax.xaxis.set_major_locator(FixedLocator([date2num(np.datetime64(f"{year}-01-01")) for year in years]))
    ax.xaxis.set_major_formatter(FixedFormatter([str(year) for year in years]))
