"""What the pages of VLR, shaping and cost curves show of events: their lines with and without their days.

`lib.calc.event_effects` computes the lines. Where the window has no event, nothing is computed, and the table
is empty.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from lib.calc import event_effects
from lib.calc.covariance import covariance
from lib.calc.event_rows import WITH, WITHOUT, no_effects
from lib.calc.quote_choice import used_pairs
from lib.events import is_event
from lib.pipeline.steps.block_prices import BlockPrices
from lib.pipeline.steps.context import Context
from lib.pipeline.steps.cost_inputs import CostInputs
from lib.pipeline.steps.event_days import Events, describe_events
from lib.seasons import FOUR_SEASONS


def effects_on_vlr(
    context: Context,
    hourly: pd.DataFrame,
    results: Mapping[str, pd.DataFrame],
    without: pd.DataFrame,
    half_life_years: float | None = None,
    covariance_events: Events = "kept",
    seasons: str = FOUR_SEASONS,
) -> pd.DataFrame:
    """Return VLR and covariance with and without events; no row where the window has none.

    Args:
        context: what `open_context` returns.
        hourly: what `lib.calc.vlr.hourly_vlr` returns.
        results: the tables of the VLR curve.
        without: the covariance of the hours outside events.
        half_life_years, covariance_events, seasons: the parameters of the notebook.
    """
    if not describe_events(context):
        return no_effects()
    published, whole = WITH, results["covariance"]
    if covariance_events == "left_out":
        published, whole = WITHOUT, covariance(hourly, half_life_years=half_life_years, division=seasons)
    mask = is_event(context.iso, hourly["market_date"])
    return event_effects.vlr_effects(
        hourly, mask, results["vlr"], (whole, without), half_life_years, published
    )


def effects_on_shape(
    context: Context, grid: pd.DataFrame, factors: pd.DataFrame, half_life_years: float | None = None
) -> pd.DataFrame:
    """Return shape and load-shape premium with and without events; no row where the window has none.

    Args:
        context: what `open_context` returns.
        grid: as `lib.calc.grid.build_grid` returns it.
        factors: the cells of the shaping curve.
        half_life_years: the parameter of the notebook.
    """
    if not describe_events(context):
        return no_effects()
    mask = is_event(context.iso, grid["market_date"])
    return event_effects.shape_effects(grid, mask, factors, half_life_years)


def effects_on_prices(context: Context, inputs: CostInputs, prices: BlockPrices) -> pd.DataFrame:
    """Return the robust lines of a cost curve with and without events; no row where the window has none.

    Args:
        context: what `open_context` returns.
        inputs: what the cost curve is made of; hubs that trade and pairs of zone and hub that are used count.
        prices: of its blocks.
    """
    if not describe_events(context):
        return no_effects()
    zones = used_pairs(prices.blocks, inputs.zones)
    return event_effects.price_effects(
        inputs.history, inputs.priced_hubs, zones, prices.adjustment, prices.basis
    )
