"""What the notebook of the cost curves says and publishes, besides computing."""

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


def describe_cost_inputs(context: Context, given: CostInputs) -> dict[str, str]:
    """Return what the page stands on, label by label."""
    months = given.hours["delivery_month"].dt.strftime("%Y-%m")
    return {
        **describe_inputs(context),
        "Forwards": describe_trade_date(given.trade_date, context.window.as_of),
        "Delivery": f"{months.iloc[0]} to {months.iloc[-1]}",
        "Made of": ", ".join(
            f"{version.Index} version {version.version_id} of {version.window_start:%Y-%m-%d} to "
            f"{version.window_end:%Y-%m-%d}"
            for version in given.versions.itertuples()
        ),
    }


def quotes_caption(given: CostInputs) -> str:
    """Return the caption of the quotes: of which trade date they are, or that there are none."""
    if given.trade_date is None:
        return f"Settlements: {NO_SETTLEMENTS}"
    return f"Settlements of {given.trade_date}, the next twelve months of delivery, $/MWh"


def hub_table(given: CostInputs) -> pd.DataFrame:
    """Return how hubs are used: hub, hub_location, settlement_market, n_zones, blocks (how each is had)."""
    n_zones = given.zones.groupby("hub").size().rename("n_zones").reset_index()
    blocks = given.rules.groupby("hub").apply(_in_words, include_groups=False).rename("blocks").reset_index()
    settles_on = given.hubs["settlement_market"].map({"da": "day-ahead prices", "rt": "real-time prices"})
    return given.hubs.assign(settlement_market=settles_on).merge(n_zones, on="hub").merge(blocks, on="hub")


def _in_words(rules: pd.DataFrame) -> str:
    """Return where each block of a hub comes from: "5x16 quoted, 2x16 split from off-peak"."""
    is_quoted, is_split = rules["block_type"] == rules["quote"], rules["quote"] == OFF_PEAK
    how = np.select(
        [is_quoted, is_split], ["quoted", "split from off-peak"], "modelled from " + rules["quote"]
    )
    return ", ".join(rules["block_type"] + " " + how)


def largest_zone(given: CostInputs, cells: pd.DataFrame) -> str:
    """Return the zone with the most real-time load of those with a cost to serve; of all where none has."""
    has_cost = cells.groupby("location")["cost_to_serve"].count() > 0
    loads = _loads(given)
    priced = loads[has_cost.reindex(loads.index, fill_value=False)]
    return str((loads if priced.empty else priced).idxmax())


def _loads(given: CostInputs) -> pd.Series:
    return given.vlr.groupby("location")["rt_load_mwh"].sum()


def messages(context: Context, given: CostInputs, cells: pd.DataFrame) -> list[str]:
    """Return what a reader must know first: what is wrong with the forwards, or what has no price."""
    said = forward_problems(context, given, CURVE)["message"].tolist()
    zone, largest = largest_zone(given, cells), str(_loads(given).idxmax())
    if given.trade_date is None:
        said.append("There are no forwards: the page has no prices, and nothing was written.")
    elif not is_priced(cells):
        said.append(f"No hour has a price: {_main_reason(cells)}. Nothing was written.")
    elif zone != largest:
        why = _main_reason(cells[cells["location"] == largest])
        said.append(
            f"{largest}, the zone with the most load, has no price ({why}): shown in its place "
            f"is {zone}, the largest that has one."
        )
    return said


def _main_reason(cells: pd.DataFrame) -> str:
    return str(cells["reason"].mode().iloc[0])


def is_priced(cells: pd.DataFrame) -> bool:
    """Return whether any hour has a price."""
    return bool(cells["hpfc"].notna().any())


def publish_cost_curve(
    context: Context, given: CostInputs, offpeak_weights: str, cells: pd.DataFrame
) -> pd.DataFrame:
    """Save a new version unless the latest is made of the same; nothing where no hour has a price.

    What is wrong with the forwards, such as that they are old or missing, is entered as problems of the run.

    Returns:
        what was written, as `lib.pipeline.steps.written` returns it.
    """
    if context.task is None:
        return written_rows({})
    store.write_problems(context.db, forward_problems(context, given, CURVE), context.task)
    if not is_priced(cells):
        return written_rows({})
    window = (context.window.start, context.window.end)
    parameters = {
        "holidays": context.holidays,
        "offpeak_weights": offpeak_weights,
        "trade_date": str(given.trade_date),
        "first_month": str(given.hours["delivery_month"].min().date()),
        **{f"{curve}_version": int(number) for curve, number in given.versions["version_id"].items()},
    }
    tables = {CURVE: cells.rename(columns={"zone_basis": "basis"})}  # as the database calls it
    version = store.save_curve(
        context.db,
        CURVE,
        context.iso,
        *window,
        parameters,
        given.series["series_id"].tolist(),
        fingerprint(CURVE, context.iso, window, parameters, given.quotes, tables),
        tables,
        context.task,
    )
    return written_rows({f"{CURVE} of {context.iso}, version {version.version_id}": version.counts})


