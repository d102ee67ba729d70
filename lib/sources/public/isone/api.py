"""ISO-NE's API, for those who have an account: the demand of days that the workbooks do not have yet.

gridstatus takes the account from the environment alone, and gives up a day for one zone that has no data.
"""

from __future__ import annotations

import json
from dataclasses import replace

import pandas as pd

from lib.hours import UTC_HOUR
from lib.sources.clean import ProblemCounter
from lib.sources.protocol import empty_series
from lib.sources.public.gather import gather
from lib.sources.public.gridstatus_adapter import call
from lib.sources.public.query import SOURCE, Ask, Found, Part, Unreadable, parts, rows_of
from lib.web import Request, basic_auth

API = "https://webservices.iso-ne.com/api/v1.1"
USERNAME, PASSWORD = "ISONE_API_USERNAME", "ISONE_API_PASSWORD"

FEEDS = {
    "da_load": ("dayaheadhourlydemand", "HourlyDaDemands", "HourlyDaDemand"),
    "rt_load": ("realtimehourlydemand", "HourlyRtDemands", "HourlyRtDemand"),
}
"""Where a measure is, and the two names under which its rows stand in the answer."""


def read(ask: Ask) -> Found:
    """Return the demand of each zone and day: location, interval_start (UTC), value (MW)."""

    def read_zone(place: str, number: str) -> Found:
        def read_day(part: Part, _counter: ProblemCounter) -> pd.DataFrame:
            return _rows(_answer(ask, part, number), ask.measure).assign(location=place)

        return gather(replace(ask, names={place: number}), parts(ask, "D"), read_day)

    found = [read_zone(place, number) for place, number in ask.names.items()]
    return Found(
        pd.concat([part.rows for part in found if len(part.rows)] or [empty_series()]),
        tuple(
            replace(problem, location=place)
            for place, part in zip(ask.names, found, strict=True)
            for problem in part.problems
        ),
        tuple(stretch for part in found for stretch in part.unanswered),
    )


def _answer(ask: Ask, part: Part, number: str) -> bytes:
    url = f"{API}/{FEEDS[ask.measure][0]}/day/{part.first_day:%Y%m%d}/location/{number}"
    account = basic_auth(ask.keys[USERNAME], ask.keys[PASSWORD])
    request = Request(SOURCE, url, headers={"Accept": "application/json"}, secret_headers=account)
    return ask.client.send(request).body


def _rows(body: bytes, measure: str) -> pd.DataFrame:
    _, outer, inner = FEEDS[measure]
    try:
        # A day without data has an empty text in place of its rows.
        rows = pd.DataFrame((json.loads(body)[outer] or {}).get(inner, []), columns=["BeginDate", "Load"])
        starts = pd.to_datetime(rows["BeginDate"], utc=True, format="ISO8601").astype(UTC_HOUR)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unreadable(f"the answer has no hourly demand, but {body[:80]!r}") from error
    return pd.DataFrame({"interval_start": starts, "value": rows["Load"]})


METHODS = {"da_lmp": "get_lmp_day_ahead_hourly", "rt_lmp": "get_lmp_real_time_hourly"}


def read_days(ask: Ask) -> Found:
    """Return the prices of each day: location, interval_start (UTC), value ($/MWh)."""

    def read_day(part: Part, _counter: ProblemCounter) -> pd.DataFrame:
        answer = call(ask, METHODS[ask.measure], date=part.first_day.isoformat())
        return rows_of(ask, answer, "Location", "LMP")

    return gather(ask, parts(ask, "D"), read_day)
