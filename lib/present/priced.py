"""Over how much of the months to come the prices of zones are, in words: prices of less are another thing."""

from __future__ import annotations

import pandas as pd


def of_place(place: str, parts: pd.DataFrame) -> str:
    """Return what the figures of a place are over: "36 months", "18 of 36 months, 13,152 of 26,304 hours".

    Args:
        place: the zone.
        parts: location, n_priced and n_months (months of delivery with a price, and all), n_hours and
            n_excluded (hours with a price, and without).
    """
    counts = parts.loc[parts["location"] == place, ["n_priced", "n_months", "n_hours", "n_excluded"]].sum()
    n_all = counts["n_hours"] + counts["n_excluded"]
    of = "" if counts["n_priced"] == counts["n_months"] else f"{counts['n_priced']} of "
    hours = f", {counts['n_hours']:,} of {n_all:,} hours" if counts["n_excluded"] else ""
    return f"{of}{counts['n_months']} months{hours}"


def comparable(parts: pd.DataFrame) -> pd.DataFrame:
    """Return the zones whose prices compare: those that have the most hours with a price, all as many.

    Args:
        parts: n_hours.
    """
    return parts[parts["n_hours"] == parts["n_hours"].max()]


def among(parts: pd.DataFrame) -> str:
    """Return, for after what was sought among them, how many zones compare; empty where all do."""
    n = len(comparable(parts))
    return "" if n == len(parts) else f", among {n} of {len(parts)} zones: the others have fewer hours"


def of_zones(parts: pd.DataFrame) -> str:
    """Return, for after a caption, how many zones do not compare with the others; empty where all do."""
    n, n_left_out = len(parts), len(parts) - len(comparable(parts))
    return f"; {n_left_out} of {n} have fewer hours with a price, and do not compare" if n_left_out else ""
