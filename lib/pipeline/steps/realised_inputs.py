"""Read what realised against quoted compares: the last full day, its month, the official curve of each day.

1. `read_realised` finds the last full day before the clock of the run: most zones have prices and loads in
   at least 90 % of its hours. Metered load may come days late, so that is not always yesterday.
2. `find_official` chooses for each day of its month the newest official cost curve that was there before the
   day began and prices it.
3. Each hour gets its cell of that curve, the load that the curve weighs it with, and the prices of its hub.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from lib import store
from lib.calc.cost_breakdown import add_loads
from lib.calc.delivery import N_MONTHS
from lib.calc.grid import build_grid
from lib.calc.realised import MIN_SHARE, find_left_out
from lib.calc.vlr import hourly_vlr
from lib.hours import label_hours, market_hours, utc_bounds
from lib.hub_map import zone_hubs
from lib.pipeline.errors import NothingStored
from lib.pipeline.steps.context import Context
from lib.pipeline.steps.inputs import only_basis
from lib.store.realised import read_former_curves, read_quoted_month

QUOTE = [
    *("hub", "forward_price", "da_rt_adjustment", "zone_basis", "hpfc"),
    *("covariance", "vlr", "risk", "cost_to_serve", "curve_load_mw"),
]
"""What an hour has of its curve."""


@dataclass(frozen=True)
class Realised:
    """What was quoted for each hour of a month to date, and what came.

    Attributes:
        hours: location, the calendar, both sides and left_out, as `lib.calc.realised` takes them; a row for
            each zone and hour of the month up to `day`.
        day: the last full day, or yesterday if no day is full.
        is_full: whether a day is.
        curves: market_date, and of its curve version_id, as_of, trade_date, is_later (it was computed after
            the day had begun, by a run whose clock was set back); NULL where there was no curve.
        series: the series of the prices and loads.
    """

    hours: pd.DataFrame
    day: date
    is_full: bool
    curves: pd.DataFrame
    series: pd.DataFrame

    @property
    def of_day(self) -> pd.DataFrame:
        """The hours of the last full day."""
        return self.hours[self.hours["market_date"] == pd.Timestamp(self.day)]

    @property
    def has_quote(self) -> bool:
        """Whether a curve priced any hour that came."""
        return bool(self.hours["cost_to_serve"].notna().any())


def read_realised(context: Context, basis: str | None = None) -> Realised:
    """Read the last full day before the clock of the run, its month up to that day, and the curves of then.

    Args:
        context: what `open_context` returns.
        basis: of the day-ahead load, where several are stored; None for that of the source, else the best.

    Raises:
        NothingStored: there is no price in this month and the one before.
    """
    iso, yesterday = context.iso, min(context.window.end, context.window.as_of - timedelta(days=1))
    first = _first_of_month(_first_of_month(yesterday) - timedelta(days=1))
    values, series = store.read_hourly_inputs(
        context.db,
        iso,
        *utc_bounds(iso, first, yesterday),
        context.source.stored_as,
        basis or only_basis(context),
        with_settled=True,
    )
    if values.empty:
        raise NothingStored(
            f"no prices are stored for {iso} from {first} to {yesterday} in {context.db}: run "
            f"`python run_all.py --source {context.source_spec} --iso {iso}` first"
        )
    zones = zone_hubs(iso)
    names = zones["location"].unique().tolist()
    hours = hourly_vlr(build_grid(values, market_hours(iso, first, yesterday, context.holidays), names))
    full = find_full_day(hours)
    day = full or yesterday
    is_shown = hours["market_date"].between(pd.Timestamp(_first_of_month(day)), pd.Timestamp(day))
    shown = hours[is_shown].astype({"location": str}).reset_index(drop=True)
    curves = _curves_of(context, shown["market_date"].drop_duplicates())
    quoted = _add_hub_prices(add_quotes(context, shown, curves), values, zones)
    return Realised(quoted.assign(left_out=find_left_out(quoted)), day, full is not None, curves, series)


def find_full_day(hours: pd.DataFrame) -> date | None:
    """Return the last day that is full: half of the zones or more have a cost in MIN_SHARE of its hours.

    Zones that have a cost in no hour of any day do not count.

    Args:
        hours: what `lib.calc.vlr.hourly_vlr` returns.

    Returns:
        the day; None if there is none.
    """
    has_cost = hours["exclusion"].isna()
    shares = has_cost.groupby([hours["market_date"], hours["location"].astype(str)]).mean().unstack()
    served = shares.loc[:, (shares > 0).any()]
    days = served.index[(served >= MIN_SHARE).mean(axis=1) >= 0.5] if served.size else []
    return days[-1].date() if len(days) else None


def find_official(curves: pd.DataFrame, days: pd.Series, iso: str) -> pd.DataFrame:
    """Return for each day the newest official curve that was there before it began, and prices it.

    A curve is there from the day of its run's clock. One that was computed later, by a run whose clock was
    set back, stands only where no other does; a withdrawn one only for the days that began before that.

    Args:
        curves: what `lib.store.realised.read_former_curves` returns.
        days: local days.
        iso: whose days.

    Returns:
        market_date, version_id, as_of, trade_date, holidays, vlr_version, is_later; NULL where there was
        none.
    """
    columns = ["version_id", "as_of", "trade_date", "holidays", "vlr_version"]
    ends = curves["first_month"] + pd.DateOffset(months=N_MONTHS)
    rows = []
    for day in days:
        begin = utc_bounds(iso, day.date(), day.date())[0]
        was_made = curves["created_at"] < begin
        is_known = (curves["as_of"] < day) & (curves["first_day"] <= day) & (day < ends)
        is_official = curves["withdrawn_at"].isna() | (was_made & (curves["withdrawn_at"] >= begin))
        found = curves[is_known & is_official].assign(is_later=~was_made)
        order = ["is_later", "as_of", "version_id"]
        last = found.sort_values(order, ascending=[False, True, True])[[*columns, "is_later"]].tail(1)
        rows.append({"market_date": day} | (last.iloc[0].to_dict() if len(last) else {}))
    return pd.DataFrame(rows).reindex(columns=["market_date", *columns, "is_later"])


def _first_of_month(day: date) -> date:
    return day.replace(day=1)


def _curves_of(context: Context, days: pd.Series) -> pd.DataFrame:
    curves = read_former_curves(context.db, context.iso)
    before = curves[curves["as_of"] < pd.Timestamp(context.window.as_of)]
    return find_official(before, days, context.iso)


def add_quotes(context: Context, hours: pd.DataFrame, curves: pd.DataFrame) -> pd.DataFrame:
    """Return hours with version_id and QUOTE of the curve of their day; NULL where it has no such cell."""
    hours = hours.merge(curves[["market_date", "version_id"]], on="market_date", how="left")
    used = curves.dropna(subset="version_id").drop_duplicates("version_id")
    parts = [
        _cells_of(context, curve, hours[hours["version_id"] == curve.version_id])
        for curve in used.itertuples()
    ]
    key = ["location", "interval_start"]
    if not parts:
        return hours.assign(hub=None, **dict.fromkeys(QUOTE[1:], np.nan))
    return hours.merge(pd.concat(parts, ignore_index=True), on=key, how="left", validate="1:1")


def _cells_of(context: Context, curve: Any, hours: pd.DataFrame) -> pd.DataFrame:
    """Return location, interval_start and QUOTE of hours in one curve, by the blocks of its own holidays."""
    month = hours["market_date"].iloc[0].to_period("M").to_timestamp()
    cells = read_quoted_month(context.db, int(curve.version_id), month)
    vlr = store.read_curve(context.db, "vlr", context.iso, int(curve.vlr_version))
    loaded = add_loads(cells, vlr).rename(columns={"load_mw": "curve_load_mw"})
    starts = pd.DatetimeIndex(hours["interval_start"].drop_duplicates())
    calendar = label_hours(context.iso, starts, curve.holidays)[["interval_start", "he", "block_type"]]
    labelled = hours[["location", "interval_start"]].merge(calendar, on="interval_start")
    cell = ["location", "he", "block_type"]
    found = labelled.astype({"block_type": str}).merge(loaded.astype({"block_type": str}), on=cell)
    return found[["location", "interval_start", *QUOTE]]


def _add_hub_prices(hours: pd.DataFrame, values: pd.DataFrame, zones: pd.DataFrame) -> pd.DataFrame:
    """Return hours with hub_da and hub_settled: the hub's DA LMP, and its price where it settles."""
    hubs = zones[["location", "hub", "hub_location", "settlement_market"]]
    hours = hours.merge(hubs, on=["location", "hub"], how="left")
    prices = values[["location", "interval_start", "da_lmp_usd_per_mwh", "rt_lmp_usd_per_mwh"]]
    prices = prices.set_axis(["hub_location", "interval_start", "hub_da", "hub_rt"], axis=1)
    hours = hours.merge(prices, on=["hub_location", "interval_start"], how="left")
    settled = hours["hub_rt"].where(hours["settlement_market"] == "rt", hours["hub_da"])
    return hours.assign(hub_settled=settled).drop(columns="hub_rt")
