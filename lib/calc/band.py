"""The predictive band: between which costs the VLR of a coming month and block will lie nine times in ten.

How well a mean of the past is known does not say how far the next year falls from it: a 90 % interval of
resampled days has held 38 to 58 % of the next year's costs. The band is conformal: it asks how far VLR that
was priced without a year has been from that year. The method (docs/method.md, "The band of a coming month")
has three stages, for the zones of one ISO together:

1. `left_out_errors`: for each zone, month, block and year with hours, priced VLR from the other years, at the
   price P of the year itself ($/MWh, never under $1):

       error    = cost_per_mwh of the year - priced VLR without the year    $/MWh
       residual = error / sqrt(P)

   Where the month and block has no other year, it alone is left out, and priced VLR is that of its block.

2. `fit_band`: the residuals in ascending order, r[1] to r[n]. With fewer than MIN_RESIDUALS there is no band.

3. `add_band`: around the priced VLR of a month and block at its price of delivery P:

       low, high = priced + sqrt(P) r[floor((n + 1) 0.05)], priced + sqrt(P) r[ceil((n + 1) 0.95)]
       P75       = priced + sqrt(P) r[ceil((n + 1) 0.75)];  P95 is high
       CVaR95    = priced + sqrt(P) (mean of the residuals at or above the one of P95)

`lib.calc.term_band` adds months and blocks up. Vovk, Gammerman, Shafer, *Algorithmic Learning in a Random
World* (2005) has the method; pooling and the square root of the price are measured
(benchmarks/out_of_sample.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pandas as pd

from lib.calc.grid import MIN_BASE_USD_PER_MWH, ratio, year_weights
from lib.calc.priced_vlr import BLOCK, WEIGHTS, PricedWeights, block_alone, drawn_to_block
from lib.calc.vlr import SUMS

MIN_RESIDUALS = 36
"""The number of residuals below which there is no band."""

LOW, HIGH = 0.05, 0.95
"""The levels of the band: nominally it holds nine of ten coming months and blocks."""

BAND = ["band_low", "band_high", "p75", "p95", "cvar95"]
"""The columns that `add_band` adds, in $/MWh."""


@dataclass(frozen=True)
class Band:
    """The residuals of an ISO in ascending order, in $/MWh over the square root of $/MWh.

    Attributes:
        residuals: r[1] to r[n]; without them there is no band, and every quantile is NULL.
        n_found: the number of residuals that were found, also where they are too few.
    """

    residuals: np.ndarray
    n_found: int

    @property
    def n(self) -> int:
        """The number of residuals that the band stands on: 0 if there is no band."""
        return len(self.residuals)

    def quantile(self, q: float) -> float:
        """Return r[ceil((n + 1) q)], or r[floor((n + 1) q)] for q below one half; NULL beyond the ends."""
        exact = (self.n + 1) * Fraction(str(q))
        rank = -(-exact.numerator // exact.denominator) if q >= 0.5 else exact.numerator // exact.denominator
        return float(self.residuals[rank - 1]) if 1 <= rank <= self.n else float("nan")

    @property
    def tail(self) -> np.ndarray:
        """The residuals at or above the one of P95: CVaR95 is their mean."""
        return self.residuals[self.residuals >= self.quantile(0.95)]

    @property
    def cvar95(self) -> float:
        """The mean of the tail; NULL without a band."""
        return float(self.tail.mean()) if len(self.tail) else float("nan")


def sums_by_year(hourly: pd.DataFrame, half_life_years: float | None = None) -> pd.DataFrame:
    """Return the sums of VLR of each location, month, block and year.

    Args:
        hourly: what `lib.calc.vlr.hourly_vlr` returns; hours without a unitized cost do not count.
        half_life_years: as for `lib.calc.vlr.estimate`.

    Returns:
        location, month, block_type, year and SUMS: unitized_cost_usd ($), da_value_usd ($), rt_load_mwh.
    """
    columns = [*BLOCK, "year", "unitized_cost", "da_lmp_usd_per_mwh", "rt_load_mw"]
    used = hourly.loc[hourly["unitized_cost"].notna(), columns]
    load = (used["rt_load_mw"] * year_weights(used["year"], half_life_years)).to_numpy()
    terms = (used["unitized_cost"].to_numpy() * load, used["da_lmp_usd_per_mwh"].to_numpy() * load, load)
    groups = used.groupby([*BLOCK, "year"], observed=True)
    group = groups.ngroup().to_numpy()
    keys = groups.size().index
    sums = {name: np.bincount(group, term, len(keys)) for name, term in zip(SUMS, terms, strict=True)}
    return pd.DataFrame(sums, keys).reset_index()


def left_out_errors(sums: pd.DataFrame, weights: PricedWeights = WEIGHTS) -> pd.DataFrame:
    """Return how far the VLR of each year was from the VLR that the other years price.

    Args:
        sums: what `sums_by_year` returns: BLOCK, year, SUMS.
        weights: of the priced VLR.

    Returns:
        BLOCK, year, actual and predicted ($/MWh), block_price ($/MWh, load-weighted day-ahead), residual
        ($/MWh over the square root of $/MWh), is_month_left_out (only the month itself could be left out) and
        rt_load_mwh, for each row of `sums` with a load. NULL where no other month of the block has hours.
    """
    rows = sums[sums["rt_load_mwh"] > 0].reset_index(drop=True)
    of_block = ["location", "block_type"]
    has_other_year = rows.groupby(BLOCK, observed=True)["year"].transform("size") > 1
    own = _rest(rows, BLOCK, rows[SUMS])
    whole_year = rows.groupby([*of_block, "year"], observed=True)[SUMS].transform("sum")
    block = _rest(rows, of_block, whole_year.where(has_other_year, rows[SUMS]))
    inputs = pd.DataFrame(
        {
            "block_price": ratio(rows["da_value_usd"], rows["rt_load_mwh"]),
            **_level(own, "").where(has_other_year),
            **_level(block, "_of_block"),
        }
    )
    predicted = drawn_to_block(inputs, weights).where(has_other_year, block_alone(inputs, weights))
    actual = ratio(rows["unitized_cost_usd"], rows["rt_load_mwh"])
    return rows[[*BLOCK, "year"]].assign(
        actual=actual,
        predicted=predicted,
        block_price=inputs["block_price"],
        residual=(actual - predicted) / price_root(inputs["block_price"]),
        is_month_left_out=~has_other_year,
        rt_load_mwh=rows["rt_load_mwh"],
    )


def _rest(rows: pd.DataFrame, by: list[str], left_out: pd.DataFrame) -> pd.DataFrame:
    """Return the sums of each row's group without what is left out."""
    return rows.groupby(by, observed=True)[SUMS].transform("sum") - left_out


