"""Figures with their intervals, in groups: what is known of each place, and how well."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lib.present.charts.readout import show_values
from lib.present.charts.style import (
    BLUE,
    INK,
    MUTED,
    describe_extremes,
    empty_chart,
    has_no_value,
    new_figure,
    to_svg,
)
from lib.present.columns import column_format
from lib.present.display import Chart

SHOWN = ["level", "member", "cost_per_mwh", "interval_low", "interval_high"]
"""The columns of the chart's table."""


def intervals_by_level(rows: pd.DataFrame, title: str, caption: str) -> Chart:
    """Draw cost_per_mwh of each member with its estimator interval, a group for each level.

    Args:
        rows: level (as people read it), member, cost_per_mwh, interval_low, interval_high ($/MWh; both NULL
            where there is no interval); the rows of a level follow each other.
        title: heading of the chart.
        caption: how to read it.
    """
    data = rows[SHOWN].reset_index(drop=True)
    if has_no_value(data, "cost_per_mwh"):
        return empty_chart(title, caption, data, 2)
    starts = data["level"].ne(data["level"].shift())
    y = np.arange(len(data)) + 1.4 * starts.cumsum().to_numpy()
    low, high = (data[f"interval_{end}"].to_numpy(float) for end in ("low", "high"))
    with new_figure(10.4, 1.1 + 0.215 * (y[-1] - y[0] + 1)) as fig:
        ax = fig.subplots()
        ax.hlines(
            y, low, high, color=BLUE, linewidth=4.5, alpha=0.55, label="how well it is known (5 to 95 %)"
        )
        ax.plot(data["cost_per_mwh"], y, "o", color=INK, markersize=4.5, label="mean of the past")
        known = [
            f"{a:,.3f} to {b:,.3f}" if np.isfinite(a) else "none" for a, b in zip(low, high, strict=True)
        ]
        values = {"mean of the past": data["cost_per_mwh"], "how well it is known (5 to 95 %)": known}
        show_values(ax, y, data["member"], values, along="y")
        ax.axvline(0, color=MUTED, linewidth=0.8)
        ax.set_yticks(y, data["member"].astype(str))
        ax.set_ylim(y[-1] + 0.7, y[0] - 1.5)
        ax.set_xlabel(column_format("cost_per_mwh").heading)
        ax.grid(visible=False, axis="y")
        for place, name in zip(y[starts], data.loc[starts, "level"], strict=True):
            ax.text(-0.012, place - 0.95, name, transform=ax.get_yaxis_transform(), ha="right", va="center",
                    fontweight="bold")  # fmt: skip
        fig.legend(loc="outside upper left", ncols=2)
        svg = to_svg(fig)
    alt = describe_extremes(data, "cost_per_mwh", lambda row: f"in {row['member']}")
    return Chart(svg, title, caption, f"{title}. {alt}", data, 2)
