"""What the notebook of the cost curves does besides computing: read what they are made of, publish them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from lib import store
from lib.calc.delivery import OFF_PEAK, delivery_hours
from lib.calc.fingerprint import fingerprint
from lib.calc.hub_history import History
from lib.hours import utc_bounds
from lib.hub_map import hub_blocks, zone_hubs
from lib.markets import MEASURES
from lib.pipeline import steps
from lib.pipeline.steps import Desk, NothingStored
from lib.settlements.hubs import monthly_curves

NOTEBOOK = "cost_curves"

CURVE = "cost_curve"

NO_SETTLEMENTS = "no settlements for these hubs yet"

LOOK_BACK = 10
"""Trade dates that are looked through for the hubs' forwards, the latest first."""

_PRICES = ("da_lmp", "rt_lmp")


@dataclass(frozen=True)
class Given:
    """What a cost curve is made of.

    `zones` and `rules` are as lib.hub_map has them; `quotes` the settlements of the months of delivery (hub,
    block, contract, strip, settlement_price), of `trade_date`, which is None where there are none;
    `history` the prices of the window and `series` what they come from; `hours` the hours of delivery;
    `factors` and `vlr` the cells of the latest curves, and `versions` their ids.
    """

    zones: pd.DataFrame
    rules: pd.DataFrame
    trade_date: date | None
    quotes: pd.DataFrame
    history: History
    series: pd.DataFrame
    hours: pd.DataFrame
    factors: pd.DataFrame
    vlr: pd.DataFrame
    versions: Mapping[str, int]

    @property
    def its_hubs(self) -> pd.DataFrame:
        """The hubs of the ISO: hub, hub_location, settlement_market."""
        return self.zones.drop_duplicates("hub")[["hub", "hub_location", "settlement_market"]]


def read(desk: Desk) -> Given:
    """Read what the ISO's cost curve is made of; without settlements there are no quotes.

    Raises:
        NothingStored: there is no VLR or shaping curve, or no price in the window; the message says how to
            get them.
    """
    zones = zone_hubs(desk.iso)
    hours = delivery_hours(desk.iso, desk.window.as_of, desk.holidays)
    trade_date, quotes = _quotes(desk, zones["hub"].unique(), hours["delivery_month"].unique())
    history, series = _history(desk, [*zones["location"], *zones["hub_location"]])
    versions = {curve: _version(desk, curve) for curve in ("vlr", "shaping")}
    vlr, factors = (store.read_curve(desk.db, name, desk.iso, id_) for name, id_ in versions.items())
    rules = hub_blocks().merge(zones[["hub"]].drop_duplicates())
    return Given(zones, rules, trade_date, quotes, history, series, hours, factors, vlr, versions)


def facts(desk: Desk, given: Given) -> dict[str, str]:
    """Return what the page stands on, label by label."""
    months = given.hours["delivery_month"].dt.strftime("%Y-%m")
    return {
        **steps.facts(desk),
        "Forwards": _settled(given.trade_date, desk.window.as_of),
        "Delivery": f"{months.iloc[0]} to {months.iloc[-1]}",
        "Made of": ", ".join(f"{curve} version {number}" for curve, number in given.versions.items()),
    }


def about_quotes(given: Given) -> str:
    """Return the caption of the quotes: of which trade date they are, or that there are none yet."""
    if given.trade_date is None:
        return f"Settlements: {NO_SETTLEMENTS}"
    return f"Settlements of {given.trade_date}, the next twelve months of delivery, $/MWh"


def hubs(given: Given) -> pd.DataFrame:
    """Return how hubs are used: hub, hub_location, settlement_market, n_zones, blocks (how each is had)."""
    n_zones = given.zones.groupby("hub").size().rename("n_zones").reset_index()
    blocks = given.rules.groupby("hub").apply(_in_words, include_groups=False).rename("blocks").reset_index()
    settles_on = given.its_hubs["settlement_market"].map({"da": "day-ahead prices", "rt": "real-time prices"})
    return (
        given.its_hubs.assign(settlement_market=settles_on).merge(n_zones, on="hub").merge(blocks, on="hub")
    )


