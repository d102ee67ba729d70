"""Compute the tables of a curve from its inputs and parameters, and the hashes that identify a version.

Notebooks that publish a curve and the reproduction of a version call the same functions, so that a version
can be computed again bit for bit:

1. `vlr_tables`, `own_vlr_tables` and `shaping_tables` compute all tables of a version from the grid;
   `cost_cells` the cells of a cost curve from forwards, past prices, shape, VLR and covariance.
2. `identify_hours` and `identify_cost_curve` hash what went in, and what was asked, went in and came out
   (`lib.calc.fingerprint`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from lib.calc import covariance, interval, shaping, vlr, vlr_blocks
from lib.calc.band import fit_band, left_out_errors, sums_by_year
from lib.calc.cost_curve import VlrChoice, cost_curve
from lib.calc.fingerprint import fingerprint, hash_inputs
from lib.calc.level_interval import day_costs, level_intervals, levels_across
from lib.calc.priced_vlr import PricedWeights, add_priced
from lib.calc.resampling import DaySums, day_sums
from lib.calc.risk import RiskChoice
from lib.calc.roll_up import ALL, add_level_terms, zone_levels
from lib.markets import MARKETS, MEASURES, SETTLED_COLUMN
from lib.pipeline.steps.block_prices import price_blocks
from lib.pipeline.steps.cost_inputs import PRICES, CostInputs
from lib.pipeline.steps.event_days import select_hours
from lib.seasons import FOUR_SEASONS

MEASURES_OF = {
    "vlr": vlr.INPUTS,
    "own_vlr": vlr.INPUTS,
    "shaping": shaping.INPUTS,
    "cost_curve": PRICES,
    "own_cost_curve": PRICES,
}
"""The measures from which each curve is computed."""

KIND_OF = {"vlr": "zone", "shaping": None, "own_vlr": "zone"}
"""The kind of the locations on whose grid a curve is computed; None for all."""

MAIN_TABLE = {name: name for name in ("vlr", "shaping", "cost_curve")} | {
    "own_vlr": "vlr",
    "own_cost_curve": "cost_curve",
}
"""The table with the figure of each curve."""

OWN_PARAMETERS = ("half_life_years", "covariance_events", "seasons", "resamples", "seed")
"""The parameters that a VLR curve of own load depends on."""

Parameters = Mapping[str, Any]
"""The parameters of a version: name -> value."""

Tables = dict[str, pd.DataFrame]
"""The tables of a version: name of the relation -> rows."""


LATER_DEFAULTS: Parameters = {"seasons": FOUR_SEASONS, "years": None}
"""Parameters that came later, and what was done before."""


def stored_parameters(parameters: Parameters) -> dict[str, Any]:
    """Return the parameters that a version stores, which are all but LATER_DEFAULTS.

    So a version that does what was done before has the question of versions of before, and with the same
    inputs their fingerprint.
    """
    return {
        name: value
        for name, value in parameters.items()
        if name not in LATER_DEFAULTS or value not in (None, LATER_DEFAULTS[name])
    }


@dataclass(frozen=True)
class Identity:
    """The hashes of a version: of its question, inputs and results together, and of its inputs alone."""

    fingerprint: str
    inputs_sha256: str


def vlr_tables(iso: str, hourly: pd.DataFrame, parameters: Parameters) -> Tables:
    """Return the tables of a VLR curve.

    Args:
        iso: the ISO, whose events may be left out of the covariance.
        hourly: what `lib.calc.vlr.hourly_vlr` returns on the grid of the zones.
        parameters: half_life_years, covariance_events, seasons, the weights of the priced VLR, resamples and
            seed of the intervals, and has_levels; what is missing has its default.

    Returns:
        vlr, vlr_exclusion and covariance; and with resamples, which versions of before the bands lack, also
        vlr_block, vlr_block_exclusion and vlr_residual, and the columns of the bands in vlr. With has_levels,
        which versions of before the roll-up lack, also its tables and columns.
    """
    half_life = parameters.get("half_life_years")
    division = parameters.get("seasons") or FOUR_SEASONS
    counted = select_hours(iso, hourly, parameters.get("covariance_events") or "kept")
    curve = add_priced(vlr.vlr_curve(hourly, half_life), PricedWeights.of_parameters(parameters))
    tables = {
        "vlr": curve,
        "vlr_exclusion": vlr.count_exclusions(hourly),
        "covariance": covariance.covariance(counted, half_life_years=half_life, division=division),
    }
    if parameters.get("resamples") is None:
        return tables
    days = day_sums(hourly, half_life)
    intervals, draws = interval.bootstrap(days, parameters["resamples"], parameters["seed"])
    errors = left_out_errors(sums_by_year(hourly, half_life))
    band = fit_band(errors)
    curve = vlr_blocks.add_cell_bands(curve, intervals, band)
    blocks = vlr_blocks.vlr_blocks(hourly, curve, draws, errors, band, half_life)
    tables |= {
        "vlr": curve,
        "vlr_block": blocks,
        "vlr_block_exclusion": vlr_blocks.count_block_exclusions(hourly),
        "vlr_residual": errors,
    }
    if parameters.get("has_levels"):
        blocks = add_level_terms(blocks, hourly, half_life)
        tables |= {"vlr_block": blocks, **_level_tables(iso, hourly, blocks, days, draws)}
    return tables


def _level_tables(
    iso: str, hourly: pd.DataFrame, blocks: pd.DataFrame, days: DaySums, draws: interval.BlockDraws
) -> Tables:
    """Return the tables of the levels above the zones: vlr_level, vlr_level_block and vlr_day."""
    every = zone_levels(list(MARKETS))
    own = every[(every["iso"] == iso) & (every["level"] != ALL)]
    share = blocks.drop_duplicates("location").set_index("location")["load_share"]
    by_block, totals = level_intervals(draws, days, own, share)
    n_zones = own.groupby(["level", "member"]).size().rename("n_zones").reset_index()
    has_more = by_block.merge(n_zones, on=["level", "member"])["n_zones"].to_numpy() > 1
    dates = hourly["market_date"].iloc[: len(hourly) // len(days.locations)].drop_duplicates()
    return {
        "vlr_level": totals,
        "vlr_level_block": by_block[has_more].reset_index(drop=True),
        "vlr_day": day_costs(days, dates, levels_across(every, iso), share),
    }


def own_vlr_tables(iso: str, grid: pd.DataFrame, hourly: pd.DataFrame, parameters: Parameters) -> Tables:
    """Return the tables of a VLR curve of own load.

    Args:
        iso: the ISO.
        grid: what `lib.calc.own_load.own_grid` returns.
        hourly: what `lib.calc.vlr.hourly_vlr` returns for it.
        parameters: OWN_PARAMETERS; the others of the zone's curve do not matter.

    Returns:
        the tables of `vlr_tables`, load_shape_premium, and vlr_residual also without resamples.
    """
    chosen = {name: parameters.get(name) for name in OWN_PARAMETERS}
    tables = vlr_tables(iso, hourly, chosen) | {"load_shape_premium": shaping.load_shape_premium(grid)}
    if "vlr_residual" in tables:
        return tables
    return tables | {"vlr_residual": left_out_errors(sums_by_year(hourly, chosen["half_life_years"]))}


def shaping_tables(grid: pd.DataFrame, parameters: Parameters) -> Tables:
    """Return the tables of a shaping curve: da_lmps_avg, shaping, load_shape_premium.

    Args:
        grid: of zones and hubs, as `lib.calc.grid.build_grid` returns it.
        parameters: half_life_years; None if it is missing.
    """
    return {
        "da_lmps_avg": shaping.average_prices(grid),
        "shaping": shaping.shape_factors(grid, parameters.get("half_life_years")),
        "load_shape_premium": shaping.load_shape_premium(grid),
    }


def cost_cells(inputs: CostInputs, parameters: Parameters) -> pd.DataFrame:
    """Return the cells of a cost curve.

    Args:
        inputs: what it is made of.
        parameters: offpeak_weights, vlr, risk_lambda, risk_q and the weights of the priced VLR.
    """
    prices = price_blocks(inputs, parameters["offpeak_weights"])
    blocks = prices.blocks
    if "own_vlr_version" in parameters:  # own load has the cells of its zones alone
        blocks = blocks[blocks["location"].isin(inputs.vlr["location"])]
    choice: VlrChoice = parameters.get("vlr") or "cost_per_mwh"  # before the priced VLR there was no choice
    risk = RiskChoice(parameters.get("risk_lambda") or 0.0, parameters.get("risk_q"))
    history = inputs.factors, inputs.vlr, inputs.covariance
    weights = PricedWeights.of_parameters(parameters)
    return cost_curve(blocks, prices.counts, *history, choice, inputs.band, risk, weights)


def cost_tables(cells: pd.DataFrame) -> Tables:
    """Return the cells of a cost curve with the column names of the database."""
    return {"cost_curve": cells.rename(columns={"zone_basis": "basis"})}


def identify_hours(
    curve: str,
    iso: str,
    window: tuple[date, date],
    parameters: Parameters,
    grid: pd.DataFrame,
    series: pd.DataFrame,
    tables: Mapping[str, pd.DataFrame],
) -> Identity:
    """Return the hashes of a VLR or shaping curve.

    Args:
        curve: "vlr" or "shaping".
        iso: the ISO.
        window: first and last local day.
        parameters: what was chosen besides the window.
        grid: the hours that it was computed from.
        series: the series used: measure, location, source, basis.
        tables: of the curve.
    """
    measures = MEASURES_OF[curve]
    columns = [MEASURES[name].column for name in measures]
    if "rt_lmp" in measures and SETTLED_COLUMN in grid:
        columns.append(SETTLED_COLUMN)
    values = grid[["location", "interval_start", *columns]]
    identities = sorted(series[["measure", "location", "source", "basis"]].itertuples(index=False, name=None))
    question = {**parameters, "series": identities}
    return Identity(fingerprint(curve, iso, window, question, values, tables), hash_inputs(values))


def identify_cost_curve(
    curve: str,
    iso: str,
    window: tuple[date, date],
    parameters: Parameters,
    inputs: CostInputs,
    tables: Mapping[str, pd.DataFrame],
) -> Identity:
    """Return the hashes of a cost curve; its inputs are the quotes and the past prices of zones and hubs.

    Args:
        curve: "cost_curve" or "own_cost_curve".
        iso: the ISO.
        window: first and last local day of the past prices.
        parameters: what was chosen besides, with the versions that it is made of.
        inputs: what it was computed from.
        tables: of the curve.
    """
    history = inputs.history
    used = sorted(set(inputs.series["location"]))
    prices = [frame.reindex(columns=used) for frame in (history.da, history.rt)]
    whole = fingerprint(curve, iso, window, parameters, inputs.quotes, tables)
    return Identity(whole, hash_inputs(inputs.quotes, *prices))