def _level(sums: pd.DataFrame, suffix: str) -> pd.DataFrame:
    load = sums["rt_load_mwh"].where(sums["rt_load_mwh"] > 0)
    return pd.DataFrame(
        {
            f"v{suffix}": ratio(sums["unitized_cost_usd"], load),
            f"p{suffix}": ratio(sums["da_value_usd"], load),
        }
    )


def price_root(price: pd.Series) -> pd.Series:
    """Return the square root of prices, which never count as less than $1/MWh."""
    return price.clip(lower=MIN_BASE_USD_PER_MWH) ** 0.5


def fit_band(errors: pd.DataFrame) -> Band:
    """Return the band of an ISO from what `left_out_errors` returns for its zones."""
    found = np.sort(errors["residual"].dropna().to_numpy(float))
    return Band(found if len(found) >= MIN_RESIDUALS else found[:0], len(found))


def add_band(rows: pd.DataFrame, band: Band, price: str = "block_price") -> pd.DataFrame:
    """Return priced VLR with its band.

    Args:
        rows: priced ($/MWh), and the price of the month and block ($/MWh). For cells, priced is that of the
            cell: the band moves a month and block as a whole, and its cells average its band.
        band: what `fit_band` returns.
        price: the column of the price.

    Returns:
        the rows with the columns of BAND ($/MWh) added; NULL where priced or the price is, or without a band.
    """
    root = price_root(rows[price])
    return rows.assign(**{name: rows["priced"] + root * level for name, level in levels(band).items()})


def levels(band: Band) -> dict[str, float]:
    """Return the residual of each column of BAND; NULL without a band."""
    return {
        "band_low": band.quantile(LOW),
        "band_high": band.quantile(HIGH),
        "p75": band.quantile(0.75),
        "p95": band.quantile(0.95),
        "cvar95": band.cvar95,
    }


def zone_skill(errors: pd.DataFrame, by: Sequence[str] = ("location",)) -> pd.DataFrame:
    """Return how much of the error of "no VLR" the priced VLR saves in the years that it was priced without.

    Args:
        errors: what `left_out_errors` returns.
        by: the columns to group by.

    Returns:
        the `by` columns, n_residuals, mae and mae_none ($/MWh, mean absolute errors weighted with load of
        priced VLR and of 0), skill (1 - mae / mae_none, a fraction; below 0 it is worse than no VLR at all).
    """
    known = errors[errors["residual"].notna()]
    terms = known[list(by)].assign(
        n_residuals=1,
        priced=(known["actual"] - known["predicted"]).abs() * known["rt_load_mwh"],
        none=known["actual"].abs() * known["rt_load_mwh"],
        load=known["rt_load_mwh"],
    )
    sums = terms.groupby(list(by), observed=True).sum()
    table = pd.DataFrame(
        {
            "n_residuals": sums["n_residuals"],
            "mae": ratio(sums["priced"], sums["load"]),
            "mae_none": ratio(sums["none"], sums["load"]),
        }
    )
    return table.assign(skill=1 - ratio(table["mae"], table["mae_none"])).reset_index()