def _in_words(rules: pd.DataFrame) -> str:
    """Return where each block of a hub comes from: "5x16 quoted, 2x16 split from off-peak"."""
    is_quoted, is_split = rules["block_type"] == rules["quote"], rules["quote"] == OFF_PEAK
    how = np.select(
        [is_quoted, is_split], ["quoted", "split from off-peak"], "modelled from " + rules["quote"]
    )
    return ", ".join(rules["block_type"] + " " + how)


def largest_zone(given: Given) -> str:
    """Return the zone with the most real-time load."""
    return str(given.vlr.groupby("location")["rt_load_mwh"].sum().idxmax())


def is_priced(cells: pd.DataFrame) -> bool:
    """Return whether any hour has a price."""
    return bool(cells["hpfc"].notna().any())


def publish(desk: Desk, given: Given, offpeak_weights: str, cells: pd.DataFrame) -> pd.DataFrame:
    """Save a new version unless the latest is made of the same; nothing where no hour has a price.

    Returns:
        what was written, as `lib.pipeline.steps.written` returns it.
    """
    if desk.task is None or not is_priced(cells):
        return steps.written({})
    window = (desk.window.start, desk.window.end)
    parameters = {
        "holidays": desk.holidays,
        "offpeak_weights": offpeak_weights,
        "trade_date": str(given.trade_date),
        "first_month": str(given.hours["delivery_month"].min().date()),
        **{f"{curve}_version": number for curve, number in given.versions.items()},
    }
    version = store.save_curve(
        desk.db,
        CURVE,
        desk.iso,
        *window,
        parameters,
        given.series["series_id"].tolist(),
        fingerprint(CURVE, desk.iso, window, parameters, given.quotes, {CURVE: cells}),
        {CURVE: cells},
        desk.task,
    )
    return steps.written({f"{CURVE} of {desk.iso}, version {version.version_id}": version.counts})


def _quotes(desk: Desk, hubs: object, months: object) -> tuple[date | None, pd.DataFrame]:
    """Return the quotes of the latest trade date that has any of the hubs, and of no other."""
    columns = ["hub", "block", "contract", "strip", "settlement_price"]
    for day in store.trade_dates(desk.db, desk.window.as_of, LOOK_BACK):
        curves = monthly_curves(store.read_settlements(desk.db, day))
        own = curves[curves["hub"].isin(hubs) & curves["strip"].isin(months)]
        if len(own):
            return day, own[columns].reset_index(drop=True)
    dtypes = {"strip": "datetime64[ns]", "settlement_price": float}
    return None, pd.DataFrame(columns=columns).astype(dtypes)


def _history(desk: Desk, locations: list[str]) -> tuple[History, pd.DataFrame]:
    window, hours = desk.window, steps.hours(desk)
    bounds = utc_bounds(desk.iso, window.start, window.end)
    values, series = store.read_inputs(desk.db, desk.iso, *bounds, desk.source.stored_as, measures=_PRICES)
    if values.empty:
        raise NothingStored(
            f"no prices are stored for {desk.iso} from {window} in {desk.db}: run `make run`, or "
            f"`python run_all.py --source {desk.source_spec} --iso {desk.iso}`, first"
        )
    da, rt = (
        values.pivot(index="interval_start", columns="location", values=MEASURES[name].column)
        .reindex(hours["interval_start"])
        .reset_index(drop=True)
        for name in _PRICES
    )
    return History(hours, da, rt), series[series["location"].isin(locations)]


def _version(desk: Desk, curve: str) -> int:
    version = store.latest_version(desk.db, curve, desk.iso)
    if version is None:
        raise NothingStored(
            f"no {curve} curve of {desk.iso} is stored in {desk.db}: run "
            f"`python run_all.py --source {desk.source_spec} --iso {desk.iso}` first"
        )
    return version


def _settled(trade_date: date | None, as_of: date) -> str:
    if trade_date is None:
        return NO_SETTLEMENTS
    days = (as_of - trade_date).days
    return f"settled {trade_date:%Y-%m-%d}, {days} day{'s' * (days != 1)} before {as_of:%Y-%m-%d}"
