"""A function for each table that notebooks show; `lib.present.formats` has headings and number formats."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np
import pandas as pd

from lib.present.columns import column_format
from lib.present.display import Chart, KeyValues, Table
from lib.present.formats import MONTHS, Format

ESTIMATORS = ("cost_weighted", "cost_per_mwh", "mean_ratio", "n_hours", "n_excluded")
"""The headline first, then the other two estimators, then the hours used and left out."""

ROLLED_UP = ("cost_weighted", "cost_per_mwh", "n_hours", "n_excluded")
"""The estimators of a sum of cells; the mean of ratios does not follow from the means of cells."""

PREMIUMS = {
    "past_load_shape": "Load shape, past",
    "past_covariance": "Covariance, past",
    "past_premium": "Premium, past",
    "load_shape": "Load shape, delivery",
    "covariance": "Covariance, delivery",
    "premium": "Premium, delivery",
}
"""The columns of `lib.calc.cost_breakdown.compare_with_past`, as people read them."""

BY_MONTH = {
    **{str(month): Format(name, "{:,.1f}") for month, name in enumerate(MONTHS, start=1)},
    "standard_error": Format("Error", "{:,.1f}"),
}
"""Columns of $/MWh by month and their standard error: one decimal, so that a year is seen at a glance."""

RATIOS = {
    "ratio": Format("Median", "{:.3f}"),
    "standard_error": Format("Standard error", "{:.3f}"),
}
"""The columns of `lib.calc.block_ratios.ratios_by_year` that are no years."""

OWN_PREMIUMS = {"own_premium": "Own load", "zone_premium": "Zone", "added": "Difference"}
"""The columns of `lib.calc.own_comparison.compare_premiums`, as people read them."""

COUNT = "{:,.0f}"

EVENT_EFFECTS = {
    "price_part": Format("Line"),
    "scope": Format("Over"),
    "published": Format("Published"),
    "with_events": Format("With", "{:,.3f}"),
    "without_events": Format("Without", "{:,.3f}"),
    "added": Format("Added", "{:+,.3f}"),
    "n_hours": Format("Hours", COUNT),
    "n_days": Format("Days", COUNT),
}
"""The columns of `lib.calc.event_effects`, as people read them."""

N_MONTHS = 12
"""Months that `next_months` shows."""

Display = TypeVar("Display", Chart, Table)


def key_values(values: Mapping[str, str], is_demo: bool) -> KeyValues:
    """Show what a page is based on, label by label; the report repeats it in its header."""
    return KeyValues(values, is_demo)


def table(
    frame: pd.DataFrame,
    caption: str,
    columns: Sequence[str] | None = None,
    n_heads: int = 1,
    headings: Mapping[str, str | Format] | None = None,
) -> Table:
    """Show all columns of a frame, or some.

    Args:
        frame: the rows.
        caption: heading of the table.
        columns: the columns to show, in this order; None for all.
        n_heads: how many columns name the row.
        headings: column -> its heading in this table, or its format, where that differs from the usual one.
    """
    formats = {
        name: one if isinstance(one, Format) else replace(column_format(name), heading=one)
        for name, one in (headings or {}).items()
    }
    return Table(frame if columns is None else frame[list(columns)], caption, n_heads, formats)


def show_if(is_shown: bool, display: Display) -> Display | None:
    """Return a chart or table to show, or None: the head of the page then says what is missing."""
    return display if is_shown else None


def hours_used(counts: pd.DataFrame, caption: str) -> Table:
    """Show the counts of `lib.calc.aggregate.hours_used`: hours, a column for each reason to exclude one."""
    reasons = [name for name in counts.columns if name not in ("location", "n_window", "n_used")]
    return Table(counts, caption, 1, {name: Format(name[0].upper() + name[1:], COUNT) for name in reasons})


def percents(
    frame: pd.DataFrame, caption: str, n_heads: int = 1, headings: Mapping[str, str] | None = None
) -> Table:
    """Show fractions in percent, in all columns but the first `n_heads`.

    Args:
        frame: the rows; a column is for example a block or a year.
        caption: heading of the table.
        n_heads: how many columns name the row.
        headings: column -> its heading, where that is not its name.
    """
    names = {name: (headings or {}).get(name, name) for name in frame.columns[n_heads:]}
    formats = {name: Format(f"{text}, %", "{:,.2f}", 100.0) for name, text in names.items()}
    return Table(frame, caption, n_heads, formats)


def checks(
    results: pd.DataFrame, caption: str = "Checks: each of them would have stopped the notebook"
) -> Table:
    """Show the checks that held: check, n_checked, tolerance; without the size of the rounding errors."""
    result = np.where(results["n_checked"] > 0, "holds", "nothing to check")
    return Table(results[["check", "n_checked", "tolerance"]].assign(result=result), caption)


def written_rows(counts: Sequence[pd.DataFrame], is_published: bool) -> Table:
    """Show how many rows were written: relation, n_read, n_written, n_revised; or say that none were."""
    caption = "Rows written" if is_published else "Rows written: none, the notebook was opened by hand"
    filled = [count for count in counts if not count.empty]
    return Table(pd.concat(filled or counts, ignore_index=True), caption)


def pricing_files(files: pd.DataFrame) -> Table:
    """Show the pricing files that were written: file, n_rows, n_zones, n_empty; or say that none was."""
    caption = (
        "Pricing files" if len(files) else "Pricing files: none was written, the notebook was opened by hand"
    )
    headings = {"n_rows": "Rows", "n_zones": "Zones", "n_empty": "Empty cells"}
    return Table(
        files,
        caption,
        1,
        {name: Format(text, "{:,.0f}") for name, text in headings.items()} | {"file": Format("File")},
    )


def event_effects(effects: pd.DataFrame, events: str) -> Table:
    """Show lines of a price with and without events; or say that the window has none.

    Args:
        effects: what `lib.calc.event_effects` returns.
        events: those of the window, in words.
    """
    if effects.empty:
        return Table(effects, "With and without events: none, because no event lies in the window")
    shown = effects.assign(
        price_part=effects["price_part"].where(
            effects["unit"] == "factor", effects["price_part"] + ", " + effects["unit"]
        ),
        published=effects["published"].str.removesuffix(" events"),
    )
    return Table(shown.drop(columns="unit"), f"With and without {events}", 3, EVENT_EFFECTS)


def next_months(curves: pd.DataFrame, caption: str) -> Table:
    """Show the next months of each hub and block, a column for each month.

    Args:
        curves: hub, block, contract, strip, settlement_price ($/MWh).
        caption: heading of the table.
    """
    heads = ["hub", "block", "contract"]
    months = sorted(curves["strip"].unique())[:N_MONTHS]
    near = curves[curves["strip"].isin(months)]
    wide = near.pivot(index=heads, columns="strip", values="settlement_price")
    wide = wide.reindex(pd.MultiIndex.from_frame(near[heads].drop_duplicates()))
    wide.columns = [f"{month:%b\u00a0%y}" for month in wide.columns]
    formats = {name: Format(str(name), column_format("settlement_price").number) for name in wide.columns}
    return Table(wide.reset_index(), caption, 2, formats)
