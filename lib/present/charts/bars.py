"""Bar charts: VLR by zone in its two units, and the distribution of the hourly cost."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from lib.present.charts.readout import show_values
from lib.present.charts.style import (
    AMBER,
    BLUE,
    GREEN,
    INK,
    MUTED,
    ORANGE,
    describe_extremes,
    empty_chart,
    has_no_value,
    new_figure,
    to_svg,
)
from lib.present.columns import column_format
from lib.present.display import Chart
from lib.present.formats import Format

ESTIMATORS = {"cost_weighted": BLUE, "cost_per_mwh": GREEN}

RANKED = ("cost_to_serve", "covariance", "cost_per_mwh")
"""What `ranked_zones` draws, from left to right."""


def vlr_by_zone(frame: pd.DataFrame, title: str, caption: str) -> Chart:
    """Draw the headline (%) and the cost ($/MWh) of each zone side by side, each on its own axis.

    Args:
        frame: location, cost_weighted (fraction), cost_per_mwh ($/MWh); with `iso`, zones form groups.
        title: heading of the chart.
        caption: how to read it.
    """
    data = frame[[name for name in ("iso", "location", *ESTIMATORS) if name in frame]]
    n_heads = len(data.columns) - len(ESTIMATORS)
    if has_no_value(frame, *ESTIMATORS):
        return empty_chart(title, caption, data, n_heads)
    labels = frame["location"].astype(str)
    groups = frame["iso"] if "iso" in frame else pd.Series("", index=frame.index)
    y = np.arange(len(frame)) + 1.4 * groups.ne(groups.shift()).cumsum().to_numpy()
    with new_figure(10.4, 0.9 + 0.215 * (y[-1] - y[0] + 1)) as fig:
        axes = fig.subplots(1, 2, sharey=True)
        for ax, (column, colour) in zip(axes, ESTIMATORS.items(), strict=True):
            plot_bars(ax, y, frame[column] * column_format(column).scale, colour)
            ax.set_xlabel(column_format(column).heading)
            values = frame[column] * column_format(column).scale
            show_values(ax, y, labels, {column_format(column).heading: values}, along="y")
        axes[0].set_yticks(y, labels)
        axes[0].set_ylim(y[-1] + 0.7, y[0] - (1.5 if "iso" in frame else 0.7))
        if "iso" in frame:
            _name_groups(axes[0], groups, y)
        svg = to_svg(fig)
    sentences = [
        describe_extremes(frame, column, lambda row: f"in {row['location']}") for column in ESTIMATORS
    ]
    return Chart(svg, title, caption, " ".join([f"{title}.", *sentences]), data, n_heads)


def plot_bars(ax: Axes, y: np.ndarray, values: pd.Series, colour: str) -> None:
    """Draw a horizontal bar for each zone with its number at the end."""
    ax.barh(y, values, height=0.72, color=colour)
    ax.axvline(0, color=MUTED, linewidth=0.8)
    ax.grid(visible=False, axis="y")
    reach = max(float(values.abs().max()), 1e-9)
    for y_bar, value in zip(y, values, strict=True):
        if np.isfinite(value):
            side = "left" if value >= 0 else "right"
            offset = 0.015 * reach * (1 if value >= 0 else -1)
            ax.text(value + offset, y_bar, f"{value:.2f}", va="center", ha=side, fontsize=8.5, color=INK)
    ax.margins(x=0.12)


def _name_groups(ax: Axes, groups: pd.Series, y: np.ndarray) -> None:
    for name in dict.fromkeys(groups):
        top = y[(groups == name).to_numpy()][0] - 0.95
        ax.text(
            -0.012, top, name, transform=ax.get_yaxis_transform(), ha="right", va="center", fontweight="bold"
        )


def ranked_zones(zones: pd.DataFrame, title: str, caption: str) -> Chart:
    """Draw VLR, covariance and cost to serve of each zone in the sequence of the rows, all on one screen.

    Args:
        zones: iso, location, cost_per_mwh, covariance, cost_to_serve ($/MWh); the dearest zone first.
        title: heading of the chart.
        caption: how to read it.
    """
    if has_no_value(zones, *RANKED):
        return empty_chart(title, caption, zones, 2)
    y = np.arange(len(zones))
    names = [f"{row.location} · {row.iso}" for row in zones.itertuples()]
    colours = dict(
        zip(dict.fromkeys(sorted(zones["iso"])), (BLUE, ORANGE, GREEN, AMBER, MUTED), strict=False)
    )
    with new_figure(10.4, 0.8 + 0.13 * len(zones)) as fig:
        axes = fig.subplots(1, len(RANKED), sharey=True)
        for ax, column in zip(axes, RANKED, strict=True):
            ax.barh(y, zones[column], height=0.72, color=[colours.get(iso, INK) for iso in zones["iso"]])
            ax.axvline(0, color=MUTED, linewidth=0.8)
            ax.grid(visible=False, axis="y")
            ax.set_xlabel(column_format(column).heading)
            show_values(ax, y, names, {column_format(column).heading: zones[column]}, along="y")
        axes[0].set_yticks(y, names, fontsize=7)
        axes[0].set_ylim(len(zones) - 0.4, -0.6)
        patches = [Patch(color=colour, label=iso) for iso, colour in colours.items()]
        fig.legend(handles=patches, loc="outside upper left", ncols=len(patches))
        svg = to_svg(fig)
    sentences = [describe_extremes(zones, column, lambda row: f"in {row['location']}") for column in RANKED]
    return Chart(svg, title, caption, " ".join([f"{title}.", *sentences]), zones, 2)


def cost_distribution(bins: pd.DataFrame, title: str, caption: str) -> Chart:
    """Draw the distribution of the hourly unitized cost: savings left of zero, costs right of it.

    Args:
        bins: low, high ($/MWh), share (fraction of hours) of `lib.calc.aggregate.distribution`; the first and
            last row are the tails.
        title: heading of the chart.
        caption: how to read it.
    """
    edges = {"low": Format("From, $/MWh", "{:,.2f}"), "high": Format("To, $/MWh", "{:,.2f}")}
    if has_no_value(bins, "share"):
        return empty_chart(title, caption, bins, 2, edges)
    with new_figure(10.4, 3.3) as fig:
        ax = fig.subplots()
        plot_distribution(ax, bins)
        ax.set_xlabel("Unitized cost of an hour, $/MWh")
        ax.set_ylabel("Share of the hours, %")
        svg = to_svg(fig)
    below, above = bins["share"].iloc[[0, -1]]
    alt = f"{title}. {below:.1%} of the hours lie left of the chart and {above:.1%} right of it."
    return Chart(svg, title, caption, alt, bins, 2, edges)


def plot_distribution(ax: Axes, bins: pd.DataFrame) -> None:
    """Draw the inner bins on a logarithmic scale of the share, which shows the tails."""
    inner = bins.iloc[1:-1]
    colour = np.where(inner["low"] >= 0, ORANGE, BLUE)
    ax.bar(inner["low"], inner["share"] * 100, width=inner["high"] - inner["low"], align="edge", color=colour)
    middle, share = (inner["low"] + inner["high"]) / 2, inner["share"] * 100
    names = [
        f"{low:,.2f} to {high:,.2f} $/MWh" for low, high in zip(inner["low"], inner["high"], strict=True)
    ]
    show_values(ax, middle, names, {"share of the hours, %": share})
    ax.set_yscale("log")
    ax.yaxis.set_major_formatter("{x:g}")
    ax.axvline(0, color=MUTED, linewidth=1)
    ax.grid(visible=False, axis="x")
