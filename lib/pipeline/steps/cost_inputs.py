"""Read the inputs of a cost curve: forwards, past prices, hours of delivery, VLR and shaping curves."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from lib import store
from lib.calc.band import Band, fit_band
from lib.calc.delivery import FirstMonth, delivery_hours, elapsed_hours
from lib.calc.grid import CELL
from lib.calc.hour_prices import typical_shape
from lib.calc.hub_history import PriceHistory
from lib.events import is_event
from lib.hours import utc_bounds
from lib.hub_map import hub_contracts, zone_hubs
from lib.markets import MEASURES
from lib.pipeline.errors import NothingStored
from lib.pipeline.steps.context import Context, window_hours
from lib.pipeline.steps.cost_fit import MismatchedInputs, check_fit, find_gaps, full_run
from lib.settlements.hubs import fits_any_hub, monthly_curves
from lib.store.published import read_latest_versions

OLD_AFTER_DAYS = 7
"""Forwards are old if their trade date is more than this many days before the day of the run."""

MADE_OF = ("vlr", "shaping")
"""The curves from which a cost curve is computed."""

PRICES = ("da_lmp", "rt_lmp")
"""The measures from which a cost curve is computed."""

_QUOTES = ["hub", "block", "contract", "strip", "settlement_price"]


@dataclass(frozen=True)
class CostInputs:
    """The inputs of a cost curve.

    `zones` (a row for each hub of a zone) and `contracts` are as lib.hub_map has them. `quotes` are the
    settlements of the months of delivery (hub, block, contract, strip, settlement_price) of `trade_date`,
    the last day with a settlement of any of the hubs, however old; None where no day has one. `history` has
    the prices of the window, `series` the series behind them, `hours` the hours of delivery, `elapsed`
    those of their first month that are over; `factors` and `vlr` the cells of the latest curves, the factors
    with the usual shape of `history` (`lib.calc.hour_prices.typical_shape`), `covariance` that of VLR's
    hours, `band` that of its residuals (none in versions of before they were kept), and `versions` their
    versions, by curve: version_id, status, window_start, window_end. `gaps` has sentences on months that
    these curves lack.
    """

    zones: pd.DataFrame
    contracts: pd.DataFrame
    trade_date: date | None
    quotes: pd.DataFrame
    history: PriceHistory
    series: pd.DataFrame
    hours: pd.DataFrame
    elapsed: pd.DataFrame
    factors: pd.DataFrame
    vlr: pd.DataFrame
    covariance: pd.DataFrame
    band: Band
    versions: pd.DataFrame
    gaps: tuple[str, ...] = ()

    @property
    def hubs(self) -> pd.DataFrame:
        """The hubs of the ISO: hub, hub_location, settlement_market."""
        return self.zones.drop_duplicates("hub")[["hub", "hub_location", "settlement_market"]]

    @property
    def priced_hubs(self) -> pd.DataFrame:
        """The hubs that trade in the months of delivery and have prices of their own, as `hubs` has them."""
        return self.hubs[self.hubs["hub"].isin(self.quotes["hub"]) & self.hubs["hub_location"].notna()]

    @property
    def zone_names(self) -> list[str]:
        """The zones of the ISO."""
        return self.zones["location"].unique().tolist()


def read_cost_inputs(
    context: Context, basis: str | None = None, first_month: FirstMonth | None = None
) -> CostInputs:
    """Read the inputs of the ISO's cost curve; without settlements there are no quotes.

    The curves are those of the run, where it made some, else the latest official ones.

    Args:
        context: what `lib.pipeline.steps.context.open_context` returns.
        basis: that of the day-ahead load, where several are stored; None for the best available.
        first_month: as `lib.calc.delivery.delivery_hours` takes it; None for its default.

    Raises:
        NothingStored: there is no VLR or shaping curve, or no price in the window; the message says how to
            get them.
        MismatchedInputs: the curves do not fit each other or this run's prices, see `cost_fit`.
    """
    zones = zone_hubs(context.iso)
    day = context.window.as_of
    hours = delivery_hours(context.iso, day, context.holidays, first_month=first_month or "next")
    elapsed = elapsed_hours(context.iso, hours, context.holidays)
    trade_date, quotes = _quotes(context, zones, set(hours["delivery_month"]))
    history, series = _history(context)
    versions = _versions(context, series, basis)
    vlr, factors = (
        store.read_curve(context.db, curve, context.iso, int(versions.loc[curve, "version_id"]))
        for curve in MADE_OF
    )
    vlr_version = int(versions.loc["vlr", "version_id"])
    covariance = _covariance(context, vlr_version)
    band = fit_band(store.read_curve(context.db, "vlr_residual", context.iso, vlr_version))
    used = series[series["location"].isin([*zones["location"], *zones["hub_location"]])]
    contracts = hub_contracts().merge(zones[["hub"]].drop_duplicates())
    gaps = find_gaps(context, vlr, factors, hours, is_priced=trade_date is not None)
    parts = (add_typical_shape(factors, history), vlr, covariance, band, versions, gaps)
    return CostInputs(zones, contracts, trade_date, quotes, history, used, hours, elapsed, *parts)


def add_typical_shape(factors: pd.DataFrame, history: PriceHistory) -> pd.DataFrame:
    """Return the factors of the shaping curve with the typical mean and differences of the history."""
    typical = typical_shape(history.da, history.hours, history.is_event)
    return factors[[*CELL, "year_mean", "is_additive"]].merge(typical, on=CELL, how="left")


def _quotes(
    context: Context, zones: pd.DataFrame, months: Collection[pd.Timestamp]
) -> tuple[date | None, pd.DataFrame]:
    """Return the latest trade date with settlements of any hub that can be used, and its quotes."""
    day = _last_trade_date(context, set(zones.loc[zones["hub_location"].notna(), "hub"]), months)
    if day is None:
        dtypes = {"strip": "datetime64[ns]", "settlement_price": float}
        return None, pd.DataFrame(columns=_QUOTES).astype(dtypes)
    return day, select_quotes(store.read_settlements(context.db, day, monthly_only=True), zones, months)


def select_quotes(
    settlements: pd.DataFrame, zones: pd.DataFrame, months: Collection[pd.Timestamp]
) -> pd.DataFrame:
    """Return the quotes of the zones' hubs among settlements: hub, block, contract, strip, settlement_price.

    Args:
        settlements: of one trade date, without options.
        zones: as `lib.hub_map.zone_hubs` has them.
        months: the months of delivery.
    """
    curves = monthly_curves(settlements)
    own = curves[curves["hub"].isin(set(zones["hub"])) & curves["strip"].isin(months)]
    return own[_QUOTES].reset_index(drop=True)


def _last_trade_date(
    context: Context, hubs: Collection[str], months: Collection[pd.Timestamp]
) -> date | None:
    """Return the last trade date, up to the day of the run, with settlements of any of the hubs."""
    until = context.window.as_of
    # Reading the whole table takes seconds for each year in it, so only old or missing forwards need it.
    for since in (until - timedelta(days=OLD_AFTER_DAYS), None):
        last = store.read_last_trade_dates(context.db, months, since, until)
        days = last.loc[fits_any_hub(last, hubs), "trade_date"]
        if len(days):
            return days.max().date()
    return None


def _history(context: Context) -> tuple[PriceHistory, pd.DataFrame]:
    window, hours = context.window, window_hours(context)
    bounds = utc_bounds(context.iso, window.start, window.end)
    values, series = store.read_hourly_inputs(
        context.db, context.iso, *bounds, context.source.stored_as, measures=PRICES
    )
    if values.empty:
        raise NothingStored(
            f"no prices are stored for {context.iso} from {window} in {context.db}: run `make run`, or "
            f"`{full_run(context)}`, first"
        )
    return zone_price_history(context.iso, values, hours), series


def zone_price_history(iso: str, values: pd.DataFrame, hours: pd.DataFrame) -> PriceHistory:
    """Return prices as a cost curve takes them.

    Args:
        iso: the ISO, whose events are marked.
        values: location, interval_start, and both prices as `lib.store.read_hourly_inputs` names them.
        hours: the calendar of the window.
    """
    da, rt = (
        values.pivot(index="interval_start", columns="location", values=MEASURES[name].column)
        .reindex(hours["interval_start"])
        .reset_index(drop=True)
        for name in PRICES
    )
    return PriceHistory(hours, da, rt, is_event(iso, hours["market_date"]))


def _versions(context: Context, series: pd.DataFrame, basis: str | None) -> pd.DataFrame:
    """Return the versions of MADE_OF, by curve, after checking that they fit the run's prices."""
    latest = read_latest_versions(context.db, context.run_id)
    latest = latest[latest["iso"] == context.iso].set_index("curve")
    for curve in MADE_OF:
        if curve not in latest.index:
            raise NothingStored(
                f"no {curve} curve of {context.iso} is stored in {context.db} that is official: "
                f"run `{full_run(context)}` first"
            )
        check_fit(context, curve, latest.loc[curve], series, basis)
    return latest.loc[list(MADE_OF), ["version_id", "status", "window_start", "window_end"]]


def _covariance(context: Context, vlr_version: int) -> pd.DataFrame:
    """Return the covariance of a VLR curve, which versions of before it was kept do not have."""
    found = store.read_curve(context.db, "covariance", context.iso, vlr_version)
    if found.empty:
        raise MismatchedInputs(
            f"the latest vlr curve of {context.iso}, version {vlr_version}, was made without the covariance "
            f"of load and price: run `{full_run(context)}`"
        )
    return found
