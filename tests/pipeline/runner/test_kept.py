"""A task keeps its report of an earlier run if nothing that it depends on has changed, and else it runs."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import text

from lib import store
from lib.manifest import read_manifest, write_manifest
from lib.paths import NOTEBOOKS_FOLDER, ROOT
from lib.pipeline.notebooks import NOTEBOOKS, Task
from lib.pipeline.runner.kept import dependencies, keeper, reports
from lib.pipeline.runner.kept.keeper import ReportKeeper
from lib.pipeline.runner.model import TaskResult
from lib.pipeline.runner.planning.cli_options import CliOptions
from lib.pipeline.runner.planning.own_load import OwnLoadFolder
from lib.pipeline.runner.planning.run_spec import build_run_spec
from lib.pipeline.runner.run_folder import make_run_folder, run_folder_name
from lib.store import Database, RunTask
from lib.task_record import ErrorKind, State, TaskError, TaskRecord
from tests.support.manifests import parse

ISO, OTHER = "MISO", "ERCOT"
FETCH, VLR, COSTS, SUMMARY = (
    Task("fetch", ISO), Task("vlr", ISO), Task("cost_curves", ISO), Task("summary", None)
)  # fmt: skip
ALL = {Task(notebook.name, ISO if notebook.per_iso else None) for notebook in NOTEBOOKS.values()}
PAGE = (
    "<header><!--runs-->{n}<!--/runs--><!--kept--><!--/kept--></header>{name}<!--changes-->{n}<!--/changes-->"
)
A_RUN = json.loads((ROOT / "tests" / "manifests" / "demo_run.json").read_text())


@dataclass
class Runs:
    """Runs whose notebooks leave toy reports; each says which of its tasks kept their report."""

    database: Database
    folder: Path
    notebooks: Path = NOTEBOOKS_FOLDER
    options: dict[str, object] = field(default_factory=lambda: {"source": "demo", "isos": [ISO]})
    fails: tuple[Task, ...] = ()

    def run(self, meanwhile: Callable[[Task], None] = lambda _: None, **options: object) -> set[Task]:
        """Run all tasks, call `meanwhile` while one runs, and return the tasks that kept their report."""
        given = {"runs": self.folder, **self.options, **options}
        spec = build_run_spec(CliOptions(**given), self.notebooks)  # type: ignore[arg-type]
        run_id = store.start_run(
            self.database, source=spec.source_spec, as_of=spec.as_of, window_start=None, window_end=None
        )
        now = datetime.now(UTC)
        folder = make_run_folder(self.folder, run_folder_name(run_id, now))
        manifest = parse({**A_RUN, "run_id": run_id, "folder": folder.name, "started_at": now.isoformat()})
        manifest.database, manifest.tasks, manifest.options = str(self.database), [], dict(spec.options)
        keep = ReportKeeper(self.database, spec, manifest, folder)
        for task in spec.plan.tasks:
            store.start_task(self.database, RunTask(run_id, task.notebook, task.iso or ""))
            result = keep.keep(task) or keep.complete(task, self._work(task, folder, run_id, meanwhile))
            manifest.tasks.append(_record(task, result))
        write_manifest(folder, manifest)
        return {Task(record.notebook, record.iso) for record in manifest.tasks if record.kept}

    def _work(self, task: Task, folder: Path, run_id: int, meanwhile: Callable[[Task], None]) -> TaskResult:
        meanwhile(task)
        if task in self.fails:
            return TaskResult(TaskError(ErrorKind.CELL, "ValueError", "prices are unreadable"), True, 1.0)
        for suffix in ("ipynb", "csv"):
            (folder / f"{task.stem}.{suffix}").write_text(f"{task} of run {run_id}")
        (folder / f"{task.stem}.html").write_text(PAGE.format(n=run_id, name=f"{task} of run {run_id}"))
        return TaskResult(None, has_html=True, seconds=1.0)

    @property
    def last(self) -> Path:
        """The folder of the last run."""
        return max(self.folder.iterdir(), key=lambda path: int(path.name.rpartition("-")[2]))

    def record(self, task: Task) -> TaskRecord:
        """Return what the manifest of the last run has of a task."""
        tasks = read_manifest(self.last).tasks
        return next(record for record in tasks if (record.notebook, record.iso) == (task.notebook, task.iso))


def _record(task: Task, result: TaskResult) -> TaskRecord:
    record = TaskRecord.waiting(task.notebook, task.iso)
    record.outcome = State.FAILED if result.error else State.DONE
    record.kept, record.depends_on = result.kept, dict(result.depends_on)
    record.ipynb, record.html, record.files = f"{task.stem}.ipynb", f"{task.stem}.html", (f"{task.stem}.csv",)
    return record


@pytest.fixture
def runs(demo_database: Database, tmp_path: Path) -> Runs:
    """Runs on the demo market after a first one."""
    runs = Runs(demo_database, tmp_path / "runs")
    assert runs.run() == set()
    return runs


def _write(database: Database, sql: str, **values: object) -> None:
    with database.engine.begin() as connection:
        connection.execute(text(sql), values)


def _store_price(database: Database, iso: str, run_id: int = 1) -> None:
    """Store a price of an ISO, as a person does with SQL."""
    sql = f"""INSERT INTO da_lmps_{iso.lower()} SELECT market_id, 1, :run_id, now(), 30
              FROM market WHERE iso = :iso"""
    _write(database, sql, iso=iso, run_id=run_id)


def _publish(database: Database, curve: str, run_id: int, status: str = "official") -> int:
    """Store a version of a curve, and return its number."""
    sql = """
        WITH made AS (
            INSERT INTO curve_version (curve, market_id, status, fingerprint, window_start, window_end,
                                       parameters, series_ids, run_id, study_reason)
            SELECT :curve, market_id, :status, 'x', '2025-01-01', '2025-12-31', '{}', '{}', :run_id,
                   CASE WHEN :status = 'study' THEN 'short' END
            FROM market WHERE iso = :iso RETURNING version_id
        )
        INSERT INTO pipeline_curve SELECT :run_id, version_id FROM made RETURNING version_id"""
    with database.engine.begin() as connection:
        values = {"curve": curve, "iso": ISO, "run_id": run_id, "status": status}
        return int(connection.execute(text(sql), values).scalar_one())


def test_every_task_keeps_its_report_if_nothing_has_changed(runs: Runs) -> None:
    first = runs.last
    assert runs.run() == ALL
    for task in ALL:
        assert (runs.last / f"{task.stem}.csv").read_text() == f"{task} of run 1"
        assert not (runs.last / f"{task.stem}.csv").samefile(first / f"{task.stem}.csv")
        page = (runs.last / f"{task.stem}.html").read_text()
        assert "<strong>Kept from run 1</strong>" in page
        assert "<!--runs--><!--/runs-->" in page, "links of the run before"
        assert "<!--changes--><!--/changes-->" in page, "what changed at the run before"
        assert "Kept from" not in (first / f"{task.stem}.html").read_text()
    assert not [path for path in runs.last.iterdir() if path.name.startswith(".")]


def test_a_report_that_is_kept_again_still_names_the_run_that_computed_it(runs: Runs) -> None:
    first = runs.last.name
    runs.run()
    shutil.rmtree(runs.folder / first)
    assert runs.run() == ALL
    kept = runs.record(VLR).kept
    assert kept is not None
    assert (kept.run_id, kept.folder) == (1, first)


def test_resuming_keeps_what_was_done_even_where_a_service_was_asked(
    runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "is_keepable", lambda task, _source: task != FETCH)
    runs.fails = (VLR,)
    assert runs.run(force=True) == set()
    failed = runs.last
    _mark(failed, State.FAILED)
    runs.fails, options = (), runs.options
    runs.options = {"resume": 0}
    assert runs.run() == ALL, "the report that failed is kept from the first run"
    assert (runs.last / f"{FETCH.stem}.csv").read_text() == (failed / f"{FETCH.stem}.csv").read_text()
    runs.options = options
    assert FETCH not in runs.run(), "without --resume the service is asked"


def _mark(folder: Path, outcome: State) -> None:
    manifest = read_manifest(folder)
    manifest.outcome = outcome
    write_manifest(folder, manifest)


def test_force_runs_everything_and_its_reports_may_be_kept(runs: Runs) -> None:
    assert runs.run(force=True) == set()
    assert runs.run() == ALL
    assert runs.record(VLR).kept.run_id == 2  # type: ignore[union-attr]


def test_another_parameter_window_day_or_status_runs_what_depends_on_it(runs: Runs) -> None:
    for options in (
        {"parameters": ["half_life_years=3"]},
        {"start": "2021-02-01"},
        {"end": "2025-12-30"},
        {"as_of": "2026-01-02"},
        {"study": True},
        {"official": True},
    ):
        assert VLR not in runs.run(**options), options


def test_other_code_another_notebook_package_or_setting_runs_what_depends_on_it(
    runs: Runs, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    runs.notebooks = Path(shutil.copytree(NOTEBOOKS_FOLDER, tmp_path / "notebooks"))
    assert runs.run() == ALL, "the notebooks stand elsewhere, and are the same"
    with (runs.notebooks / "vlr.ipynb").open("a") as notebook:
        notebook.write(" ")
    assert runs.run() == ALL - {VLR}
    with monkeypatch.context() as patch:
        patch.setattr(keeper, "hash_code", lambda: "other code")
        assert runs.run() == set()
    assert runs.run() == ALL, "the code is as it was"
    with monkeypatch.context() as patch:
        patch.setattr(dependencies, "_packages", lambda: ("pandas-9.dist-info",))
        assert runs.run() == set()
    monkeypatch.setenv("EPD_SETTLEMENTS", str(tmp_path))
    assert runs.run() == set()


def test_every_file_of_lib_and_of_the_schema_belongs_to_the_code(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(dependencies, "LIB", tmp_path)
    for name in ("a.py", "b.csv", "c/d.css"):
        before = dependencies.hash_code()
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
        assert dependencies.hash_code() != before
        before = dependencies.hash_code()
        (tmp_path / name).write_text("y")
        assert dependencies.hash_code() != before
    (tmp_path / "__pycache__").mkdir()
    before = dependencies.hash_code()
    (tmp_path / "__pycache__" / "a.pyc").write_bytes(b"x")
    assert dependencies.hash_code() == before


def test_what_somebody_writes_with_sql_runs_the_isos_tasks_and_no_other_isos(runs: Runs) -> None:
    _store_price(runs.database, OTHER)
    assert runs.run() == ALL, "another ISO's"
    _store_price(runs.database, ISO)
    assert runs.run() == {Task("ice_settlements", None), SUMMARY}
    assert runs.run() == ALL
    _write(runs.database, f"UPDATE da_lmps_{ISO.lower()} SET value = value")
    assert VLR not in runs.run()


def test_new_settlements_run_the_cost_curves_and_leave_the_others(runs: Runs) -> None:
    _write(
        runs.database,
        """INSERT INTO settlement_report
               (trade_date, report, file_name, sha256, n_rows, n_repeated, n_rejected, n_withdrawn, run_id)
           VALUES ('2026-01-05', 'x', 'x', repeat('0', 64), 1, 0, 0, 0, 1)""",
    )
    assert runs.run() == ALL - {Task("ice_settlements", None), COSTS}


def test_a_version_that_is_withdrawn_runs_its_notebook_and_those_that_use_it(runs: Runs) -> None:
    version = _publish(runs.database, "vlr", run_id=1)
    assert runs.run() == ALL - {VLR, COSTS, SUMMARY}
    assert runs.run() == ALL
    store.withdraw_version(runs.database, version, "June had prices of the wrong hub")
    assert runs.run() == ALL - {VLR, COSTS, SUMMARY}


def test_the_versions_and_problems_of_a_kept_report_belong_to_the_new_run_too(runs: Runs) -> None:
    def publish(task: Task) -> None:
        if task == VLR:
            _publish(runs.database, "vlr", 2, status="study")
            row = {"measure": "da_lmp", "location": None, "kind": "late", "message": "late", "n_hours": 1}
            hour = pd.Timestamp("2026-01-01", tz="UTC")
            problems = pd.DataFrame([{**row, "first": hour, "last": hour}])
            store.write_problems(runs.database, problems, RunTask(2, "vlr", ISO))

    runs.run(publish, force=True)
    assert runs.run() == ALL
    assert store.read_latest_version(runs.database, "vlr", ISO, run_id=3) == 1
    assert store.read_latest_version(runs.database, "vlr", ISO) is None, "a study is no official version"
    problems = store.read_relation(runs.database, "pipeline_problem")
    assert problems[["run_id", "notebook", "message"]].values.tolist() == [
        [2, "vlr", "late"],
        [3, "vlr", "late"],
    ]


def test_what_is_read_and_changes_while_a_task_runs_is_not_certain(runs: Runs) -> None:
    runs.run(lambda task: _store_price(runs.database, ISO, 2) if task == VLR else None, force=True)
    assert runs.record(VLR).depends_on == {}
    assert VLR not in runs.run()
    assert VLR in runs.run()


def test_a_task_that_failed_keeps_nothing(runs: Runs) -> None:
    runs.fails = (VLR,)
    runs.run(force=True)
    assert runs.record(VLR).depends_on == {}
    shutil.rmtree(next(runs.folder.glob("*-1")))
    assert VLR not in runs.run()


def test_a_report_that_is_not_as_its_run_left_it_is_computed_anew(runs: Runs) -> None:
    (runs.last / "miso_vlr.csv").write_text("12.5")
    (runs.last / "miso_shaping.html").unlink()
    assert runs.run() == ALL - {VLR, Task("shaping", ISO)}


@pytest.mark.parametrize("name", ["vlr.csv", "vlr.ipynb", "vlr.html"])
def test_the_hash_of_a_report_covers_all_its_files_but_what_others_write_into_the_page(
    name: str, tmp_path: Path
) -> None:
    names = ("vlr.csv", "vlr.ipynb", "vlr.html")
    for each in names:
        (tmp_path / each).write_text(PAGE.format(n=1, name=each))
    before = reports.hash_report(tmp_path, names)
    (tmp_path / "vlr.html").write_text(PAGE.format(n=2, name="vlr.html"))
    assert reports.hash_report(tmp_path, names) == before
    (tmp_path / name).write_text("12.5")
    assert reports.hash_report(tmp_path, names) != before
    (tmp_path / name).unlink()
    with pytest.raises(FileNotFoundError):
        reports.hash_report(tmp_path, names)


def test_a_run_that_the_database_does_not_know_is_none_to_keep_from(runs: Runs) -> None:
    _write(runs.database, "UPDATE pipeline_run SET started_at = started_at - interval '2 days'")
    assert runs.run() == set(), "the database was restored, and another run has the id"


def test_a_damaged_manifest_is_none_to_keep_from(runs: Runs) -> None:
    (runs.last / "manifest.json").write_text("{")
    assert runs.run() == set()


def test_a_full_disk_makes_the_task_run_and_leaves_no_half_report(
    runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(source: Path, target: Path) -> None:
        if source.name == "miso_vlr.ipynb":
            raise OSError(28, "No space left on device")
        target.write_bytes(source.read_bytes())

    monkeypatch.setattr(reports.shutil, "copyfile", fill)
    left: list[Path] = []

    def look(task: Task) -> None:
        if task == VLR:
            left.extend(runs.last.glob("*miso_vlr*"))

    assert runs.run(look) == ALL - {VLR}
    assert left == []


@pytest.mark.parametrize("n_moved", range(4))
def test_a_kill_while_a_report_is_copied_leaves_whole_files_and_the_page_last(
    n_moved: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        """Stands for the end of the process."""

    source, target = tmp_path / "1", tmp_path / "2"
    names = ["vlr.csv", "vlr.ipynb", "vlr.html"]
    for folder in (source, target):
        folder.mkdir()
    for name in names:
        (source / name).write_text(name * 1000)
    moves: Iterator[int] = iter(range(4))
    move_file = Path.replace

    def move(self: Path, to: Path) -> Path:
        if next(moves) == n_moved:
            raise Killed
        return move_file(self, to)

    monkeypatch.setattr(Path, "replace", move)
    if n_moved < len(names):
        with pytest.raises(Killed):
            reports.copy_report(source, target, names)
    else:
        reports.copy_report(source, target, names)
    there = {path.name for path in target.iterdir()}
    assert there == set(names[:n_moved])
    assert all((target / name).read_text() == name * 1000 for name in there)


def _write_prices(folder: Path, price: float) -> None:
    hours = pd.date_range("2024-01-15", periods=48, freq="h", tz="UTC")
    rows = pd.DataFrame({"zone": "WEST", "interval_start_utc": hours, "value": price})
    (folder / "nyiso").mkdir(parents=True, exist_ok=True)
    for measure in ("da_lmp", "rt_lmp", "da_load", "rt_load"):
        rows.to_parquet(folder / "nyiso" / f"{measure}.parquet")


def test_files_are_read_again_if_one_has_changed(database: Database, tmp_path: Path) -> None:
    data = tmp_path / "data"
    _write_prices(data, 30.0)
    options = {"source": f"files:{data}", "isos": ["NYISO"], "as_of": "2026-01-01"}
    runs = Runs(database, tmp_path / "runs", options={**options, "notebooks": ["fetch", "vlr"]})
    fetch, vlr = Task("fetch", "NYISO"), Task("vlr", "NYISO")
    assert runs.run() == set()
    assert runs.run() == {fetch, vlr}
    _write_prices(data, 31.0)
    assert runs.run() == set()
    assert runs.run() == {fetch, vlr}
    (data / "nyiso" / "bases.csv").write_text("measure,basis\nda_load,forecast\n")
    assert runs.run() == set()


def test_own_load_is_read_again_if_its_file_has_changed(runs: Runs, tmp_path: Path) -> None:
    own = tmp_path / "own"
    shutil.copytree(ROOT / "tests" / "notebooks", own / ISO.lower())  # any files
    spec = build_run_spec(CliOptions(source="demo", isos=[ISO], runs=runs.folder), NOTEBOOKS_FOLDER)
    spec = replace(spec, own_load=OwnLoadFolder(own, (ISO,)))
    before = dependencies.read_dependencies(spec, VLR, "code", "environment")
    (own / ISO.lower() / "hourly.csv").write_text("x")
    after = dependencies.read_dependencies(spec, VLR, "code", "environment")
    assert [part for part in before if before[part] != after[part]] == ["source"]


@pytest.mark.parametrize(
    ("notebook", "source", "is_kept"),
    [
        ("fetch", "demo", True),
        ("fetch", "files:data", True),
        ("fetch", "enverus", False),
        ("fetch", "public", False),
        ("fetch", "replay:public", False),
        ("ice_settlements", "demo", True),
        ("ice_settlements", "files:data", False),
        ("ice_settlements", "enverus", False),
        ("vlr", "enverus", True),
        ("summary", "public", True),
    ],
)
def test_a_task_that_asks_a_service_always_runs(notebook: str, source: str, is_kept: bool) -> None:
    task = Task(notebook, None if notebook in ("ice_settlements", "summary") else ISO)
    assert dependencies.is_keepable(task, dependencies.parse_source_spec(source)) == is_kept


def test_a_notebook_that_nobody_has_stated_the_tables_of_always_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    notebooks = {**dependencies.NOTEBOOKS, "vlr": replace(dependencies.NOTEBOOKS["vlr"], reads=None)}
    monkeypatch.setattr(dependencies, "NOTEBOOKS", notebooks)
    assert not dependencies.is_keepable(VLR, dependencies.parse_source_spec("demo"))
