"""What the past said of the VLR of a period that it did not know, beside what came.

The method (docs/method.md, "Backtest"):

1. `sum_months`: the sums of VLR of each zone, year, month and block, from which every window is added up.
2. `predict_vlr`: for each origin (`lib.calc.origins`) every estimator from its window, for each zone, month
   and block of its target. The price level P is that of the target: what is measured is how a method spreads
   and scales, and not whether it knows the price.

       priced          `lib.calc.priced_vlr`, at P
       cost_per_mwh    of the month and block over the window, $/MWh
       cost_weighted, mean_ratio    the fraction of the month and block over the window x P
       half_life_1y    cost_per_mwh, where a year that is one older counts half
       last_year       cost_per_mwh of the same month and block a year before
       none            0

3. Around `priced` stands the predictive band of the window's residuals (`lib.calc.band`), and for each level
   of NOMINAL whether the middle of these residuals held what came.

Where targets are months, a window may lack the month of the year: the block then stands for it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from lib.calc.band import BAND, Band, add_band, fit_band, left_out_errors, price_root
from lib.calc.grid import ratio, year_weights
from lib.calc.origins import Origin, month_number
from lib.calc.priced_vlr import BLOCK, priced_blocks
from lib.calc.range_curves import build_vlr_sums
from lib.calc.vlr import SUMS, estimates_from_sums
from lib.hours import BLOCK_TYPE
from lib.markets import BLOCKS

VLR_METHODS = ("priced", "cost_per_mwh", "cost_weighted", "mean_ratio", "half_life_1y", "last_year", "none")

NOMINAL = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
"""The shares that the middle of the residuals is made to hold, for the reliability diagram."""

LEAST_SHARE = 0.5
"""The share of a month's hours that a target must have."""

NO_HOURS = "no hour of the month has all its values"
FEW_HOURS = f"under {LEAST_SHARE * 100:.0f} % of the hours of the month"
NO_PAST = "no such month before it"
"""The reasons for which a target cannot be scored, the first that applies."""

_COLUMNS = [
    *(*BLOCK, "year", "number", "period", "target", "rt_load_mwh", "n_hours", "block_price", *VLR_METHODS),
    *(*BAND, "residual", "n_residuals", *(f"held_{nominal * 100:.0f}" for nominal in NOMINAL), "reason"),
]

_RATIOS = ["ratio_sum", "n_ratios"]
_OF_BLOCK = ["location", "block_type"]


def sum_months(hours: pd.DataFrame, zones: Sequence[str], hourly: pd.DataFrame) -> pd.DataFrame:
    """Return the sums of VLR of each zone, year, month and block.

    Args:
        hours: the calendar of the history, as `lib.hours.market_hours` has it.
        zones: the zones.
        hourly: what `lib.calc.vlr.hourly_vlr` returns on the full grid of both.

    Returns:
        BLOCK, year, number (of the month, as `lib.calc.origins` has it), SUMS, ratio_sum and n_ratios (of
        hourly_vlr), n_hours (0 where no hour has a unitized cost), month_share (hours with a unitized cost of
        all blocks over the hours of the calendar month).
    """
    sums = build_vlr_sums(hours, zones, hourly).months
    shape = (*sums.totals.shape[:3], 24, len(BLOCKS))
    totals, counts = (part.reshape(shape).sum(axis=3) for part in (sums.totals, sums.counts))
    location, month, block = (
        index.ravel() for index in np.indices((len(zones), len(sums.month), len(BLOCKS)))
    )
    rows = pd.DataFrame(
        {
            "location": np.array(zones, dtype=object)[location],
            "month": sums.month[month],
            "block_type": pd.Categorical.from_codes(block, dtype=BLOCK_TYPE),
            "year": sums.year[month],
            **{name: total.ravel() for name, total in zip([*SUMS, "ratio_sum"], totals, strict=True)},
            "n_ratios": counts[-1].ravel(),
            "n_hours": counts[0].ravel(),
        }
    )
    rows["number"] = month_number(rows)
    rows["month_share"] = month_share(rows)
    is_there = sums.n_grid.reshape(len(sums.month), 24, len(BLOCKS)).sum(axis=1)[month, block] > 0
    return rows[is_there].reset_index(drop=True)


def month_share(rows: pd.DataFrame) -> pd.Series:
    """Return the share of the hours of each row's calendar month that its location has in all blocks.

    Args:
        rows: location, year, month, n_hours: all blocks of each month.
    """
    days = pd.PeriodIndex.from_fields(year=rows["year"], month=rows["month"], freq="M").days_in_month
    of_month = rows.groupby(["location", "year", "month"], observed=True)["n_hours"].transform("sum")
    return of_month / (24 * days.to_numpy())


