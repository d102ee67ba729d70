"""What a chart shows and says where values are missing, up to all of them: that must not stop a report."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd

from lib.present.exhibits import Chart
from lib.present.formats import Format, format_of
from lib.present.style import MUTED, figure, to_svg

NOTHING = "nothing to draw"


def is_blank(frame: pd.DataFrame, *columns: str) -> bool:
    """Return whether none of the columns has a value in any row."""
    return not frame[list(columns)].notna().to_numpy().any()


def nothing_to_draw(
    title: str,
    caption: str,
    data: pd.DataFrame,
    n_heads: int = 1,
    formats: Mapping[str, Format] | None = None,
) -> Chart:
    """Return a chart that says there is no value to draw, with the rows that have none behind it."""
    with figure(10.4, 0.9) as fig:
        fig.text(0.5, 0.5, NOTHING, ha="center", va="center", color=MUTED)
        svg = to_svg(fig)
    return Chart(
        svg,
        title,
        caption,
        f"{title}. {NOTHING.capitalize()}: there is no value.",
        data,
        n_heads,
        formats or {},
    )


def extremes(frame: pd.DataFrame, value: str, place: Callable[[pd.Series], str]) -> str:
    """Say in a sentence where a column is highest and lowest, or that it has no value.

    Args:
        frame: rows with the column.
        value: the column.
        place: makes of a row the words for where it is.
    """
    form = format_of(value)
    known = frame.dropna(subset=value)
    if known.empty:
        return f"No value ({form.heading})."
    high, low = (known.loc[label] for label in (known[value].idxmax(), known[value].idxmin()))
    return (
        f"Highest: {form.text(high[value])} {place(high)}; "
        f"lowest: {form.text(low[value])} {place(low)} ({form.heading})."
    )
