"""The notebooks, opened as an analyst opens them, still show the tables they are stored with."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from lib.store import read_sql
from tests.conftest import DemoRun

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))

Nbval = Callable[..., subprocess.CompletedProcess[str]]


def test_the_notebooks_show_what_they_are_stored_with_and_write_nothing(
    nbval: Nbval, demo_run: DemoRun
) -> None:
    # Another run may end meanwhile, in another process of the tests: it has writes, but they write nothing.
    count = """SELECT sum(n_written + n_revised) AS n_rows, (SELECT count(*) FROM curve_version) AS n_versions
               FROM pipeline_write"""
    before = read_sql(demo_run.database, count)
    done = nbval(ROOT, *NOTEBOOKS)
    assert done.returncode == 0, done.stdout
    assert read_sql(demo_run.database, count).equals(before)


def test_a_changed_formula_makes_the_comparison_fail(nbval: Nbval, tmp_path: Path) -> None:
    for part in ("lib", "notebooks", "sql"):
        shutil.copytree(ROOT / part, tmp_path / part)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    formula = tmp_path / "lib" / "calc" / "vlr.py"
    right = 'cost_per_mwh=ratio(sums["unitized_cost_usd"], sums["rt_load_mwh"])'
    text = formula.read_text()
    assert right in text
    formula.write_text(text.replace(right, f"{right} * 1.01"))
    done = nbval(tmp_path, "vlr")
    assert done.returncode == 1, done.stdout
    assert "VLR by zone, over all hours of the window" in done.stdout
