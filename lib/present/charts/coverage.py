"""A calendar of the stored hours: one cell for each day, so that a single missing day shows."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import BoundaryNorm, ListedColormap
from matplotlib.patches import Patch

from lib.markets import MEASURES
from lib.present.charts.style import MUTED, empty_chart, has_no_value, new_figure, to_svg
from lib.present.display import Chart

LEVELS = {
    "complete": "#a9cbe3",
    "some hours missing": "#f0a04b",
    "half or more missing": "#cb4a12",
    "nothing stored": "#5a1a0a",
}
"""Name and colour of the levels of a day, from best to worst."""


def coverage_calendar(frame: pd.DataFrame, title: str, caption: str) -> Chart:
    """Draw a panel for each measure: months down, days of the month across.

    Args:
        frame: measure, market_date, n_expected, n_stored: hours over all zones; days outside the window
            have no row and stay empty.
        title: heading of the chart.
        caption: how to read it.
    """
    if has_no_value(frame, "n_stored"):
        return empty_chart(title, caption, frame, 2)
    measures = [measure for measure in MEASURES if (frame["measure"] == measure).any()]
    n_months = frame["market_date"].dt.to_period("M").nunique()
    with new_figure(11, max(2.6, 1.2 + 0.07 * n_months)) as fig:
        axes = fig.subplots(1, len(measures), sharey=True, squeeze=False)[0]
        for ax, measure in zip(axes, measures, strict=True):
            days = frame[frame["measure"] == measure]
            plot_days(ax, days)
            ax.set_title(_panel_title(MEASURES[measure].table, days))
        fig.legend(
            handles=[Patch(color=colour, label=level) for level, colour in LEVELS.items()],
            loc="outside lower left", ncols=len(LEVELS), handlelength=1.1,
        )  # fmt: skip
        svg = to_svg(fig)
    n_gaps = int((frame["n_stored"] < frame["n_expected"]).sum())
    alt = f"{title}. " + (f"Incomplete days of a series: {n_gaps}." if n_gaps else "Every day is complete.")
    return Chart(svg, title, caption, alt, by_month(frame), 2)


def by_month(frame: pd.DataFrame) -> pd.DataFrame:
    """Count the hours of each month, and name its incomplete days.

    Args:
        frame: measure, market_date, n_expected, n_stored: a row for each day.

    Returns:
        measure, month ("2024-06"), n_expected, n_stored, n_missing, days_missing ("9, 28 to 30"; NULL for
        none); the measures in the order of MEASURES.
    """
    days = frame.assign(
        measure=pd.Categorical(frame["measure"], list(MEASURES)),
        month=frame["market_date"].dt.strftime("%Y-%m"),
        n_missing=frame["n_expected"] - frame["n_stored"],
        days_missing=frame["market_date"].dt.day.where(frame["n_stored"] < frame["n_expected"]),
    )
    months = days.groupby(["measure", "month"], observed=True)
    counts = months[["n_expected", "n_stored", "n_missing"]].sum()
    return counts.join(months["days_missing"].agg(_format_days)).reset_index()


def _format_days(days: pd.Series) -> str | None:
    """Return days of a month as text, consecutive days as "first to last"; NULL for none."""
    ordered = days.dropna().astype(int).sort_values()
    runs = ordered.groupby((ordered.diff() != 1).cumsum()).agg(["min", "max"])
    spans = [f"{low}" if low == high else f"{low} to {high}" for low, high in runs.to_numpy()]
    return ", ".join(spans) or None


def plot_days(ax: Axes, days: pd.DataFrame) -> None:
    """Draw one measure: a cell per day in one of the LEVELS."""
    months = days["market_date"].dt.to_period("M")
    rows = (months - months.min()).map(lambda offset: offset.n)
    levels = np.full((rows.max() + 1, 31), np.nan)
    levels[rows, days["market_date"].dt.day - 1] = day_level(days)
    edges = np.arange(len(LEVELS) + 1) - 0.5
    norm = BoundaryNorm(edges, len(LEVELS))
    ax.imshow(
        levels, cmap=ListedColormap(list(LEVELS.values())), norm=norm, aspect="auto", interpolation="none"
    )
    ax.grid(visible=False)
    ax.spines[:].set_visible(False)
    ax.set_xticks([0, 9, 19, 30], ["1", "10", "20", "31"])
    first = months.min()
    years = [row for row in range(levels.shape[0]) if row == 0 or (first + row).month == 1]
    if len(years) > 1 and years[1] - years[0] < 3:
        years = years[1:]
    ax.set_yticks(
        years, [str((first + row).year) if (first + row).month == 1 else str(first + row) for row in years]
    )
    for row in years[1:]:
        ax.axhline(row - 0.5, color=MUTED, linewidth=0.6)
    ax.set_xlabel("Day of the month")


def day_level(days: pd.DataFrame) -> np.ndarray:
    """Return the index in LEVELS of each day."""
    share = (days["n_stored"] / days["n_expected"]).to_numpy(float)
    return np.select([share >= 1, share > 0.5, share > 0], [0, 1, 2], default=3)


def _panel_title(name: str, days: pd.DataFrame) -> str:
    n_missing = int((days["n_expected"] - days["n_stored"]).sum())
    return f"{name}: {'complete' if not n_missing else f'{n_missing:,} hours missing'}"
