"""From the quotes of the hubs to the price of each block of each zone: the first half of a cost curve.

The notebook shows each stage, and the reproduction of a version computes the same:

1. The contracts settle as they say, or as `offpeak_weights` says for all off-peak ones.
2. A month that has begun has the price of its rest (`lib.calc.balance_of_month`).
3. Quotes become forwards of each hub, month and block, with the past prices of the hub where no quote covers
   a block (`lib.calc.hub_forwards`).
4. The adjustment from real-time to day-ahead prices and the basis from hub to zone come from the past
   (`lib.calc.hub_history`).
5. Each zone and block takes the first hub of its list that has a price (`lib.calc.quote_choice`).
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from lib.calc import balance_of_month, delivery, hub_history, quote_choice
from lib.calc.hub_forwards import hub_forwards
from lib.pipeline.steps.cost_inputs import CostInputs


@dataclass(frozen=True)
class BlockPrices:
    """The stages between the quotes and the price of each zone, month of delivery and block.

    Attributes:
        contracts: those of the inputs, with the weights with which they settle.
        balances: of the months that have begun, what `lib.calc.balance_of_month.month_balances` returns.
        quotes: those of the inputs, of the rest of such a month.
        weights: of days and hours in a quote, what `lib.calc.delivery.quote_weights` returns.
        means: past prices of the hubs, what `lib.calc.hub_history.block_means` returns.
        forwards: what `lib.calc.hub_forwards.hub_forwards` returns, $/MWh.
        adjustment: typical DA - RT of the hubs, $/MWh.
        basis: typical zone - hub, $/MWh.
        counts: hours of each month of delivery, hour ending and block.
        candidates: all hubs that could price a zone and block.
        blocks: the chosen ones, what `lib.calc.quote_choice.choose_quotes` returns.
    """

    contracts: pd.DataFrame
    balances: pd.DataFrame
    quotes: pd.DataFrame
    weights: pd.DataFrame
    means: pd.DataFrame
    forwards: pd.DataFrame
    adjustment: pd.DataFrame
    basis: pd.DataFrame
    counts: pd.DataFrame
    candidates: pd.DataFrame
    blocks: pd.DataFrame


def price_blocks(inputs: CostInputs, offpeak_weights: str) -> BlockPrices:
    """Price the blocks of each zone and month of delivery.

    Args:
        inputs: what the cost curve is made of.
        offpeak_weights: "contract", or "hours" or "days" for all off-peak contracts.
    """
    contracts = delivery.replace_weights(inputs.contracts, offpeak_weights)
    balances = balance_of_month.month_balances(
        inputs.quotes, contracts, inputs.hubs, inputs.history, inputs.elapsed, inputs.hours
    )
    quotes = balance_of_month.quotes_of_rest(inputs.quotes, balances)
    weights = delivery.quote_weights(inputs.hours)
    means = hub_history.block_means(inputs.history, inputs.hubs)
    forwards = hub_forwards(quotes, contracts, means, weights)
    adjustment = hub_history.da_rt_adjustment(inputs.history, inputs.hubs)
    basis = hub_history.zone_basis(inputs.history, inputs.zones)
    counts = delivery.count_cells(inputs.hours)
    candidates = quote_choice.quote_candidates(inputs.zones, counts, forwards, adjustment, basis)
    return BlockPrices(
        contracts, balances, quotes, weights, means, forwards, adjustment, basis, counts, candidates,
        quote_choice.choose_quotes(candidates),
    )  # fmt: skip
