"""Realised against quoted: what serving the load cost, what the cost curve said, and the difference by part.

The method (docs/method.md, "Realised against quoted"), in $/MWh, over a zone's hours that have all values:

1. `find_left_out` leaves out an hour that lacks a value on either side, under the first reason that applies.
2. `compare_quoted` has both sides of each part. Of an hour of the curve, P is the block price, p the hourly
   price and w the load; S is the price of the hub in the market that its forwards settle on, H the DA LMP of
   the hub, D that of the zone, L the RT load and C the total cost of the VLR chain. a = w / sum(w) and
   b = L / sum(L) are shares of load, a mean is over hours, and q = p mean(D) / mean(p) is the curve at the
   level of what came (q = p where a mean is under $1/MWh):

       part              quoted                  realised
       hub_price         mean(forward_price)     mean(S)
       da_rt_adjustment  mean(da_rt_adjustment)  mean(H - S)
       zone_basis        mean(zone_basis)        mean(D - H)
       price_shape       sum(a p) - mean(P)      sum(a D) - mean(D)
       load_shift        0                       sum((b - a) q)
       covariance        sum(a covariance)       sum((b - a) (D - q))
       vlr               sum(a VLR)              sum(C) / sum(L) - sum(b D)
       risk              sum(a risk)             0
       together          sum(a cost_to_serve)    sum(C) / sum(L)

3. `sum_zones` adds zones up, weighted with the load that came.
4. `what_came` needs no curve: the flat price, the load-shape premium and VLR of the hours that have them.

Each side adds up by itself, so the differences of the parts are the whole difference, and nothing is left.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from lib.calc.grid import MIN_BASE_USD_PER_MWH, ratio
from lib.calc.quote_choice import BLOCK_PRICE_PARTS
from lib.calc.vlr import EXCLUSIONS

PARTS = (
    *("hub_price", "da_rt_adjustment", "zone_basis"),
    *("price_shape", "load_shift", "covariance", "vlr", "risk"),
)
"""The parts of the difference between realised and quoted, in the order in which a page adds them up."""

QUOTED, REALISED = "quoted_", "realised_"
"""What the columns of both sides of a part begin with; its difference has the part's own name."""

COSTS = ("quoted_cost", "realised_cost", "difference")

NO_CURVE = "no official curve before the day"
NO_QUOTE = "no price in the curve"
NO_CURVE_LOAD = "no load in the curve"
NO_HUB = "no price of the hub"

REASONS = (NO_CURVE, NO_QUOTE, NO_CURVE_LOAD, NO_HUB, *EXCLUSIONS)
"""The reasons for which an hour is left out of both sides; it counts under the first that applies."""

MIN_SHARE = 0.9
"""A figure over a smaller share of the hours of its period is incomplete."""

_FLAT = dict(zip(PARTS, BLOCK_PRICE_PARTS, strict=False))
"""The parts that are the price of a flat load, and the column of the curve of each."""

_PRICES = [*BLOCK_PRICE_PARTS, "hub_settled", "hub_da", "da_lmp_usd_per_mwh"]
"""What the first three parts of an hour need; they need no load."""


def find_left_out(hours: pd.DataFrame) -> pd.Series:
    """Return for each hour why it is left out of both sides, one of REASONS; None if it counts.

    Args:
        hours: version_id (of the curve; NULL where there was none), cost_to_serve and BLOCK_PRICE_PARTS
            ($/MWh), curve_load_mw, hub_settled and hub_da ($/MWh), exclusion (as `lib.calc.vlr.hourly_vlr`
            has it).
    """
    lacks = [
        hours["version_id"].isna(),
        hours[["cost_to_serve", *BLOCK_PRICE_PARTS]].isna().any(axis=1),
        ~(hours["curve_load_mw"] > 0),
        hours[["hub_settled", "hub_da"]].isna().any(axis=1),
    ]
    reason = pd.Series(np.select(lacks, REASONS[: len(lacks)], default=""), index=hours.index, dtype=object)
    exclusion = hours["exclusion"].astype(object)
    return reason.where(reason != "", exclusion.where(exclusion.notna(), None))


