"""The estimators of the curves, and how each is averaged over cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from lib.calc.profiles import CellWeights
from lib.calc.scaling import INDEX
from lib.calc.scenarios import Quantity
from lib.calc.shaping import MIN_HOURS_SHARE

CURVES = {
    "vlr": "VLR",
    "shaping": "Shaping",
    "cost_curve": "Cost curve",
    "own_vlr": "VLR of own load",
    "own_cost_curve": "Cost curve of own load",
}
"""The curves by their names in the database, with their labels, in the sequence of the page's list."""

ZONE_CURVES = {"own_vlr": "vlr", "own_cost_curve": "cost_curve"}
"""The curves of the desk's own load, with the zones' curve that has the same columns."""

BY_HOURS = "a mean over cells, weighted by their hours"

BY_LOAD = "a mean over hours, weighted with the zone's load in VLR's window"

NEEDS_WHOLE_MONTHS = (
    f"a year counts with at least {MIN_HOURS_SHARE:.0%} of the month's hours in the range, so choose a "
    "longer range, or the estimator Pooled"
)


@dataclass(frozen=True)
class Estimator:
    """One of the numbers of a curve.

    Attributes:
        curve: key of CURVES.
        column: the column of the curve's cells that holds it.
        label: its name for people.
        uom: its unit; where it is %, the number is a fraction.
        quantity: how it relates to an LMP.
        base: the column of weights of a mean over cells.
        words: how that mean is taken, for people.
        amounts: the column of its sums over hours; None where it has no sums.
        loads: the column of loads that tells a price near zero; None where such a price does not matter.
        needs: what a month needs for a value, where another estimator needs less; else "".
    """

    curve: str
    column: str
    label: str
    uom: str
    quantity: Quantity
    base: str = "n_hours"
    words: str = BY_HOURS
    amounts: str | None = None
    loads: str | None = None
    needs: str = ""

    @property
    def inline_label(self) -> str:
        """The label as part of a sentence, without its capital."""
        return self.label[0].lower() + self.label[1:]

    @property
    def columns(self) -> list[str]:
        """The columns of the cells that it needs."""
        return [name for name in (self.column, self.base, self.amounts, self.loads) if name is not None]


ESTIMATORS = (
    Estimator(
        "vlr",
        "priced_pct",
        "Priced, at past prices",
        "%",
        "share",
        "da_value_usd",
        "a mean over cells, weighted with their day-ahead value",
    ),
    Estimator(
        "vlr",
        "priced",
        "Priced per MWh, at past prices",
        "$/MWh",
        "adder",
        "rt_load_mwh",
        "a mean over cells, weighted with their load",
    ),
    Estimator(
        "vlr",
        "cost_weighted",
        "Cost-weighted",
        "%",
        "share",
        "da_value_usd",
        "a ratio of sums over hours: VLR cost over day-ahead value",
        "unitized_cost_usd",
        "rt_load_mwh",
    ),
    Estimator(
        "vlr",
        "cost_per_mwh",
        "Cost per MWh",
        "$/MWh",
        "adder",
        "rt_load_mwh",
        "a ratio of sums over hours: VLR cost over load",
        "unitized_cost_usd",
    ),
    Estimator("vlr", "mean_ratio", "Mean of hourly ratios", "%", "share"),
    Estimator("shaping", "year_mean", "Mean of the years", "factor", "factor", needs=NEEDS_WHOLE_MONTHS),
    Estimator("shaping", "pooled", "Pooled", "factor", "factor"),
    Estimator("shaping", "additive", "Additive", "$/MWh", "adder"),
    Estimator("cost_curve", "cost_to_serve", "Cost to serve (energy)", "$/MWh", "price", "load_mwh", BY_LOAD),
    Estimator("cost_curve", "hpfc", "Hourly forward price", "$/MWh", "price", "load_mwh", BY_LOAD),
    Estimator("cost_curve", "covariance", "Covariance", "$/MWh", "adder", "load_mwh", BY_LOAD),
    Estimator("cost_curve", "vlr_priced", "VLR, priced", "$/MWh", "adder", "load_mwh", BY_LOAD),
    Estimator("cost_curve", "vlr_cost_per_mwh", "VLR cost per MWh", "$/MWh", "adder", "load_mwh", BY_LOAD),
    Estimator("cost_curve", "band_low", "VLR, low end of its band", "$/MWh", "adder", "load_mwh", BY_LOAD),
    Estimator("cost_curve", "p75", "VLR, P75", "$/MWh", "adder", "load_mwh", BY_LOAD),
    Estimator("cost_curve", "p95", "VLR, P95, high end of its band", "$/MWh", "adder", "load_mwh", BY_LOAD),
    Estimator("cost_curve", "cvar95", "VLR, CVaR95", "$/MWh", "adder", "load_mwh", BY_LOAD),
    Estimator("cost_curve", "risk", "Risk", "$/MWh", "adder", "load_mwh", BY_LOAD),
)
"""Every estimator of every curve, each curve's headline first."""


def zone_curve(curve: str) -> str:
    """Return the zones' curve that has the columns of a curve: "vlr" of "own_vlr", else the curve itself."""
    return ZONE_CURVES.get(curve, curve)


def estimators_of(curve: str) -> tuple[Estimator, ...]:
    """Return the estimators of a curve, the headline first."""
    return tuple(estimator for estimator in ESTIMATORS if estimator.curve == zone_curve(curve))


def estimator_of(curve: str, column: str) -> Estimator:
    """Return the estimator of a curve in that column; the headline if the curve has no such column."""
    known = estimators_of(curve)
    return next((estimator for estimator in known if estimator.column == column), known[0])


def to_wide(
    cells: pd.DataFrame, estimator: Estimator, zones: Sequence[str]
) -> tuple[pd.DataFrame, CellWeights]:
    """Return a curve as a wide frame, and the weights of its means.

    Args:
        cells: location, month, he, block_type and the estimator's columns.
        estimator: the number to show.
        zones: the columns of the frame; a zone without cells is empty.
    """
    keyed = cells.astype({"location": str}).set_index([*INDEX, "location"])[estimator.columns].astype(float)
    wide = keyed.unstack("location")

    def part(column: str | None) -> pd.DataFrame | None:
        return (
            None if column is None else wide[column].reindex(columns=list(zones)).rename_axis(columns="zone")
        )

    values, base = part(estimator.column), part(estimator.base)
    assert values is not None and base is not None
    return values, CellWeights(base, estimator.words, part(estimator.amounts), part(estimator.loads))
