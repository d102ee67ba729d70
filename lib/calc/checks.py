"""The invariants of VLR and shaping, checked on each result before it is published.

Each function returns a table to show (check, n_checked, worst, tolerance), and raises if a check fails.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from lib.calc.bias_swing import PARTS
from lib.calc.grid import year_weights
from lib.calc.roll_up import ADDED
from lib.calc.shaping import BLOCK
from lib.markets import SETTLED_COLUMN


class InvariantBroken(AssertionError):
    """A result contradicts its own definition; the message holds the rows that do."""


def check_vlr(
    hourly: pd.DataFrame, curve: pd.DataFrame, half_life_years: float | None = None
) -> pd.DataFrame:
    """Check hourly VLR against its identity, and the curve against the hours.

    Args:
        hourly: what `lib.calc.vlr.hourly_vlr` returns on the full grid.
        curve: what `lib.calc.vlr.vlr_curve` returns for it.
        half_life_years: of the weights of years that the curve was made with.

    Raises:
        InvariantBroken: a check fails.
    """
    used = hourly[hourly["unitized_cost"].notna()]
    weight = year_weights(hourly["year"], half_life_years)[used.index]
    n_cell = curve["n_hours"] + curve["n_excluded"]
    blocks = ["location", "month", "block_type"]
    hours = pd.DataFrame(
        {
            "used_and_excluded": n_cell.groupby([curve[key] for key in blocks], observed=True).sum(),
            "hours_of_window": hourly.groupby(blocks, observed=True).size(),
        }
    )
    cost = pd.DataFrame(
        {
            "hours": (used["unitized_cost"] * used["rt_load_mw"] * weight)
            .groupby(used["location"], observed=True)
            .sum(),
            "cells": curve.groupby("location", observed=True)["unitized_cost_usd"].sum(),
        }
    ).dropna()
    return pd.DataFrame(
        [
            _check_identity(used),
            check_rows(
                "hours used + hours excluded = hours of the window, in every month and block",
                hours["used_and_excluded"] - hours["hours_of_window"],
                hours,
                0,
            ),
            check_rows(
                "the cells' cost adds up to the hours' cost",
                (cost["cells"] - cost["hours"]) / cost["hours"].abs().clip(lower=1),
                cost,
                1e-9,
            ),
        ]
    )


def _check_identity(used: pd.DataFrame) -> dict[str, object]:
    """Check the unitized cost of hours, with the price on which metered load settles where there is one."""
    law = "unitized cost = (1 - DA load / RT load) x spread"
    prices = ["total_price", "da_lmp_usd_per_mwh", "rt_lmp_usd_per_mwh"]
    spread = used["rt_lmp_usd_per_mwh"] - used["da_lmp_usd_per_mwh"]
    identity = (1 - used["da_load_mw"] / used["rt_load_mw"]) * spread
    if SETTLED_COLUMN in used:
        law += ", and settled less own RT price"
        identity += (used[SETTLED_COLUMN] - used["rt_lmp_usd_per_mwh"]).fillna(0.0)
        prices.append(SETTLED_COLUMN)
    size = used[prices].abs().max(axis=1).clip(lower=1)
    return check_rows(law, (used["unitized_cost"] - identity) / size, used, 1e-9)


def check_split(parts: pd.DataFrame, curve: pd.DataFrame) -> pd.DataFrame:
    """Check that bias, swing and the settled difference add up to the cost of each month and block.

    Args:
        parts: what `lib.calc.bias_swing.split_cost` returns; all NULL for a month and block without an hour.
        curve: the cells of the VLR curve of the same hours.

    Raises:
        InvariantBroken: the check fails.
    """
    costs = curve.groupby(BLOCK, observed=True)[["unitized_cost_usd", "rt_load_mwh"]].sum(min_count=1)
    known = parts.set_index(BLOCK)[list(PARTS)].dropna(how="all")
    both = known.join(costs.dropna(), how="outer").reset_index()
    error = both[list(PARTS)].sum(axis=1, skipna=False) - both["unitized_cost_usd"] / both["rt_load_mwh"]
    return pd.DataFrame([check_rows("bias + swing + settled difference = cost per MWh", error, both, 1e-9)])


def check_levels(rows: pd.DataFrame, blocks: pd.DataFrame) -> pd.DataFrame:
    """Check that the members of each level add up to the zones, and that costs are those of their parts.

    Args:
        rows: what `lib.calc.roll_up.roll_up` returns for the levels of one ISO, in total.
        blocks: the months and blocks of its zones, with the dollars that levels add up.

    Raises:
        InvariantBroken: a check fails.
    """
    counted = blocks[ADDED].mul(blocks["load_share"], axis=0)
    whole, size = counted.sum(), counted.abs().sum().clip(lower=1)
    levels = rows.groupby("level", sort=False)
    is_whole = levels["n_zones"].sum() == blocks["location"].nunique()  # a zone may be of no state
    sums = levels[ADDED].sum()[is_whole]
    off = ((sums - whole) / size).abs().max(axis=1)
    parts = rows["hedge_cost_usd"] + rows["imbalance_cost_usd"] - rows["da_value_usd"]
    error = (parts - rows["unitized_cost_usd"]) / rows["da_value_usd"].abs().clip(lower=1)
    known = rows["rt_load_mwh"].notna()
    return pd.DataFrame(
        [
            check_rows("each level adds up to the zones", off, sums, 1e-9),
            check_rows("hedge + imbalance - load at DA prices = VLR, in $", error[known], rows[known], 1e-9),
        ]
    )


def joined(results: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return the tables of several checks as one."""
    return pd.concat(results, ignore_index=True)


