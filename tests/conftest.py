"""Fixtures that several test modules share."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest

from lib.settings import Settings
from lib.store import Database, embedded, open_database
from lib.store.url import database_name, with_database

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with reference lists and real market data that stands beside the repo."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail(f"{folder} is missing, and CI must have it")
        pytest.skip(f"{folder} is not here: it holds reference lists and real market data")
    return folder


@pytest.fixture(scope="session")
def shared_data(shared: Path) -> Path:
    """Real hourly prices and loads of two markets, in the layout of the files source."""
    return shared / "data"


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what this machine has configured, and its databases, out of every test."""
    monkeypatch.setitem(Settings.model_config, "env_file", None)
    for name in (*Settings.model_fields, "epd_database", "epd_pgdata", "epd_runs"):
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of a real PostgreSQL server that all tests, and all processes of them, share."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "server"
    # It is thrown away after the tests, so it need not survive a power cut.
    return embedded.start(folder, {**embedded.TUNING, "fsync": "off", "shared_buffers": "128MB"})


@pytest.fixture(scope="session")
def templates(server: str) -> dict[str, Database]:
    """An empty, migrated database for a real source and one for the demo, to be copied."""
    # One each for the workers of pytest-xdist: while one worker opens a database, another cannot copy it.
    url = with_database(server, f"template_{os.environ.get('PYTEST_XDIST_WORKER', 'only')}")
    return {source: open_database(source, url) for source in ("files", "demo")}


def _copy(server: str, template: Database) -> Iterator[Database]:
    name = f"test_{uuid.uuid4().hex[:12]}" + ("_demo" if template.is_demo else "")
    with closing(psycopg2.connect(server)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute(f"CREATE DATABASE {name} TEMPLATE {database_name(template.url)}")
        database = Database(with_database(template.url, name), template.is_demo)
        yield database
        database.engine.dispose()
        cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def database(server: str, templates: dict[str, Database]) -> Iterator[Database]:
    """A fresh, migrated database for a real source."""
    yield from _copy(server, templates["files"])


@pytest.fixture
def demo_database(server: str, templates: dict[str, Database]) -> Iterator[Database]:
    """A fresh, migrated database for the demo source."""
    yield from _copy(server, templates["demo"])
