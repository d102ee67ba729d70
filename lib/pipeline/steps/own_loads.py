"""The desk's own load in a run: store what its folder has, and read it back on the zones' hours.

A run uses own load only if its option --own-load names a folder, and only of the ISOs that have a folder
there. Without it, every step here returns empty tables, and nothing of own load is read or shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from lib import store
from lib.calc.own_load import own_grid
from lib.hours import utc_bounds
from lib.markets import MEASURES
from lib.pipeline.steps.context import Context
from lib.pipeline.steps.inputs import Inputs
from lib.sources.own_load import OwnLoad, check_is_real, own_specs, read_own_load
from lib.store.own_series import list_own_series, replace_own_series

LOADS = ("da_load", "rt_load")

FETCHED = [
    *("location", "measure", "files", "n_classes", "n_hours", "mwh_at_meter", "mwh", "n_without_rates"),
    "n_partial",
]
"""What was read of each zone and measure."""

WRITTEN = ["relation", "n_read", "n_written", "n_revised", "n_deleted"]
"""What was written of each measure, and how many stored hours were deleted, because the folder lacks them."""


@dataclass(frozen=True)
class OwnFetch:
    """What a folder of own load has of an ISO: FETCHED, WRITTEN, and notes (message); empty without one."""

    table: pd.DataFrame
    written: pd.DataFrame
    notes: pd.DataFrame

    @property
    def is_given(self) -> bool:
        """Whether there is a folder."""
        return not self.table.empty


@dataclass(frozen=True)
class OwnInputs:
    """Own loads on the grid of their zones, and the series of these numbers; both empty without own load."""

    grid: pd.DataFrame
    series: pd.DataFrame

    @property
    def is_given(self) -> bool:
        """Whether the run has own load of the ISO."""
        return not self.grid.empty


def fetch_own_load(context: Context, folder: str | None) -> OwnFetch:
    """Read the own load of the ISO, and store it in place of the one before; without a task only read.

    Args:
        context: what `open_context` returns.
        folder: that of --own-load; None for none.

    Raises:
        BadOwnLoad: a file's meaning is not clear, or it is simulated and the run is not; nothing was stored.
    """
    if folder is None:
        return OwnFetch(*(pd.DataFrame(columns=names) for names in (FETCHED, WRITTEN, ["message"])))
    own = read_own_load(Path(folder), context.iso, context.window.start, context.window.end)
    check_is_real(own, is_demo=context.is_demo)
    written = _store(context, own, context.task) if context.task else pd.DataFrame(columns=WRITTEN)
    return OwnFetch(own.summary[FETCHED], written, pd.DataFrame({"message": own.notes}, dtype="object"))


def read_own_inputs(context: Context, inputs: Inputs, folder: str | None) -> OwnInputs:
    """Read the stored own load of the window, and lay it on the hours and prices of its zones.

    Args:
        context: what `open_context` returns.
        inputs: what `read_inputs` returns for zones.
        folder: that of --own-load; None to use none.
    """
    series = list_own_series(context.db, context.iso)
    if folder is None or series.empty:
        return _without(inputs)
    bounds = utc_bounds(context.iso, context.window.start, context.window.end)
    parts = []
    for measure in LOADS:
        ids = series.loc[series["measure"] == measure, "series_id"].tolist()
        values = store.read_series(context.db, context.iso, measure, ids, *bounds)
        keys = ["location", "interval_start"]
        parts.append(values.set_index(keys)["value"].rename(MEASURES[measure].column))
    loads = pd.concat(parts, axis=1).reset_index()
    grid = own_grid(inputs.grid, loads)
    # The zone's loads are part of an estimated forecast; its prices are part of everything.
    measures = ["da_lmp", "rt_lmp", *(LOADS if grid["is_estimated"].any() else ())]
    of_zone = inputs.series[inputs.series["measure"].isin(measures)]
    used = pd.concat([of_zone, series], ignore_index=True)
    return OwnInputs(grid, used[used["location"].isin(grid["location"].cat.categories)])


def _without(inputs: Inputs) -> OwnInputs:
    """Return no own load: the columns of one, without a row."""
    columns = [MEASURES[measure].column for measure in LOADS]
    none = inputs.grid.head(0)[["location", "interval_start", *columns]].astype({"location": str})
    return OwnInputs(own_grid(inputs.grid, none), inputs.series.head(0))


def _store(context: Context, own: OwnLoad, task: store.RunTask) -> pd.DataFrame:
    """Store own loads, and return WRITTEN."""
    ids = store.register_series(context.db, own_specs(own, context.iso))
    loads = own.loads.merge(ids[["location", "measure", "series_id"]], on=["location", "measure"])
    rows = []
    for measure in LOADS:
        of_measure = loads[loads["measure"] == measure]
        counts, n_deleted = replace_own_series(context.db, context.iso, measure, of_measure, task)
        rows.append((f"own {measure}", counts.read, counts.written, counts.revised, n_deleted))
    return pd.DataFrame(rows, columns=WRITTEN)
