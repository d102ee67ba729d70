"""Own load and its zone side by side: what each costs over the hours or cells of delivery that both have.

1. `count_own_hours` says what the figures of own load rest on.
2. `compare_with_zone` has VLR, covariance and load shape of both, in $/MWh, and `compare_premiums` the
   load-shape premium: each is computed from the same hours with the one load and with the other.
3. `compare_costs` has the parts of the cost to serve that depend on the load, over the cells of delivery.

docs/method.md, "The desk's own load", has the figures; `lib.calc.own_load` lays own load on the zone's hours.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from lib.calc.cost_breakdown import add_loads, cost_parts
from lib.calc.covariance import load_weighted_parts
from lib.calc.own_load import RT_LOAD
from lib.calc.shaping import load_shape_premium
from lib.calc.vlr import estimate
from lib.markets import BLOCKS

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
        own: what `lib.calc.own_load.own_grid` returns.
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
