"""What a notebook does besides computing and showing: open the database, read its inputs, publish results.

Sources, store and calculation do not know each other; a notebook puts them together through these steps. With
`publish` False, as a notebook is opened by hand, nothing is written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import pandas as pd

from lib import store
from lib.calc import shaping, vlr
from lib.calc.fingerprint import fingerprint
from lib.calc.grid import VALUES, on_calendar
from lib.hours import HolidayRule, market_hours, utc_bounds
from lib.markets import MEASURES, locations, market
from lib.pipeline import loads
from lib.pipeline.fetch import NOTEBOOK as FETCH
from lib.pipeline.fetch import FetchReport, update
from lib.pipeline.window import Window, resolve
from lib.sources import Source, open_source

INPUTS = {"vlr": vlr.INPUTS, "shaping": shaping.INPUTS}
"""The measures each curve is made of."""


class NothingStored(LookupError):
    """The database holds no series of what is asked for; the message says how to get them."""


@dataclass(frozen=True)
class Desk:
    """What a notebook works on: an ISO, a window of days, the database; and who writes, if anybody does."""

    db: store.Database
    source: Source
    source_spec: str
    iso: str
    window: Window
    holidays: HolidayRule
    task: store.Task | None

    @property
    def is_demo(self) -> bool:
        """Whether the numbers are simulated."""
        return self.db.is_demo


@dataclass(frozen=True)
class Inputs:
    """The full grid of locations and hours with the stored values, and the series they come from."""

    grid: pd.DataFrame
    series: pd.DataFrame


def open_desk(
    notebook: str,
    iso: str,
    source: str,
    start: date | str | None = None,
    end: date | str | None = None,
    as_of: date | str | None = None,
    run_id: int = 0,
    publish: bool = False,
    holidays: HolidayRule = "nerc",
) -> Desk:
    """Open the source and the database for a notebook and resolve its window.

    Raises:
        UnknownMarket, UnknownSource, ConfigurationError: a parameter is wrong; the message says how.
        ValueError: `publish` was set by hand, outside a run.
        DatabaseUnreachable, WrongDatabase: the database cannot be used; the message says what to do.
    """
    if publish and not run_id:
        raise ValueError("only run_all.py publishes: what is written belongs to one of its runs")
    opened = open_source(source, is_asked=notebook == FETCH)
    window = resolve(opened, iso, start, end, as_of)
    task = store.Task(run_id, notebook, iso) if publish else None
    return Desk(store.open_database(opened.name), opened, source, iso, window, holidays, task)


def fetch(desk: Desk) -> FetchReport:
    """Bring the ISO's series and calendar up to date; without `publish` only say what is stored."""
    window = desk.window
    if desk.task:
        # The stored calendar is everybody's: it keeps the NERC holidays, whatever rule a run is asked for.
        store.write_calendar(desk.db, desk.iso, market_hours(desk.iso, window.start, window.end), desk.task)
    return update(desk.db, desk.source, desk.iso, window.start, window.end, window.as_of, desk.task)


