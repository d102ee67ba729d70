"""Describe and publish a cost curve: texts of its page, problems with its forwards, and the new version."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np
import pandas as pd

from lib import store
from lib.calc.aggregate import format_months
from lib.calc.fingerprint import fingerprint
from lib.markets import OFF_PEAK
from lib.pipeline.steps.context import Context
from lib.pipeline.steps.cost_inputs import OLD_AFTER_DAYS, CostInputs
from lib.pipeline.steps.inputs import describe_inputs
from lib.pipeline.steps.publishing import written_rows

CURVE = "cost_curve"
"""The name of the curve in the database."""

NO_SETTLEMENTS = "no settlements of these hubs are stored for the months of delivery"

OLD = "old_forwards"
"""Kind of problem: the forwards are old."""

NONE = "no_forwards"
"""Kind of problem: there are no forwards, though there were some before, or other hubs have some."""

MISSING = "missing_forwards"
"""Kind of problem: a hub lacks some forwards."""

Found = Iterator[tuple[str, str, int]]
"""Kind and message of a problem, and how many hours of delivery it concerns."""


def describe_cost_inputs(context: Context, inputs: CostInputs) -> dict[str, str]:
    """Return what the page is computed from, label -> text."""
    months = inputs.hours["delivery_month"].dt.strftime("%Y-%m")
    return {
        **describe_inputs(context),
        "Forwards": describe_trade_date(inputs.trade_date, context.window.as_of),
        "Delivery": f"{months.iloc[0]} to {months.iloc[-1]}",
        "Made of": ", ".join(
            f"{version.Index} version {version.version_id} of {version.window_start:%Y-%m-%d} to "
            f"{version.window_end:%Y-%m-%d}"
            for version in inputs.versions.itertuples()
        ),
    }


def describe_trade_date(trade_date: date | None, as_of: date) -> str:
    """Return the trade date of forwards in words, or that there are none."""
    if trade_date is None:
        return NO_SETTLEMENTS
    days = (as_of - trade_date).days
    return f"settled {trade_date:%Y-%m-%d}, {days} day{'s' * (days != 1)} before {as_of:%Y-%m-%d}"


def quotes_caption(inputs: CostInputs) -> str:
    """Return the caption of the quotes: their trade date, or that there are none."""
    if inputs.trade_date is None:
        return f"Settlements: {NO_SETTLEMENTS}"
    return f"Settlements of {inputs.trade_date}, the next twelve months of delivery, $/MWh"


def hub_table(inputs: CostInputs) -> pd.DataFrame:
    """Return how hubs are used: hub, hub_location, settlement_market, n_zones, blocks (their sources)."""
    n_zones = inputs.zones.groupby("hub").size().rename("n_zones").reset_index()
    blocks = inputs.rules.groupby("hub").apply(_block_sources, include_groups=False)
    blocks = blocks.rename("blocks").reset_index()
    markets = inputs.hubs["settlement_market"].map({"da": "day-ahead prices", "rt": "real-time prices"})
    return inputs.hubs.assign(settlement_market=markets).merge(n_zones, on="hub").merge(blocks, on="hub")


def largest_zone(inputs: CostInputs, cells: pd.DataFrame) -> str:
    """Return the zone with the most real-time load among those with a cost to serve; of all if none has."""
    has_cost = cells.groupby("location")["cost_to_serve"].count() > 0
    loads = _loads(inputs)
    priced = loads[has_cost.reindex(loads.index, fill_value=False)]
    return str((loads if priced.empty else priced).idxmax())


def is_priced(cells: pd.DataFrame) -> bool:
    """Return whether any hour has a price."""
    return bool(cells["hpfc"].notna().any())


def messages(context: Context, inputs: CostInputs, cells: pd.DataFrame) -> list[str]:
    """Return what a reader must know first: problems with the forwards, and what has no price."""
    texts: list[str] = forward_problems(context, inputs)["message"].tolist()
    zone, largest = largest_zone(inputs, cells), str(_loads(inputs).idxmax())
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
    return texts


def publish_cost_curve(
    context: Context, inputs: CostInputs, offpeak_weights: str, cells: pd.DataFrame
) -> pd.DataFrame:
    """Save a new version unless the latest is made of the same; none where no hour has a price.

    Problems with the forwards, for example that they are old or missing, become problems of the run.

    Returns:
        the counts, as `written_rows` returns them.
    """
    if context.task is None:
        return written_rows({})
    store.write_problems(context.db, forward_problems(context, inputs), context.task)
    if not is_priced(cells):
        return written_rows({})
    window = (context.window.start, context.window.end)
    parameters = {
        "holidays": context.holidays,
        "offpeak_weights": offpeak_weights,
        "trade_date": str(inputs.trade_date),
        "first_month": str(inputs.hours["delivery_month"].min().date()),
        **{f"{curve}_version": int(number) for curve, number in inputs.versions["version_id"].items()},
    }
    tables = {CURVE: cells.rename(columns={"zone_basis": "basis"})}  # the column's name in the database
    version = store.save_curve(
        context.db,
        CURVE,
        context.iso,
        *window,
        parameters,
        inputs.series["series_id"].tolist(),
        fingerprint(CURVE, context.iso, window, parameters, inputs.quotes, tables),
        tables,
        context.task,
    )
    return written_rows({f"{CURVE} of {context.iso}, version {version.version_id}": version.counts})


def forward_problems(context: Context, inputs: CostInputs) -> pd.DataFrame:
    """Return the problems with the forwards, as `lib.store.write_problems` takes them."""
    if inputs.trade_date is None:
        found = list(_find_none(context, inputs))
    else:
        found = [*_find_old(context, inputs, inputs.trade_date), *_find_missing(inputs)]
    rows = [("forward", None, *problem, None, None) for problem in found]
    return pd.DataFrame(rows, columns=["measure", "location", "kind", "message", "n_hours", "first", "last"])


def _find_old(context: Context, inputs: CostInputs, trade_date: date) -> Found:
    as_of = context.window.as_of
    if (as_of - trade_date).days > OLD_AFTER_DAYS:
        message = (
            f"The forwards of {context.iso} are old: {describe_trade_date(trade_date, as_of)}, and no later "
            "settlements of its hubs are stored. Every price here rests on them; after "
            f"{OLD_AFTER_DAYS} days look at ice_settlements for why none came."
        )
        yield OLD, message, len(inputs.hours)


def _find_none(context: Context, inputs: CostInputs) -> Found:
    """Yield that the hubs have no forwards; nothing where neither settlements nor a curve are stored."""
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


def _find_missing(inputs: CostInputs) -> Found:
    """Yield for each hub the blocks and months of delivery of which it has no quote."""
    missing = _missing_quotes(inputs)
    priced = missing.merge(inputs.rules, on=["hub", "quote"])
    hours = priced.merge(inputs.hours, on=["delivery_month", "block_type"]).groupby("hub").size()
    for hub, quotes in missing.groupby("hub", sort=False):
        months = quotes["delivery_month"].dt.to_period("M")
        by_block = months.groupby(quotes["quote"], sort=False).agg(format_months)
        what = "; ".join(f"{block} for {months}" for block, months in by_block.items())
        message = (
            f"{hub} has no forward of {what}: the hours that rest on it have no price. "
            "Look at ice_settlements for why."
        )
        yield MISSING, message, int(hours[hub])


def _missing_quotes(inputs: CostInputs) -> pd.DataFrame:
    """Return the quotes that the months of delivery need and lack: hub, quote, delivery_month."""
    key = ["hub", "quote", "delivery_month"]
    quotes = inputs.quotes.rename(columns={"block": "quote", "strip": "delivery_month"})
    months = inputs.hours[["delivery_month"]].drop_duplicates()
    needed = inputs.rules[key[:2]].drop_duplicates().merge(months, how="cross")
    found = needed.merge(quotes, on=key, how="left")
    return found.loc[found["settlement_price"].isna(), key]


def _block_sources(rules: pd.DataFrame) -> str:
    """Return where each block of a hub comes from: "5x16 quoted, 2x16 split from off-peak"."""
    is_quoted, is_split = rules["block_type"] == rules["quote"], rules["quote"] == OFF_PEAK
    sources = np.select(
        [is_quoted, is_split], ["quoted", "split from off-peak"], "modelled from " + rules["quote"]
    )
    return ", ".join(rules["block_type"] + " " + sources)


def _loads(inputs: CostInputs) -> pd.Series:
    return inputs.vlr.groupby("location")["rt_load_mwh"].sum()


def _main_reason(cells: pd.DataFrame) -> str:
    return str(cells["reason"].mode().iloc[0])
