from __future__ import annotations

import subprocess
from datetime import date
from typing import Any

import pytest
from sqlalchemy import text

from lib.paths import ROOT
from lib.pipeline.runner import ensure_demo
from lib.pipeline.runner.ensure_demo import is_ready
from lib.store import DATABASE_VARIABLE, Database, start_run
from tests.conftest import DemoRun


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What is started as a process of its own, which it is not."""
    commands: list[list[str]] = []

    def start(command: list[str]) -> int:
        commands.append(command)
        return 3

    monkeypatch.setattr(subprocess, "call", start)
    return commands


def test_a_database_after_the_main_job_has_all_that_the_notebooks_show(
    demo_run: DemoRun, started: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert is_ready(demo_run.database)
    monkeypatch.setenv(DATABASE_VARIABLE, demo_run.database.url)
    assert ensure_demo.main(["--port", "8900"]) == 0 and not started


def test_the_simulated_market_is_run_where_it_is_not_ready(
    demo_database: Database, started: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not is_ready(demo_database)
    monkeypatch.setenv(DATABASE_VARIABLE, demo_database.url)
    monkeypatch.delenv("EPD_SOURCE", raising=False)
    assert ensure_demo.main([]) == 3
    assert [command[1:] for command in started] == [[str(ROOT / "run_all.py"), "--source", "demo"]]


@pytest.mark.parametrize("is_asked", [True, False])
def test_of_a_real_source_it_is_said_which_run_is_needed_and_nothing_is_run(
    is_asked: bool, database: Database, started: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(DATABASE_VARIABLE, database.url)
    monkeypatch.setenv("EPD_SOURCE", "demo" if is_asked else "public")
    asked = ["--port", "8900", *(["--source", "public"] if is_asked else [])]
    said = ensure_demo.main(asked)
    assert isinstance(said, str) and "no curve yet" in said and "run_all.py --source public" in said
    run_id = start_run(database, source="public", as_of=date(2026, 1, 1), window_start=None, window_end=None)
    for status in ("study", "official"):
        with database.engine.begin() as connection:
            connection.execute(text(A_CURVE), {"run_id": run_id, "status": status})
        assert (ensure_demo.main(asked) == 0) == (status == "official")
    assert not started


A_CURVE = """
    INSERT INTO curve_version
        (curve, market_id, window_start, window_end, parameters, series_ids, fingerprint, run_id, status)
    SELECT 'vlr', min(market_id), '2025-01-01', '2025-12-31', '{}', '{1}', 'f', :run_id, :status FROM market
"""


def test_a_source_without_a_database_is_named_with_its_first_run(
    started: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(DATABASE_VARIABLE, "postgresql://desk:hunter2@127.0.0.1:1/epd")
    said = ensure_demo.main(["--source", "public"])
    assert isinstance(said, str) and "run_all.py --source public" in said and "hunter2" not in said
    assert not started


@pytest.mark.parametrize("target", ["app", "lab"])
def test_make_asks_for_the_source_that_it_will_show(target: str) -> None:
    command = ["make", "-n", target, "ARGS=--source public"]
    lines = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    assert ".venv/bin/python -m lib.pipeline.runner.ensure_demo --source public" in lines
    assert not [line for line in lines if "run_all.py" in line]
