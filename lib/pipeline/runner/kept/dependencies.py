"""What a task's report depends on, as hashes: code, parameters, environment, source and stored data.

Two tasks of one notebook and ISO with the same hashes make the same report. A hash covers too much rather
than too little: any file of the code counts, and any package that is installed. What is not covered is named
by `is_keepable`: a task that has to ask a service never keeps its report.
"""

from __future__ import annotations

import hashlib
import json
import platform
import sys
from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path

from pydantic import SecretStr

from lib.markets import MARKETS
from lib.paths import SQL_FOLDER
from lib.pipeline.notebooks import NOTEBOOKS, Task
from lib.pipeline.runner.planning.run_spec import RunSpec
from lib.settings import Settings
from lib.sources import SourceSpec, open_source, parse_source_spec
from lib.sources.files.tables import iso_folder
from lib.store import Database, read_sql
from lib.store.data_state import ISO_FREE, REFERENCE, read_data_state

CODE, PARAMETERS, ENVIRONMENT, SOURCE = "code", "parameters", "environment", "source"
"""Names of what a task depends on."""

LIB = Path(__file__).parents[3]

OF_THE_RUN = ("run_id", "folder")
"""Parameters that say which run it is, and change nothing that a report shows."""

ANY_ISO = ""
"""The ISO of the state of a group that is the same for all ISOs."""

DataState = dict[tuple[str, str], str]
"""Group of tables and ISO -> its state."""


def is_keepable(task: Task, source: SourceSpec) -> bool:
    """Return whether everything that the task depends on can be known before it runs.

    A notebook that asks a service must ask: only the service knows what is new. The simulated market and
    files on this machine are known, and so is what all notebooks read that state it (`Notebook.reads`).
    """
    notebook = NOTEBOOKS[task.notebook]
    if notebook.reads is None:
        return False
    if notebook.has_own_source:
        return source.is_demo
    return source.is_local if notebook.writes_series else True


def read_dependencies(spec: RunSpec, task: Task, code: str, environment: str) -> dict[str, str]:
    """Return what a task depends on besides the stored data, part -> hash.

    Args:
        spec: of the run.
        task: the task.
        code: what `hash_code` returns.
        environment: what `read_environment` returns.

    Raises:
        SourceError, OSError: the source or a file of it cannot be read.
    """
    given = {
        name: value for name, value in spec.parameters_of(task, run_id=0).items() if name not in OF_THE_RUN
    }
    return {
        CODE: hash_of(code, hash_files([spec.notebooks_folder / NOTEBOOKS[task.notebook].file])),
        PARAMETERS: hash_of(given, spec.is_official, spec.bases.get(task.iso or "")),
        ENVIRONMENT: environment,
        SOURCE: hash_of(*_source_state(spec, task)),
    }


def read_environment(db: Database) -> str:
    """Return the hash of Python, its packages, the settings and the database.

    The database is the cluster it is in, and the number that the cluster gave it: a new one of the same name
    is another.
    """
    database = read_sql(
        db,
        """SELECT system_identifier::text, oid::bigint, current_setting('server_version') AS version
           FROM pg_control_system(), pg_database WHERE datname = current_database()""",
    )
    settings = {
        name: str(value)
        for name, value in Settings().model_dump().items()
        if not isinstance(value, SecretStr)  # a hash would help to guess it
    }
    machine = (platform.python_version(), platform.machine())
    return hash_of(machine, _packages(), settings, database.astype(str).to_dict("records"))


def groups_read(task: Task) -> tuple[str, ...]:
    """Return the groups of tables that a task reads and does not write."""
    notebook = NOTEBOOKS[task.notebook]
    return tuple(group for group in (REFERENCE, *(notebook.reads or ())) if group not in notebook.writes)


def state_keys(task: Task, groups: Iterable[str]) -> set[tuple[str, str]]:
    """Return group and ISO of the states that concern a task: those of its ISO, or of all ISOs."""
    isos = [task.iso] if task.iso else list(MARKETS)
    return {(group, ANY_ISO if group in ISO_FREE else iso) for group in groups for iso in isos}


def read_states(db: Database, task: Task, groups: Iterable[str], as_of: date) -> DataState:
    """Return the states of groups of tables that concern a task, by the keys of `state_keys`.

    Args:
        db: the database.
        task: the task.
        groups: of tables, as `lib.store.data_state.read_data_state` takes them.
        as_of: the clock of the task.
    """
    of_iso: dict[str, list[str]] = {}
    for group, iso in sorted(state_keys(task, groups)):
        of_iso.setdefault(iso, []).append(group)
    return {
        (group, iso): state
        for iso, wanted in of_iso.items()
        for group, state in read_data_state(db, iso or next(iter(MARKETS)), wanted, as_of).items()
    }


def hash_of(*values: object) -> str:
    """Return the hash of values that JSON can write, as 16 hexadecimal digits."""
    text = json.dumps(values, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def hash_files(files: Iterable[Path]) -> str:
    """Return the hash of the names and contents of files, in their sequence.

    Raises:
        OSError: one of them cannot be read.
    """
    total = hashlib.sha256()
    for path in files:
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256")
        total.update(f"{path.name} {content.hexdigest()}\n".encode())
    return total.hexdigest()[:16]


def hash_code() -> str:
    """Return the hash of all files of lib, and of the schema."""
    own = (path for path in sorted(LIB.rglob("*")) if path.is_file() and path.suffix != ".pyc")
    return hash_files([*own, *sorted(SQL_FOLDER.glob("*.sql"))])


@lru_cache
def _packages() -> tuple[str, ...]:
    """Return names and versions of the installed packages, as the names of their folders have them."""
    folders = {Path(entry) for entry in sys.path if entry and Path(entry).is_dir()}
    return tuple(sorted(path.name for folder in folders for path in folder.glob("*.dist-info")))


def _source_state(spec: RunSpec, task: Task) -> list[object]:
    """Return what the source says of a task's ISO: its series and, where there are files, their hashes."""
    if task.iso is None:
        return [spec.source_spec]
    source = parse_source_spec(spec.source_spec)
    series = [str(series) for series in open_source(spec.source_spec, is_to_fetch=False).series(task.iso)]
    folders = [Path(source.argument)] if source.is_local and source.argument else []
    if spec.own_load and task.iso in spec.own_load.isos and NOTEBOOKS[task.notebook].uses_own_load:
        folders.append(spec.own_load.folder)
    return [spec.source_spec, series, *(_folder_state(folder, task.iso) for folder in folders)]


def _folder_state(folder: Path, iso: str) -> Mapping[str, str]:
    """Return the hash of each file that a folder has of an ISO."""
    own = iso_folder(folder, iso)
    return {
        str(path.relative_to(own)): hash_files([path]) for path in sorted(own.rglob("*")) if path.is_file()
    }
