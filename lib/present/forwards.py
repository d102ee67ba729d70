"""Forward curves: what the months to come trade at, a panel for each hub."""

from __future__ import annotations

import math

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import DateFormatter, YearLocator

from lib.present.blanks import extremes, is_blank, nothing_to_draw
from lib.present.exhibits import Chart
from lib.present.style import MUTED, block_look, figure, to_svg

PRICE = "settlement_price"

_COLUMNS = 4


def forward_curves(curves: pd.DataFrame, title: str, caption: str) -> Chart:
    """Draw the monthly curve of each hub in a panel of its own, a line for each block.

    Args:
        curves: hub, block, strip (the first of the month), settlement_price ($/MWh).
        title: what is seen.
        caption: how to read it.
    """
    data = curves[["hub", "block", "strip", PRICE]]
    if is_blank(curves, PRICE):
        return nothing_to_draw(title, caption, data, 3)
    names = list(dict.fromkeys(curves["hub"]))
    n_columns = min(_COLUMNS, len(names))
    with figure(11, 0.9 + 2.1 * math.ceil(len(names) / n_columns)) as fig:
        axes = fig.subplots(math.ceil(len(names) / n_columns), n_columns, sharex=True, squeeze=False)
        for ax, name in zip(axes.flat, names, strict=False):
            plot_curves(ax, curves[curves["hub"] == name])
            ax.set_title(name, fontsize=9.5)
        for ax in axes.flat[len(names) - n_columns : len(names)]:
            ax.tick_params(labelbottom=True)  # also where no panel stands below
        for ax in axes.flat[len(names) :]:
            ax.set_axis_off()
        lines = {line.get_label(): line for ax in axes.flat for line in ax.lines}
        fig.legend(lines.values(), lines.keys(), loc="outside upper left", ncols=len(lines))
        fig.supylabel("$/MWh", color=MUTED, fontsize=10)
        svg = to_svg(fig)
    alt = f"{title}. One panel for each of {len(names)} hubs. " + extremes(curves, PRICE, _place)
    return Chart(svg, title, caption, alt, data, 3)


def plot_curves(ax: Axes, curves: pd.DataFrame) -> None:
    """Draw a line for each block, with a step for each month."""
    for block, curve in curves.groupby("block", sort=False):
        colour, style = block_look(str(block))
        ax.step(curve["strip"], curve[PRICE], style, where="post", color=colour, linewidth=1.4, label=block)
    ax.xaxis.set_major_locator(YearLocator())
    ax.xaxis.set_major_formatter(DateFormatter("%Y"))


def _place(row: pd.Series) -> str:
    return f"for {row['hub']} {row['block']} in {row['strip']:%B %Y}"
