"""VLR of any level of the hierarchy: a state, a utility, a capacity zone, a control area, all ISOs.

Percents and $/MWh of zones cannot be averaged, but their dollars and MWh add up. The method (docs/method.md,
"Higher levels") has three stages; `lib.calc.level_interval` adds the estimator interval of each member:

1. `add_level_terms` gives each zone, month and block what else levels add up: the dollars of hedge,
   imbalance, load shape and covariance, and `load_share`. `find_load_shares` finds zones of an ISO that share
   one load: those whose real-time load is the same number in every hour that both have. Each of k such zones
   counts with 1/k of it, so that the load counts once and the zones weigh equally.

2. `zone_levels` says which zones a member of a level has. A state is the same in every ISO; a capacity zone
   or a utility is one of its ISO only.

3. `roll_up` adds the sums of the zones, times their load_share, and takes the ratios last:

       cost_weighted = sum(unitized_cost_usd) / sum(da_value_usd)   fraction; NULL under $1/MWh
       cost_per_mwh  = sum(unitized_cost_usd) / sum(rt_load_mwh)    $/MWh
       bias, swing   = sum of their dollars / sum(rt_load_mwh)      $/MWh, never split again

Each zone counts with the hours that it has. A zone without some hours weighs less in them, and n_excluded
counts them: nothing is filled in, and a member stays the sum of its zones. The same sums in SQL are the views
of sql/027_roll_up.sql, and tests/pipeline/steps/test_levels.py compares the two.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from lib.calc.bias_swing import PARTS, per_mwh
from lib.calc.covariance import covariance
from lib.calc.grid import year_weights
from lib.calc.priced_vlr import BLOCK
from lib.calc.vlr import SUMS, estimates_from_sums
from lib.markets import LOCATION_LEVELS, locations

ALL, ALL_ISOS = "all", "all ISOs"
"""The level above the ISOs, and its only member."""

ACROSS = ("state", ALL)
"""The levels whose members can have zones of several ISOs."""

MEMBER = ["level", "member", "within"]
"""The key of a member: `within` is the ISO that it is a member of, or empty at a level of ACROSS."""

MIN_COMMON_HOURS = 24
"""Two zones share a load if theirs is the same in all common hours, and they have at least so many."""

COSTS = ("hedge_cost_usd", "imbalance_cost_usd", "load_shape_usd", "covariance_usd")
"""The dollars that `add_level_terms` adds, over the hours of VLR and with their weights."""

ADDED = [*SUMS, *COSTS, *(f"{part}_usd" for part in PARTS)]
"""The sums ($, MWh) of a zone that a member adds up, times the zone's load_share."""

COUNTS = ["n_hours", "n_excluded"]
"""Hours of zones, used and left out, which a member adds up as they are."""


def add_level_terms(
    blocks: pd.DataFrame, hourly: pd.DataFrame, half_life_years: float | None = None
) -> pd.DataFrame:
    """Return months and blocks of zones with what else levels add up.

    The dollars of load shape and of covariance are those within a month and block: a block of energy at the
    mean day-ahead price, and these two, are da_value_usd. Hedge and imbalance, less da_value_usd, are
    unitized_cost_usd.

    Args:
        blocks: BLOCK and SUMS; any further columns are kept.
        hourly: what `lib.calc.vlr.hourly_vlr` returns on the full grid of the same zones.
        half_life_years: of the sums of `blocks`.

    Returns:
        the rows of `blocks` with the columns of COSTS ($; NULL without an hour) and load_share (a fraction).
    """
    used = hourly[hourly["unitized_cost"].notna()]
    weight = year_weights(hourly["year"], half_life_years)[used.index]
    costs = {f"{name}_usd": used[name] * weight for name in ("hedge_cost", "imbalance_cost")}
    sums = used[BLOCK].assign(**costs).groupby(BLOCK, observed=True)[[*costs]].sum().reset_index()
    past = covariance(hourly, BLOCK, half_life_years)[[*BLOCK, "covariance_per_mwh", "mean_price"]]
    rows = blocks.merge(sums, on=BLOCK, how="left", validate="1:1").merge(past, on=BLOCK, how="left")
    together = rows["covariance_per_mwh"] * rows["rt_load_mwh"]
    load_shape = rows["da_value_usd"] - rows["mean_price"] * rows["rt_load_mwh"] - together
    rows = rows.assign(load_shape_usd=load_shape, covariance_usd=together)
    share = rows["location"].astype(object).map(find_load_shares(hourly)).astype(float)
    return rows.drop(columns=["covariance_per_mwh", "mean_price"]).assign(load_share=share)