def check_shaping(factors: pd.DataFrame, parts: pd.DataFrame) -> pd.DataFrame:
    """Check that the factors, weighted by hours, average 1, and that the parts of a price add up to it.

    Args:
        factors: what `lib.calc.shaping.shape_factors` returns.
        parts: what `lib.calc.covariance.load_weighted_parts` returns.

    Raises:
        InvariantBroken: a check fails.
    """
    averages = [
        check_rows(
            f"{method}: hour-weighted mean of the factors is 1",
            (mean := _weighted_mean(factors, method)) - 1,
            mean.to_frame(),
            1e-12,
        )
        for method in ("pooled", "year_mean")
    ]
    added = parts[["flat_price", "load_shape", "covariance"]].sum(axis=1, skipna=False)
    load_weighted = check_rows(
        "flat price + load shape + covariance = load-weighted price",
        (added - parts["load_weighted_price"]) / parts["load_weighted_price"].abs().clip(lower=1),
        parts,
        1e-9,
    )
    return pd.DataFrame([*averages, load_weighted])


def _weighted_mean(factors: pd.DataFrame, method: str) -> pd.Series:
    known = factors[factors[method].notna()]
    keys = [known[key] for key in BLOCK]
    weighted = (known[method] * known["n_hours"]).groupby(keys, observed=True).sum()
    return (weighted / known.groupby(BLOCK, observed=True)["n_hours"].sum()).rename(method)


def check_rows(name: str, error: pd.Series, rows: pd.DataFrame, tolerance: float) -> dict[str, object]:
    """Check that no error exceeds the tolerance.

    Args:
        name: the check, in words.
        error: the error of each row; a missing one fails.
        rows: the columns to show of rows that fail.
        tolerance: the largest size of an error that passes.

    Returns:
        check, n_checked, worst (the largest size of an error; NaN if there are no rows) and tolerance.

    Raises:
        InvariantBroken: a row fails; the message shows the first.
    """
    is_broken = ~(error.abs() <= tolerance)
    if is_broken.any():
        worst = rows[is_broken].assign(error=error[is_broken]).head(5)
        raise InvariantBroken(f"{name}: {is_broken.sum()} of {len(rows)} rows fail\n{worst.to_string()}")
    return {"check": name, "n_checked": len(rows), "worst": float(error.abs().max()), "tolerance": tolerance}
