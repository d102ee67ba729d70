"""Problems with the forwards of a cost curve: old, missing, replaced by others, or at odds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pandas as pd

from lib import store
from lib.calc.aggregate import format_months
from lib.calc.hub_history import block_means
from lib.calc.quote_agreement import (
    MAX_UNUSUAL_SHARE,
    TOLERANCE_USD_PER_MWH,
    overlapping_quotes,
    unusual_rests,
)
from lib.calc.quote_choice import BLOCK_REASONS
from lib.markets import QUOTE_BLOCKS
from lib.pipeline.steps.context import Context
from lib.pipeline.steps.cost_inputs import OLD_AFTER_DAYS, CostInputs
from lib.settlements.hubs import hubs

CURVE = "cost_curve"
"""The name of the curve in the database."""

NO_SETTLEMENTS = "no settlements of these hubs are stored for the months of delivery"

OLD = "old_forwards"
"""Kind of problem: the forwards are old."""

NONE = "no_forwards"
"""Kind of problem: there are no forwards, though there were some before, or other hubs have some."""

MISSING = "missing_forwards"
"""Kind of problem: zones lack forwards, or an expected contract does and others take its place."""

ODD = "odd_forwards"
"""Kind of problem: quotes of one hub for the same hours do not agree."""

_NO_FORWARD = BLOCK_REASONS[0]

ForwardProblems = Iterator[tuple[str, str, int]]
"""Kind and message of a problem, and how many hours of delivery it concerns."""


def describe_trade_date(trade_date: date | None, as_of: date) -> str:
    """Return the trade date of forwards in words, or that there are none."""
    if trade_date is None:
        return NO_SETTLEMENTS
    days = (as_of - trade_date).days
    return f"settled {trade_date:%Y-%m-%d}, {days} day{'s' * (days != 1)} before {as_of:%Y-%m-%d}"


def forward_problems(
    context: Context, inputs: CostInputs, cells: pd.DataFrame, agreement: pd.DataFrame
) -> pd.DataFrame:
    """Return the problems with the forwards, as `lib.store.write_problems` takes them.

    Args:
        context: what `lib.pipeline.steps.context.open_context` returns.
        inputs: what the curve is made of.
        cells: what `lib.calc.cost_curve.cost_curve` returns.
        agreement: what `lib.calc.quote_agreement.quote_agreement` returns.
    """
    if inputs.trade_date is None:
        found = list(_find_none(context, inputs))
    else:
        found = [
            *_find_old(context, inputs, inputs.trade_date),
            *_find_missing(cells),
            *_find_replaced(inputs, cells),
            *_find_odd(inputs, agreement),
            *_find_unusual(inputs, cells),
        ]
    rows = [("forward", None, *problem, None, None) for problem in found]
    return pd.DataFrame(rows, columns=["measure", "location", "kind", "message", "n_hours", "first", "last"])


def _find_old(context: Context, inputs: CostInputs, trade_date: date) -> ForwardProblems:
    as_of = context.window.as_of
    if (as_of - trade_date).days > OLD_AFTER_DAYS:
        message = (
            f"The forwards of {context.iso} are old: {describe_trade_date(trade_date, as_of)}, and no later "
            "settlements of its hubs are stored. Every price here rests on them; after "
            f"{OLD_AFTER_DAYS} days look at ice_settlements for why none came."
        )
        yield OLD, message, len(inputs.hours)


def _find_none(context: Context, inputs: CostInputs) -> ForwardProblems:
    """Yield a problem if the hubs have no forwards; nothing if no settlements and no curve are stored."""
    others = store.read_last_trade_date(context.db, before=context.window.as_of + timedelta(days=1))
    version = store.read_latest_version(context.db, CURVE, context.iso)
    if others is None and version is None:
        return
    of_others = "" if others is None else f", though others are, the last of {others}"
    view = f"{context.iso.lower()}_{CURVE}"
    kept = "" if version is None else f" {view} still shows version {version}, which an earlier run made."
    message = (
        f"{context.iso} has no forwards: {NO_SETTLEMENTS}{of_others}.{kept} Look at ice_settlements for why."
    )
    yield NONE, message, len(inputs.hours)


def _find_missing(cells: pd.DataFrame) -> ForwardProblems:
    """Yield the blocks and months for which no hub of a zone has a forward, by zones that lack the same."""
    lacking = cells[cells["reason"] == _NO_FORWARD].astype({"block_type": str})
    blocks = lacking.drop_duplicates(["location", "block_type", "delivery_month"])
    texts = {zone: _describe_months(rows) for zone, rows in blocks.groupby("location", sort=False)}
    for what in dict.fromkeys(texts.values()):
        zones = [zone for zone, text in texts.items() if text == what]
        hours = lacking.loc[lacking["location"] == zones[0], "n_hours"].sum()
        message = (
            f"No hub of {', '.join(zones)} has a forward of {what}: these hours have no price. "
            "Look at ice_settlements for why."
        )
        yield MISSING, message, int(hours)


def _find_replaced(inputs: CostInputs, cells: pd.DataFrame) -> ForwardProblems:
    """Yield the months that expected contracts lack and that other quotes price."""
    quotes = inputs.quotes.rename(columns={"strip": "delivery_month"})
    expected = [
        (hub.hub, hub.block) for hub in hubs() if hub.is_needed and hub.hub in set(inputs.zones["hub"])
    ]
    priced = cells.loc[cells["reason"] != _NO_FORWARD, "delivery_month"].drop_duplicates()
    needed = pd.DataFrame(expected, columns=["hub", "block"]).merge(priced, how="cross")
    found = needed.merge(quotes, on=["hub", "block", "delivery_month"], how="left")
    lacking = found[found["settlement_price"].isna()].rename(columns={"block": "block_type"})
    months = inputs.hours["delivery_month"]
    for hub, rows in lacking.groupby("hub", sort=False):
        message = (
            f"{hub} has no quote of {_describe_months(rows)}: prices that would rest on it follow from other "
            "quotes, or by the past. Look at ice_settlements for why."
        )
        yield MISSING, message, int(months.isin(rows["delivery_month"]).sum())


def _find_odd(inputs: CostInputs, agreement: pd.DataFrame) -> ForwardProblems:
    """Yield the quotes that are not the mean of the prices of their blocks."""
    months = inputs.hours["delivery_month"]
    for row in overlapping_quotes(agreement).itertuples():
        if row.n_agreeing == row.n_months:
            continue
        odd = agreement[
            (agreement["hub"] == row.hub) & (agreement["quote"] == row.quote) & ~agreement["agrees"]
        ]
        message = (
            f"{row.hub}: the quote of {row.quote} differs from the mean of its blocks' quotes by more than "
            f"${TOLERANCE_USD_PER_MWH:.2f}/MWh in {row.n_months - row.n_agreeing} of {row.n_months} months, "
            f"most in {row.delivery_month:%Y-%m}: {row.difference:+,.2f}. One of them is wrong, or the "
            "contract settles with other weights than lib/reference/ice_hubs.csv says."
        )
        yield ODD, message, int(months.isin(odd["delivery_month"]).sum())


def _find_unusual(inputs: CostInputs, cells: pd.DataFrame) -> ForwardProblems:
    """Yield the blocks that are the rest of a wider quote, at an unusual price."""
    blocks = cells.drop_duplicates(["hub", "delivery_month", "block_type"])
    unusual = unusual_rests(blocks, block_means(inputs.history, inputs.hubs))
    months = inputs.hours["delivery_month"]
    for (hub, block, quote), rows in unusual.groupby(["hub", "block_type", "quote"], sort=False):
        worst = rows.loc[rows["share"].abs().idxmax()]
        message = (
            f"{hub}: {block} is what {quote} leaves beside the other quotes, and in {len(rows)} months that "
            f"is more than {MAX_UNUSUAL_SHARE:.0%} from its usual price, most in "
            f"{worst['delivery_month']:%Y-%m}: ${worst['forward_price']:,.2f}/MWh, usually "
            f"${worst['usual']:,.2f}. One of the quotes is old, or the contract settles with other weights "
            "than lib/reference/ice_hubs.csv says."
        )
        yield ODD, message, int(months.isin(rows["delivery_month"]).sum())


def _describe_months(rows: pd.DataFrame) -> str:
    """Return blocks and months as text: "5x16 for 2026-05, 2026-07 to 2026-08; 7x8 for 2026-02"."""
    months = rows["delivery_month"].dt.to_period("M")
    by_block = months.groupby(rows["block_type"].astype(str)).agg(format_months)
    return "; ".join(f"{quote} for {by_block[quote]}" for quote in QUOTE_BLOCKS if quote in by_block.index)
