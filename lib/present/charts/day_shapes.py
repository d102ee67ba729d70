"""Lines over the hours of a day: mean days by season and by zone, and shape factors by month."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from lib.present.charts.panels import new_panels
from lib.present.charts.style import (
    AMBER,
    BLUE,
    GREEN,
    ORANGE,
    RULE,
    describe_extremes,
    empty_chart,
    has_no_value,
    set_hour_axis,
)
from lib.present.columns import column_format
from lib.present.display import Chart
from lib.present.formats import MONTHS, Format

SEASON_LINES = {
    "Winter": (BLUE, "-"),
    "Spring": (GREEN, "--"),
    "Summer": (ORANGE, "-"),
    "Fall": (AMBER, "--"),
}
BROAD_LINE: dict[str, Any] = {"linewidth": 3.4, "alpha": 0.55, "zorder": 1.9}
THIN_LINE: dict[str, Any] = {"linewidth": 1.2, "zorder": 2.1}
"""The looks of two lines that mostly coincide: a broad pale one, and a thin one on top of it."""

HOURS = "hour ending, local"

DAY_TYPES = {"WeekDay": "Weekdays", "WeekEnd": "Weekends"}  # the page explains how holidays count


def season_shapes(frame: pd.DataFrame, value: str, title: str, caption: str) -> Chart:
    """Draw the mean day of each season, weekdays beside weekends.

    Args:
        frame: season, day_type, he and `value`, one row for each.
        value: the column to draw; `lib.present.formats` has its unit, for the axis.
        title: heading of the chart.
        caption: how to read it.
    """
    if has_no_value(frame, value):
        return empty_chart(title, caption, frame[["day_type", "he", "season", value]], 3)
    with new_panels(list(DAY_TYPES.values()), 5.2, 3.4) as panels:
        for ax, day_type in zip(panels.axes, DAY_TYPES, strict=True):
            plot_seasons(ax, frame[frame["day_type"] == day_type], value)
        svg = panels.to_html(HOURS, column_format(value).heading)
    data = frame.pivot(index=["day_type", "he"], columns="season", values=value)
    alt = f"{title}. " + describe_extremes(
        frame, value, lambda row: f"in {row['season']} at hour ending {row['he']}"
    )
    formats = {
        name: Format(name, column_format(value).number, column_format(value).scale) for name in SEASON_LINES
    }
    data.columns = data.columns.astype(str)
    return Chart(svg, title, caption, alt, data.reset_index(), 2, formats)


def plot_seasons(ax: Axes, frame: pd.DataFrame, value: str) -> None:
    """Draw one line per season over the hours ending."""
    scale = column_format(value).scale
    for season, (colour, style) in SEASON_LINES.items():
        line = frame[frame["season"] == season].sort_values("he")
        ax.plot(line["he"], line[value] * scale, style, color=colour, label=season)
    set_hour_axis(ax)
    ax.yaxis.set_major_formatter("{x:,g}")


def zone_shapes(
    frame: pd.DataFrame, columns: dict[str, str], title: str, caption: str, share_y: bool = True
) -> Chart:
    """Draw the mean day of each zone in a panel of its own, with a line for each of two columns.

    Args:
        frame: location, he and the columns, which have one unit.
        columns: column to draw -> its name in the legend; one or two.
        title: heading of the chart.
        caption: how to read it.
        share_y: whether all panels have one scale, or each its own.
    """
    data = frame[["location", "he", *columns]]
    if has_no_value(frame, *columns):
        return empty_chart(title, caption, data, 2)
    names = list(dict.fromkeys(frame["location"]))
    with new_panels(names, 3.2, 1.9, share_y) as panels:
        for ax, name in zip(panels.axes, names, strict=True):
            plot_pair(ax, frame[frame["location"] == name], columns)
        svg = panels.to_html(HOURS, column_format(next(iter(columns))).heading.rpartition(", ")[2])
    alt = f"{title}. One panel for each of {len(names)} zones: {', '.join(names)}."
    return Chart(svg, title, caption, alt, data, 2)


def plot_pair(ax: Axes, frame: pd.DataFrame, columns: dict[str, str]) -> None:
    """Draw one or two columns over the hours ending; of two the first line is broad, so that both show."""
    day = frame.sort_values("he")
    first = BROAD_LINE if len(columns) > 1 else {}
    styles = ({"color": BLUE, **first}, {"color": ORANGE, **THIN_LINE})
    for (column, name), style in zip(columns.items(), styles, strict=False):
        ax.plot(day["he"], day[column] * column_format(column).scale, label=name, **style)
    set_hour_axis(ax, 12)


def factor_spread(frame: pd.DataFrame, location: str, block_name: str) -> Chart:
    """Draw the shape factors of one zone by month: the mean of the years, the range of the years, and pooled.

    Args:
        frame: month, he, block_type, year_mean, year_low, year_high, pooled (factors), of the zone and blocks
            to draw.
        location: the zone.
        block_name: what the blocks are, for the title.
    """
    title = f"Shape factors of {location} by month, {block_name}"
    caption = (
        "A factor of 1.2 says that the hour costs 20 % more than the mean of its month and block. The band "
        "spans the factors of single years: where it is wide, the years do not agree on the shape."
    )
    heads = ["month", "block_type", "he"]
    data = frame[[*heads, "year_mean", "year_low", "year_high", "pooled"]].sort_values(heads)
    if has_no_value(frame, "year_mean", "pooled"):
        return empty_chart(title, caption, data, 3)
    with new_panels(MONTHS, 3.2, 2.1) as panels:
        for month, ax in enumerate(panels.axes, start=1):
            plot_factors(ax, frame[frame["month"] == month])
        svg = panels.to_html(HOURS, "factor on the block's mean price")
    alt = f"{title}. " + describe_extremes(frame, "year_mean", _month_and_hour)
    return Chart(svg, title, caption, alt, data, 3)


def plot_factors(ax: Axes, frame: pd.DataFrame) -> None:
    """Draw mean of years, range of years and pooled factor by hour ending, with gaps between blocks."""
    day = frame.sort_values("he")
    breaks = day["block_type"].ne(day["block_type"].shift()).cumsum()
    for _, part in day.groupby(breaks):
        ax.fill_between(part["he"], part["year_low"], part["year_high"], color=BLUE, alpha=0.22, linewidth=0)
        ax.plot(part["he"], part["year_mean"], color=BLUE, marker="o", markersize=1.8, **THIN_LINE)
        ax.plot(part["he"], part["pooled"], color=ORANGE, **BROAD_LINE)
    ax.axhline(1, color=RULE, linewidth=1.4, zorder=0)
    if len(ax.lines) > 1:
        ax.collections[0].set_label("range of the years")
        ax.lines[0].set_label("mean of the years")
        ax.lines[1].set_label("pooled")
    set_hour_axis(ax, 12)


def _month_and_hour(row: pd.Series) -> str:
    return f"in {MONTHS[int(row['month']) - 1]} at hour ending {row['he']}"
