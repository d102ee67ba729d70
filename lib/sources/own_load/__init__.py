"""The desk's own load: a folder of files that people make, read into hourly series with losses.

DIR/<iso>/ has, as CSV or XLSX and by the beginning of their names:

- hourly*: forecast and metered load of each zone, hour by hour;
- monthly* and profiles*: monthly energy by zone and rate class, and how it spreads over the hours;
- losses*: rates of loss by zone, utility and rate class, each from a day on.

The stages: `tables` turns a file into texts, `headings` finds what its columns are, `times` finds the hours;
`hourly`, `monthly`, `profiles` and `spread` make loads at the meter, `losses` adds the losses, and
`read_own_load` sums the rate classes. What could mean two things is refused with file, row and column before
anything is stored; docs/sources.md, "The desk's own load", has the formats.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pandas as pd

from lib.hours import UTC_HOUR
from lib.markets import OWN, OWN_SOURCE
from lib.sources.files.tables import iso_folder
from lib.sources.own_load.hourly import HourlyFile, join_files, read_hourly
from lib.sources.own_load.losses import Losses, add_losses, read_losses
from lib.sources.own_load.monthly import read_monthly
from lib.sources.own_load.profiles import read_profiles
from lib.sources.own_load.spread import profile_loads, spread
from lib.sources.own_load.tables import SUFFIXES, BadOwnLoad, TextTable, read_table
from lib.sources.protocol import SeriesSpec, SourceError

__all__ = ["SUFFIXES", "BadOwnLoad", "OwnLoad", "check_is_real", "own_isos", "own_specs", "read_own_load"]

KINDS = ("hourly", "monthly", "profiles", "losses")
"""What a file is, by the beginning of its name."""


@dataclass(frozen=True)
class OwnLoad:
    """The own load of an ISO.

    `loads` is by location, measure ("da_load" is the forecast, "rt_load" metered) and interval_start (UTC),
    with value (MW, losses added), unique and sorted. `summary` has a row for each location and measure:
    files, n_classes, n_hours, mwh_at_meter, mwh, n_without_rates (hours before the first day of the rates,
    left out) and n_partial (hours that some rate classes lack, left out). `notes` say what else was left out.
    `is_demo` says that a file has the title of simulated loads.
    """

    loads: pd.DataFrame
    summary: pd.DataFrame
    notes: tuple[str, ...]
    is_demo: bool = False


def check_is_real(own: OwnLoad, *, is_demo: bool) -> None:
    """Refuse simulated loads in a run on real numbers, which would lose their label.

    Raises:
        BadOwnLoad: see above.
    """
    if own.is_demo and not is_demo:
        raise BadOwnLoad(
            "a file of own load says DEMO, and the run is on real numbers; use --source demo with it"
        )


def own_isos(root: Path, isos: list[str]) -> list[str]:
    """Return the ISOs that have a folder of own load.

    Raises:
        BadOwnLoad: there is no such folder at all, or none in it is called like an ISO.
    """
    if not root.is_dir():
        raise BadOwnLoad(f"{root} is no folder; name the one with <iso>/hourly.csv")
    names = {path.name.lower() for path in root.iterdir() if path.is_dir()}
    if not (found := [iso for iso in isos if iso.lower() in names]):
        raise BadOwnLoad(
            f"{root} has no folder of {', '.join(isos)}; put the files into one called {isos[0].lower()}"
        )
    return found


def read_own_load(root: Path, iso: str, start: date, end: date) -> OwnLoad:
    """Return the own load of an ISO from its folder.

    Args:
        root: the folder that has one for each ISO.
        iso: the ISO.
        start: first local day over which a profile that stands alone is laid.
        end: last local day, included.

    Raises:
        BadOwnLoad: a file's meaning is not clear; the message names file, row and column, and the way out.
    """
    tables, notes = _read_tables(root, iso)
    at_meter = _at_meter(tables, iso, start, end)
    losses = _only(tables["losses"], "losses")
    rates = read_losses(losses, iso) if losses else None
    if rates is None:
        notes.append("there is no file losses: the loads are taken to be with losses, and nothing is added")
    own = _sum_classes(at_meter, rates, iso, [*notes, *at_meter.notes])
    return replace(own, is_demo=any(table.is_demo for of_kind in tables.values() for table in of_kind))


def own_specs(own: OwnLoad, iso: str) -> tuple[SeriesSpec, ...]:
    """Return what identifies the series of an own load."""
    pairs = own.summary[["location", "measure"]].itertuples(index=False, name=None)
    return tuple(SeriesSpec(iso, location, measure, OWN_SOURCE, OWN) for location, measure in pairs)


def _read_tables(root: Path, iso: str) -> tuple[dict[str, list[TextTable]], list[str]]:
    """Return the tables of a folder by kind, and notes on files that are not used."""
    try:
        folder = iso_folder(root, iso)
    except SourceError as error:
        raise BadOwnLoad(str(error)) from error
    tables: dict[str, list[TextTable]] = {kind: [] for kind in KINDS}
    notes = []
    for path in sorted(folder.iterdir()):
        kind = next((kind for kind in KINDS if path.name.lower().startswith(kind.rstrip("s"))), None)
        if not path.is_file() or path.name.startswith((".", "~")):
            continue
        if kind and path.suffix.lower() in SUFFIXES:
            tables[kind].append(read_table(path))
        else:
            notes.append(f"{path.name} is not used: it is none of {', '.join(KINDS)} as .csv or .xlsx")
    return tables, notes


def _only(tables: list[TextTable], kind: str) -> TextTable | None:
    if len(tables) > 1:
        names = " and ".join(table.path.name for table in tables)
        raise BadOwnLoad(f"{names} are both {kind}; put them into one file")
    return tables[0] if tables else None


def _at_meter(tables: dict[str, list[TextTable]], iso: str, start: date, end: date) -> HourlyFile:
    """Return all hourly loads at the meter, by rate class."""
    files = [read_hourly(table, iso) for table in tables["hourly"]]
    profiles_table = _only(tables["profiles"], "profiles")
    profiles = read_profiles(profiles_table, iso) if profiles_table else None
    if tables["monthly"]:
        if profiles is None:
            raise BadOwnLoad(
                f"{tables['monthly'][0].path.name} has energy by month, and there is no profile to spread it "
                "over hours; add profiles.csv with rate class, month, day type and HE1 to HE24"
            )
        energy = pd.concat([read_monthly(table, iso) for table in tables["monthly"]], ignore_index=True)
        files.append(spread(energy, profiles, iso))
    elif profiles is not None:
        files.append(profile_loads(profiles, iso, start, end))
    if not files or all(file.loads.empty for file in files):
        raise BadOwnLoad(f"the folder of {iso} has no load; add hourly.csv, or monthly.csv and profiles.csv")
    return join_files(files)


def _sum_classes(at_meter: HourlyFile, losses: Losses | None, iso: str, notes: list[str]) -> OwnLoad:
    """Return the sum of the rate classes with losses; an hour that one of them lacks is left out."""
    loads = at_meter.loads.assign(at_meter=at_meter.loads["mw"])
    loads = add_losses(loads, losses, iso)
    by = ["location", "measure"]
    n_classes = loads.groupby(by)["rate_class"].nunique().rename("n_classes")
    hours = loads.groupby([*by, "interval_start"], as_index=False).agg(
        value=("mw", "sum"),
        at_meter=("at_meter", "sum"),
        n_given=("mw", "size"),
        n_with_rates=("mw", "count"),
    )
    hours = hours.join(n_classes, on=by)
    hours["is_partial"] = hours["n_given"] < hours["n_classes"]
    hours["lacks_rates"] = ~hours["is_partial"] & (hours["n_with_rates"] < hours["n_given"])
    used = hours[~hours["is_partial"] & ~hours["lacks_rates"]]
    groups = hours.groupby(by)
    summary = pd.DataFrame(
        {
            "files": loads.groupby(by)["file"].agg(lambda some: ", ".join(dict.fromkeys(some))),
            "n_classes": n_classes,
            "n_hours": used.groupby(by).size(),
            "mwh_at_meter": used.groupby(by)["at_meter"].sum(),
            "mwh": used.groupby(by)["value"].sum(),
            "n_without_rates": groups["lacks_rates"].sum(),
            "n_partial": groups["is_partial"].sum(),
        }
    )
    counts = ["n_classes", "n_hours", "n_without_rates", "n_partial"]
    summary = summary.fillna({"n_hours": 0, "mwh_at_meter": 0.0, "mwh": 0.0}).astype(
        dict.fromkeys(counts, int)
    )
    columns = [*by, "interval_start", "value"]
    values = used[columns].astype({"interval_start": UTC_HOUR, "value": float})
    return OwnLoad(
        values.sort_values(columns[:-1], ignore_index=True),
        summary.reset_index(),
        tuple(dict.fromkeys(notes)),
    )