def compare_quoted(hours: pd.DataFrame, by: Sequence[str] = ("location",)) -> pd.DataFrame:
    """Return what was quoted and what came for each group of hours, and the difference by part.

    Args:
        hours: what `find_left_out` takes, left_out (what it returns), location, hpfc, covariance, vlr and
            risk of the curve, da_lmp_usd_per_mwh ($/MWh), rt_load_mw (MWh), total_cost ($); a row for each
            hour of the period.
        by: the columns to group by, location among them.

    Returns:
        the `by` columns; COSTS; for each of PARTS its difference, and quoted_ and realised_ (all $/MWh);
        n_hours (that count), n_left_out, is_complete (at least MIN_SHARE of the hours count), rt_load_mwh
        (that came). A group in which no hour counts has hub_price, da_rt_adjustment and zone_basis over
        the hours with these prices, and NULL for all else.
    """
    keys = list(by)
    used = hours[hours["left_out"].isna()]
    sides = _both_sides(used, keys)
    totals = hours.groupby(keys, observed=True, sort=False).size()
    groups = sides.reindex(totals.index)
    is_empty = groups["quoted_cost"].isna()
    prices = _price_sides(hours, keys).reindex(totals.index)
    groups = groups.assign(**{name: groups[name].where(~is_empty, prices[name]) for name in prices})
    n_hours = groups.pop("n_hours").fillna(0).astype(int)
    return pd.DataFrame(
        {
            "quoted_cost": groups["quoted_cost"],
            "realised_cost": groups["realised_cost"],
            "difference": groups["realised_cost"] - groups["quoted_cost"],
            **{part: groups[REALISED + part] - groups[QUOTED + part] for part in PARTS},
            **{side + part: groups[side + part] for side in (QUOTED, REALISED) for part in PARTS},
            "n_hours": n_hours,
            "n_left_out": totals - n_hours,
            "is_complete": n_hours >= MIN_SHARE * totals,
            "rt_load_mwh": groups["rt_load_mwh"].fillna(0.0),
        }
    ).reset_index()


