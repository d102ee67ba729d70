"""What the day-ahead loads in use are, in words: it is not the same thing everywhere."""

from __future__ import annotations

import pandas as pd

from lib.markets import market
from lib.sources.services import services


def bases(series: pd.DataFrame) -> str:
    """Return the bases of the day-ahead loads among series (measure, basis), as a list in words."""
    return ", ".join(sorted(series.loc[series["measure"] == "da_load", "basis"].unique())) or "none"


def about(iso: str, series: pd.DataFrame) -> str:
    """Return what a reader must know about the day-ahead loads among series (measure, source, basis).

    The note of the market is about the basis that its open data have; those of the services are about theirs.
    """
    loads = series.loc[series["measure"] == "da_load", ["source", "basis"]].drop_duplicates()
    notes = [
        f"{row.source}, {row.basis}: {row.note}"
        for source, basis in loads.itertuples(index=False)
        for row in services(source, iso)
        if (row.measure, row.basis) == ("da_load", basis)
    ]
    is_the_market_s = loads.empty or market(iso).da_load_basis in set(loads["basis"])
    return "; ".join([market(iso).load_note] * is_the_market_s + notes)