NO_SETTLEMENTS = "no settlements of these hubs are stored for the months of delivery"

OLD = "old_forwards"
"""The kind of the problem that a run enters for forwards that are old."""

NONE = "no_forwards"
"""The kind of the problem that a run enters where there are none, though there were or others are."""

MISSING = "missing_forwards"
"""The kind of the problem that a run enters for a hub that lacks some."""


def forward_problems(context: Context, given: CostInputs, curve: str) -> pd.DataFrame:
    """Return what is wrong with the forwards of a curve, as `lib.store.write_problems` takes it."""
    if given.trade_date is None:
        found = list(_about_none(context, given, curve))
    else:
        found = [*_about_old(context, given, given.trade_date), *_about_missing(given)]
    rows = [("forward", None, *problem, None, None) for problem in found]
    return pd.DataFrame(rows, columns=["measure", "location", "kind", "message", "n_hours", "first", "last"])


def describe_trade_date(trade_date: date | None, as_of: date) -> str:
    """Return of which trade date forwards are, or that there are none."""
    if trade_date is None:
        return NO_SETTLEMENTS
    days = (as_of - trade_date).days
    return f"settled {trade_date:%Y-%m-%d}, {days} day{'s' * (days != 1)} before {as_of:%Y-%m-%d}"


Found = Iterator[tuple[str, str, int]]
"""Kind, message, and how many hours of delivery are concerned."""


def _about_old(context: Context, given: CostInputs, trade_date: date) -> Found:
    as_of = context.window.as_of
    if (as_of - trade_date).days > OLD_AFTER_DAYS:
        message = (
            f"The forwards of {context.iso} are old: {describe_trade_date(trade_date, as_of)}, and no later "
            "settlements of its hubs are stored. Every price here rests on them; after "
            f"{OLD_AFTER_DAYS} days look at ice_settlements for why none came."
        )
        yield OLD, message, len(given.hours)


def _about_none(context: Context, given: CostInputs, curve: str) -> Found:
    """Yield that the hubs have no forwards; nothing where no settlement and no curve is stored at all."""
    others = store.read_last_trade_date(context.db, before=context.window.as_of + timedelta(days=1))
    version = store.read_latest_version(context.db, curve, context.iso)
    if others is None and version is None:
        return
    of_others = "" if others is None else f", though others are, the last of {others}"
    view = f"{context.iso.lower()}_{curve}"
    kept = "" if version is None else f" {view} still shows version {version}, which an earlier run made."
    message = (
        f"{context.iso} has no forwards: {NO_SETTLEMENTS}{of_others}.{kept} Look at ice_settlements for why."
    )
    yield NONE, message, len(given.hours)


def _about_missing(given: CostInputs) -> Found:
    """Yield for each hub which blocks and months of delivery it has no quote of."""
    lacking = _lacking(given)
    priced = lacking.merge(given.rules, on=["hub", "quote"])
    hours = priced.merge(given.hours, on=["delivery_month", "block_type"]).groupby("hub").size()
    for hub, its in lacking.groupby("hub", sort=False):
        months = its["delivery_month"].dt.to_period("M").groupby(its["quote"], sort=False).agg(format_months)
        what = "; ".join(f"{block} for {span}" for block, span in months.items())
        message = (
            f"{hub} has no forward of {what}: the hours that rest on it have no price. "
            "Look at ice_settlements for why."
        )
        yield MISSING, message, int(hours[hub])


def _lacking(given: CostInputs) -> pd.DataFrame:
    """Return the quotes of the months of delivery that are not there: hub, quote, delivery_month."""
    key = ["hub", "quote", "delivery_month"]
    quotes = given.quotes.rename(columns={"block": "quote", "strip": "delivery_month"})
    wanted = (
        given.rules[key[:2]]
        .drop_duplicates()
        .merge(given.hours[["delivery_month"]].drop_duplicates(), how="cross")
    )
    found = wanted.merge(quotes, on=key, how="left")
    return found.loc[found["settlement_price"].isna(), key]
