"""A run whose notebooks show every secret that is set, in every encoding: none leaves the process."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from rich.console import Console

from lib.paths import ROOT
from lib.pipeline.console import print_line
from lib.pipeline.doctor import checks
from lib.pipeline.doctor.finding import Finding, Health
from lib.pipeline.notebooks import NOTEBOOKS
from lib.pipeline.runner.execution.processes import Pool
from lib.pipeline.runner.execution.worker import Job, run_task
from lib.redact import HIDDEN
from lib.store import Database, read_sql
from tests.support.secrets_left import canaries, find_left

SHOW = """
import os, sys
from IPython.display import HTML, display
from tests.support.secrets_left import encodings, secret_settings
secrets = [os.environ[name.upper()] for name in secret_settings() if name.upper() in os.environ]
spelled = [each for secret in secrets for each in encodings(secret).values()]
print("printed", *spelled)
print("warned", *spelled, file=sys.stderr)
display(HTML("<p>shown " + " ".join(spelled) + "</p>"))
display({"application/json": {each: each for each in spelled}}, raw=True)
"""
RAISE = "raise RuntimeError('refused: ' + ' '.join(spelled))"
RUN_LOG = ("pipeline_run", "pipeline_task", "pipeline_problem", "pipeline_write", "curve_version")


PIECES = """
import os, sys
import ipywidgets
secret = os.environ["PJM_API_KEY"]
for piece in (secret[:9], secret[9:]):
    print(piece, end="", flush=True)
for piece in (secret[:9], secret[9:]):
    print(piece, end="", flush=True, file=sys.stderr)
ipywidgets.Text(value=f"you sent {secret}", description="shown")
"""


EDIT = """
import os
from pathlib import Path
key = Path(os.environ["PJM_API_KEY_FILE"])
print(key.read_text())
key.write_text("another-key")
"""


@pytest.fixture
def notebooks(tmp_path: Path, write_notebook: Callable[..., Path]) -> Path:
    """Notebooks of which one shows the secrets, and another raises an error with them too."""
    cells = {"fetch": [SHOW], "vlr": [SHOW, SHOW + RAISE]}
    folder = tmp_path / "notebooks"
    folder.mkdir()
    for name, notebook in NOTEBOOKS.items():
        write_notebook(folder / notebook.file, *cells.get(name, ["x = 1"]))
    return folder


def _run(notebooks: Path, database: Database, runs: Path) -> subprocess.CompletedProcess[str]:
    code = (
        "import sys; from pathlib import Path; from lib.pipeline.runner.cli import main\n"
        "if __name__ == '__main__': sys.exit(main(sys.argv[2:], Path(sys.argv[1])))"
    )
    script = runs.parent / "start.py"
    script.write_text(code)
    secrets = {name.upper(): secret for name, secret in canaries().items()}
    options = ["--iso", "PJM", "--database", database.url, "--runs", str(runs)]
    return subprocess.run(
        [sys.executable, script, notebooks, *options],
        env={**os.environ, **secrets, "ENVERUS_USERNAME": "desk", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )


def test_no_secret_leaves_a_run(notebooks: Path, demo_database: Database, tmp_path: Path) -> None:
    secrets = canaries()
    runs = tmp_path / "runs"
    done = _run(notebooks, demo_database, runs)
    assert done.returncode == 1, done.stderr
    shown = (runs / "latest" / "pjm_fetch.html").read_text()
    assert f"printed {HIDDEN}" in shown and f"shown {HIDDEN}" in shown
    assert HIDDEN in next(
        task["error"]["sentence"]
        for task in json.loads((runs / "latest" / "manifest.json").read_text())["tasks"]
        if task["outcome"] == "failed"
    )
    tables = pd.concat([read_sql(demo_database, f"SELECT * FROM {name}").astype(str) for name in RUN_LOG])
    stored = tmp_path / "stored"
    stored.mkdir()
    (stored / "console").write_text(done.stdout + done.stderr)
    (stored / "run_log").write_text(tables.to_csv())
    left = find_left(runs, secrets)
    assert left == [], "\n".join(left[:50])
    assert find_left(stored, secrets) == []


def test_a_secret_in_pieces_or_in_a_widget_leaves_no_notebook(
    pool: Pool, make_job: Callable[..., Job]
) -> None:
    canary = canaries()["pjm_api_key"]
    job = make_job(PIECES, **{"PJM_API_KEY": canary})
    assert pool.submit(run_task, job).result().error is None
    notebook = nbformat.read(str(job.ipynb), as_version=4)
    streams = [each for each in notebook.cells[-1].outputs if each.output_type == "stream"]
    assert [(each.name, each.text) for each in streams] == [("stdout", HIDDEN), ("stderr", HIDDEN)]
    assert f"you sent {HIDDEN}" in json.dumps(notebook.metadata.widgets)
    for shown in (job.ipynb.read_text(), job.html.read_text()):
        assert canary[:9] not in shown and canary[9:18] not in shown


def test_what_env_said_at_the_start_of_a_task_stays_a_secret(
    pool: Pool, make_job: Callable[..., Job], tmp_path: Path
) -> None:
    held = tmp_path / "key"
    held.write_text("canary-of-the-morning")
    job = make_job(EDIT, **{"PJM_API_KEY_FILE": str(held)})
    assert pool.submit(run_task, job).result().error is None
    assert held.read_text() == "another-key"
    assert "canary-of" not in job.ipynb.read_text() and HIDDEN in job.ipynb.read_text()


def test_the_console_and_the_doctor_show_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    canary = canaries()["pjm_api_key"]
    monkeypatch.setenv("PJM_API_KEY", canary)
    found = Finding("service of PJM", Health.FAILURE, f"it said {canary}", f"ask about {canary}")
    monkeypatch.setattr(checks, "run_checks", lambda _: [found])
    shown = io.StringIO()
    checks.print_report(checks.DoctorOptions("public", (), None, None), Console(file=shown, width=200))
    print_line(Console(file=shown, width=200), f"refused: {canary}")
    assert shown.getvalue().count(HIDDEN) == 3 and "canary" not in shown.getvalue()
