"""Whole runs of toy notebooks from the command line: exit codes, records, and what a killed run leaves."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import psycopg2
import pytest
from bs4 import BeautifulSoup

from lib import store
from lib.atomic_write import write_whole
from lib.markets import MARKETS
from lib.paths import ROOT
from lib.pipeline.console import MEANINGS, Exit, Interrupted
from lib.pipeline.notebooks import NOTEBOOKS
from lib.pipeline.runner.cli import main, parser
from lib.pipeline.runner.execution import processes
from lib.pipeline.runner.records.recorder import RunRecorder
from lib.store import Database, run_lock
from tests.support.disks import fill_the_disk
from tests.support.links import dead_links
from tests.support.waiting import wait_until

DOCS = (ROOT / "docs" / "running.md").read_text(encoding="utf-8")
START = "import sys; from pathlib import Path; from lib.pipeline.runner.cli import main\n" + (
    "if __name__ == '__main__': sys.exit(main(sys.argv[2:], Path(sys.argv[1])))"
)


@pytest.fixture
def toys(tmp_path: Path, write_notebook: Callable[..., Path]) -> Callable[..., Path]:
    """A function that makes a folder of notebooks, each with the given cell or one that works."""

    def make(**sources: str) -> Path:
        folder = tmp_path / "notebooks"
        folder.mkdir(exist_ok=True)
        for name, notebook in NOTEBOOKS.items():
            write_notebook(folder / notebook.file, sources.get(name, "x = 1"))
        return folder

    return make


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """A folder for runs that does not exist yet."""
    return tmp_path / "runs"


@pytest.fixture
def run(demo_database: Database, runs: Path) -> Callable[..., int]:
    """A function that runs toys for two ISOs in this process and returns the exit code."""

    def call(folder: Path, *more: str) -> int:
        isos = [] if "--iso" in more else ["--iso", "PJM", "--iso", "ERCOT"]
        return main([*isos, "--database", demo_database.url, "--runs", str(runs), *more], folder)

    return call


@pytest.fixture
def start(
    demo_database: Database, runs: Path, tmp_path: Path
) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """A function that starts toys in a process of its own, which is gone after the test."""
    script = tmp_path / "start.py"
    script.write_text(START)
    started: list[subprocess.Popen[str]] = []

    def call(folder: Path, *more: str) -> subprocess.Popen[str]:
        options = ["--iso", "PJM", "--database", demo_database.url, "--runs", str(runs), *more]
        process = subprocess.Popen(
            [sys.executable, script, folder, *options],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield call
    for process in started:
        process.kill()
        process.wait()


def _manifest(folder: Path) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text())
    return manifest


def _outcomes(manifest: dict[str, Any]) -> dict[str, str]:
    return {f"{task['notebook']} {task['iso']}": task["outcome"] for task in manifest["tasks"]}


def _run_log(database: Database) -> list[tuple[Any, ...]]:
    frame = store.read_relation(database, "pipeline_run").sort_values("run_id")
    return list(frame[["run_id", "outcome"]].itertuples(index=False, name=None))


def _stuck_toy(tmp_path: Path) -> tuple[str, Callable[[], set[int]]]:
    """A cell that never ends, and a function for the ids of its kernel and of the process around it."""
    note = tmp_path / "pids"
    cell = (
        "import os, pathlib, time\n"
        f"note = pathlib.Path({str(note)!r})\n"
        "if not note.exists():\n"
        "    note.write_text(f'{os.getpid()} {os.getppid()}')\n"
        "    while True: time.sleep(1)"
    )
    return cell, lambda: set(map(int, note.read_text().split())) if note.exists() else set()


def test_a_run_without_trouble_leaves_a_whole_record(
    run: Callable[..., int], toys: Callable[..., Path], runs: Path, demo_database: Database, capsys: Any
) -> None:
    assert run(toys(fetch="print(publish, run_id, source, start, end, as_of)")) == Exit.DONE
    folder = runs / "latest"
    manifest = _manifest(folder)
    assert manifest["outcome"] == "done"
    assert set(_outcomes(manifest).values()) == {"done"}
    assert folder.readlink() == Path(manifest["folder"])
    assert manifest["folder"].endswith(f"-{manifest['run_id']}")
    stems = {task["ipynb"].removesuffix(".ipynb") for task in manifest["tasks"]}
    assert "pjm_fetch" in stems
    bundle = f"demo_{manifest['folder']}.zip"
    files = {"index.html", "digest.html", "manifest.json", "log.jsonl", "metrics.prom", bundle}
    assert {path.name for path in folder.iterdir()} == files | {
        f"{stem}.{kind}" for stem in stems for kind in ("ipynb", "html")
    }
    told = f"True {manifest['run_id']} demo 2021-01-01 2025-12-31 2026-01-01"
    assert told in (folder / "pjm_fetch.ipynb").read_text()
    assert _run_log(demo_database) == [(manifest["run_id"], "done")]
    out = capsys.readouterr().out
    assert f"{len(stems)} done" in out
    assert f"report: {runs}/latest/index.html" in out


def test_the_manifest_has_the_shape_that_the_documentation_shows(
    run: Callable[..., int], toys: Callable[..., Path], runs: Path
) -> None:
    run(toys(vlr="1 / 0"), "--iso", "PJM", "--notebook", "vlr")
    real = _manifest(runs / "latest")
    shown = json.loads(re.findall(r"```json\n(.*?)```", DOCS, re.DOTALL)[0])
    assert real.keys() == shown.keys()
    assert real["totals"].keys() == shown["totals"].keys()
    assert real["tasks"][0].keys() == shown["tasks"][0].keys()
    failed = next(task for task in shown["tasks"] if task["error"])
    assert real["tasks"][0]["error"].keys() == failed["error"].keys()


def test_a_failure_stops_its_own_iso_and_shows_in_exit_code_manifest_run_log_and_report(
    run: Callable[..., int], toys: Callable[..., Path], runs: Path, demo_database: Database, capsys: Any
) -> None:
    assert run(toys(fetch="assert iso != 'ERCOT', 'prices of ERCOT are unreadable'")) == Exit.FAILED
    manifest = _manifest(runs / "latest")
    assert manifest["outcome"] == "failed"
    assert _outcomes(manifest) == {
        "fetch PJM": "done",
        "vlr PJM": "done",
        "shaping PJM": "done",
        "cost_curves PJM": "done",
        "backtest PJM": "done",
        "realised PJM": "done",
        "fetch ERCOT": "failed",
        "vlr ERCOT": "skipped",
        "shaping ERCOT": "skipped",
        "cost_curves ERCOT": "skipped",
        "backtest ERCOT": "skipped",
        "realised ERCOT": "skipped",
        "ice_settlements None": "done",
        "summary None": "done",
    }
    failed = next(task for task in manifest["tasks"] if task["outcome"] == "failed")
    assert failed["error"]["sentence"] == "prices of ERCOT are unreadable"
    report = BeautifulSoup((runs / "latest" / failed["html"]).read_text(), "html.parser")
    assert "prices of ERCOT are unreadable" in report.text
    asked = {fact.dt.text: fact.dd.text for fact in report.select("header dl div")}  # type: ignore[union-attr]
    assert asked["Day-ahead load"] == manifest["bases"]["ERCOT"]
    assert "prices of ERCOT are unreadable" in (runs / "latest" / "index.html").read_text()
    tasks = store.read_relation(demo_database, "pipeline_task").set_index(["notebook", "iso"])
    assert tasks.loc[("fetch", "ERCOT"), "error"] == "AssertionError: prices of ERCOT are unreadable"
    assert tasks.loc[("vlr", "ERCOT"), "error"] == "fetch of ERCOT failed"
    assert "fetch of ERCOT failed: AssertionError: prices of ERCOT are unreadable" in capsys.readouterr().out


WAYS_TO_FAIL = """
import os, sys, time
print('so far')
if iso == 'PJM': raise ValueError('prices are unreadable')
if iso == 'ERCOT': sys.exit(3)
if iso == 'NYISO': os.kill(os.getpid(), 9)
if iso == 'MISO': os.kill(os.getppid(), 9)
time.sleep(600)
"""


def test_a_report_leads_with_what_failed_however_it_failed(
    run: Callable[..., int], toys: Callable[..., Path], runs: Path
) -> None:
    isos = [word for iso in MARKETS for word in ("--iso", iso)]
    assert run(toys(vlr=WAYS_TO_FAIL), *isos, "--notebook", "vlr", "--timeout", "8") == Exit.FAILED
    tasks = {task["iso"]: task for task in _manifest(runs / "latest")["tasks"]}
    words = {
        "PJM": ("cell", "prices are unreadable"),
        "ERCOT": ("exit", "left early by sys.exit(3)"),
        "NYISO": ("kernel", "the kernel was killed by SIGKILL"),
        "MISO": ("worker", "was killed 2 times"),
        "ISONE": ("timeout", "ran longer than a cell may"),
    }
    for iso, (kind, sentence) in words.items():
        assert tasks[iso]["error"]["kind"] == kind
        page = BeautifulSoup((runs / "latest" / tasks[iso]["html"]).read_text(), "html.parser")
        first = page.select_one("main > *")
        assert first is not None and first["id"] == "failure"
        assert sentence in first.text
        cell = page.find(id=str(first.select("a")[-1]["href"]).removeprefix("#"))
        assert cell is not None and "so far" in cell.text
        assert "First run" in page.select(".changes")[0].text


def test_runs_of_one_folder_know_each_other(
    run: Callable[..., int], toys: Callable[..., Path], runs: Path
) -> None:
    for code in (Exit.DONE, Exit.FAILED, Exit.DONE):
        toy = toys(vlr="1 / 0" if code is Exit.FAILED else "x = 1")
        assert (
            run(toy, "--iso", "PJM", "--notebook", "vlr", "--official") == code
        )  # trends are of official runs
    first, second, third = (path for path in sorted(runs.iterdir()) if path.name[0] == "2" and path.is_dir())
    assert dead_links(runs) == []
    rows = BeautifulSoup((runs / "index.html").read_text(), "html.parser").select("tbody tr")
    assert [row.select(".status")[0].text for row in rows] == ["done", "failed", "done"]
    report = BeautifulSoup((second / "pjm_vlr.html").read_text(), "html.parser")
    around = [str(link["href"]) for link in report.select("a[rel]")]
    assert around == [f"../{first.name}/pjm_vlr.html", f"../{third.name}/pjm_vlr.html"]
    assert "Failed; done in run 1 of" in report.select(".changes")[0].text
    index = BeautifulSoup((third / "index.html").read_text(), "html.parser")
    assert index.select(".grid svg") and index.select(".bundle a")
    shutil.rmtree(second)
    assert run(toys(), "--iso", "PJM", "--notebook", "vlr") == Exit.DONE
    assert dead_links(runs) == []


def test_old_runs_are_deleted_as_the_setting_says(
    run: Callable[..., int], toys: Callable[..., Path], runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EPD_KEEP_RUNS", "1")
    for _ in range(2):
        assert run(toys(), "--iso", "PJM", "--notebook", "vlr") == Exit.DONE
    (kept,) = (path for path in runs.iterdir() if path.is_dir() and not path.is_symlink())
    assert kept == (runs / "latest").resolve()
    assert "old_run_deleted" in (kept / "log.jsonl").read_text()


def test_a_disk_that_is_full_at_the_end_costs_digest_and_bundle_and_nothing_else(
    run: Callable[..., int], toys: Callable[..., Path], runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lib.pipeline.runner.after_run.post_run.write_if_changed", fill_the_disk)
    monkeypatch.setattr(zipfile.ZipFile, "writestr", fill_the_disk)
    monkeypatch.setattr("lib.pipeline.runner.records.run_index.render_all_runs", fill_the_disk)
    assert run(toys(), "--iso", "PJM", "--notebook", "vlr") == Exit.DONE
    assert not BeautifulSoup((runs / "latest" / "index.html").read_text(), "html.parser").select(".bundle")
    events = map(json.loads, (runs / "latest" / "log.jsonl").read_text().splitlines())
    assert [event["what"] for event in events if event["event"] == "left_out"] == [
        "metrics",
        "digest",
        "bundle",
        "other runs",
    ]
    index = (runs / "latest" / "index.html").read_text()
    assert "There is no digest: " in index and "There is no file of all pages: " in index


WARN = """
import pandas as pd
from lib import store
rest = {"measure": "forward", "location": None, "n_hours": 1, "first": None, "last": None}
problems = [rest | {"kind": kind, "message": f"{iso} is {kind}"} for kind in %r]
store.write_problems(store.open_database(source), pd.DataFrame(problems), store.RunTask(run_id, %r, iso))
"""


def test_a_task_that_failed_has_its_error_alone(
    run: Callable[..., int], toys: Callable[..., Path], runs: Path
) -> None:
    toy = toys(fetch=WARN % (["stale"], "fetch") + "raise ValueError(f'{iso} is stale')")
    assert run(toy, "--iso", "PJM", "--notebook", "fetch") == Exit.FAILED
    (task,) = _manifest(runs / "latest")["tasks"]
    assert (task["error"]["sentence"], task["warnings"]) == ("PJM is stale", [])


def test_a_task_that_stands_on_something_old_needs_attention_on_the_index(
    run: Callable[..., int], toys: Callable[..., Path], runs: Path
) -> None:
    grave = ["missing_hours", "late", "unreadable", "late"]
    toy = toys(fetch=WARN % (grave, "fetch"), vlr=WARN % (["old"], "vlr"))
    assert run(toy, "--notebook", "fetch", "--notebook", "vlr") == Exit.DONE
    warnings = {
        f"{task['notebook']} {task['iso']}": task["warnings"] for task in _manifest(runs / "latest")["tasks"]
    }
    assert warnings == {
        "fetch PJM": ["PJM is unreadable (1 of 3 such problems; the report has them all)"],
        "fetch ERCOT": ["ERCOT is unreadable (1 of 3 such problems; the report has them all)"],
        "vlr PJM": ["PJM is old"],
        "vlr ERCOT": ["ERCOT is old"],
    }
    for page in ("index.html", "digest.html"):
        notices = BeautifulSoup((runs / "latest" / page).read_text(), "html.parser").select(".notice")
        assert {notice.text.strip() for notice in notices if ", fetch:" not in notice.text} == {
            "PJM, vlr: PJM is old",
            "ERCOT, vlr: ERCOT is old",
        }
        assert {link["href"] for notice in notices for link in notice.select("a")} == {
            f"{iso}_{notebook}.html" for notebook in ("fetch", "vlr") for iso in ("pjm", "ercot")
        }


def test_statistics_that_cannot_be_brought_up_to_date_cost_a_run_nothing(
    run: Callable[..., int], toys: Callable[..., Path], runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def go_away(*_: object) -> None:
        raise psycopg2.OperationalError("server closed the connection")

    monkeypatch.setattr(store, "update_statistics", go_away)
    assert run(toys(), "--iso", "PJM", "--notebook", "vlr") == Exit.DONE
    assert (runs / "latest" / "digest.html").exists()
    assert "the database went away: server closed" in (runs / "latest" / "log.jsonl").read_text()


def test_every_event_is_a_line_of_json_without_secrets(
    run: Callable[..., int], toys: Callable[..., Path], runs: Path
) -> None:
    run(
        toys(vlr="raise ValueError('postgresql://desk:hunter2@host/epd')"),
        "--iso",
        "PJM",
        "--notebook",
        "vlr",
    )
    text = (runs / "latest" / "log.jsonl").read_text()
    events = [json.loads(line)["event"] for line in text.splitlines()]
    assert events == ["run_started", "task_running", "task_failed", "run_failed"]
    assert "hunter2" not in text + (runs / "latest" / "manifest.json").read_text()


def test_rows_are_those_the_store_counted(
    run: Callable[..., int], toys: Callable[..., Path], runs: Path, demo_database: Database
) -> None:
    write = (
        "from datetime import date\nfrom lib import store\nfrom lib.hours import market_hours\n"
        "db = store.open_database(source)\nhours = market_hours(iso, date(2025, 1, 1), date(2025, 1, 2))\n"
        "store.write_calendar(db, iso, hours, store.RunTask(run_id, 'fetch', iso))"
    )
    assert run(toys(fetch=write), "--iso", "PJM", "--notebook", "fetch") == Exit.DONE
    (task,) = _manifest(runs / "latest")["tasks"]
    assert task["rows"] == {"read": 48, "written": 48, "revised": 0}
    assert len(store.read_relation(demo_database, "market_hour")) == 48
    assert run(toys(fetch=write), "--iso", "PJM", "--notebook", "fetch") == Exit.DONE
    assert _manifest(runs / "latest")["totals"]["rows_written"] == 0


def test_a_parameter_reaches_the_notebooks_that_declare_it(
    run: Callable[..., int], toys: Callable[..., Path], runs: Path, write_notebook: Callable[..., Path]
) -> None:
    folder = toys()
    two = ["--iso", "PJM", "--notebook", "vlr", "--notebook", "shaping"]
    write_notebook(folder / "vlr.ipynb", "assert alpha == 0.1", parameters="iso = 'PJM'\nalpha = 0.5")
    assert run(folder, "-p", "alpha=0.1", *two) == Exit.DONE
    assert _manifest(runs / "latest")["parameters"] == {"alpha": 0.1}
    assert "alpha = " not in (runs / "latest" / "pjm_shaping.ipynb").read_text()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--iso", "CAISO"], "unknown ISO CAISO: there are ERCOT, ISONE, MISO, NYISO, PJM"),
        (["--notebook", "vrl"], "unknown notebook vrl: there are fetch, vlr, shaping, ice_settlements"),
        (["--source", "vendor"], "allowed are 'demo', 'files:DIR', 'enverus'"),
        (["--source", "files:/no/such/folder"], "/no/such/folder is no folder"),
        (["--start", "2025-02-01", "--end", "2025-01-01"], "start 2025-02-01 is after end 2025-01-01"),
        (["--end", "2026-01-01"], "must lie before as-of"),
        (["--as-of", "tomorrow"], "write it as YYYY-MM-DD"),
        (["-p", "alpha=1"], "no selected notebook has it; allowed: none"),
        (["-p", "run_id=1"], "the run itself sets this parameter"),
        (["--jobs", "0"], "--jobs 0: must be a number above 0"),
        (["--timeout", "-1"], "--timeout -1.0: must be a number above 0"),
        (["--database", "mysql://host/epd"], "the database URL cannot be read"),
    ],
)
def test_a_wrong_order_is_refused_before_anything_starts(
    toys: Callable[..., Path], runs: Path, capsys: Any, options: list[str], message: str
) -> None:
    assert main(["--runs", str(runs), *options], toys()) == Exit.REFUSED
    assert message in capsys.readouterr().err
    assert not runs.exists()


def test_an_unknown_option_is_wrong_usage(toys: Callable[..., Path]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--isos", "PJM"], toys())
    assert caught.value.code == Exit.REFUSED


def test_a_folder_for_runs_that_is_a_file_is_refused(
    toys: Callable[..., Path], runs: Path, capsys: Any
) -> None:
    runs.touch()
    assert main(["--runs", str(runs / "deeper")], toys()) == Exit.REFUSED
    assert "is not a folder" in capsys.readouterr().err


def _one_price(tmp_path: Path) -> Path:
    """Make a folder of files that has one price of one zone of New York."""
    (tmp_path / "data" / "nyiso").mkdir(parents=True)
    price = "zone,interval_start_utc,value\nWEST,2025-06-01T04:00:00Z,30\n"
    (tmp_path / "data" / "nyiso" / "da_lmp.csv").write_text(price)
    return tmp_path / "data"


def test_isos_that_the_files_lack_are_left_out_and_none_at_all_is_an_error(
    toys: Callable[..., Path], runs: Path, tmp_path: Path, capsys: Any
) -> None:
    data = _one_price(tmp_path)
    options = ["--source", f"files:{data}", "--runs", str(runs), "--dry-run", "--as-of", "2026-01-01"]
    assert main(options, toys()) == Exit.DONE
    out = capsys.readouterr().out
    assert "MISO is left out" in out
    assert "fetch of NYISO" in out
    assert "fetch of MISO" not in out
    assert main([*options, "--iso", "MISO"], toys()) == Exit.REFUSED
    assert "the source has no ISO of those asked for" in capsys.readouterr().err


def test_a_real_source_is_refused_on_the_demo_s_database(
    toys: Callable[..., Path], runs: Path, tmp_path: Path, demo_database: Database, capsys: Any
) -> None:
    options = [
        "--source",
        f"files:{_one_price(tmp_path)}",
        "--database",
        demo_database.url,
        "--runs",
        str(runs),
    ]
    assert main(options, toys()) == Exit.REFUSED
    assert "demo" in capsys.readouterr().err
    assert not runs.exists()


def test_an_unreachable_database_is_named_without_its_password(
    toys: Callable[..., Path], runs: Path, capsys: Any
) -> None:
    options = ["--database", "postgresql://desk:hunter2@127.0.0.1:1/epd", "--runs", str(runs)]
    assert main(options, toys()) == Exit.UNREACHABLE
    error = capsys.readouterr().err
    assert "127.0.0.1:1" in error
    assert "hunter2" not in error
    assert not runs.exists()


def test_a_database_that_goes_away_ends_the_run_with_a_report(
    run: Callable[..., int], toys: Callable[..., Path], runs: Path, demo_database: Database, capsys: Any
) -> None:
    shut_the_door = (
        "import psycopg2\nfrom lib import store\nfrom lib.store.url import with_database\n"
        "db = store.open_database(source)\n"
        "connection = psycopg2.connect(with_database(db.url, 'postgres'))\nconnection.autocommit = True\n"
        "cursor = connection.cursor()\n"
        "cursor.execute(f'ALTER DATABASE {db.name} ALLOW_CONNECTIONS false')\n"
        "ends = 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s'\n"
        "cursor.execute(ends, [db.name])"
    )
    assert run(toys(fetch=shut_the_door), "--iso", "PJM") == Exit.UNREACHABLE
    assert "the database went away" in capsys.readouterr().err
    manifest = _manifest(runs / "latest")
    assert manifest["outcome"] == "interrupted"
    assert set(_outcomes(manifest).values()) <= {"done", "interrupted"}
    assert manifest["reason"] == "the database went away"
    page = BeautifulSoup((runs / "latest" / "index.html").read_text(), "html.parser")
    headline = page.select_one(".headline")
    assert headline and headline.text.startswith("Interrupted: the database went away. ")
    digest = BeautifulSoup((runs / "latest" / "digest.html").read_text(), "html.parser").text
    assert "not currently accepting connections" in digest, "what cannot be looked up is said, and why"
    assert list((runs / "latest").glob("*.zip"))


def test_a_run_whose_end_the_run_log_never_heard_of_is_not_called_done(
    run: Callable[..., int],
    toys: Callable[..., Path],
    runs: Path,
    demo_database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def lose_the_database(*_: object) -> None:
        raise psycopg2.OperationalError("server closed the connection unexpectedly")

    with monkeypatch.context() as patched:
        patched.setattr(store, "finish_run", lose_the_database)
        assert run(toys(), "--iso", "PJM", "--notebook", "vlr") == Exit.UNREACHABLE
    assert _manifest(runs / "latest")["outcome"] == "interrupted"
    assert run(toys(), "--iso", "PJM", "--notebook", "vlr") == Exit.DONE
    assert [outcome for _, outcome in _run_log(demo_database)] == ["interrupted", "done"]


ENDS_LOCK = (
    "import time\nimport psycopg2\nfrom lib import store\n"
    "connection = psycopg2.connect(store.open_database(source).url)\nconnection.autocommit = True\n"
    "cursor = connection.cursor()\n"
    "locks = \"pg_locks WHERE relation = 'run_lock'::regclass\"\n"
    "cursor.execute(f'SELECT pg_terminate_backend(pid) FROM {locks}')\n"
    "while True: time.sleep(1)"
)
MARKS_RUN = (
    "from sqlalchemy import text\nfrom lib import store\n"
    "sql = \"UPDATE pipeline_run SET outcome = 'interrupted', finished_at = now()\"\n"
    "with store.open_database(source).engine.begin() as connection: connection.execute(text(sql))"
)


@pytest.mark.parametrize(
    ("cell", "says"),
    [(ENDS_LOCK, "lost the lock of"), (MARKS_RUN, "marked this one as interrupted")],
    ids=["its connection is ended", "another run takes over"],
)
def test_a_run_that_loses_its_lock_stops_and_all_records_say_so(
    run: Callable[..., int],
    toys: Callable[..., Path],
    runs: Path,
    demo_database: Database,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Any,
    cell: str,
    says: str,
) -> None:
    monkeypatch.setattr(run_lock, "CHECK_EVERY_S", 0.0)
    monkeypatch.setattr(processes, "CHECK_EVERY_S", 0.05)
    assert run(toys(vlr=cell), "--iso", "PJM", "--notebook", "vlr") == Exit.UNREACHABLE
    error = capsys.readouterr().err
    assert says in error
    assert "tart it again" in error
    manifest = _manifest(runs / "latest")
    assert (manifest["outcome"], manifest["reason"]) == ("interrupted", "the run's lock was lost")
    assert [outcome for _, outcome in _run_log(demo_database)] == ["interrupted"]
    assert run(toys(), "--iso", "PJM", "--notebook", "vlr") == Exit.DONE


def test_a_run_whose_end_is_in_the_run_log_keeps_it_in_its_manifest(
    run: Callable[..., int],
    toys: Callable[..., Path],
    runs: Path,
    demo_database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    finish = store.finish_run

    def finish_and_be_interrupted(*what: Any) -> str:
        finish(*what)
        monkeypatch.setattr(RunRecorder, "_end_run", end_and_be_interrupted)
        return "done"

    end = RunRecorder._end_run

    def end_and_be_interrupted(*_: Any) -> None:
        monkeypatch.setattr(RunRecorder, "_end_run", end)
        raise Interrupted("SIGTERM")

    monkeypatch.setattr(store, "finish_run", finish_and_be_interrupted)
    run(toys(), "--iso", "PJM", "--notebook", "vlr")
    assert [outcome for _, outcome in _run_log(demo_database)] == ["done"]
    assert _manifest(runs / "latest")["outcome"] == "done"


def test_a_run_without_a_folder_does_not_stay_open_in_the_run_log(
    run: Callable[..., int],
    toys: Callable[..., Path],
    demo_database: Database,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Any,
) -> None:
    folder = toys()
    monkeypatch.setattr(Path, "mkdir", fill_the_disk)
    assert run(folder) == Exit.REFUSED
    assert "No space left on device" in capsys.readouterr().err
    assert [outcome for _, outcome in _run_log(demo_database)] == ["interrupted"]


def test_an_old_manifest_that_cannot_be_read_stops_nothing(
    run: Callable[..., int], toys: Callable[..., Path], leave_run: Callable[..., Path]
) -> None:
    (leave_run(1) / "manifest.json").write_text('{"outcome": "runn')
    assert run(toys(), "--iso", "PJM", "--notebook", "vlr") == Exit.DONE


@pytest.mark.parametrize("lost", ["windows", "totals", "tasks"])
def test_a_manifest_left_running_without_a_part_stops_nothing_and_is_named(
    run: Callable[..., int],
    toys: Callable[..., Path],
    leave_run: Callable[..., Path],
    demo_database: Database,
    lost: str,
) -> None:
    left = leave_run(1, "pjm_vlr", outcome="running", source="demo", database=str(demo_database))
    manifest = _manifest(left)
    del manifest[lost]
    (left / "manifest.json").write_text(json.dumps(manifest))
    assert run(toys(), "--iso", "PJM", "--notebook", "vlr") == Exit.DONE
    assert _manifest(left)["outcome"] == "running"
    notice = BeautifulSoup((left.parent / "index.html").read_text(), "html.parser").select_one(".notice")
    assert notice is not None and left.name in notice.text


def test_a_second_run_is_refused_while_the_first_holds_the_lock(
    run: Callable[..., int], toys: Callable[..., Path], runs: Path, demo_database: Database, capsys: Any
) -> None:
    with store.hold_run_lock(demo_database):
        assert run(toys()) == Exit.LOCKED
    assert "another run holds the lock" in capsys.readouterr().err
    assert not runs.exists()


def test_a_dry_run_shows_the_plan_and_creates_nothing(
    toys: Callable[..., Path], runs: Path, capsys: Any
) -> None:
    options = ["--dry-run", "--runs", str(runs), "--database", "postgresql://desk:hunter2@db.example.com/epd"]
    assert main([*options, "--iso", "PJM", "--start", "2025-01-01"], toys()) == Exit.DONE
    out = capsys.readouterr().out
    tasks = re.findall(r"^ +\d+  (\w+(?: of \w+)?)", out, re.MULTILINE)
    assert tasks == [
        "fetch of PJM",
        "vlr of PJM",
        "shaping of PJM",
        "ice_settlements",
        "cost_curves of PJM",
        "backtest of PJM",
        "realised of PJM",
        "summary",
    ]
    assert "PJM    2025-01-01 to 2025-12-31" in out
    assert "db.example.com" in out
    assert "hunter2" not in out
    assert not runs.exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_ends_its_kernels_and_says_so(
    start: Callable[..., subprocess.Popen[str]],
    toys: Callable[..., Path],
    runs: Path,
    tmp_path: Path,
    demo_database: Database,
    is_alive: Callable[[int], bool],
    number: signal.Signals,
) -> None:
    cell, pids_of = _stuck_toy(tmp_path)
    process = start(toys(vlr=cell))
    wait_until(pids_of)
    pids = pids_of()
    # Ctrl-C reaches every process of the terminal, kill only the one it names
    (os.killpg if number is signal.SIGINT else os.kill)(process.pid, number)
    assert process.wait() == Exit.INTERRUPTED
    assert not any(map(is_alive, pids))
    manifest = _manifest(runs / "latest")
    assert manifest["outcome"] == "interrupted"
    assert _outcomes(manifest)["fetch PJM"] == "done"
    assert _outcomes(manifest)["vlr PJM"] == "interrupted"
    assert _outcomes(manifest)["summary None"] == "interrupted"
    assert _run_log(demo_database) == [(manifest["run_id"], "interrupted")]


def test_a_killed_run_leaves_nothing_running_and_the_next_one_says_it_was_killed(
    start: Callable[..., subprocess.Popen[str]],
    run: Callable[..., int],
    toys: Callable[..., Path],
    runs: Path,
    tmp_path: Path,
    demo_database: Database,
    is_alive: Callable[[int], bool],
) -> None:
    cell, pids_of = _stuck_toy(tmp_path)
    folder = toys(vlr=cell)
    process = start(folder)
    wait_until(pids_of)
    family = {child.pid for child in psutil.Process(process.pid).children(recursive=True)}
    process.kill()
    wait_until(lambda: not any(map(is_alive, family)))
    assert pids_of() <= family
    (killed,) = runs.iterdir()
    assert _manifest(killed)["outcome"] == "running"
    index = BeautifulSoup((killed / "index.html").read_text(), "html.parser")
    assert "Running:" in index.text and index.select_one('.grid a[href="pjm_fetch.html"]')
    assert dead_links(runs) == []
    (killed / "summary.ipynb").write_text('{"cells": [')  # cut short, as a notebook that was being written
    (killed / "summary.html").write_bytes("€".encode()[:2])
    (killed / ".manifest.json.4242.new").write_text("{")
    (killed / ".pjm_vlr.kept").mkdir()

    done = {task for task, outcome in _outcomes(_manifest(killed)).items() if outcome == "done"}
    assert main(["--resume", "--database", demo_database.url, "--runs", str(runs)], folder) == Exit.DONE
    resumed = _manifest(runs / "latest")
    assert resumed["resumes"] == _manifest(killed)["run_id"]
    assert (
        set(_outcomes(resumed).values()) == {"done"}
        and _outcomes(resumed).keys() == _outcomes(_manifest(killed)).keys()
    )
    assert {f"{task['notebook']} {task['iso']}" for task in resumed["tasks"] if task["kept"]} == done
    assert main(["--resume", "--database", demo_database.url, "--runs", str(runs)], folder) == Exit.REFUSED
    assert _manifest(killed)["outcome"] == "interrupted"
    assert not list(killed.glob(".*"))
    assert _outcomes(_manifest(killed))["vlr PJM"] == "interrupted"
    assert {"index.html", "digest.html"} <= {path.name for path in killed.iterdir()}
    assert (killed / f"demo_{killed.name}.zip").exists()
    assert dead_links(runs) == []
    assert "interrupted" in (runs / "index.html").read_text()
    assert [outcome for _, outcome in _run_log(demo_database)] == ["interrupted", "done"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk that is full after one report."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=40k", "tmpfs", folder], capture_output=True)
    if mounted.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {mounted.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_full_disk_ends_a_run_with_a_sentence_and_the_next_one_does_the_rest(
    small_disk: Path,
    toys: Callable[..., Path],
    runs: Path,
    demo_database: Database,
    capsys: pytest.CaptureFixture[str],
) -> None:
    options = ["--iso", "PJM", "--notebook", "fetch", "--notebook", "vlr", "--database", demo_database.url]
    assert main([*options, "--runs", str(small_disk)], toys()) == Exit.FAILED
    shown = capsys.readouterr()
    assert "No space left on device. Make room or give another folder; run 1 is interrupted" in shown.err
    assert "Traceback" not in shown.out + shown.err
    assert _run_log(demo_database) == [(1, "interrupted")]
    assert main([*options, "--runs", str(runs)], toys()) == Exit.DONE


def test_a_database_that_takes_no_writes_is_refused_with_a_sentence(
    run: Callable[..., int],
    toys: Callable[..., Path],
    runs: Path,
    demo_database: Database,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with demo_database.engine.connect() as connection:
        connection.exec_driver_sql(
            f"ALTER DATABASE {demo_database.name} SET default_transaction_read_only = on"
        )
        connection.commit()
    demo_database.engine.dispose()
    assert run(toys()) == Exit.REFUSED
    shown = capsys.readouterr().err
    assert "is read-only: default_transaction_read_only is on" in shown and "Traceback" not in shown
    assert not runs.exists()


def test_the_documentation_has_every_option_and_exit_code() -> None:
    options = {option for action in parser()._actions for option in action.option_strings} - {"-h", "--help"}
    assert {option for option in options if f"`{option}" not in DOCS} == set()
    for code, meaning in MEANINGS.items():
        assert f"| {code.value} | {meaning} |" in DOCS
        assert meaning in parser().epilog


def test_manifest_and_index_are_written_once_for_what_happens_at_one_time(
    run: Callable[..., int], toys: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []

    def count(path: Path, content: bytes) -> None:
        written.append(path.name)
        write_whole(path, content)

    monkeypatch.setattr("lib.pipeline.runner.records.recorder.write_whole", count)
    assert run(toys(fetch="1 / 0"), "--jobs", "2") == Exit.FAILED
    # The run starts, two tasks start, each of three tasks ends (and others start or are skipped), it ends.
    assert 1 < written.count("manifest.json") <= 6
    assert 1 < written.count("index.html") <= 6
