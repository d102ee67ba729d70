"""Lines by day of what was quoted and what came."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from lib.present.charts.style import (
    BLUE,
    ORANGE,
    describe_extremes,
    empty_chart,
    has_no_value,
    new_figure,
    to_svg,
)
from lib.present.display import Chart

SIDES = {"quoted_cost": ("Quoted", BLUE, "--"), "realised_cost": ("Realised", ORANGE, "-")}


def quoted_and_realised(days: pd.DataFrame, title: str, caption: str) -> Chart:
    """Draw what was quoted and what came by day of the month; a day without a value breaks the line.

    Args:
        days: market_date, quoted_cost, realised_cost ($/MWh), a row for each day in order.
        title: heading of the chart.
        caption: how to read it.
    """
    data = days[["market_date", *SIDES]]
    if has_no_value(days, *SIDES):
        return empty_chart(title, caption, data)
    with new_figure(10.4, 3.2) as fig:
        ax = fig.subplots()
        plot_sides(ax, days)
        fig.legend(loc="outside upper left", ncols=len(SIDES))
        svg = to_svg(fig)
    sentences = [
        f"{name}: {describe_extremes(days, side, lambda row: f'on {row.market_date:%Y-%m-%d}')}"
        for side, (name, _, _) in SIDES.items()
    ]
    return Chart(svg, title, caption, " ".join([f"{title}.", *sentences]), data)


def plot_sides(ax: Axes, days: pd.DataFrame) -> None:
    """Draw a line with a dot for each day, so that a day without neighbours shows too."""
    x = days["market_date"].dt.day
    for side, (name, colour, style) in SIDES.items():
        ax.plot(x, days[side], style, color=colour, linewidth=1.6, marker="o", markersize=3.5, label=name)
    ax.set_xticks(x[:: 1 if len(x) <= 16 else 2])
    ax.set_xlim(x.iloc[0] - 0.5, max(x.iloc[-1], x.iloc[0] + 6) + 0.5)
    ax.set_xlabel(f"Day of {days['market_date'].iloc[0]:%B %Y}")
    ax.set_ylabel("$/MWh")
    ax.margins(y=0.08)
