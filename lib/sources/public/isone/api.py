"""ISO-NE day by day: demand from its API, for those with an account, and prices from its daily files.

The API has the demand of days that the workbooks do not have yet. gridstatus could ask it too, but takes the
account from the environment only, and gives up a day if one zone has no data; the prices it reads well.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd

from lib.hours import UTC_HOUR
from lib.sources.clean import ProblemCounter
from lib.sources.protocol import empty_series
from lib.sources.public.gridstatus_adapter import call
from lib.sources.public.isone.node_lines import NodeLines
from lib.sources.public.names import SeenNames
from lib.sources.public.parts import PartCounter, read_parts
from lib.sources.public.query import (
    SOURCE,
    QueryPart,
    ReaderQuery,
    ReaderResult,
    Unreadable,
    select_rows,
    split_query,
)
from lib.web import Request, basic_auth

API = "https://webservices.iso-ne.com/api/v1.1"
USERNAME, PASSWORD = "ISONE_API_USERNAME", "ISONE_API_PASSWORD"

FEEDS = {
    "da_load": ("dayaheadhourlydemand", "HourlyDaDemands", "HourlyDaDemand"),
    "rt_load": ("realtimehourlydemand", "HourlyRtDemands", "HourlyRtDemand"),
}
"""The API's path for a measure, and the outer and inner name under which the response has its rows."""

PRICE_METHODS = {"da_lmp": "get_lmp_day_ahead_hourly", "rt_lmp": "get_lmp_real_time_hourly"}
"""The method of gridstatus for a measure."""


def read_demand(query: ReaderQuery) -> ReaderResult:
    """Return the demand of each zone and day: location, interval_start (UTC), value (MW)."""

    days = split_query(query, "D")

    def read_zone(place: str, number: str) -> ReaderResult:
        def read_day(part: QueryPart, _counter: ProblemCounter, names: SeenNames) -> pd.DataFrame:
            rows = _parse_demand(_fetch(query, part, number), query.measure).assign(location=place)
            names.note(part, [number] * (len(rows) > 0))
            return rows

        return read_parts(replace(query, names={place: number}), days, read_day)

    results = [read_zone(place, number) for place, number in query.names.items()]
    return ReaderResult(
        pd.concat([result.rows for result in results if len(result.rows)] or [empty_series()]),
        (
            *(
                replace(problem, location=place)
                for place, result in zip(query.names, results, strict=True)
                for problem in result.problems
            ),
            *_compare_zones(query, days, results).problems(),
        ),
        tuple(stretch for result in results for stretch in result.unanswered),
    )


def read_prices(query: ReaderQuery) -> ReaderResult:
    """Return the prices of each day: location, interval_start (UTC), value ($/MWh).

    The lines of the wanted nodes are picked before gridstatus reads them, which gives up a day because of any
    of a thousand nodes. If it cannot read these either, each node is read by itself.
    """

    def read_day(part: QueryPart, counter: PartCounter, names: SeenNames) -> pd.DataFrame:
        client = NodeLines.of(query.client)
        try:
            rows = _read_nodes(query, part, client, query.names)
        except Unreadable as error:
            rows = _read_apart(query, part, client, counter, error)
        if not client.nodes:
            raise Unreadable("the file has no price of any node")
        for file, damaged in client.damaged.items():
            counter.lose_lines(part, file, damaged, query.locations)
        names.note(part, client.nodes)
        return rows

    return read_parts(query, split_query(query, "D"), read_day)


def _read_nodes(
    query: ReaderQuery, part: QueryPart, client: NodeLines, names: Mapping[str, str]
) -> pd.DataFrame:
    """Return the prices of some nodes on a day."""
    picked = replace(query, names=names, client=client.only(names.values()))
    table = call(picked, PRICE_METHODS[query.measure], date=part.first_day.isoformat())
    return select_rows(picked, table, "Location", "LMP")


def _read_apart(
    query: ReaderQuery, part: QueryPart, client: NodeLines, counter: PartCounter, error: Unreadable
) -> pd.DataFrame:
    """Return the prices of those nodes that can be read by themselves; the others lose the day.

    Raises:
        Unreadable: none can.
    """
    found, lost = [], dict[str, Unreadable]()
    for place, name in query.names.items() if client.nodes else ():
        try:
            found.append(_read_nodes(query, part, client, {place: name}))
        except Unreadable as failure:
            lost[place] = failure
    if not found:
        raise error
    for place, cause in lost.items():
        counter.lose(part, cause, [place])
    return pd.concat(found)


def _compare_zones(
    query: ReaderQuery, days: Sequence[QueryPart], results: Sequence[ReaderResult]
) -> SeenNames:
    """Return the numbers of the zones that have data on each day, with those of which nothing is known.

    A zone that is gone has no data while others have; it is not told from one whose data come late.
    """
    names = SeenNames(query)
    for part in days:
        has_data = [result.rows["interval_start"].isin(part.hours).any() for result in results]
        is_unknown = [
            any(stretch.start <= part.start < stretch.end for stretch in result.unanswered)
            for result in results
        ]
        if any(has_data):
            found = zip(query.names.values(), has_data, is_unknown, strict=True)
            names.note(part, [number for number, has, unknown in found if has or unknown])
    return names


def _fetch(query: ReaderQuery, part: QueryPart, number: str) -> bytes:
    url = f"{API}/{FEEDS[query.measure][0]}/day/{part.first_day:%Y%m%d}/location/{number}"
    account = basic_auth(query.credentials[USERNAME], query.credentials[PASSWORD])
    request = Request(SOURCE, url, headers={"Accept": "application/json"}, secret_headers=account)
    return query.client.send(request).body


def _parse_demand(body: bytes, measure: str) -> pd.DataFrame:
    """Return interval_start (UTC) and value (MW) of a response."""
    _, outer, inner = FEEDS[measure]
    try:
        # A day without data has an empty text in place of its rows.
        rows = pd.DataFrame((json.loads(body)[outer] or {}).get(inner, []), columns=["BeginDate", "Load"])
        starts = pd.to_datetime(rows["BeginDate"], utc=True, format="ISO8601").astype(UTC_HOUR)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unreadable(f"the response has no hourly demand, but {body[:80]!r}") from error
    return pd.DataFrame({"interval_start": starts, "value": rows["Load"]})
