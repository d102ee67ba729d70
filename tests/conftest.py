"""Fixtures that several test modules share."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import psutil
import pytest
import trustme
from hypothesis import Phase, settings

from lib import redact
from lib.pipeline.runner.cli import main
from lib.settings import Settings
from lib.store import Database, embedded, open_database
from lib.store.url import with_database
from tests.standins import ice as ice_standin
from tests.standins.bad_server import BadServer
from tests.standins.ice import IceStandIn
from tests.support.databases import copy_of

ROOT = Path(__file__).parents[1]

# A hundred processes of the tests import lib: it is compiled once.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# On a busy machine an example may take long, and that is no defect.
settings.register_profile("patient", deadline=None, max_examples=40)
settings.register_profile("thorough", deadline=None, max_examples=400)
settings.register_profile("fast", deadline=None, max_examples=10)
# A mutant is killed by the first example that fails; nobody reads the smallest one.
settings.register_profile(
    "mutation",
    deadline=None,
    max_examples=20,
    derandomize=True,
    database=None,
    phases=(Phase.explicit, Phase.generate),
)
settings.load_profile("patient")

MEMORY_BYTES = 6 << 30
"""What must be free in memory to keep the databases of the tests there; the demo's takes a third of it."""

DEMO_RUN_S = 1800
"""How long a test may take that is the first to need the main job, on a machine that is busy."""


SLOW = {
    *("browser", "demo_run", "make_job", "pool", "python", "run_all", "server_processes", "toys"),
    *("tool_address", "server", "bad_server", "gvsi", "ice", "shared"),
}
"""Fixtures that start a browser, a whole run, kernels, a server, or other processes; and real market data."""

SLOW_FOLDERS = {"whole", "notebooks"}

LONGEST = ("test_demo_run.py", "test_live_run.py", "test_files_run.py", "test_browser.py", "test_nbval.py")
"""Modules that take a minute or so; the second does not need the run that the first begins with."""

LONGEST_ID = 60
"""How many bytes of a value may stand in the name of a test."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the slow tests, put the longest modules first, and give the main job the time it needs."""
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if "demo_run" in fixtures:
            item.add_marker(pytest.mark.timeout(DEMO_RUN_S))
        if fixtures & SLOW or item.path.parent.name in SLOW_FOLDERS:
            item.add_marker(pytest.mark.slow)
    items.sort(key=_rank)


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name a long value by its argument: an archive holds when it was made, and workers compare names."""
    return argname if isinstance(val, bytes) and len(val) > LONGEST_ID else None


def _rank(item: pytest.Item) -> int:
    """Return a place in line: the longest modules, the slow tests, all others."""
    if item.path.name in LONGEST:
        return LONGEST.index(item.path.name)
    return len(LONGEST) + (item.get_closest_marker("slow") is None)


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
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse all that leads from this process beyond this machine: no test may need a network."""
    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, _only_here(getattr(socket.socket, name)))
    for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr"):
        monkeypatch.setattr(socket, name, _only_names_of_here(getattr(socket, name)))


def _only_here(method: Callable[..., Any]) -> Callable[..., Any]:
    """Return a method of a socket, whose last argument is an address, that refuses other machines."""

    def call(own: socket.socket, *arguments: Any) -> Any:
        if own.family in (socket.AF_INET, socket.AF_INET6):
            _check_is_here(arguments[-1][0])
        return method(own, *arguments)

    return call


def _only_names_of_here(look_up: Callable[..., Any]) -> Callable[..., Any]:
    def call(host: Any, *arguments: Any, **options: Any) -> Any:
        _check_is_here(host)
        return look_up(host, *arguments, **options)

    return call


