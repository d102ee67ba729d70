"""VLR of states, utilities, capacity zones, control areas and all ISOs, added up from their zones."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from epd.names import check_name
from epd.reader import open_reader
from lib.calc.roll_up import ALL
from lib.markets import LOCATION_LEVELS
from lib.pipeline.steps.levels import read_levels

LEVELS = (ALL, *LOCATION_LEVELS)
"""The levels, the highest first."""

_PER_MWH = ("interval_low", "interval_mid", "interval_high", "bias", "swing", "settled_difference")

COLUMNS = {
    **{name: name for name in ("level", "member", "iso", "month")},
    "block_type": "block",
    "basis": "da_load_basis",
    "cost_per_mwh": "cost_usd_per_mwh",
    "cost_weighted": "cost_weighted_fraction",
    **{name: f"{name}_usd_per_mwh" for name in _PER_MWH},
    "rt_load_mwh": "rt_load_mwh",
    "unitized_cost_usd": "cost_usd",
    "da_value_usd": "load_at_da_prices_usd",
    **{name: name for name in ("hedge_cost_usd", "imbalance_cost_usd", "load_shape_usd", "covariance_usd")},
    "n_zones": "n_zones",
    "n_hours": "n_zone_hours",
    "n_excluded": "n_zone_hours_excluded",
    **{name: name for name in ("n_days", "n_years")},
}
"""The columns of the database, and their names for analysts."""


def vlr_levels(
    level: str | Sequence[str] = "control_area", by_block: bool = False, source: str | None = None
) -> pd.DataFrame:
    """Return VLR of each member of one level, or of several, of the latest official curves.

        >>> import epd
        >>> "OH/PA" in set(epd.vlr_levels("state")["member"])
        True

    Args:
        level: "all", "control_area", "state", "load_zone", "capacity_zone", "utility", or several of them.
        by_block: whether to split by month and block.
        source: None for the one that `use` chose.

    Returns:
        a row for each member; docs/method.md, "Higher levels", says what is added up. In rows of several
        ISOs, iso and da_load_basis list all of them; bases do not compare.

    Raises:
        UnknownName: there is no such level.
        NothingStored: no run has published a curve with levels.
    """
    levels = [level] if isinstance(level, str) else list(level)
    for name in levels:
        check_name("level", name, LEVELS)
    reader = open_reader(source)
    rows = read_levels(reader.db, levels, by_block)
    names = {name: shown for name, shown in COLUMNS.items() if name in rows}
    return reader.label(rows[list(names)].rename(columns=names))
