"""What a page says about changes of a market's rules in its window, and the figures before and after."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from lib.calc.regimes import figures_by_part
from lib.pipeline.steps.context import Context
from lib.regimes import Regime, regimes_between


def find_regimes(context: Context) -> tuple[Regime, ...]:
    """Return the changes of rules that the window spans."""
    return regimes_between(context.iso, context.window.start, context.window.end)


def describe_regimes(context: Context) -> str | None:
    """Return which changes of rules the window spans, in words; None where it spans none."""
    changes = [f"{regime.name} from {regime.date}" for regime in find_regimes(context)]
    if not changes:
        return None
    return f"changed within the window: {'; '.join(changes)}. Its figures mix hours before and after"


def regime_figures(context: Context, hourly: pd.DataFrame) -> pd.DataFrame:
    """Return the main figures before and after each change of rules that the window spans.

    Args:
        context: what `open_context` returns.
        hourly: what `lib.calc.vlr.hourly_vlr` returns.

    Returns:
        part (such as "before ECRS"), and the columns of `lib.calc.regimes.figures_by_part`; no row where the
        window spans no change.
    """
    regimes = find_regimes(context)
    figures = figures_by_part(hourly, change_days(regimes))
    if not regimes:
        return figures.iloc[:0]
    names = part_names(regimes)
    return figures.assign(part=[names[number] for number in figures["part"]])


def change_days(regimes: Sequence[Regime]) -> list[pd.Timestamp]:
    """Return the first day of each regime."""
    return [pd.Timestamp(regime.date) for regime in regimes]


def part_names(regimes: Sequence[Regime]) -> list[str]:
    """Return the names of the parts into which regimes cut a window: "before ECRS", "from ECRS"."""
    return [f"before {regimes[0].name}", *(f"from {regime.name}" for regime in regimes)]
