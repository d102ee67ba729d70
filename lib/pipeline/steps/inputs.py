"""The stored prices and loads that a notebook works on, laid on all hours of its window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from lib import store
from lib.calc.grid import build_grid
from lib.hours import utc_bounds
from lib.markets import MEASURES, Measure, locations, market
from lib.pipeline.errors import NothingStored
from lib.pipeline.steps.context import Desk, hours
from lib.sources.services import services


@dataclass(frozen=True)
class Inputs:
    """The full grid of locations and hours with the stored values, and the series they come from."""

    grid: pd.DataFrame
    series: pd.DataFrame


def read_inputs(desk: Desk, kind: str | None = None, basis: str | None = None) -> Inputs:
    """Read the stored values of the window and lay them on the grid of all its hours.

    Args:
        desk: what `open_desk` returns.
        kind: "zone" to leave hubs out, which have prices only; None for all locations.
        basis: of the day-ahead load, where several are stored; None for the best there is.

    Raises:
        NothingStored: there is no day-ahead load of this basis, or no hour of the window has what is needed:
            a DA price, and for zones all four.
    """
    iso, window = desk.iso, desk.window
    values, series = store.read_inputs(
        desk.db, iso, *utc_bounds(iso, window.start, window.end), desk.source.stored_as, basis
    )
    if values.empty:
        raise NothingStored(
            f"nothing is stored for {iso} from {window} in {desk.db}: run `make run`, or "
            f"`python run_all.py --source {desk.source_spec} --iso {iso}`, first"
        )
    if basis is not None and "da_load" not in set(series["measure"]):
        raise NothingStored(_without_basis(desk, basis))
    names = [place.name for place in locations(iso, kind)]
    grid = build_grid(values, hours(desk), names)
    needed = list(MEASURES.values()) if kind == "zone" else [MEASURES["da_lmp"]]
    if not grid[[measure.column for measure in needed]].notna().all(axis=1).any():
        raise NothingStored(_without_hours(desk, grid, needed))
    return Inputs(grid, series[series["location"].isin(names)])


def _without_basis(desk: Desk, basis: str) -> str:
    """Return that there is no day-ahead load of a basis, and which to choose instead."""
    known = store.list_series(desk.db, desk.iso, desk.source.stored_as)
    others = sorted(known.loc[known["measure"] == "da_load", "basis"].unique())
    lead = f"{desk.iso} has no {basis} day-ahead load stored"
    if not others:
        return f"{lead}, nor any other: the report of fetch says what the source has"
    choice = " or ".join(f"-p basis={other}" for other in others)
    return f"{lead}; there is {', '.join(others)}: choose {choice}, or leave basis out for the best there is"


def _without_hours(desk: Desk, grid: pd.DataFrame, needed: Sequence[Measure]) -> str:
    """Return what no hour of the grid has: one of the measures, or else all of them together."""
    lacking = [measure for measure in needed if grid[measure.column].isna().all()]
    words = " and no ".join(measure.label for measure in lacking)
    what = f"no {words}" if lacking else "no hour with all prices and loads of one place"
    return (
        f"{desk.iso} has {what} stored from {desk.window}: the report of fetch says which hours are missing"
    )


def reference_location(iso: str, inputs: Inputs) -> str:
    """Return the location whose shape is drawn: the first hub with prices, else the first zone with them."""
    has_price = inputs.grid.groupby("location", observed=True)["da_lmp_usd_per_mwh"].any()
    hubs_first = sorted(locations(iso), key=lambda place: not place.is_hub)
    return next(place.name for place in hubs_first if has_price.get(place.name, False))


def largest_zone(inputs: Inputs) -> str:
    """Return the zone with the most real-time load."""
    return str(inputs.grid.groupby("location", observed=True)["rt_load_mw"].sum().idxmax())


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