def _both_sides(used: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Return both sides of every part over the hours that count, by group."""
    groups = used.groupby(keys, observed=True, sort=False)
    curve_load, load = used["curve_load_mw"], used["rt_load_mw"]
    a, b = curve_load / groups["curve_load_mw"].transform("sum"), load / groups["rt_load_mw"].transform("sum")
    flat = 1 / groups["location"].transform("size")
    quoted, came = used["hpfc"], used["da_lmp_usd_per_mwh"]
    block_price = used[list(BLOCK_PRICE_PARTS)].sum(axis=1)
    cost = used["total_cost"] / load
    levels = groups[["hpfc", "da_lmp_usd_per_mwh"]].transform("mean")
    level = levels["da_lmp_usd_per_mwh"] / levels["hpfc"]
    at_level = quoted * level.where((levels >= MIN_BASE_USD_PER_MWH).all(axis=1), 1.0)
    terms = {
        **{QUOTED + part: flat * used[name] for part, name in _FLAT.items()},
        QUOTED + "price_shape": a * quoted - flat * block_price,
        QUOTED + "load_shift": a * 0.0,
        **{QUOTED + part: a * used[part] for part in ("covariance", "vlr", "risk")},
        REALISED + "hub_price": flat * used["hub_settled"],
        REALISED + "da_rt_adjustment": flat * (used["hub_da"] - used["hub_settled"]),
        REALISED + "zone_basis": flat * (came - used["hub_da"]),
        REALISED + "price_shape": (a - flat) * came,
        REALISED + "load_shift": (b - a) * at_level,
        REALISED + "covariance": (b - a) * (came - at_level),
        REALISED + "vlr": b * (cost - came),
        REALISED + "risk": a * 0.0,
        "quoted_cost": a * used["cost_to_serve"],
        "realised_cost": b * cost,
        "rt_load_mwh": load,
        "n_hours": 1,
    }
    return used[keys].assign(**terms).groupby(keys, observed=True, sort=False).sum()


def _price_sides(hours: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Return both sides of the parts that need no load, over the hours with their prices, by group."""
    known = hours[hours[_PRICES].notna().all(axis=1)]
    hub, zone = known["hub_da"], known["da_lmp_usd_per_mwh"]
    sides = {
        **{QUOTED + part: known[name] for part, name in _FLAT.items()},
        REALISED + "hub_price": known["hub_settled"],
        REALISED + "da_rt_adjustment": hub - known["hub_settled"],
        REALISED + "zone_basis": zone - hub,
    }
    return known[keys].assign(**sides).groupby(keys, observed=True, sort=False).mean()


def sum_zones(zones: pd.DataFrame, by: Sequence[str] = ()) -> pd.DataFrame:
    """Return the figures of all zones together, weighted with the load that came; the parts still add up.

    Args:
        zones: what `compare_quoted` returns.
        by: columns of `zones` to group by; empty for one row.

    Returns:
        the `by` columns, COSTS, PARTS and both sides of each ($/MWh; NULL where no zone has a cost), n_zones
        (with a cost), n_incomplete (of these), n_hours, n_left_out (of all zones), rt_load_mwh.
    """
    values = [name for name in zones if name in COSTS or name in PARTS or name.startswith((QUOTED, REALISED))]
    values = list(dict.fromkeys(values))
    has_cost = zones["realised_cost"].notna()
    load = zones["rt_load_mwh"].where(has_cost)
    sums = zones.assign(
        **{name: zones[name] * load for name in values},
        rt_load_mwh=load,
        n_zones=has_cost.astype(int),
        n_incomplete=(has_cost & ~zones["is_complete"]).astype(int),
    )
    keys = list(by) or [pd.Series(0, index=zones.index)]
    counts = ["n_zones", "n_incomplete", "n_hours", "n_left_out", "rt_load_mwh"]
    groups = sums.groupby(keys, observed=True, sort=False)[[*values, *counts]].sum()
    means = {name: ratio(groups[name], groups["rt_load_mwh"]) for name in values}
    return groups.assign(**means).reset_index(drop=not by)


def list_parts(row: pd.DataFrame) -> pd.DataFrame:
    """Return the parts of one row of `compare_quoted`, and their sums.

    Returns:
        part, quoted, realised, difference ($/MWh); no row if `row` has none.
    """
    names = {part: (QUOTED + part, REALISED + part, part) for part in PARTS} | {"cost_to_serve": COSTS}
    names = names if len(row) else {}
    rows = [(part, *row[list(columns)].to_numpy()[0]) for part, columns in names.items()]
    return pd.DataFrame(rows, columns=["part", "quoted", "realised", "difference"])


def what_came(hours: pd.DataFrame, by: Sequence[str] = ("location",)) -> pd.DataFrame:
    """Return what serving the load cost, and what it was made of, also where no curve priced the hours.

    Args:
        hours: location, da_lmp_usd_per_mwh, rt_load_mw, total_cost and exclusion, as
            `lib.calc.vlr.hourly_vlr` has them; a row for each hour of the period.
        by: the columns to group by.

    Returns:
        the `by` columns, flat_price (mean DA LMP), shape_premium (sum(b D) - flat_price: load shape and
        covariance together), vlr, realised_cost (their sum; all $/MWh), n_hours, n_left_out (hours without a
        cost).
    """
    keys = list(by)
    used = hours[hours["exclusion"].isna()]
    price, load = used["da_lmp_usd_per_mwh"], used["rt_load_mw"]
    terms = used[keys].assign(value=price * load, load=load, cost=used["total_cost"], price=price, n_hours=1)
    groups = hours.groupby(keys, observed=True, sort=False).size().rename("n_window").to_frame()
    groups = groups.join(terms.groupby(keys, observed=True, sort=False).sum())
    n_hours = groups["n_hours"].fillna(0).astype(int)
    flat, weighted = ratio(groups["price"], groups["n_hours"]), ratio(groups["value"], groups["load"])
    realised_cost = ratio(groups["cost"], groups["load"])
    columns = {
        "flat_price": flat,
        "shape_premium": weighted - flat,
        "vlr": realised_cost - weighted,
        "realised_cost": realised_cost,
        "n_hours": n_hours,
        "n_left_out": groups["n_window"] - n_hours,
    }
    return pd.DataFrame(columns).reset_index()


def count_left_out(hours: pd.DataFrame) -> pd.DataFrame:
    """Return how many hours of zones are left out, the most first; zones with the same hours share a row.

    Returns:
        reason, locations (the zones, in words), n_hours and n_days (of each of them).
    """
    left = hours[hours["left_out"].notna()].rename(columns={"left_out": "reason"})
    groups = left.astype({"location": str}).groupby(["location", "reason"], sort=False)
    counts = groups.agg(n_hours=("reason", "size"), n_days=("market_date", "nunique")).reset_index()
    alike = counts.groupby(["reason", "n_hours", "n_days"], sort=False)["location"].agg(list).reset_index()
    n_zones = hours["location"].nunique()
    names = ["all zones" if len(its) == n_zones else ", ".join(its) for its in alike.pop("location")]
    alike.insert(1, "locations", names)
    return alike.sort_values("n_hours", ascending=False, kind="stable", ignore_index=True)
