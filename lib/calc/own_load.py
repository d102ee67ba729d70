"""The desk's own load in place of its zone's: the forecast where none is given, and the figures side by side.

The method (docs/method.md, "The desk's own load"):

1. `estimate_forecast`, for an hour without a forecast of its own, with R the own metered load, Z and ZF the
   zone's real-time and day-ahead load, and h - 7 d the same hour ending of the same weekday a week before:

       forecast(h) = R(h - 7 d) x ZF(h) / Z(h - 7 d)

   The last known same weekday is scaled by how much more or less than that day the zone is forecast to take.
   Where the week before has no value, the same weekday two, three or four weeks before takes its place. All
   of it is known when day-ahead bids are due.

2. `own_grid` lays own loads on the zone's hours and prices. Every calculation over the grid then works on
   them as on the zone's: `lib.calc.vlr`, `lib.calc.covariance`, `lib.calc.shaping`.

3. `compare_with_zone` has VLR, covariance and load shape of both, over the hours that both have.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from lib.calc.cost_breakdown import add_loads, cost_parts
from lib.calc.covariance import load_weighted_parts
from lib.calc.grid import ratio
from lib.calc.shaping import load_shape_premium
from lib.calc.vlr import estimate
from lib.markets import BLOCKS

WEEKS = 4
"""How many weeks back the last known same weekday may lie."""

DA_LOAD, RT_LOAD = "da_load_mw", "rt_load_mw"

LINES = ("VLR", "covariance", "load shape")
"""What `compare_with_zone` compares, each in $/MWh."""

COSTS = {
    "load_shape": "load shape",
    "covariance": "covariance",
    "vlr": "VLR",
    "risk": "risk",
    "cost_to_serve": "cost to serve (energy)",
}
"""What `compare_costs` compares: the parts of the cost to serve that depend on the load, and the whole."""

DELIVERY_CELL = ["location", "delivery_month", "he", "block_type"]

ALL_HOURS = "7x24"

COMPARED = ["price_part", "own_per_mwh", "zone_per_mwh", "own_less_zone", "n_hours"]


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
    return rows.assign(
        location=rows["location"].cat.set_categories(zones),
        da_load_mw=given[DA_LOAD].where(given[DA_LOAD].notna(), estimated),
        rt_load_mw=given[RT_LOAD],
        is_estimated=is_estimated,
    )


def count_own_hours(own_hourly: pd.DataFrame) -> pd.DataFrame:
    """Return what the figures of own load rest on.

    Args:
        own_hourly: what `lib.calc.vlr.hourly_vlr` returns for the `own_grid`.

    Returns:
        location, n_window (hours), n_hours (with a unitized cost), n_estimated (of these, with an estimated
        forecast), rt_load_mwh (their metered load with losses).
    """
    is_used = own_hourly["unitized_cost"].notna()
    terms = pd.DataFrame(
        {
            "location": own_hourly["location"],
            "n_window": 1,
            "n_hours": is_used.astype(int),
            "n_estimated": (is_used & own_hourly["is_estimated"]).astype(int),
            "rt_load_mwh": own_hourly[RT_LOAD].where(is_used, 0.0),
        }
    )
    return terms.groupby("location", observed=True).sum().reset_index()


def compare_with_zone(
    own_hourly: pd.DataFrame, hourly: pd.DataFrame, by: Sequence[str] = ("location",)
) -> pd.DataFrame:
    """Return each line for the own load and for its zone's, over the hours of VLR that both have.

    Args:
        own_hourly: what `lib.calc.vlr.hourly_vlr` returns for the `own_grid`.
        hourly: the same for the zones' grid.
        by: the columns to group by.

    Returns:
        the `by` columns, price_part (one of LINES), own_per_mwh, zone_per_mwh and own_less_zone in
        $/MWh, n_hours.
    """
    own, zone = _same_hours(own_hourly, hourly)
    names = list(by)
    if own.empty:
        return pd.DataFrame(columns=[*names, *COMPARED])
    figures = [_lines(hours, names) for hours in (own, zone)]
    both = figures[0].join(figures[1], lsuffix="_own", rsuffix="_zone")
    parts = [
        pd.DataFrame(
            {
                "price_part": line,
                "own_per_mwh": both[f"{line}_own"],
                "zone_per_mwh": both[f"{line}_zone"],
                "n_hours": both["n_hours_own"],
            }
        )
        for line in LINES
    ]
    rows = pd.concat(parts).reset_index()
    rows["rank"] = rows["price_part"].map(LINES.index)
    rows = rows.assign(own_less_zone=rows["own_per_mwh"] - rows["zone_per_mwh"]).sort_values(
        [*names, "rank"], ignore_index=True
    )
    return rows[[*names, *COMPARED]]


def compare_premiums(own: pd.DataFrame, grid: pd.DataFrame) -> pd.DataFrame:
    """Return the load-shape premium of the own load and of its zone, over the hours that both have.

    Args:
        own: the `own_grid`.
        grid: the zones' grid.

    Returns:
        location, block_type (BLOCKS, and "7x24" for all hours), own_premium, zone_premium and added (own -
        zone), fractions of the flat price.
    """
    columns = ["location", "block_type", "own_premium", "zone_premium", "added"]
    if own.empty:
        return pd.DataFrame(columns=columns)
    pair = [frame.assign(unitized_cost=_has_premium(frame)) for frame in (own, grid)]
    parts = []
    for hours in (pair, [frame.assign(block_type=ALL_HOURS) for frame in pair]):
        own_part, zone_part = (
            load_shape_premium(some, ["location", "block_type"]) for some in _same_hours(*hours)
        )
        both = own_part.merge(zone_part, on=["location", "block_type"], suffixes=("_own", "_zone"))
        parts.append(both.astype({"location": str, "block_type": str}))
    rows = pd.concat(parts, ignore_index=True).rename(
        columns={"premium_own": "own_premium", "premium_zone": "zone_premium"}
    )
    rows["rank"] = rows["block_type"].map([*BLOCKS, ALL_HOURS].index)
    rows = rows.assign(added=rows["own_premium"] - rows["zone_premium"])
    return rows.sort_values(["location", "rank"], ignore_index=True)[columns]


def _has_premium(frame: pd.DataFrame) -> pd.Series:
    """Return 0 in the hours with a price and a positive load, NaN in all others."""
    return (frame["da_lmp_usd_per_mwh"] * 0).where(frame[RT_LOAD] > 0)


def compare_costs(
    own_cells: pd.DataFrame, own_vlr: pd.DataFrame, cells: pd.DataFrame, vlr: pd.DataFrame
) -> pd.DataFrame:
    """Return what own load and its zone cost to serve, over the cells of delivery that both have.

    Args:
        own_cells: the cost curve of own load, as `lib.calc.cost_curve.cost_curve` returns it.
        own_vlr: the cells of VLR of own load, for the load of each.
        cells: the zones' cost curve.
        vlr: the cells of the zones' VLR.

    Returns:
        location, price_part (load shape, covariance, VLR, risk, cost to serve (energy)), own_per_mwh,
        zone_per_mwh and own_less_zone in $/MWh, n_hours (of delivery).
    """
    columns = ["location", *COMPARED]
    usable = [
        add_loads(some, of)[[*DELIVERY_CELL, "cost_to_serve", "load_mwh"]].dropna()[DELIVERY_CELL]
        for some, of in ((own_cells, own_vlr), (cells, vlr))
        if not own_cells.empty
    ]
    if not usable or (both := usable[0].merge(usable[1])).empty:
        return pd.DataFrame(columns=columns)
    own, zone = (
        cost_parts(some.merge(both, on=DELIVERY_CELL), of).set_index("location")
        for some, of in ((own_cells, own_vlr), (cells, vlr))
    )
    parts = [
        pd.DataFrame(
            {
                "price_part": name,
                "own_per_mwh": own[column],
                "zone_per_mwh": zone[column],
                "own_less_zone": own[column] - zone[column],
                "n_hours": own["n_hours"],
            }
        ).assign(rank=rank)
        for rank, (column, name) in enumerate(COSTS.items())
    ]
    rows = pd.concat(parts).reset_index().sort_values(["location", "rank"], ignore_index=True)
    return rows[columns]


def _same_hours(own_hourly: pd.DataFrame, hourly: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the hours with a unitized cost in both frames, in the same sequence."""
    zones = own_hourly["location"].cat.categories
    zone = hourly[hourly["location"].isin(zones)]
    zone = zone.assign(location=zone["location"].cat.set_categories(zones))
    keys = ["location", "interval_start"]
    own, zone = (frame.sort_values(keys, ignore_index=True) for frame in (own_hourly, zone))
    is_in_both = own["unitized_cost"].notna() & zone["unitized_cost"].notna()
    return own[is_in_both], zone[is_in_both]


def _lines(hours: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Return the LINES of hours and n_hours, by group."""
    vlr = estimate(hours, by).set_index(by)
    parts = load_weighted_parts(hours, by).set_index(by)
    return pd.DataFrame(
        {
            "VLR": vlr["cost_per_mwh"],
            "covariance": parts["covariance"],
            "load shape": parts["load_shape"],
            "n_hours": vlr["n_hours"],
        }
    )