def _check_is_here(host: str | bytes | None) -> None:
    name = host.decode() if isinstance(host, bytes) else host or ""
    try:
        is_here = ip_address(name.partition("%")[0]).is_loopback or name in ("0.0.0.0", "::")
    except ValueError:
        is_here = name in ("", "localhost", socket.gethostname())
    if not is_here:
        raise AssertionError(f"a test asks for {name}: only this machine may be reached")


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what this machine has configured, and its databases, out of every test."""
    monkeypatch.setitem(Settings.model_config, "env_file", None)
    monkeypatch.setattr(redact, "_seen", set())  # of the secrets of other tests
    ours = {"EPD_DATABASE", *(name.upper() for name in Settings.model_fields)}
    for name in os.environ:
        if name in ours or name.startswith("EPD_") or name.removesuffix("_FILE") in ours:
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def common(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that all processes of this session of tests share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Keep the other processes of this session out while one makes or removes what they share."""
    with path.with_suffix(".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _memory() -> str | None:
    """Return a folder in memory, where copying a database takes a twentieth of the time, or None."""
    folder = Path("/dev/shm")
    if not folder.is_dir() or psutil.virtual_memory().available < MEMORY_BYTES:
        return None
    return str(folder) if shutil.disk_usage(folder).free > MEMORY_BYTES else None


@pytest.fixture(scope="session")
def server(common: Path) -> Iterator[str]:
    """The URL of a real PostgreSQL server that all tests, and all processes of them, share."""
    link = common / "server"
    with _alone(link):
        if not link.exists():
            # Not in pytest's own folder, which another session of tests may close to the server's account.
            link.unlink(missing_ok=True)
            link.symlink_to(tempfile.mkdtemp(prefix="epd-", dir=_memory()))
        folder = link.resolve()
        # It is thrown away after the tests, so it need not survive a power cut.
        unsafe = {"fsync": "off", "shared_buffers": "128MB", "max_wal_size": "512MB"}
        url = embedded.start(folder, {**embedded.TUNING, **unsafe})
    yield url
    with _alone(link):
        embedded.release(folder)
        if not (folder / "cluster" / "postmaster.pid").exists():  # this was its last user
            shutil.rmtree(folder)
            link.unlink()


@pytest.fixture(scope="session")
def templates(server: str) -> dict[str, Database]:
    """An empty, migrated database for a real source and one for the demo, to be copied."""
    # One each for the workers of pytest-xdist: while one worker opens a database, another cannot copy it.
    url = with_database(server, f"template_{os.environ.get('PYTEST_XDIST_WORKER', 'only')}")
    return {source: open_database(source, url) for source in ("files", "demo")}


@pytest.fixture
def database(server: str, templates: dict[str, Database]) -> Iterator[Database]:
    """A fresh, migrated database for a real source."""
    with copy_of(server, templates["files"]) as database:
        yield database


@pytest.fixture
def demo_database(server: str, templates: dict[str, Database]) -> Iterator[Database]:
    """A fresh, migrated database for the demo source."""
    with copy_of(server, templates["demo"]) as database:
        yield database


@dataclass(frozen=True)
class RunAll:
    """Runs what run_all.py runs, on a database and a folder for the reports.

    It does so in this process, so that all runs share one fork server: to import everything once more costs
    as much as a short run. `start` starts run_all.py, as a person does.
    """

    database: Database
    runs: Path

    def run(self, *arguments: str, exit_code: int = 0) -> dict[str, Any]:
        """Run, check the exit code with which it should end, and return the run's manifest."""
        assert main(self._options(arguments)) == exit_code
        return self._manifest()

    def start(self, *arguments: str) -> dict[str, Any]:
        """Start run_all.py in a process of its own, and return the manifest of the run that it did."""
        command = [sys.executable, "run_all.py", *self._options(arguments)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return self._manifest()

    def _options(self, arguments: Sequence[str]) -> list[str]:
        return ["--database", self.database.url, "--runs", str(self.runs), *arguments]

    def _manifest(self) -> dict[str, Any]:
        manifest: dict[str, Any] = json.loads((self.runs / "latest" / "manifest.json").read_text())
        return manifest


@pytest.fixture
def run_all(database: Database, tmp_path: Path) -> RunAll:
    """What runs run_all.py, with a fresh database for real numbers."""
    return RunAll(database, tmp_path / "runs")


@dataclass(frozen=True)
class DemoRun:
    """The main job, done once for all tests: all five ISOs on the demo market."""

    run_all: RunAll
    manifest: dict[str, Any]
    folder: Path

    @property
    def database(self) -> Database:
        """The database it wrote to."""
        return self.run_all.database


@pytest.fixture(scope="session")
def demo_run(server: str, common: Path) -> DemoRun:
    """All notebooks, run on the demo market and published, once for all processes of this session."""
    run_all = RunAll(open_database("demo", with_database(server, "whole")), common / "runs")
    name = common / "demo_run"
    with _alone(name):
        if not name.exists():
            name.write_text(run_all.start()["folder"])
    folder = run_all.runs / name.read_text()
    return DemoRun(run_all, json.loads((folder / "manifest.json").read_text()), folder)


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """An authority that signs certificates, and that no machine trusts."""
    return trustme.CA()


@pytest.fixture
def bad_server() -> Iterator[BadServer]:
    """A web server on loopback that misbehaves as a test tells it; tests/standins/bad_server.py says how."""
    server = BadServer()
    yield server
    server.close()


@pytest.fixture
def ice() -> Iterator[IceStandIn]:
    """A stand-in for ICE with the account "desk" and no files."""
    with ice_standin.serving() as stand_in:
        yield stand_in
