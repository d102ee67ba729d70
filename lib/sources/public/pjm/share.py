"""A zone's day-ahead load: its region's forecast, shared out by the zones' recent metered loads.

Only what was known at the deadline of the day-ahead market is used: 11:00 prevailing time on the day before.
The feed of metered loads has the latest figures only, not those of a past day. A share that is computed
weeks later is based on restated loads, which nobody knew at the deadline. So a proxy is revised for a few
days only (lib/reference/services.csv), and shares of earlier years are based on restated loads.

Stages: take the last forecast before the deadline, sum the known loads of the last days by local hour, turn
the sums into shares of the region, and multiply.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

import pandas as pd

DEADLINE = pd.Timedelta(hours=11)
"""Local time on the day before delivery; what came later could not be used for a bid."""

KNOWN_AFTER_DAYS = 5
"""Days until a metered load counts as known. The feed does not say when it posts a load; utilities verify
within about three days, and a long weekend may come in between."""

WINDOW_DAYS = 28
"""Days that a share is computed from: four of each weekday."""

MIN_DAYS = 14
"""With fewer days there is no share."""


def share_out(
    forecast: pd.DataFrame, loads: pd.DataFrame, regions: Mapping[str, Sequence[str]], zone: ZoneInfo
) -> pd.DataFrame:
    """Return each location's share of its region's forecast in MW.

    The forecast of an hour is the last one evaluated before the deadline. The shares are those of
    the locations' metered loads in the same local hour over the last known days. The only location of a
    region gets the whole forecast. An hour without a forecast or without shares is absent.

    Args:
        forecast: region, interval_start (UTC), evaluated_at (UTC), value (MW).
        loads: location, interval_start (UTC), value (MW), one row per location and hour.
        regions: all locations of each region.
        zone: the clock of the days and of the deadline.

    Returns:
        location, interval_start (UTC), value (MW), sorted by both.
    """
    known = last_known(forecast, zone)
    parts = [
        _shared(known[known["region"] == region], loads, list(locations), zone)
        for region, locations in regions.items()
    ]
    everything = pd.concat(parts)[["location", "interval_start", "value"]]
    return everything.sort_values(["location", "interval_start"], ignore_index=True)


def last_known(forecast: pd.DataFrame, zone: ZoneInfo) -> pd.DataFrame:
    """Return for each region and hour the last forecast that was evaluated before the deadline.

    Args:
        forecast: region, interval_start (UTC), evaluated_at (UTC), value (MW).
        zone: the clock of the days and of the deadline.
    """
    day_before = _local_days(forecast["interval_start"], zone) - pd.Timedelta(days=1)
    deadline = (day_before + DEADLINE).dt.tz_localize(zone)
    in_time = forecast[forecast["evaluated_at"] < deadline]
    return in_time.sort_values("evaluated_at").drop_duplicates(["region", "interval_start"], keep="last")


def _shared(
    forecast: pd.DataFrame, loads: pd.DataFrame, locations: list[str], zone: ZoneInfo
) -> pd.DataFrame:
    if len(locations) == 1:
        return forecast.assign(location=locations[0])
    wide = loads.pivot(index="interval_start", columns="location", values="value")
    complete = wide.reindex(columns=locations).dropna()
    if forecast.empty or complete.empty:
        return forecast.head(0).assign(location="")
    keys = _local_hour(forecast["interval_start"], zone)
    hours = forecast.assign(market_date=keys["market_date"], hour=keys["hour"])
    shares = _shares(complete, hours["market_date"].max(), zone)
    shared = hours.merge(shares, on=["market_date", "hour"])
    return shared.assign(value=shared["value"] * shared["share"])


def _shares(loads: pd.DataFrame, last_day: pd.Timestamp, zone: ZoneInfo) -> pd.DataFrame:
    """Return market_date, hour, location, share (of its region), as known at the deadline for the day.

    Args:
        loads: one row per UTC start of an hour, one column (MW) per location, none missing.
        last_day: the last local day that needs shares.
        zone: the clock of the days and hours.
    """
    keys = _local_hour(loads.index.to_series(), zone)
    daily = loads.groupby([keys["market_date"], keys["hour"]]).sum().unstack("hour")
    days = pd.date_range(daily.index[0], max(last_day, daily.index[0]), name="market_date")
    window = daily.reindex(days).rolling(WINDOW_DAYS, min_periods=MIN_DAYS).sum()
    known = window.shift(1 + KNOWN_AFTER_DAYS).stack("hour", future_stack=True)
    total = known.sum(axis=1)
    return known.div(total.where(total > 0), axis=0).stack().rename("share").reset_index()


def _local_hour(times: pd.Series, zone: ZoneInfo) -> pd.DataFrame:
    return pd.DataFrame({"market_date": _local_days(times, zone), "hour": times.dt.tz_convert(zone).dt.hour})


def _local_days(times: pd.Series, zone: ZoneInfo) -> pd.Series:
    return times.dt.tz_convert(zone).dt.tz_localize(None).dt.normalize()
