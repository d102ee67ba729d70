"""Bars: VLR by zone in its two units, and how the hourly cost is distributed."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from lib.present.charts.style import (
    BLUE,
    GREEN,
    INK,
    MUTED,
    ORANGE,
    extremes,
    figure,
    is_blank,
    nothing_to_draw,
    to_svg,
)
from lib.present.display import Chart
from lib.present.formats import Format, column_format

ESTIMATORS = {"cost_weighted": BLUE, "cost_per_mwh": GREEN}


def vlr_by_zone(frame: pd.DataFrame, title: str, caption: str) -> Chart:
    """Draw the headline (%) and the cost ($/MWh) of each zone side by side, each on its own axis.

    Args:
        frame: location, cost_weighted (fraction), cost_per_mwh ($/MWh); with `iso`, zones stand in groups.
        title: what is seen.
        caption: how to read it.
    """
    data = frame[[name for name in ("iso", "location", *ESTIMATORS) if name in frame]]
    n_heads = len(data.columns) - len(ESTIMATORS)
    if is_blank(frame, *ESTIMATORS):
        return nothing_to_draw(title, caption, data, n_heads)
    labels = frame["location"].astype(str)
    groups = frame["iso"] if "iso" in frame else pd.Series("", index=frame.index)
    positions = np.arange(len(frame)) + 1.4 * groups.ne(groups.shift()).cumsum().to_numpy()
    with figure(10.4, 0.9 + 0.215 * (positions[-1] - positions[0] + 1)) as fig:
        axes = fig.subplots(1, 2, sharey=True)
        for ax, (column, colour) in zip(axes, ESTIMATORS.items(), strict=True):
            plot_bars(ax, positions, frame[column] * column_format(column).scale, colour)
            ax.set_xlabel(column_format(column).heading)
        axes[0].set_yticks(positions, labels)
        axes[0].set_ylim(positions[-1] + 0.7, positions[0] - (1.5 if "iso" in frame else 0.7))
        if "iso" in frame:
            _name_groups(axes[0], groups, positions)
        svg = to_svg(fig)
    sentences = [extremes(frame, column, lambda row: f"in {row['location']}") for column in ESTIMATORS]
    return Chart(svg, title, caption, " ".join([f"{title}.", *sentences]), data, n_heads)


def plot_bars(ax: Axes, positions: np.ndarray, values: pd.Series, colour: str) -> None:
    """Draw a horizontal bar for each zone with its number at the end."""
    ax.barh(positions, values, height=0.72, color=colour)
    ax.axvline(0, color=MUTED, linewidth=0.8)
    ax.grid(visible=False, axis="y")
    reach = max(float(values.abs().max()), 1e-9)
    for position, value in zip(positions, values, strict=True):
        if np.isfinite(value):
            side = "left" if value >= 0 else "right"
            offset = 0.015 * reach * (1 if value >= 0 else -1)
            ax.text(value + offset, position, f"{value:.2f}", va="center", ha=side, fontsize=8.5, color=INK)
    ax.margins(x=0.12)


def _name_groups(ax: Axes, groups: pd.Series, positions: np.ndarray) -> None:
    for name in dict.fromkeys(groups):
        top = positions[(groups == name).to_numpy()][0] - 0.95
        ax.text(
            -0.012, top, name, transform=ax.get_yaxis_transform(), ha="right", va="center", fontweight="bold"
        )


def cost_distribution(bins: pd.DataFrame, title: str, caption: str) -> Chart:
    """Draw how the hourly unitized cost is spread: savings left of zero, costs right of it.

    Args:
        bins: what `lib.calc.aggregate.distribution` makes of unitized_cost ($/MWh).
        title: what is seen.
        caption: how to read it.
    """
    edges = {"low": Format("From, $/MWh", "{:,.2f}"), "high": Format("To, $/MWh", "{:,.2f}")}
    if is_blank(bins, "share"):
        return nothing_to_draw(title, caption, bins, 2, edges)
    with figure(10.4, 3.3) as fig:
        ax = fig.subplots()
        plot_distribution(ax, bins)
        ax.set_xlabel("Unitized cost of an hour, $/MWh")
        ax.set_ylabel("Share of the hours, %")
        svg = to_svg(fig)
    below, above = bins["share"].iloc[[0, -1]]
    alt = f"{title}. {below:.1%} of the hours lie left of the chart and {above:.1%} right of it."
    return Chart(svg, title, caption, alt, bins, 2, edges)


def plot_distribution(ax: Axes, bins: pd.DataFrame) -> None:
    """Draw the inner bins, on a logarithmic scale of the share so that the tails are seen."""
    inner = bins.iloc[1:-1]
    colour = np.where(inner["low"] >= 0, ORANGE, BLUE)
    ax.bar(inner["low"], inner["share"] * 100, width=inner["high"] - inner["low"], align="edge", color=colour)
    ax.set_yscale("log")
    ax.yaxis.set_major_formatter("{x:g}")
    ax.axvline(0, color=MUTED, linewidth=1)
    ax.grid(visible=False, axis="x")