def read_inputs(desk: Desk, kind: str | None = None, basis: str | None = None) -> Inputs:
    """Read the stored values of the window and lay them on the grid of all its hours.

    Args:
        desk: what `open_desk` returns.
        kind: "zone" to leave hubs out, which have prices only; None for all locations.
        basis: of the day-ahead load, where several are stored; None for the best there is.

    Raises:
        NothingStored: no hour of the window has what is needed: a DA price, and for zones all four.
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
    names = [place.name for place in locations(iso, kind)]
    grid = on_calendar(values, hours(desk), names)
    needed = VALUES if kind == "zone" else VALUES[:1]
    if not grid[needed].notna().all(axis=1).any():
        raise NothingStored(
            f"no hour of {iso} from {window} has {', '.join(needed)} at any one place: the report "
            "of fetch says which series lack which hours"
        )
    return Inputs(grid, series[series["location"].isin(names)])


def facts(desk: Desk, inputs: Inputs | None = None) -> dict[str, str]:
    """Return what a page stands on, label by label."""
    series = _expected(desk) if inputs is None else inputs.series
    values = {
        "ISO": f"{desk.iso}, {market(desk.iso).name}",
        "Window": f"{desk.window}",
        "Source": f"{desk.source_spec} (simulated)" if desk.is_demo else desk.source_spec,
        "Day-ahead load": loads.bases(series),
        "About the load": loads.about(desk.iso, series),
    }
    if inputs is not None:
        hour, day = (inputs.grid[name].nunique() for name in ("interval_start", "market_date"))
        values["Hours"] = f"{hour:,} in {day:,} days"
        values["Holidays"] = {"nerc": "NERC holidays count as weekend", "none": "ignored"}[desk.holidays]
    return values


def _expected(desk: Desk) -> pd.DataFrame:
    return pd.DataFrame([vars(spec) for spec in desk.source.series(desk.iso)])


def publish_hourly_vlr(desk: Desk, hourly: pd.DataFrame) -> pd.DataFrame:
    """Write hourly VLR; return what was written, as `written` does."""
    if desk.task is None:
        return written({})
    counts = store.write_hourly_vlr(desk.db, desk.iso, hourly, desk.task)
    return written({f"hourly_vlr of {desk.iso}": counts})


def publish_curve(
    desk: Desk,
    curve: str,
    inputs: Inputs,
    parameters: Mapping[str, object],
    tables: Mapping[str, pd.DataFrame],
) -> pd.DataFrame:
    """Save a new version of a curve unless the latest answers the same question with the same inputs.

    Args:
        desk: what `open_desk` returns.
        curve: "vlr" or "shaping".
        inputs: what the curve was computed from.
        parameters: what was chosen besides the window.
        tables: the curve's tables by the name of their relation.

    Returns:
        what was written, as `written` returns it.
    """
    if desk.task is None:
        return written({})
    window = (desk.window.start, desk.window.end)
    series = inputs.series[inputs.series["measure"].isin(INPUTS[curve])]
    identities = sorted(series[["measure", "location", "source", "basis"]].itertuples(index=False, name=None))
    values = inputs.grid[["location", "interval_start", *(MEASURES[name].column for name in INPUTS[curve])]]
    asked = {**parameters, "series": identities}
    version = store.save_curve(
        desk.db,
        curve,
        desk.iso,
        *window,
        dict(parameters),
        series["series_id"].tolist(),
        fingerprint(curve, desk.iso, window, asked, values, tables),
        dict(tables),
        desk.task,
    )
    return written({f"{curve} of {desk.iso}, version {version.version_id}": version.counts})


def written(counts: Mapping[str, store.WriteCounts]) -> pd.DataFrame:
    """Return write counts as rows: relation, n_read, n_written, n_revised; none where nothing is written."""
    rows = [(name, count.read, count.written, count.revised) for name, count in counts.items()]
    return pd.DataFrame(rows, columns=["relation", "n_read", "n_written", "n_revised"])


def reference_location(iso: str, inputs: Inputs) -> str:
    """Return the location whose shape is drawn: the first hub with prices, else the first zone with them."""
    has_price = inputs.grid.groupby("location", observed=True)["da_lmp_usd_per_mwh"].any()
    hubs_first = sorted(locations(iso), key=lambda place: not place.is_hub)
    return next(place.name for place in hubs_first if has_price.get(place.name, False))


def largest_zone(inputs: Inputs) -> str:
    """Return the zone with the most real-time load."""
    return str(inputs.grid.groupby("location", observed=True)["rt_load_mw"].sum().idxmax())


def hours(desk: Desk) -> pd.DataFrame:
    """Return the calendar of the window."""
    return market_hours(desk.iso, desk.window.start, desk.window.end, desk.holidays)
