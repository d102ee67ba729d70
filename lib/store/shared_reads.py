"""What one notebook of a run has read, for the others of the same run, as files that all of them map.

Four notebooks of an ISO read the same prices and loads. The first leaves each array in the run's folder for
temporary files; the others map the file, which costs neither the database nor their memory anything.

1. The run names the folder in an environment variable of its kernels. Elsewhere every read asks the database.
2. The name of a file is a hash of all that the read depends on, and of the last write to the table. A write
   commits with its row in the run log, so a file that is older than the data is never found.
3. A file appears whole. When it cannot be written, as on a full disk, the next notebook reads anew.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np

from lib.store.database import Database
from lib.store.query import read_sql

SHARED_READS_VARIABLE = "EPD_SHARED_READS"
"""The environment variable with the folder."""


def read_shared(
    db: Database, iso: str, table: str, query: tuple[object, ...], read: Callable[[], np.ndarray]
) -> np.ndarray:
    """Return what `read` returns, or what another notebook of the run has read with the same query.

    Args:
        db: the database; a run has only one.
        iso: the ISO whose data are read.
        table: the table, as the run log names it.
        query: all that the result depends on beside the table's content, with one text for each meaning.
        read: reads the array from the database.

    Returns:
        the array, which must not be changed.
    """
    folder = os.environ.get(SHARED_READS_VARIABLE)
    if not folder:
        return read()
    key = repr((db.url, iso, table, query, _last_write(db, iso, table)))
    path = Path(folder) / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.npy"
    with suppress(OSError, ValueError):
        return np.load(path, mmap_mode="r")
    values = read()
    _write_whole(path, values)
    return values


def _last_write(db: Database, iso: str, table: str) -> int:
    sql = "SELECT coalesce(max(write_id), 0) AS id FROM pipeline_write WHERE iso = :iso AND relation = :table"
    return int(read_sql(db, sql, {"iso": iso, "table": table})["id"].iloc[0])


def _write_whole(path: Path, values: np.ndarray) -> None:
    unfinished = path.with_suffix(f".{os.getpid()}.new")
    with suppress(OSError):
        with unfinished.open("wb") as file:
            np.save(file, values)
        unfinished.replace(path)
    with suppress(OSError):
        unfinished.unlink(missing_ok=True)
