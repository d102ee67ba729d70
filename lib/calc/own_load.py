"""The desk's own load in place of its zone's: the forecast where none is given.

The method (docs/method.md, "The desk's own load"):

1. `estimate_forecast`, for an hour without a forecast of its own, with R the own metered load, Z and ZF the
   zone's real-time and day-ahead load, and h - 7 d the same hour ending of the same weekday a week before:

       forecast(h) = R(h - 7 d) x ZF(h) / Z(h - 7 d)

   The last known same weekday is scaled by how much more or less than that day the zone is forecast to take.
   Where the week before has no value, the same weekday two, three or four weeks before takes its place. All
   of it is known when day-ahead bids are due.

2. `own_grid` lays own loads on the zone's hours and prices. Every calculation over the grid then works on
   them as on the zone's: `lib.calc.vlr`, `lib.calc.covariance`, `lib.calc.shaping`. `lib.calc.own_comparison`
   has the figures of both side by side.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from lib.calc.grid import ratio
from lib.markets import SETTLED_COLUMN

WEEKS = 4
"""How many weeks back the last known same weekday may lie."""

DA_LOAD, RT_LOAD = "da_load_mw", "rt_load_mw"


def estimate_forecast(metered: pd.Series, grid: pd.DataFrame) -> pd.Series:
    """Return the forecast of own load that follows from the week before, in MW; NaN where nothing is known.

    Args:
        metered: own metered load of each row of the grid, MW.
        grid: location, market_date, he, is_repeated_hour, da_load_mw and rt_load_mw of the zone; each hour of
            a location once. The repeated hour of November refers to the HE 2 of the weeks before.
    """
    names = ["location", "market_date", "he"]
    share = ratio(metered.where(metered > 0), grid[RT_LOAD].where(grid[RT_LOAD] > 0))
    known = grid[names].assign(share=share)[~grid["is_repeated_hour"] & share.notna()]
    by_hour = known.set_index(names)["share"]
    found = pd.Series(np.nan, index=grid.index)
    for weeks in range(1, WEEKS + 1):
        before = grid[names].assign(market_date=grid["market_date"] - pd.Timedelta(days=7 * weeks))
        values = by_hour.reindex(pd.MultiIndex.from_frame(before)).to_numpy()
        found = found.where(found.notna(), values)
    return found * grid[DA_LOAD].where(grid[DA_LOAD] > 0)


def own_grid(grid: pd.DataFrame, loads: pd.DataFrame) -> pd.DataFrame:
    """Return the grid of the zones with own load, with own loads in place of the zone's.

    Args:
        grid: what `lib.calc.grid.build_grid` returns for zones.
        loads: location, interval_start, da_load_mw (forecast) and rt_load_mw (metered) of the desk; at most
            one row for each location and hour, NaN where there is none.

    Returns:
        the rows of the zones with any own load: the columns of the grid with da_load_mw and rt_load_mw of the
        desk (one that is not positive counts as not usable), and is_estimated (the forecast is that of
        `estimate_forecast`). The categories of location are those zones.
    """
    zones = [zone for zone in grid["location"].cat.categories if zone in set(loads["location"])]
    rows = grid[grid["location"].isin(zones)].reset_index(drop=True)
    keys = ["location", "interval_start"]
    given = rows[keys].astype({"location": str}).merge(loads, on=keys, how="left")
    estimated = estimate_forecast(given[RT_LOAD], rows)
    is_estimated = given[DA_LOAD].isna() & estimated.notna()
    if SETTLED_COLUMN in rows and rows[SETTLED_COLUMN].isna().all():
        rows = rows.drop(columns=SETTLED_COLUMN)  # only zones without own load have it
    return rows.assign(
        location=rows["location"].cat.set_categories(zones),
        da_load_mw=given[DA_LOAD].where(given[DA_LOAD].notna(), estimated),
        rt_load_mw=given[RT_LOAD],
        is_estimated=is_estimated,
    )