def predict_vlr(months: pd.DataFrame, origins: Sequence[Origin]) -> pd.DataFrame:
    """Return what each method said of each target, and what came.

    Args:
        months: what `sum_months` returns.
        origins: the targets, with their windows.

    Returns:
        BLOCK, year, number, period (the name of the origin), target ($/MWh: what came), rt_load_mwh,
        block_price ($/MWh, load-weighted day-ahead), VLR_METHODS and BAND ($/MWh), residual ($/MWh over the
        root of $/MWh), n_residuals (behind the band), held_50 to held_95 (whether the middle of the residuals
        held what came; NULL without a band), reason (NULL where the target can be scored).
    """
    parts = [_predict(months, origin) for origin in origins]
    if not parts:
        return _predict(months, Origin(-1, -1, -1)).iloc[:0]
    return pd.concat(parts, ignore_index=True)


def _predict(months: pd.DataFrame, origin: Origin) -> pd.DataFrame:
    past = months[origin.is_past(months["number"]) & (months["n_hours"] > 0)]
    own = months[origin.is_target(months["number"])].drop(columns=_RATIOS)
    price = ratio(own["da_value_usd"], own["rt_load_mwh"])
    target = ratio(own["unitized_cost_usd"], own["rt_load_mwh"])
    own = own.assign(period=origin.name, target=target, block_price=price).reset_index(drop=True)
    own = priced_blocks(past, own, block_stands_in=origin.is_month)
    own = own.assign(**_estimates(past, own, origin), last_year=_year_before(months, own), none=0.0)
    band = fit_band(left_out_errors(past))
    own = add_band(own, band).assign(n_residuals=band.n)
    own["residual"] = (own["target"] - own["priced"]) / price_root(own["block_price"])
    own = own.assign(**_is_held(own["residual"], band))
    return own.assign(reason=target_reason(own, "priced"))[_COLUMNS]


def _estimates(past: pd.DataFrame, own: pd.DataFrame, origin: Origin) -> dict[str, pd.Series]:
    """Return the estimators of the past in the rows of the target, those that are fractions x its price."""
    found = _figures(past, own, BLOCK)
    if origin.is_month:
        found = found.fillna(_figures(past, own, _OF_BLOCK))
    price = own["block_price"]
    return {
        "cost_per_mwh": found["cost_per_mwh"],
        "half_life_1y": found["half_life_1y"],
        "cost_weighted": found["cost_weighted"] * price,
        "mean_ratio": found["mean_ratio"] * price,
    }


def _figures(past: pd.DataFrame, own: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    groups = past.groupby(by, observed=True)[[*SUMS, *_RATIOS]].sum()
    figures = estimates_from_sums(groups[SUMS])
    mean_ratio = ratio(groups["ratio_sum"], groups["n_ratios"]).mask(figures["is_near_zero"])
    weighted = past[SUMS].mul(year_weights(past["year"], 1.0), axis=0)
    sums = weighted.groupby([past[name] for name in by], observed=True).sum()
    half_life = ratio(sums["unitized_cost_usd"], sums["rt_load_mwh"])
    figures = figures.assign(mean_ratio=mean_ratio, half_life_1y=half_life)
    names = ["cost_per_mwh", "cost_weighted", "mean_ratio", "half_life_1y"]
    return own[by].merge(figures[names].reset_index(), on=by, how="left")[names]


def _year_before(months: pd.DataFrame, own: pd.DataFrame) -> pd.Series:
    """Return the cost of the same month and block a year before, in the rows of the target."""
    before = months.assign(last_year=ratio(months["unitized_cost_usd"], months["rt_load_mwh"]))
    key = ["location", "block_type", "number"]
    before = before[[*key, "last_year"]].assign(number=before["number"] + 12)
    return own[key].merge(before, on=key, how="left")["last_year"]


def _is_held(residual: pd.Series, band: Band) -> dict[str, pd.Series]:
    held = {}
    for nominal in NOMINAL:
        low, high = band.quantile(round((1 - nominal) / 2, 6)), band.quantile(round((1 + nominal) / 2, 6))
        is_held = residual.between(low, high).astype(float)
        held[held_column(nominal)] = is_held.where(residual.notna() & (low <= high))
    return held


def held_column(nominal: float) -> str:
    """Return the name of the column that says whether a level held: held_90."""
    return f"held_{nominal * 100:.0f}"


def target_reason(rows: pd.DataFrame, method: str) -> pd.Series:
    """Return why a target cannot be scored; NULL where it can.

    Args:
        rows: target, n_hours, and the value of the method; month_share, where it counts.
        method: the column without which there is nothing to score.
    """
    reasons = {
        NO_HOURS: rows["target"].isna() | (rows["n_hours"] == 0),
        FEW_HOURS: rows["month_share"] < LEAST_SHARE,
        NO_PAST: rows[method].isna(),
    }
    reason = pd.Series(np.select(list(reasons.values()), list(reasons), default=""), index=rows.index)
    return reason.where(reason != "", None)
