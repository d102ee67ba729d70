"""The load of MISO's resource zones: actual and mid-term forecast, which come in one file each day.

The name of a location is the zone that stands in for it: several may have the same.
"""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import pandas as pd
from python_calamine import CalamineError

from lib.hours import HOUR, UTC_HOUR
from lib.sources.public.asks import START, Ask, Found, Part, Unreadable, check_columns, download, parts
from lib.sources.public.gridstatus_edge import call
from lib.sources.public.reading import gather
from lib.sources.public.zipped import unzipped
from lib.sources.tally import Tally

YEAR = "https://docs.misoenergy.org/marketreports/{year}12_dfal_HIST_xls.zip"
"""gridstatus asks for this file anew for each day, and takes a service that is down for a missing file."""

_DAY, _HOUR, _ZONE, _LOAD = "MarketDay", "HourEnding", "LoadResource Zone", "ActualLoad (MWh)"


def read_loads(ask: Ask) -> Found:
    """Return the load of each day, which the file of the day after has.

    Returns:
        location, interval_start (UTC), value (MW).
    """

    def read(part: Part, _tally: Tally) -> pd.DataFrame:
        answer = call(ask, "get_zonal_load_hourly", date=part.first_day.isoformat(), error="raise")
        return _long(ask, answer, "{}")

    return gather(ask, parts(ask, "D"), read)


def read_forecasts(ask: Ask) -> Found:
    """Return each day's load as the file of the day before forecast it.

    Returns:
        location, interval_start (UTC), value (MW).
    """

    def read(part: Part, _tally: Tally) -> pd.DataFrame:
        day_before = part.first_day - timedelta(days=1)
        answer = call(ask, "get_load_forecast", date=day_before.isoformat(), error="raise")
        rows = _long(ask, answer, "{} MTLF")
        return rows[rows["interval_start"].isin(part.hours)]  # the days after have later forecasts

    return gather(ask, parts(ask, "D"), read)


def read_years(ask: Ask) -> Found:
    """Return the load in the files of whole years: location, interval_start (UTC), value (MW)."""

    def read(part: Part, _tally: Tally) -> pd.DataFrame:
        table = _year(download(ask, YEAR.format(year=part.period)))
        rows = table.assign(interval_start=table["local"].dt.tz_localize(ask.zone).astype(UTC_HOUR))
        zones = pd.DataFrame(ask.names.items(), columns=["location", "zone"])
        return zones.merge(rows, on="zone")[["location", "interval_start", "value"]]

    return gather(ask, parts(ask, "Y"), read)


def _long(ask: Ask, answer: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return a row per location and hour of a table with a column per zone."""
    check_columns(answer, [START, *dict.fromkeys(column.format(name) for name in ask.names.values())])
    interval_start = answer[START].astype(UTC_HOUR)
    return pd.concat(
        pd.DataFrame(
            {"location": location, "interval_start": interval_start, "value": answer[column.format(name)]}
        )
        for location, name in ask.names.items()
    )


def _year(body: bytes) -> pd.DataFrame:
    """Return zone, local (start of the hour by the market's clock) and value of a year's file.

    Raises:
        Unreadable: the file is something else.
    """
    files = unzipped(body)
    try:
        raw = pd.read_excel(BytesIO(next(iter(files.values()))), header=None, dtype=object, engine="calamine")
        header = raw.index[raw[0] == _DAY][0]
        table = raw.set_axis([str(name).strip() for name in raw.iloc[header]], axis=1)
        # The header comes again among the rows, and notes stand below them.
        table = table[pd.to_numeric(table[_HOUR], errors="coerce").notna()]
        local = pd.to_datetime(table[_DAY]) + (table[_HOUR].astype(int) - 1) * HOUR
        return pd.DataFrame({"zone": table[_ZONE], "local": local, "value": table[_LOAD]})
    except (CalamineError, ValueError, KeyError, IndexError, StopIteration) as error:
        raise Unreadable(f"no table of loads in the zip archive with {', '.join(files)}: {error}") from error
