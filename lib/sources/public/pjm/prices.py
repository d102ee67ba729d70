"""PJM's prices of zones and hubs: day-ahead, and real-time as verified about three days later.

The name of a location is the type of its price node and the node's number: some nodes' names are cut short.
That of a residual metered aggregate, on whose price a zone's metered load settles, is its type and its name.
"""

from __future__ import annotations

import pandas as pd

from lib.sources.clean import ProblemCounter
from lib.sources.public.names import SeenNames
from lib.sources.public.parts import read_parts
from lib.sources.public.pjm.data_miner import month_of, read_feed
from lib.sources.public.query import QueryPart, ReaderQuery, ReaderResult, split_query

_FEEDS = {"da_lmp": ("da_hrl_lmps", "total_lmp_da"), "rt_lmp": ("rt_hrl_lmps", "total_lmp_rt")}
"""The feed of a measure, and its column with the price."""

_TIME, _START, _NODE, _NAME = "datetime_beginning", "datetime_beginning_utc", "pnode_id", "pnode_name"


def read_prices(query: ReaderQuery) -> ReaderResult:
    """Return the prices of the months: location, interval_start (UTC), value ($/MWh)."""
    feed, price = _FEEDS[query.measure]
    columns = [_START, _NODE, _NAME, price]
    location_of = {name.split()[1]: location for location, name in query.names.items()}
    node_types = sorted({name.split()[0] for name in query.names.values()})
    key = _NODE if all(name.isdigit() for name in location_of) else _NAME

    def read_month(part: QueryPart, _counter: ProblemCounter, names: SeenNames) -> pd.DataFrame:
        month = month_of(part)
        tables = {
            node_type: read_feed(
                query, feed, _TIME, month, columns, type=f"*{node_type}*", row_is_current="TRUE"
            )
            for node_type in node_types
        }
        titles = {
            f"{node_type} {node}": title
            for node_type, table in tables.items()
            for node, title in table[[key, _NAME]].astype(str).drop_duplicates().to_numpy()
        }
        names.note(part, titles, titles if key == _NODE else None)
        table = pd.concat(tables.values())
        rows = table.assign(location=table[key].astype(str).map(location_of)).dropna(subset=["location"])
        return rows.rename(columns={_START: "interval_start", price: "value"}).drop(columns=[_NODE, _NAME])

    return read_parts(query, split_query(query, "M"), read_month)
