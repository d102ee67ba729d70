"""MISO's Data Exchange API: prices by node, and load and load forecasts by resource zone.

It takes the place of the market report files (`lib.sources.public.miso`), whose end MISO has announced, and
each of its two products wants a subscription key of its own. All times are EST, and a day has 24 hours.
gridstatus is not used: it downloads every node, hour by hour, and waits and retries by itself. An answer
takes two to four seconds and is now and then a status 500; `lib.web` tries again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pandas as pd

from lib.hours import UTC_HOUR
from lib.sources.clean import KEY, ProblemCounter
from lib.sources.protocol import empty_series
from lib.sources.public.names import SeenNames
from lib.sources.public.parts import read_parts
from lib.sources.public.query import SOURCE, QueryPart, ReaderQuery, ReaderResult, Unreadable, split_query
from lib.web import NotArchived, NotFound, Request

API = "https://apim.misoenergy.org"
PRICES = API + "/pricing/v1/{market}/{day:%Y-%m-%d}/lmp-expost"
ACTUAL_LOADS = API + "/lgi/v1/real-time/{day:%Y-%m-%d}/demand/actual"
FORECASTS = API + "/lgi/v1/forecast/{day:%Y-%m-%d}/load"

PRICING_KEY, LOAD_KEY = "MISO_PRICING_KEY", "MISO_LOAD_KEY"

HOURLY = {"timeResolution": "hourly"}

ApiRow = Mapping[str, Any]


def read_day_ahead_prices(query: ReaderQuery) -> ReaderResult:
    """Return day-ahead prices: location, interval_start (UTC), value ($/MWh)."""
    return _read_prices(query, "day-ahead", {})


def read_final_prices(query: ReaderQuery) -> ReaderResult:
    """Return final real-time prices, which come about a week after their day; see `read_day_ahead_prices`."""
    return _read_prices(query, "real-time", {"preliminaryFinal": "Final", **HOURLY})


def read_preliminary_prices(query: ReaderQuery) -> ReaderResult:
    """Return preliminary real-time prices; see `read_day_ahead_prices`."""
    return _read_prices(query, "real-time", {"preliminaryFinal": "Preliminary", **HOURLY})


def read_actual_loads(query: ReaderQuery) -> ReaderResult:
    """Return the actual load of each day: location, interval_start (UTC), value (MW)."""

    def read_day(part: QueryPart, _counter: ProblemCounter, names: SeenNames) -> pd.DataFrame:
        parameters = {**HOURLY, "geoResolution": "localResourceZone"}
        rows = _download(query, ACTUAL_LOADS.format(day=part.first_day), parameters, LOAD_KEY)
        return _by_zone(query, rows, "load", part, names)

    return read_parts(query, split_query(query, "D"), read_day)


def read_forecasts(query: ReaderQuery) -> ReaderResult:
    """Return each day's load as forecast the day before: location, interval_start (UTC), value (MW)."""

    def read_day(part: QueryPart, _counter: ProblemCounter, names: SeenNames) -> pd.DataFrame:
        day = part.first_day
        parameters = {**HOURLY, "init": f"{day - timedelta(days=1):%Y-%m-%d}"}
        rows = _download(query, FORECASTS.format(day=day), parameters, LOAD_KEY)
        return _by_zone(query, rows, "loadForecast", part, names)

    return read_parts(query, split_query(query, "D"), read_day)


def _read_prices(query: ReaderQuery, market: str, parameters: Mapping[str, str]) -> ReaderResult:
    """Return the prices of the query's nodes: a request for each node and day, for a day has 2,500 nodes."""

    def read_day(part: QueryPart, _counter: ProblemCounter, names: SeenNames) -> pd.DataFrame:
        url = PRICES.format(market=market, day=part.first_day)
        nodes: dict[str, list[ApiRow]] = {}
        for node in sorted(set(query.names.values())):
            try:
                nodes[node] = _download(query, url, {"node": node, **parameters}, PRICING_KEY)
            except NotKept:
                raise
            except NotFound as error:  # of the node, or of the day if no node has it
                none = error
        if not nodes:
            raise none
        names.note(part, nodes)
        return pd.concat(
            _parse(nodes[node], "lmp", query).assign(location=place)
            for place, node in query.names.items()
            if node in nodes
        )

    return read_parts(query, split_query(query, "D"), read_day)


class NotKept(NotFound):
    """A replay of runs without a key has no answer: the files have the day, or it stays due."""


def _download(query: ReaderQuery, url: str, parameters: Mapping[str, str], key: str) -> list[ApiRow]:
    """Return the rows of all pages of an answer.

    Raises:
        WebError: there is no usable response; NotFound if the service has no such day.
        Unreadable: the response is something else.
    """
    rows: list[ApiRow] = []
    number, last = 1, 1
    while number <= last:
        page = _page(query, url, {**parameters, "pageNumber": str(number)}, key)
        rows += page["data"]
        number, last = number + 1, int(page["page"]["totalPages"])
    if not rows:
        raise NotFound(f"{url} has no rows")
    return rows


def _page(query: ReaderQuery, url: str, parameters: Mapping[str, str], key: str) -> dict[str, Any]:
    secret = {"Ocp-Apim-Subscription-Key": query.credentials[key]}
    request = Request(SOURCE, f"{url}?{urlencode(parameters)}", secret_headers=secret)
    try:
        body = query.client.send(request).body
    except NotArchived as error:
        raise NotKept(str(error)) from error
    try:
        page = json.loads(body)
        if isinstance(page["data"], list) and int(page["page"]["totalPages"]) >= 0:
            return dict(page)
    except (ValueError, KeyError, TypeError):
        pass
    raise Unreadable(f"no page of rows, but {body[:80]!r}")


def _by_zone(
    query: ReaderQuery, rows: Iterable[ApiRow], value: str, part: QueryPart, names: SeenNames
) -> pd.DataFrame:
    """Return the rows of the resource zone that stands in for each location; several may have the same."""
    by_zone: dict[str, list[ApiRow]] = {}
    for row in rows:
        by_zone.setdefault(str(row.get("localResourceZone")), []).append(row)
    names.note(part, by_zone)
    found = [
        _parse(by_zone[zone], value, query).assign(location=place)
        for place, zone in query.names.items()
        if zone in by_zone
    ]
    return pd.concat(found) if found else empty_series()


def _parse(rows: Iterable[ApiRow], value: str, query: ReaderQuery) -> pd.DataFrame:
    """Return interval_start (UTC) and value of rows; an interval begins by the publisher's clock."""
    try:
        cells = [((row.get("timeInterval") or row["interval"])["start"], row[value]) for row in rows]
        table = pd.DataFrame(cells, columns=["start", "value"])
        starts = pd.to_datetime(table["start"], format="ISO8601")
        local = starts.dt.tz_localize(query.zone) if starts.dt.tz is None else starts
        return table.assign(interval_start=local.dt.tz_convert("UTC").astype(UTC_HOUR))[[KEY[1], "value"]]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unreadable(f"rows without start and {value}: {error!r}") from error
