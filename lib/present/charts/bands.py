"""What is known of VLR and what is not: priced VLR of each month, its interval, and the band to come.

Also VLR of windows of several lengths, each with its interval.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from lib.markets import BLOCKS
from lib.present.charts.panels import new_panels
from lib.present.charts.readout import show_values
from lib.present.charts.style import (
    AMBER,
    BLUE,
    INK,
    MUTED,
    RULE,
    describe_extremes,
    empty_chart,
    has_no_value,
)
from lib.present.display import Chart
from lib.present.formats import MONTHS

BAND_LABEL = "where a coming month will lie, 9 times in 10"
INTERVAL_LABEL = "how well priced VLR is known"
PRICED_LABEL = "priced VLR"
PAST_LABEL = "mean of the past"

SHOWN = [
    "block_type",
    "month",
    "priced",
    "priced_low",
    "priced_high",
    "band_low",
    "band_high",
    "cost_per_mwh",
]
"""The columns of the chart's table."""

WINDOW_SHOWN = [
    *("location", "last_years", "first_day", "n_days"),
    *("cost_per_mwh", "interval_low", "interval_high"),
]
"""The columns of the table of windows."""

ROOM = 0.15
"""How far the axis reaches beyond the bands, in parts of their span."""


def known_and_unknown(blocks: pd.DataFrame, title: str, caption: str) -> Chart:
    """Draw priced VLR with its interval and the predictive band of each month, a panel for each block.

    Args:
        blocks: month, block_type, priced, priced_low, priced_high, band_low, band_high and cost_per_mwh
            ($/MWh) of one zone.
        title: heading of the chart.
        caption: how to read it.
    """
    data = blocks[SHOWN].sort_values(["block_type", "month"], ignore_index=True)
    if has_no_value(blocks, "priced"):
        return empty_chart(title, caption, data, 2)
    shown = [block for block in BLOCKS if (blocks["block_type"] == block).any()]
    low, high = _limits(blocks)
    with new_panels(shown, 3.7, 3.4) as panels:
        for ax, block in zip(panels.axes, shown, strict=True):
            plot_months(ax, blocks[blocks["block_type"] == block], low, high)
            ax.set_ylim(low, high)
        svg = panels.to_html("month", "$/MWh", [BAND_LABEL, INTERVAL_LABEL, PRICED_LABEL, PAST_LABEL])
    extremes = [
        describe_extremes(
            blocks, column, lambda row: f"in {MONTHS[int(row['month']) - 1]}, {row['block_type']}"
        )
        for column in ("priced", "band_high", "band_low")
    ]
    return Chart(svg, title, caption, " ".join([f"{title}.", *extremes]), data, 2)


def vlr_by_window(windows: pd.DataFrame, title: str, caption: str) -> Chart:
    """Draw the VLR of the last years and of all days with its estimator interval, a panel for each place.

    Args:
        windows: location, last_years (NULL for all days), first_day, n_days, cost_per_mwh, interval_low and
            interval_high ($/MWh), the longest window of a place last.
        title: heading of the chart.
        caption: how to read it.
    """
    columns = [
        "location",
        "last_years",
        "first_day",
        "n_days",
        "cost_per_mwh",
        "interval_low",
        "interval_high",
    ]
    data = windows[columns].reset_index(drop=True)
    if has_no_value(windows, "cost_per_mwh"):
        return empty_chart(title, caption, data, 2)
    places = list(dict.fromkeys(data["location"]))
    with new_panels(places, 5.2, 2.7) as panels:
        for ax, place in zip(panels.axes, places, strict=True):
            plot_windows(ax, data[data["location"] == place])
        svg = panels.to_html("window", "$/MWh")
    extremes = describe_extremes(
        data, "cost_per_mwh", lambda row: f"in {row['location']}, {window_name(row['last_years'])}"
    )
    return Chart(svg, title, caption, f"{title}. {extremes}", data, 2)


def plot_windows(ax: Axes, windows: pd.DataFrame) -> None:
    """Draw the interval and the VLR of each window from left to right; all days have an area behind."""
    x = np.arange(len(windows))
    low, high = (windows[f"interval_{end}"].to_numpy(float) for end in ("low", "high"))
    if np.isfinite(low[-1]):
        ax.axhspan(low[-1], high[-1], color=RULE)
    ax.vlines(x, low, high, color=BLUE, linewidth=4.5, alpha=0.55)
    ax.plot(x, windows["cost_per_mwh"], "o", color=INK, markersize=4)
    ax.axhline(0, color=MUTED, linewidth=0.8)
    names = [window_name(years) for years in windows["last_years"]]
    values = {"VLR": windows["cost_per_mwh"], "estimator interval": _ranges(low, high)}
    show_values(ax, x, names, values)
    ax.set_xticks(x, names)
    ax.set_xlim(-0.6, len(windows) - 0.4)
    ax.grid(visible=False, axis="x")


def window_name(years: float) -> str:
    """Return the name of a window of the last years; NULL is all days."""
    if np.isnan(years):
        return "all days"
    return "last year" if years == 1 else f"last {years:g} years"


def plot_months(ax: Axes, months: pd.DataFrame, low: float, high: float) -> None:
    """Draw the band, the interval, priced VLR and the mean of the past, which may lie beyond the axis."""
    x = months["month"].to_numpy()
    band, interval = (
        (months[f"{name}_low"].to_numpy(float), months[f"{name}_high"].to_numpy(float))
        for name in ("band", "priced")
    )
    ax.bar(x, band[1] - band[0], 0.78, bottom=band[0], color=RULE, label=BAND_LABEL)
    ends = [np.clip(end, low, high) for end in interval]
    ax.vlines(x, *ends, color=BLUE, linewidth=4.5, alpha=0.55, label=INTERVAL_LABEL)
    ax.plot(x, months["priced"], "o", color=INK, markersize=4, label=PRICED_LABEL)
    past = months["cost_per_mwh"].to_numpy(float)
    ax.plot(x, np.where((past >= low) & (past <= high), past, np.nan), "_", color=AMBER, markersize=11,
            markeredgewidth=2, label=PAST_LABEL)  # fmt: skip
    for is_beyond, edge, mark in ((past > high, high, "^"), (past < low, low, "v")):
        if is_beyond.any():
            ax.plot(x[is_beyond], np.full(is_beyond.sum(), edge), mark, color=AMBER, clip_on=False)
    ax.axhline(0, color=MUTED, linewidth=0.8)
    values = {PRICED_LABEL: months["priced"], INTERVAL_LABEL: _ranges(*interval), BAND_LABEL: _ranges(*band)}
    show_values(ax, x, [MONTHS[month - 1] for month in x], {**values, PAST_LABEL: past})
    ax.set_xticks(range(1, 13), [name[0] for name in MONTHS])
    ax.set_xlim(0.4, 12.6)
    ax.grid(visible=False, axis="x")


def _ranges(low: np.ndarray, high: np.ndarray) -> list[str]:
    return [f"{a:,.3f} to {b:,.3f}" if np.isfinite(a) else "none" for a, b in zip(low, high, strict=True)]


def _limits(blocks: pd.DataFrame) -> tuple[float, float]:
    """Return the limits of the axis: those of the bands, or of the intervals where there is no band."""
    columns = ["priced", "band_low", "band_high"]
    if blocks["band_low"].isna().all():
        columns += ["priced_low", "priced_high", "cost_per_mwh"]
    values = blocks[columns].to_numpy(float)
    low, high = min(0.0, float(np.nanmin(values))), max(0.0, float(np.nanmax(values)))
    room = ROOM * max(high - low, 0.01)
    return low - room, high + room
