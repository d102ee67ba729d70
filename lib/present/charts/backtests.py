"""Charts of a backtest: what was priced beside what came, and what the bands held."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from lib.markets import BLOCKS
from lib.present.charts.panels import new_panels
from lib.present.charts.readout import show_values
from lib.present.charts.style import (
    BLUE,
    INK,
    MUTED,
    ORANGE,
    RULE,
    describe_extremes,
    empty_chart,
    has_no_value,
    new_figure,
    to_svg,
)
from lib.present.display import Chart
from lib.present.formats import Format

BAND_LABEL = "the band: 9 of 10 months within it"
PRICED_LABEL = "priced VLR"
CAME_LABEL = "what came"
BEYOND_LABEL = "what came, beyond the band"

ROOM = 0.35
"""How far the axis reaches beyond the bands, in parts of their span; what lies further is at the edge."""

RELIABILITY = {
    "nominal": Format("Made to hold, %", "{:.0f}", 100.0),
    "held": Format("Held, %", "{:.1f}", 100.0),
    "n": Format("Months and blocks", "{:,.0f}"),
}
"""The columns of `lib.calc.scores.reliability`, as people read them."""

_COLUMNS = {
    "period": Format("Target"),
    "year": Format("Year", "{:.0f}"),
    "target": Format("What came, $/MWh", "{:,.3f}"),
    "priced": Format("Priced, $/MWh", "{:,.3f}"),
}


def priced_and_realised(rows: pd.DataFrame, title: str, caption: str) -> Chart:
    """Draw priced VLR with its band, and what came, through all months of targets; a panel for each block.

    Args:
        rows: block_type, number (of the month: year x 12 + month - 1), year, month, target, priced, band_low
            and band_high ($/MWh) of one zone.
        title: heading of the chart.
        caption: how to read it.
    """
    columns = ["block_type", "year", "month", "target", "priced", "band_low", "band_high"]
    data = rows.sort_values(["block_type", "number"], ignore_index=True)[columns]
    if has_no_value(rows, "target"):
        return empty_chart(title, caption, data, 3, _COLUMNS)
    shown = [block for block in BLOCKS if (rows["block_type"] == block).any()]
    low, high = _limits(rows)
    with new_panels(shown, 6.4, 2.1) as panels:
        for ax, block in zip(panels.axes, shown, strict=True):
            plot_block(ax, rows[rows["block_type"] == block].sort_values("number"), low, high)
        svg = panels.to_html("month of the target", "$/MWh")
    sentences = [
        describe_extremes(
            rows,
            column,
            lambda row: f"in {row['year']}-{row['month']:02d}, {row['block_type']}",
            _COLUMNS[column],
        )
        for column in ("priced", "target")
    ]
    return Chart(svg, title, caption, " ".join([f"{title}.", *sentences]), data, 3, _COLUMNS)


def plot_block(ax: Axes, months: pd.DataFrame, low: float, high: float) -> None:
    """Draw one block; a month that lies beyond the axis is a triangle at its edge."""
    x, target, priced, bottom, top = (
        months[name].to_numpy(float) for name in ("number", "target", "priced", "band_low", "band_high")
    )
    ax.bar(x, top - bottom, 1.0, bottom=bottom, color=RULE, label=BAND_LABEL)
    ax.plot(x, priced, "_", color=BLUE, markersize=8, markeredgewidth=2, label=PRICED_LABEL)
    is_out = (target < bottom) | (target > top)
    shown = np.clip(target, low, high)
    for is_kind, colour, label in ((~is_out, INK, CAME_LABEL), (is_out, ORANGE, BEYOND_LABEL)):
        if is_kind.any():
            ax.plot(x[is_kind], shown[is_kind], "o", color=colour, markersize=3.5, label=label, clip_on=False)
    for is_beyond, edge, mark in ((target > high, high, "^"), (target < low, low, "v")):
        if is_beyond.any():
            ax.plot(x[is_beyond], np.full(is_beyond.sum(), edge), mark, color=ORANGE, clip_on=False)
    ax.axhline(0, color=MUTED, linewidth=0.8)
    band = [f"{a:,.3f} to {b:,.3f}" if np.isfinite(a) else "none" for a, b in zip(bottom, top, strict=True)]
    names = [f"{number // 12}-{number % 12 + 1:02d}" for number in x.astype(int)]
    show_values(ax, x, names, {"what came": target, PRICED_LABEL: priced, BAND_LABEL: band})
    ax.set_ylim(low, high)
    set_month_axis(ax, int(x.min()), int(x.max()))


def set_month_axis(ax: Axes, first: int, last: int) -> None:
    """Set the x axis to months, numbered year x 12 + month - 1, with a tick at each January or each month."""
    step = 12 if last - first >= 18 else 1
    ticks = [number for number in range(first, last + 1) if number % step == 0]
    texts = [f"{tick // 12}" if step == 12 else f"{tick // 12}-{tick % 12 + 1:02d}" for tick in ticks]
    ax.set_xticks(ticks, texts)
    ax.set_xlim(first - 0.8, last + 0.8)
    ax.grid(visible=False, axis="x")


def _limits(rows: pd.DataFrame) -> tuple[float, float]:
    """Return the limits of the axis: those of the bands with some room, or of all values without a band."""
    known = rows[["priced", "band_low", "band_high"]].to_numpy(float)
    has_band = rows["band_low"].notna().any()
    values = known if has_band else rows[["priced", "target"]].to_numpy(float)
    low, high = min(0.0, float(np.nanmin(values))), max(0.0, float(np.nanmax(values)))
    room = ROOM * max(high - low, 0.01)
    return low - room, high + room


def reliability_diagram(table: pd.DataFrame, periods: pd.DataFrame, title: str, caption: str) -> Chart:
    """Draw what bands of several levels held against what they should, and the 90 % band by target.

    Args:
        table: nominal and held (fractions), n, of `lib.calc.scores.reliability`.
        periods: period, coverage (fraction) of `lib.calc.scores.score_band`.
        title: heading of the chart.
        caption: how to read it.
    """
    if has_no_value(table, "held"):
        return empty_chart(title, caption, table, 1, RELIABILITY)
    with new_figure(11, 3.6) as fig:
        left, right = fig.subplots(1, 2, width_ratios=[1, 1.3])
        plot_reliability(left, table)
        plot_periods(right, periods)
        svg = to_svg(fig)
    worst = table.loc[(table["held"] - table["nominal"]).abs().idxmax()]
    alt = (
        f"{title}. Furthest off: made to hold {worst['nominal'] * 100:.0f} %, the band held "
        f"{worst['held'] * 100:.1f} %."
    )
    return Chart(svg, title, caption, alt, table, 1, RELIABILITY)


def plot_reliability(ax: Axes, table: pd.DataFrame) -> None:
    """Draw what was held against what it was made to hold; the dashed line is where both are the same."""
    ends = np.array([40.0, 100.0])
    ax.plot(ends, ends, color=MUTED, linewidth=1, linestyle="--", label="as it should be")
    ax.plot(table["nominal"] * 100, table["held"] * 100, "o-", color=BLUE, markersize=5, label="as it was")
    ax.set_xlim(45, 100)
    ax.set_ylim(min(40.0, float(table["held"].min()) * 100 - 5), 101)
    ax.set_xlabel("made to hold, %")
    ax.set_ylabel("held, %")
    ax.set_title("Bands of six levels")
    ax.legend(loc="upper left")


def plot_periods(ax: Axes, periods: pd.DataFrame) -> None:
    """Draw what the 90 % band held in each target."""
    held = periods["coverage"].to_numpy(float) * 100
    x = np.arange(len(held))
    ax.vlines(x, 90, held, color=RULE, linewidth=6)
    ax.axhline(90, color=MUTED, linewidth=1, linestyle="--")
    ax.plot(x, held, "o", color=BLUE, markersize=6)
    step = max(1, -(-len(x) // 8))
    ax.set_xticks(x[::step], periods["period"].astype(str).tolist()[::step])
    ax.set_ylim(min(70.0, float(held.min()) - 5), 101)
    ax.set_xlim(-0.7, len(x) - 0.3)
    ax.set_ylabel("held, %")
    ax.set_title("The 90 % band by target")
    ax.grid(visible=False, axis="x")
