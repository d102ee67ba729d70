"""Merge imported series into a folder for `--source files:DIR`, and remember what was chosen.

A measure has one file. An hour that the folder has already gets the new value; both counts are returned. What
the user said of a file is kept in imports.json under the headings of the file, so that the next file of the
same kind needs no option.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd

from lib.atomic_write import whole_file, write_whole
from lib.sources.files.tables import COLUMNS, measure_files
from lib.sources.importing.rows import Choices
from lib.sources.importing.sheets import BadImport, read_sheets

MEMORY = "imports.json"
"""The file with what was chosen for each kind of file, in the folder of the ISO."""

_KEY = ["zone", "interval_start_utc"]


@dataclass(frozen=True)
class Merged:
    """What became of the hours of a measure: new in the folder, changed, or there already."""

    file: Path
    n_new: int
    n_changed: int
    n_same: int


def merge_series(folder: Path, measure: str, frame: pd.DataFrame) -> Merged:
    """Write the hours of a measure into its file in the folder of an ISO, whole or not at all.

    Args:
        folder: of the ISO; it is made if it is missing.
        measure: one of lib.markets.MEASURES.
        frame: a series frame: location, interval_start (UTC), value.

    Raises:
        BadImport: the file that is there cannot be read.
        OSError: the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    present = measure_files(folder, measure)
    path = present[0] if present else folder / f"{measure}.csv"
    new = frame.set_axis(list(COLUMNS), axis=1).set_index(_KEY)["value"]
    old = _read(path) if present else new.iloc[:0]
    together = new.combine_first(old)
    common = new.index.intersection(old.index)
    n_changed = int((new.loc[common] != old.loc[common]).sum())
    _write(path, together.sort_index().reset_index())
    return Merged(path, len(new) - len(common), n_changed, len(common) - n_changed)


def recall_choices(folder: Path, file: Path) -> Choices:
    """Return what was chosen for an earlier file with the same headings; nothing if there was none."""
    try:
        known = json.loads((folder / MEMORY).read_text(encoding="utf-8"))
        return Choices(**known.get(_kind(file), {}))
    except FileNotFoundError:
        return Choices()
    except (OSError, ValueError, TypeError) as error:
        raise BadImport(f"{folder / MEMORY} cannot be read ({error}): correct it, or delete it") from error


def remember_choices(folder: Path, file: Path, choices: Choices) -> None:
    """Keep what was chosen for files with these headings."""
    path = folder / MEMORY
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    chosen = {name: value for name, value in asdict(choices).items() if value is not None}
    if chosen and known.get(_kind(file)) != chosen:
        known[_kind(file)] = chosen
        write_whole(path, (json.dumps(known, indent=2, sort_keys=True) + "\n").encode())


def _kind(file: Path) -> str:
    """Return a name for all files with the same headings."""
    headings = [sheet.headings for sheet in read_sheets(file)[0]]
    return f"{headings[0][0][:20]}-{hashlib.sha256(repr(headings).encode()).hexdigest()[:12]}"


def _read(path: Path) -> pd.Series:
    try:
        rows = (
            pd.read_parquet(path)
            if path.suffix == ".parquet"
            else pd.read_csv(path, float_precision="round_trip")
        )
        rows["interval_start_utc"] = pd.to_datetime(
            rows["interval_start_utc"], utc=True, format="ISO8601"
        ).astype("datetime64[us, UTC]")
        return rows.set_index(_KEY)["value"]
    except (OSError, ValueError, KeyError) as error:
        raise BadImport(f"{path} cannot be read ({error}): correct it, or choose another folder") from error


def _write(path: Path, rows: pd.DataFrame) -> None:
    with whole_file(path) as file:
        if path.suffix == ".parquet":
            rows.to_parquet(file, index=False)
        else:
            rows.to_csv(file, index=False, date_format="%Y-%m-%dT%H:%M:%S+00:00")
