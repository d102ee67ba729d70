"""What the notebook of the cost curves says and publishes, besides computing."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lib import store
from lib.calc.fingerprint import fingerprint
from lib.markets import OFF_PEAK
from lib.pipeline import forwards
from lib.pipeline.runner.model import CURVE_OF
from lib.pipeline.steps import publishing
from lib.pipeline.steps.context import Desk
from lib.pipeline.steps.cost_inputs import CostInputs

NOTEBOOK = "cost_curves"

CURVE = CURVE_OF[NOTEBOOK]


def facts(desk: Desk, given: CostInputs) -> dict[str, str]:
    """Return what the page stands on, label by label."""
    months = given.hours["delivery_month"].dt.strftime("%Y-%m")
    return {
        **publishing.facts(desk),
        "Forwards": forwards.settled(given.trade_date, desk.window.as_of),
        "Delivery": f"{months.iloc[0]} to {months.iloc[-1]}",
        "Made of": ", ".join(
            f"{version.Index} version {version.version_id} of {version.window_start:%Y-%m-%d} to "
            f"{version.window_end:%Y-%m-%d}"
            for version in given.versions.itertuples()
        ),
    }


def about_quotes(given: CostInputs) -> str:
    """Return the caption of the quotes: of which trade date they are, or that there are none."""
    if given.trade_date is None:
        return f"Settlements: {forwards.NO_SETTLEMENTS}"
    return f"Settlements of {given.trade_date}, the next twelve months of delivery, $/MWh"


def hubs(given: CostInputs) -> pd.DataFrame:
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


def notices(desk: Desk, given: CostInputs, cells: pd.DataFrame) -> list[str]:
    """Return what a reader must know first: what is wrong with the forwards, or what has no price."""
    said = forwards.problems(desk, given, CURVE)["message"].tolist()
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


def publish(desk: Desk, given: CostInputs, offpeak_weights: str, cells: pd.DataFrame) -> pd.DataFrame:
    """Save a new version unless the latest is made of the same; nothing where no hour has a price.

    What is wrong with the forwards, such as that they are old or missing, is entered as problems of the run.

    Returns:
        what was written, as `lib.pipeline.steps.written` returns it.
    """
    if desk.task is None:
        return publishing.written({})
    store.write_problems(desk.db, forwards.problems(desk, given, CURVE), desk.task)
    if not is_priced(cells):
        return publishing.written({})
    window = (desk.window.start, desk.window.end)
    parameters = {
        "holidays": desk.holidays,
        "offpeak_weights": offpeak_weights,
        "trade_date": str(given.trade_date),
        "first_month": str(given.hours["delivery_month"].min().date()),
        **{f"{curve}_version": int(number) for curve, number in given.versions["version_id"].items()},
    }
    tables = {CURVE: cells.rename(columns={"zone_basis": "basis"})}  # as the database calls it
    version = store.save_curve(
        desk.db,
        CURVE,
        desk.iso,
        *window,
        parameters,
        given.series["series_id"].tolist(),
        fingerprint(CURVE, desk.iso, window, parameters, given.quotes, tables),
        tables,
        desk.task,
    )
    return publishing.written({f"{CURVE} of {desk.iso}, version {version.version_id}": version.counts})
