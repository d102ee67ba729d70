"""What a notebook does besides computing and showing: open the database, read its inputs, publish results.

Sources, store and calculation do not know each other; a notebook puts them together through these steps. With
`publish` False, as a notebook is opened by hand, nothing is written.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from lib import store
from lib.calc import shaping, vlr
from lib.calc.fingerprint import fingerprint
from lib.hours import market_hours
from lib.markets import MEASURES, market
from lib.pipeline.steps.context import Desk, hours, open_desk
from lib.pipeline.steps.fetch import FetchReport, update
from lib.pipeline.steps.inputs import Inputs, about, bases, largest_zone, read_inputs, reference_location

__all__ = [
    "Desk",
    "Inputs",
    "facts",
    "fetch",
    "hours",
    "largest_zone",
    "open_desk",
    "publish_curve",
    "publish_hourly_vlr",
    "read_inputs",
    "reference_location",
    "written",
]
"""What notebooks call, from here and from the modules of the desk and of the inputs."""

INPUTS = {"vlr": vlr.INPUTS, "shaping": shaping.INPUTS}
"""The measures each curve is made of."""


def fetch(desk: Desk) -> FetchReport:
    """Bring the ISO's series and calendar up to date; without `publish` only say what is stored."""
    window = desk.window
    if desk.task:
        # The stored calendar is everybody's: it keeps the NERC holidays, whatever rule a run is asked for.
        store.write_calendar(desk.db, desk.iso, market_hours(desk.iso, window.start, window.end), desk.task)
    return update(desk.db, desk.source, desk.iso, window.start, window.end, window.as_of, desk.task)


def facts(desk: Desk, inputs: Inputs | None = None) -> dict[str, str]:
    """Return what a page stands on, label by label."""
    series = _expected(desk) if inputs is None else inputs.series
    values = {
        "ISO": f"{desk.iso}, {market(desk.iso).name}",
        "Window": f"{desk.window}",
        "Source": f"{desk.source_spec} (simulated)" if desk.is_demo else desk.source_spec,
        "Day-ahead load": bases(series),
        "About the load": about(desk.iso, series),
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
