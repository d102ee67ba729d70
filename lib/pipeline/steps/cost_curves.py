"""Describe and publish a cost curve: tables and texts of its page, and the new version."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from lib import store
from lib.calc.block_ratios import modelled_errors
from lib.calc.cost_curve import VlrChoice
from lib.calc.line_notices import add_block_ratios, add_covariance_lines, large_lines
from lib.calc.priced_vlr import WEIGHTS
from lib.calc.risk import NO_RISK, RiskChoice
from lib.pipeline.steps.context import Context
from lib.pipeline.steps.cost_inputs import CostInputs
from lib.pipeline.steps.curve_tables import cost_tables, identify_cost_curve, stored_parameters
from lib.pipeline.steps.forward_problems import (
    CURVE,
    NO_SETTLEMENTS,
    describe_trade_date,
    forward_problems,
)
from lib.pipeline.steps.inputs import describe_inputs
from lib.pipeline.steps.publishing import written_rows
from lib.pipeline.steps.vlr_bands import describe_band


def describe_cost_inputs(context: Context, inputs: CostInputs, risk: RiskChoice = NO_RISK) -> dict[str, str]:
    """Return what the page is computed from, label -> text."""
    months = inputs.hours["delivery_month"].dt.strftime("%Y-%m")
    begun = "" if inputs.elapsed.empty else f" (from {inputs.hours['market_date'].iloc[0]:%Y-%m-%d})"
    return {
        **describe_inputs(context),
        "Forwards": describe_trade_date(inputs.trade_date, context.window.as_of),
        "Delivery": f"{months.iloc[0]}{begun} to {months.iloc[-1]}",
        "Made of": ", ".join(
            f"{version.Index} version {version.version_id} of {version.window_start:%Y-%m-%d} to "
            f"{version.window_end:%Y-%m-%d}{', a study' * (version.status == store.STUDY)}"
            for version in inputs.versions.itertuples()
        ),
        "Band of VLR": describe_band(inputs.band),
        "Risk": risk.describe(),
    }


def quotes_caption(inputs: CostInputs) -> str:
    """Return the caption of the quotes: their trade date, or that there are none."""
    if inputs.trade_date is None:
        return f"Settlements: {NO_SETTLEMENTS}"
    return f"Settlements of {inputs.trade_date}, the next twelve months of delivery, $/MWh"


def hub_table(inputs: CostInputs) -> pd.DataFrame:
    """Return how hubs are used: hub, hub_location, settlement_market, n_zones, quotes, trades.

    `n_zones` counts the zones that have the hub in their list, `quotes` are its contracts ("5x16, off-peak by
    days"), `trades` those with a settlement in the months of delivery.
    """
    n_zones = inputs.zones.groupby("hub").size().rename("n_zones").reset_index()
    by_days = inputs.contracts["weights"] == "days"
    named = inputs.contracts.assign(quotes=inputs.contracts["quote"] + np.where(by_days, " by days", ""))
    quotes = named.groupby("hub")["quotes"].agg(", ".join).reset_index()
    trades = inputs.quotes.groupby("hub")["block"].agg(lambda its: ", ".join(its.unique()))
    trades = trades.rename("trades").reset_index()
    markets = inputs.hubs["settlement_market"].map({"da": "day-ahead prices", "rt": "real-time prices"})
    table = inputs.hubs.assign(settlement_market=markets).merge(n_zones, on="hub").merge(quotes, on="hub")
    return table.merge(trades, on="hub", how="left")


def largest_priced_zone(inputs: CostInputs, cells: pd.DataFrame) -> str:
    """Return the zone with the most real-time load among those with a cost to serve; of all if none has."""
    has_cost = cells.groupby("location")["cost_to_serve"].count() > 0
    loads = _loads(inputs)
    priced = loads[has_cost.reindex(loads.index, fill_value=False)]
    return str((loads if priced.empty else priced).idxmax())


def is_priced(cells: pd.DataFrame) -> bool:
    """Return whether any hour has a price."""
    return bool(cells["hpfc"].notna().any())


def messages(
    context: Context, inputs: CostInputs, cells: pd.DataFrame, agreement: pd.DataFrame, lines: pd.DataFrame
) -> list[str]:
    """Return what a reader must know first: problems with forwards, large lines, and what has no price.

    Args:
        context, inputs: of the notebook.
        cells: the cost curve.
        agreement: what `lib.calc.quote_agreement.quote_agreement` returns.
        lines: what `price_lines` returns.
    """
    texts: list[str] = forward_problems(context, inputs, cells, agreement)["message"].tolist()
    zone, largest = largest_priced_zone(inputs, cells), str(_loads(inputs).idxmax())
    if inputs.trade_date is None:
        texts.append("There are no forwards: the page has no prices, and nothing was written.")
    elif not is_priced(cells):
        texts.append(f"No hour has a price: {_main_reason(cells)}. Nothing was written.")
    elif zone != largest:
        why = _main_reason(cells[cells["location"] == largest])
        texts.append(
            f"{largest}, the zone with the most load, has no price ({why}): shown in its place "
            f"is {zone}, the largest that has one."
        )
    return [*texts, *describe_large_lines(add_covariance_lines(lines, cells))]


def price_lines(inputs: CostInputs, blocks: pd.DataFrame) -> pd.DataFrame:
    """Return the block prices with the ratios of modelled blocks, as `lib.calc.line_notices` has them."""
    return add_block_ratios(blocks, modelled_errors(inputs.history, inputs.hubs, blocks))


def describe_large_lines(lines: pd.DataFrame) -> list[str]:
    """Return a sentence for each line of more than a quarter of its forward, covariance among them."""
    return [
        f"The {row.price_part} of {row.place} moves {row.block_type} by over a quarter of its forward in "
        f"{row.months}, at most by {row.value:+,.2f} from {row.forward_price:,.2f} $/MWh"
        f"{_format_error(row.standard_error)}: look at its years before you price with it."
        for row in large_lines(lines).itertuples()
    ]


def _format_error(error: float) -> str:
    return "" if np.isnan(error) else f" (standard error {error:,.2f})"


def publish_cost_curve(
    context: Context,
    inputs: CostInputs,
    offpeak_weights: str,
    cells: pd.DataFrame,
    agreement: pd.DataFrame,
    vlr: VlrChoice = "priced",
    risk: RiskChoice = NO_RISK,
) -> pd.DataFrame:
    """Save a new version unless the latest is made of the same; none where no hour has a price.

    Problems with the forwards, for example that they are old or missing, become problems of the run.

    Returns:
        the counts, as `written_rows` returns them.
    """
    if context.task is None:
        return written_rows({})
    store.write_problems(context.db, forward_problems(context, inputs, cells, agreement), context.task)
    if not is_priced(cells):
        return written_rows({})
    versions = {curve: int(number) for curve, number in inputs.versions["version_id"].items()}
    return save_cost_cells(context, inputs, CURVE, cells, versions, offpeak_weights, vlr, risk)


def save_cost_cells(
    context: Context,
    inputs: CostInputs,
    curve: str,
    cells: pd.DataFrame,
    versions: Mapping[str, int],
    offpeak_weights: str,
    vlr: VlrChoice,
    risk: RiskChoice = NO_RISK,
) -> pd.DataFrame:
    """Save cells as a version of "cost_curve" or "own_cost_curve", and return the counts of the write.

    Args:
        context: what `open_context` returns.
        inputs: what the cells were computed from.
        curve: which of the two.
        cells: what `lib.calc.cost_curve.cost_curve` returns.
        versions: of the curves that the cells are made of, by curve.
        offpeak_weights, vlr, risk: the choices of the notebook.
    """
    if context.task is None:
        return written_rows({})
    window = (context.window.start, context.window.end)
    parameters = {
        "holidays": context.holidays,
        "offpeak_weights": offpeak_weights,
        "vlr": vlr,
        **WEIGHTS.parameters(),
        **risk.parameters(),
        "trade_date": str(inputs.trade_date),
        "first_month": str(inputs.hours["delivery_month"].min().date()),
        "first_day": str(inputs.hours["market_date"].min().date()),
        **{f"{part}_version": number for part, number in versions.items()},
    }
    parameters = stored_parameters({**parameters, "years": context.years})
    tables = cost_tables(cells)
    identity = identify_cost_curve(curve, context.iso, window, parameters, inputs, tables)
    version = store.save_curve(
        context.db,
        store.NewVersion(
            curve,
            context.iso,
            *window,
            parameters,
            inputs.series["series_id"].tolist(),
            identity.fingerprint,
            study=context.study,
            inputs_sha256=identity.inputs_sha256,
        ),
        tables,
        context.task,
    )
    return written_rows({f"{curve} of {context.iso}, version {version.version_id}": version.counts})


def _loads(inputs: CostInputs) -> pd.Series:
    return inputs.vlr.groupby("location")["rt_load_mwh"].sum()


def _main_reason(cells: pd.DataFrame) -> str:
    return str(cells["reason"].mode().iloc[0])
