"""What is said of the forwards that a cost curve rests on: of which day they are, and what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pandas as pd

from lib import store
from lib.calc.aggregate import spans
from lib.pipeline.steps.context import Desk
from lib.pipeline.steps.cost_inputs import OLD_AFTER_DAYS, CostInputs

NO_SETTLEMENTS = "no settlements of these hubs are stored for the months of delivery"

OLD = "old_forwards"
"""The kind of the problem that a run enters for forwards that are old."""

NONE = "no_forwards"
"""The kind of the problem that a run enters where there are none, though there were or others are."""

MISSING = "missing_forwards"
"""The kind of the problem that a run enters for a hub that lacks some."""


def problems(desk: Desk, given: CostInputs, curve: str) -> pd.DataFrame:
    """Return what is wrong with the forwards of a curve, as `lib.store.write_problems` takes it."""
    if given.trade_date is None:
        found = list(_about_none(desk, given, curve))
    else:
        found = [*_about_old(desk, given, given.trade_date), *_about_missing(given)]
    rows = [("forward", None, *problem, None, None) for problem in found]
    return pd.DataFrame(rows, columns=["measure", "location", "kind", "message", "n_hours", "first", "last"])


def settled(trade_date: date | None, as_of: date) -> str:
    """Return of which trade date forwards are, or that there are none."""
    if trade_date is None:
        return NO_SETTLEMENTS
    days = (as_of - trade_date).days
    return f"settled {trade_date:%Y-%m-%d}, {days} day{'s' * (days != 1)} before {as_of:%Y-%m-%d}"


Found = Iterator[tuple[str, str, int]]
"""Kind, message, and how many hours of delivery are concerned."""


def _about_old(desk: Desk, given: CostInputs, trade_date: date) -> Found:
    as_of = desk.window.as_of
    if (as_of - trade_date).days > OLD_AFTER_DAYS:
        message = (
            f"The forwards of {desk.iso} are old: {settled(trade_date, as_of)}, and no later settlements of "
            f"its hubs are stored. Every price here rests on them; after {OLD_AFTER_DAYS} days look at "
            "ice_settlements for why none came."
        )
        yield OLD, message, len(given.hours)


def _about_none(desk: Desk, given: CostInputs, curve: str) -> Found:
    """Yield that the hubs have no forwards; nothing where no settlement and no curve is stored at all."""
    others = store.last_trade_date(desk.db, before=desk.window.as_of + timedelta(days=1))
    version = store.latest_version(desk.db, curve, desk.iso)
    if others is None and version is None:
        return
    of_others = "" if others is None else f", though others are, the last of {others}"
    view = f"{desk.iso.lower()}_{curve}"
    kept = "" if version is None else f" {view} still shows version {version}, which an earlier run made."
    message = (
        f"{desk.iso} has no forwards: {NO_SETTLEMENTS}{of_others}.{kept} Look at ice_settlements for why."
    )
    yield NONE, message, len(given.hours)


def _about_missing(given: CostInputs) -> Found:
    """Yield for each hub which blocks and months of delivery it has no quote of."""
    lacking = _lacking(given)
    priced = lacking.merge(given.rules, on=["hub", "quote"])
    hours = priced.merge(given.hours, on=["delivery_month", "block_type"]).groupby("hub").size()
    for hub, its in lacking.groupby("hub", sort=False):
        months = its["delivery_month"].dt.to_period("M").groupby(its["quote"], sort=False).agg(spans)
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
