"""ISO-NE's files of single days, by gridstatus: prices of the days that the workbooks do not have yet."""

from __future__ import annotations

import pandas as pd

from lib.sources.public.asks import Ask, Found, Part, parts, rows_of
from lib.sources.public.gridstatus_edge import call
from lib.sources.public.reading import gather
from lib.sources.tally import Tally

METHODS = {"da_lmp": "get_lmp_day_ahead_hourly", "rt_lmp": "get_lmp_real_time_hourly"}


def read(ask: Ask) -> Found:
    """Return the prices of each day: location, interval_start (UTC), value ($/MWh)."""

    def read_day(part: Part, _tally: Tally) -> pd.DataFrame:
        answer = call(ask, METHODS[ask.measure], date=part.first_day.isoformat())
        return rows_of(ask, answer, "Location", "LMP")

    return gather(ask, parts(ask, "D"), read_day)
