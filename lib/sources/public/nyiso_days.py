"""NYISO's files of single days, by gridstatus: for the days that the archives of months do not have."""

from __future__ import annotations

import pandas as pd

from lib.sources.public.asks import START, Ask, Found, Part, check_columns, parts, rows_of
from lib.sources.public.gridstatus_edge import call
from lib.sources.public.nyiso_archive import FORECAST_LEAD_DAYS
from lib.sources.public.reading import gather
from lib.sources.tally import Tally

MARKETS = {"da_lmp": "DAY_AHEAD_HOURLY", "rt_lmp": "REAL_TIME_HOURLY"}


def read_prices(ask: Ask) -> Found:
    """Return the zonal prices of each day: location, interval_start (UTC), value ($/MWh)."""

    def read(part: Part, _tally: Tally) -> pd.DataFrame:
        # Deprecated, but its successors download the prices of every generator besides.
        answer = call(ask, "get_lmp", date=_day(part), market=MARKETS[ask.measure], location_type="zone")
        return rows_of(ask, answer, "Location", "LMP")

    return gather(ask, parts(ask, "D"), read)


def read_loads(ask: Ask) -> Found:
    """Return the integrated load of each day: location, interval_start (UTC), value (MW)."""

    def read(part: Part, _tally: Tally) -> pd.DataFrame:
        answer = call(ask, "get_zonal_load_hourly", date=_day(part), error="raise")
        return rows_of(ask, answer, "Zone", "Load")

    return gather(ask, parts(ask, "D"), read)


def read_forecasts(ask: Ask) -> Found:
    """Return each day's load as forecast the day before: location, interval_start (UTC), value (MW)."""

    def read(part: Part, _tally: Tally) -> pd.DataFrame:
        answer = call(ask, "get_zonal_load_forecast", date=_day(part), error="raise")
        check_columns(answer, [START, *ask.names.values()])
        days = answer[START].dt.tz_localize(None).dt.normalize()
        delivery = part.period.start_time + pd.Timedelta(days=FORECAST_LEAD_DAYS)
        kept = answer[days == delivery]
        long = kept.melt(START, list(ask.names.values()), "Zone", "Load")
        return rows_of(ask, long, "Zone", "Load")

    return gather(ask, parts(ask, "D", FORECAST_LEAD_DAYS), read)


def _day(part: Part) -> str:
    return part.first_day.isoformat()
