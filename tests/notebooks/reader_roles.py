"""A plugin of pytest: each notebook is opened with an account that may read only what the notebook states.

`Notebook.reads` and `Notebook.writes` name the tables whose state decides whether a run keeps a report. A
notebook that reads another table is refused by the server, and its comparison fails with the table's name.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping

import pytest
from sqlalchemy import make_url, text

from lib.markets import MARKETS
from lib.pipeline.notebooks import NOTEBOOKS
from lib.store import DATABASE_VARIABLE, Database
from lib.store.data_state import CELLS_OF, IN_NO_GROUP, PARTITIONED, REFERENCE, TABLES

READERS = "READERS_OF_NOTEBOOKS"
"""Environment variable: notebook -> the URL with its account, as JSON; "" for a notebook of no run."""


def pytest_runtest_protocol(item: pytest.Item) -> None:
    """Give the kernel that starts with the first cell of a notebook its account."""
    readers = json.loads(os.environ[READERS])
    os.environ[DATABASE_VARIABLE] = readers.get(item.path.stem, readers[""])


def make_readers(db: Database) -> Mapping[str, str]:
    """Make an account for each notebook of a run, and return what READERS should hold."""
    with db.engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(7)"))
        for notebook in NOTEBOOKS.values():
            role = f"reads_{notebook.name}"
            if not connection.execute(
                text("SELECT FROM pg_roles WHERE rolname = :name"), {"name": role}
            ).all():
                connection.execute(text(f"CREATE ROLE {role} LOGIN"))
            connection.execute(text(f'GRANT CONNECT ON DATABASE "{db.name}" TO {role}'))
            connection.execute(text(f"GRANT USAGE ON SCHEMA public TO {role}"))
            connection.execute(text(f"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {role}"))
            groups = (REFERENCE, *(notebook.reads or ()), *notebook.writes)
            tables = {table for group in groups for table in _tables_of(group)} | IN_NO_GROUP.keys()
            connection.execute(text(f"GRANT SELECT ON {', '.join(sorted(tables))} TO {role}"))
    return {"": db.url} | {
        name: make_url(db.url).set(username=f"reads_{name}").render_as_string(hide_password=False)
        for name in NOTEBOOKS
    }


def _tables_of(group: str) -> set[str]:
    """Return the tables of a group, and of a partitioned one its parts too."""
    named = {*TABLES[group]} if group in TABLES else {*CELLS_OF[group], "curve_version", "curve_withdrawal"}
    parts = {f"{table}_{iso.lower()}" for table in named & {*PARTITIONED} for iso in MARKETS}
    return {table.removesuffix("_data") for table in named} | parts
