"""Compute a version of a curve again from what it was made of, with the reference data of then.

Everything comes as frames, and nothing here reads or writes a database. Most of the reference data is read
once in each process (`lib.markets`). So a version that was computed with other rows than those of now is
computed in a process of its own, which finds its rows in a folder (`EPD_REFERENCE`).
"""

from __future__ import annotations

import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pandas as pd

from lib.calc.band import fit_band
from lib.calc.delivery import delivery_hours, elapsed_hours
from lib.calc.grid import VALUES, build_grid
from lib.calc.own_load import own_grid
from lib.calc.vlr import hourly_vlr
from lib.hours import market_hours
from lib.hub_map import hub_contracts, zone_hubs
from lib.markets import REFERENCE, REFERENCE_VARIABLE, locations, read_curve_reference
from lib.pipeline.steps.cost_inputs import CostInputs, add_typical_shape, select_quotes, zone_price_history
from lib.pipeline.steps.curve_tables import (
    KIND_OF,
    Identity,
    Parameters,
    Tables,
    cost_cells,
    cost_tables,
    identify_cost_curve,
    identify_hours,
    own_vlr_tables,
    shaping_tables,
    vlr_tables,
)
from lib.settings import without_secrets
from lib.surroundings import temp_folder

MODULE = "lib.pipeline.steps.recompute"

COST_CURVES = ("cost_curve", "own_cost_curve")


@dataclass(frozen=True)
class VersionInputs:
    """What a version of a curve is computed from.

    Attributes:
        curve, iso, start, end: the curve, and the local days of its history.
        parameters: as the version stores them.
        series: series_id, location, measure, source, basis of the series used.
        values: what `lib.store.hourly.read_inputs_of` returns for them; of the zones alone.
        settlements: of a cost curve, the settlements of its trade date; else empty.
        parts: of a cost curve, the cells of the curves that it is made of, by relation; else empty.
        own_loads: of a VLR curve of own load, location, interval_start, da_load_mw, rt_load_mw; else empty.
    """

    curve: str
    iso: str
    start: date
    end: date
    parameters: Parameters
    series: pd.DataFrame
    values: pd.DataFrame
    settlements: pd.DataFrame
    parts: Mapping[str, pd.DataFrame]
    own_loads: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def window(self) -> tuple[date, date]:
        """First and last local day of the history."""
        return self.start, self.end


@dataclass(frozen=True)
class Computed:
    """The tables of a version as they were computed again, and their hashes."""

    tables: Tables
    identity: Identity


def compute_version(inputs: VersionInputs, reference: Mapping[str, str] | None = None) -> Computed:
    """Return the tables of a version, computed from its inputs.

    Args:
        inputs: what it is made of.
        reference: the reference data of then, name of the file -> its text; None or empty for that of now.

    Raises:
        RuntimeError: it could not be computed with the reference data of then; the message says why.
    """
    if not reference or reference == read_curve_reference():
        return _compute_cost_curve(inputs) if inputs.curve in COST_CURVES else _compute_hours(inputs)
    with temp_folder("reference") as folder:
        shutil.copytree(REFERENCE, folder, dirs_exist_ok=True)
        for name, text in reference.items():
            (Path(folder) / name).write_text(text, encoding="utf-8")
        return _compute_apart(inputs, folder)


def _compute_hours(inputs: VersionInputs) -> Computed:
    """Compute a VLR or shaping curve, or the VLR curve of own load."""
    hours = market_hours(inputs.iso, inputs.start, inputs.end, inputs.parameters["holidays"])
    names = [location.name for location in locations(inputs.iso, KIND_OF[inputs.curve])]
    values = inputs.values.reindex(columns=[*inputs.values, *(set(VALUES) - {*inputs.values})])
    grid = build_grid(values, hours, names)
    if inputs.curve == "own_vlr":
        grid = own_grid(grid, inputs.own_loads)
        tables = own_vlr_tables(inputs.iso, grid, hourly_vlr(grid), inputs.parameters)
    elif inputs.curve == "vlr":
        tables = vlr_tables(inputs.iso, hourly_vlr(grid), inputs.parameters)
    else:
        tables = shaping_tables(grid, inputs.parameters)
    identity = identify_hours(
        inputs.curve, inputs.iso, inputs.window, inputs.parameters, grid, inputs.series, tables
    )
    return Computed(tables, identity)


def _compute_cost_curve(inputs: VersionInputs) -> Computed:
    parameters, iso = inputs.parameters, inputs.iso
    holidays = parameters["holidays"]
    first_day = date.fromisoformat(parameters.get("first_day") or parameters["first_month"])
    hours = delivery_hours(iso, first_day, holidays, first_month="current")
    history = zone_price_history(iso, inputs.values, market_hours(iso, inputs.start, inputs.end, holidays))
    zones = zone_hubs(iso)
    parts = CostInputs(
        zones=zones,
        contracts=hub_contracts().merge(zones[["hub"]].drop_duplicates()),
        trade_date=date.fromisoformat(parameters["trade_date"]),
        quotes=select_quotes(inputs.settlements, zones, set(hours["delivery_month"])),
        history=history,
        series=inputs.series,
        hours=hours,
        elapsed=elapsed_hours(iso, hours, holidays),
        factors=add_typical_shape(inputs.parts["shaping"], history),
        vlr=inputs.parts["vlr"],
        covariance=inputs.parts["covariance"],
        band=fit_band(inputs.parts["vlr_residual"]),
        versions=pd.DataFrame(),
    )
    tables = cost_tables(cost_cells(parts, parameters))
    return Computed(tables, identify_cost_curve(inputs.curve, iso, inputs.window, parameters, parts, tables))


def _compute_apart(inputs: VersionInputs, folder: str) -> Computed:
    """Compute a version in a process of its own, with the reference data of a folder."""
    root = str(Path(__file__).parents[3])
    paths = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
    done = subprocess.run(
        [sys.executable, "-m", MODULE],
        input=pickle.dumps(inputs),
        env={**without_secrets(os.environ), REFERENCE_VARIABLE: folder, "PYTHONPATH": paths},
        capture_output=True,
        check=False,
    )
    if done.returncode != 0:
        why = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        raise RuntimeError(f"the version could not be computed with its reference data: {''.join(why)}")
    tables, identity = pickle.loads(done.stdout)
    return Computed(tables, Identity(*identity))


def main() -> None:
    """Compute the version whose inputs come on standard input, and write its tables to standard output."""
    found = compute_version(pickle.loads(sys.stdin.buffer.read()))
    hashes = (found.identity.fingerprint, found.identity.inputs_sha256)
    sys.stdout.buffer.write(pickle.dumps((found.tables, hashes)))


if __name__ == "__main__":
    # The instances must be of the module that others import, not of __main__.
    from lib.pipeline.steps import recompute

    recompute.main()
