"""PJM's prices of zones and hubs, day-ahead and (as verified, about three days late) real-time.

A location's name is the type of its price node and the node's number: names of nodes are not always whole.
"""

from __future__ import annotations

import pandas as pd

from lib.sources.clean import ProblemCounter
from lib.sources.public.gather import gather
from lib.sources.public.pjm.data_miner import month_of, read_feed
from lib.sources.public.query import Ask, Found, Part, parts

_FEEDS = {"da_lmp": ("da_hrl_lmps", "total_lmp_da"), "rt_lmp": ("rt_hrl_lmps", "total_lmp_rt")}
_START, _NODE = "datetime_beginning_utc", "pnode_id"


def read(ask: Ask) -> Found:
    """Return the prices of the months: location, interval_start (UTC), value ($/MWh)."""
    feed, price = _FEEDS[ask.measure]
    location_of = {name.split()[1]: location for location, name in ask.names.items()}
    types = sorted({name.split()[0] for name in ask.names.values()})

    def read_month(part: Part, _counter: ProblemCounter) -> pd.DataFrame:
        columns = [_START, _NODE, price]
        tables = [
            read_feed(
                ask,
                feed,
                "datetime_beginning",
                month_of(part),
                columns,
                type=f"*{kind}*",
                row_is_current="TRUE",
            )
            for kind in types
        ]
        table = pd.concat(tables)
        rows = table.assign(location=table[_NODE].astype(str).map(location_of)).dropna(subset=["location"])
        return rows.rename(columns={_START: "interval_start", price: "value"}).drop(columns=_NODE)

    return gather(ask, parts(ask, "M"), read_month)
