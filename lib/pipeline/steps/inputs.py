"""Read the stored prices and loads that a notebook works on, laid on all hours of its window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from lib import store
from lib.calc.grid import build_grid
from lib.hours import utc_bounds
from lib.markets import MEASURES, SETTLED, SETTLED_COLUMN, Measure, locations, market
from lib.pipeline.errors import NothingStored
from lib.pipeline.steps.context import Context, window_hours
from lib.pipeline.steps.event_days import describe_events
from lib.pipeline.steps.regimes import describe_regimes
from lib.sources import SourceError
from lib.sources.services import services

HOLIDAY_WORDS = {"nerc": "NERC holidays count as weekend", "none": "ignored"}
"""Holiday rule -> how a page states it."""


@dataclass(frozen=True)
class Inputs:
    """The full grid of locations and hours with the stored values, and the series they come from.

    `kind` is that of the locations, as it was asked for. The grid of zones has the real-time price at which
    metered load settles where any of them has it.
    """

    grid: pd.DataFrame
    series: pd.DataFrame
    kind: str | None = None


def read_inputs(
    context: Context, kind: str | None = None, basis: str | None = None, *, with_settled: bool | None = None
) -> Inputs:
    """Read the stored values of the window and lay them on the grid of all its hours.

    Args:
        context: what `open_context` returns.
        kind: "zone" to leave hubs out, which have prices only; None for all locations.
        basis: of the day-ahead load, where several are stored; None for the one that the source states, else
            the best available.
        with_settled: whether to read the price at which metered load settles; None: for zones alone.

    Raises:
        NothingStored: there is no day-ahead load of this basis, or no hour of the window has what is needed:
            a day-ahead price, and for zones all four measures.
    """
    iso, window = context.iso, context.window
    chosen = basis or only_basis(context)
    values, series = store.read_hourly_inputs(
        context.db,
        iso,
        *utc_bounds(iso, window.start, window.end),
        context.source.stored_as,
        chosen,
        with_settled=kind == "zone" if with_settled is None else with_settled,
    )
    if values.empty:
        raise NothingStored(
            f"nothing is stored for {iso} from {window} in {context.db}: run `make run`, or "
            f"`python run_all.py --source {context.source_spec} --iso {iso}`, first"
        )
    if basis is not None and "da_load" not in set(series["measure"]):
        raise NothingStored(_basis_missing(context, basis))
    names = [location.name for location in locations(iso, kind)]
    grid = build_grid(values, window_hours(context), names)
    needed = list(MEASURES.values()) if kind == "zone" else [MEASURES["da_lmp"]]
    if not grid[[measure.column for measure in needed]].notna().all(axis=1).any():
        raise NothingStored(_hours_missing(context, grid, needed))
    return Inputs(grid, series[series["location"].isin(names)], kind)


def describe_inputs(context: Context, inputs: Inputs | None = None) -> dict[str, str]:
    """Return what a page is computed from, label -> text; without inputs what the source should have."""
    series = _expected_series(context) if inputs is None else inputs.series
    values = {
        "ISO": f"{context.iso}, {market(context.iso).name}",
        "Window": f"{context.window}{f', the last {context.years} years' if context.years else ''}",
        "Source": f"{context.source_spec} (simulated)" if context.is_demo else context.source_spec,
        "Day-ahead load": load_bases(series),
        "About the load": describe_loads(context.iso, series),
    }
    if rules := describe_regimes(context):
        values["Market rules"] = rules
    if context.study:
        values["Status"] = f"STUDY, not for pricing: {context.study}"
    if inputs is not None:
        n_hours, n_days = (inputs.grid[name].nunique() for name in ("interval_start", "market_date"))
        values["Hours"] = f"{n_hours:,} in {n_days:,} days"
        values["Holidays"] = HOLIDAY_WORDS[context.holidays]
        values["Events"] = describe_events(context) or "none in the window"
        if inputs.kind == "zone":
            values["Metered load settles on"] = describe_settled(context.iso, inputs)
    return values


def load_bases(series: pd.DataFrame) -> str:
    """Return the bases of the day-ahead loads among series (measure, basis), as a list in words."""
    return ", ".join(sorted(series.loc[series["measure"] == "da_load", "basis"].unique())) or "none"


def describe_loads(iso: str, series: pd.DataFrame) -> str:
    """Return what a reader must know about the day-ahead loads among series (measure, source, basis).

    The market's own note is about the basis that its open data have; each service has a note about its basis.
    """
    loads = series.loc[series["measure"] == "da_load", ["source", "basis"]].drop_duplicates()
    notes = [
        f"{row.source}, {row.basis}: {row.note}"
        for source, basis in loads.itertuples(index=False)
        for row in services(source, iso)
        if (row.measure, row.basis) == ("da_load", basis)
    ]
    has_market_basis = loads.empty or market(iso).da_load_basis in set(loads["basis"])
    return "; ".join([market(iso).load_note] * has_market_basis + notes)


def describe_settled(iso: str, inputs: Inputs) -> str:
    """Return on which real-time price the metered load of VLR settles, and in how many of the hours."""
    if SETTLED_COLUMN not in inputs.grid:
        return "the zone's own real-time price, for want of another"
    hours = inputs.grid[inputs.grid["rt_lmp_usd_per_mwh"].notna()]
    difference = hours[SETTLED_COLUMN] - hours["rt_lmp_usd_per_mwh"]
    by_zone = difference.groupby(hours["location"], observed=True).count()
    without = ", ".join(map(str, by_zone.index[by_zone == 0])) or "no zone"
    sources = inputs.series.loc[inputs.series["basis"] == SETTLED, "source"].unique()
    notes = [row.note for source in sources for row in services(source, iso) if row.basis == SETTLED]
    what = "; ".join(notes) or "the settled price of the source"
    return (
        f"{what}: in {difference.notna().mean():.1%} of the hours with a real-time price, on average "
        f"{difference.mean():+.2f} $/MWh from it. In all other hours, and in {without} throughout, metered "
        "load settles on the zone's own price"
    )


def reference_location(iso: str, inputs: Inputs) -> str:
    """Return the location whose shape is drawn: the first hub with prices, else the first zone with them."""
    has_price = inputs.grid.groupby("location", observed=True)["da_lmp_usd_per_mwh"].any()
    hubs_first = sorted(locations(iso), key=lambda location: not location.is_hub)
    return next(location.name for location in hubs_first if has_price.get(location.name, False))


def largest_zone(inputs: Inputs) -> str:
    """Return the zone with the most real-time load."""
    return str(inputs.grid.groupby("location", observed=True)["rt_load_mw"].sum().idxmax())


def _expected_series(context: Context) -> pd.DataFrame:
    return pd.DataFrame([vars(spec) for spec in context.source.series(context.iso)])


def only_basis(context: Context) -> str | None:
    """Return the basis of the source's day-ahead loads; None if it has several, or only the database knows.

    What a folder states can change between runs, and what was stored under the former basis stays.
    """
    try:
        bases = {spec.basis for spec in context.source.series(context.iso) if spec.measure == "da_load"}
    except SourceError:
        return None
    return bases.pop() if len(bases) == 1 else None


def _basis_missing(context: Context, basis: str) -> str:
    """Return the message that no day-ahead load of a basis is stored, and which basis to choose instead."""
    known = store.list_series(context.db, context.iso, context.source.stored_as)
    others = sorted(known.loc[known["measure"] == "da_load", "basis"].unique())
    start = f"{context.iso} has no {basis} day-ahead load stored"
    if not others:
        return f"{start}, nor any other: the report of fetch says what the source has"
    choice = " or ".join(f"-p basis={other}" for other in others)
    return f"{start}; there is {', '.join(others)}: choose {choice}, or leave basis out for the best there is"


def _hours_missing(context: Context, grid: pd.DataFrame, needed: Sequence[Measure]) -> str:
    """Return the message that names what no hour of the grid has: a measure, or all of them together."""
    missing = [measure for measure in needed if grid[measure.column].isna().all()]
    words = " and no ".join(measure.label for measure in missing)
    what = f"no {words}" if missing else "no hour with all prices and loads of one place"
    return (
        f"{context.iso} has {what} stored from {context.window}: "
        "the report of fetch says which hours are missing"
    )