def find_load_shares(hourly: pd.DataFrame) -> pd.Series:
    """Return the share of its load that each zone counts with, by name: 1, or 1/k where k zones share one.

    Args:
        hourly: location and rt_load_mw on the full grid: the same hours for each location.
    """
    first: dict[str, np.ndarray] = {}
    load_of: dict[str, str] = {}
    for name, column in hourly.groupby("location", observed=True, sort=False)["rt_load_mw"]:
        load = column.where(column > 0).to_numpy()
        load_of[name] = next((other for other, its in first.items() if _is_same(load, its)), name)
        first.setdefault(load_of[name], load)
    owner = pd.Series(load_of, dtype=object)
    return 1.0 / owner.map(owner.value_counts())


def _is_same(load: np.ndarray, other: np.ndarray) -> bool:
    """Return whether two loads are the same number in all hours that both have, and these are enough."""
    is_common = ~(np.isnan(load) | np.isnan(other))
    return is_common.sum() >= MIN_COMMON_HOURS and bool((load[is_common] == other[is_common]).all())


def zone_levels(isos: Sequence[str]) -> pd.DataFrame:
    """Return the members of each level, with their zones.

    Args:
        isos: the ISOs wanted.

    Returns:
        iso, location and MEMBER: a row for each zone and level, in the sequence of the reference data. A zone
        of several states is a member of its label ("OH/PA") and of no state. The level `all` is above one ISO
        too.
    """
    rows = [
        (one.iso, one.name, level, member, "" if level in ACROSS else one.iso)
        for one in locations(kind="zone")
        if one.iso in isos
        for level, member in [(ALL, ALL_ISOS), *((name, getattr(one, name)) for name in LOCATION_LEVELS)]
        if member is not None
    ]
    return pd.DataFrame(rows, columns=["iso", "location", *MEMBER])


def roll_up(blocks: pd.DataFrame, levels: pd.DataFrame, by: Sequence[str] = ()) -> pd.DataFrame:
    """Return VLR of each member of the levels.

    Args:
        blocks: months and blocks of zones: iso, location, the `by` columns, ADDED, COUNTS and load_share.
        levels: what `zone_levels` returns, or some of its rows.
        by: further columns of the key, for example ["month", "block_type"]; none for the total.

    Returns:
        MEMBER, the `by` columns, n_zones, ADDED ($, MWh), the columns of
        `lib.calc.vlr.estimates_from_sums`, PARTS ($/MWh) and COUNTS; members in the sequence of `levels`. A
        zone without hours changes nothing but the counts; a member without any has NULL.
    """
    counted = blocks[ADDED].mul(blocks["load_share"], axis=0)
    zones = blocks[["iso", "location", *by, *COUNTS]].astype({"location": object}).assign(**counted)
    key = [*MEMBER, *by]
    rows = levels.merge(zones, on=["iso", "location"], how="inner")
    groups = rows.groupby(key, observed=True, sort=False)
    sums = groups[ADDED].sum(min_count=1)
    figures = per_mwh(estimates_from_sums(sums)).join(groups[COUNTS].sum())
    n_zones = rows.drop_duplicates([*key, "iso", "location"]).groupby(key, observed=True, sort=False).size()
    figures.insert(0, "n_zones", n_zones)
    return figures.reset_index()


def shared_loads(blocks: pd.DataFrame) -> pd.DataFrame:
    """Return the zones that count with a part of their load: iso, location, load_share (a fraction)."""
    shared = blocks.loc[blocks["load_share"] < 1, ["iso", "location", "load_share"]]
    return shared.drop_duplicates(ignore_index=True)
