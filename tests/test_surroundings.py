"""What a user has set for other programs does not reach runs and pages."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import matplotlib
import pytest

from lib import surroundings
from lib.paths import ROOT
from lib.present.charts.style import new_figure, to_svg


def _draw() -> str:
    with new_figure(3, 2) as figure:
        ax = figure.subplots()
        ax.plot([1, 2, 3], [3, 1, 2])
        ax.set_title("a title")
        return re.sub("[0-9a-f]{6}p[0-9a-f]{10}", "id", to_svg(figure))


def test_a_chart_is_the_same_whatever_matplotlib_was_told() -> None:
    plain = _draw()
    told = {
        "axes.prop_cycle": matplotlib.cycler(color=["red"]),
        "text.usetex": True,
        "font.family": "monospace",
        "axes.unicode_minus": False,
        "lines.linestyle": "--",
        "lines.marker": "x",
        "savefig.bbox": "tight",
        "axes.xmargin": 0.5,
        "figure.dpi": 300,
        "xtick.labelsize": 40,
        "path.simplify": False,
        "axes.formatter.use_locale": True,
    }
    with matplotlib.rc_context(told):
        assert _draw() == plain


def test_a_process_starts_without_the_user_s_settings(tmp_path: Path) -> None:
    """A matplotlibrc that cannot be read ends every import of matplotlib, a start-up script every Python."""
    (tmp_path / "matplotlibrc").write_bytes(b"\xff\xfe lines.linewidth")
    (tmp_path / "startup.py").write_text("raise SystemExit(9)")
    code = (
        "from lib.surroundings import keep_out; keep_out()\n"
        "import matplotlib, os, tempfile\n"
        "assert matplotlib.rcParams == matplotlib.rcParamsDefault\n"
        "assert 'PYTHONSTARTUP' not in os.environ\n"
        "print(tempfile.gettempdir())"
    )
    long = tmp_path / ("long" * 20)
    long.mkdir()
    told = {
        "MATPLOTLIBRC": str(tmp_path / "matplotlibrc"),
        "PYTHONSTARTUP": str(tmp_path / "startup.py"),
        "TMPDIR": str(long),
        "LC_ALL": "tr_TR.UTF-8",
    }
    without_home = {name: value for name, value in os.environ.items() if name != "HOME"}
    command = [sys.executable, "-c", code]
    environment = {**without_home, **told, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=long, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == surroundings.SHORT_TEMP


def test_a_short_folder_for_temporary_files_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", dict(os.environ))
    before = tempfile.gettempdir()
    if len(before) <= surroundings.MAX_TEMP_BYTES:
        surroundings.keep_out()
        assert tempfile.gettempdir() == before


def test_jupyter_keeps_its_files_where_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", dict(os.environ))
    surroundings.keep_jupyter_out(tmp_path)
    assert os.environ["IPYTHONDIR"] == str(tmp_path / "ipythondir")
    assert all(path.stat().st_mode & 0o077 == 0 for path in tmp_path.iterdir())


def test_the_next_folder_removes_those_of_killed_processes_and_no_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    killed = "import os, lib.surroundings as s; folder = s.temp_folder('run'); os.kill(os.getpid(), 9)"
    subprocess.run([sys.executable, "-c", killed], cwd=ROOT, env={**os.environ, "TMPDIR": str(tmp_path)})
    (left,) = tmp_path.iterdir()
    (left / "socket").write_text("")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / f"epd-run-{2**22 + 1}-link").symlink_to(elsewhere)
    others = {"epd-notes", "epd-run-1-of_init", f"epd-run-{2**22 + 1}-link", "elsewhere"}
    for name in ("epd-notes", "epd-run-1-of_init"):
        (tmp_path / name).mkdir()
    with surroundings.temp_folder("tool") as own, surroundings.temp_folder("run") as second:
        assert {path.name for path in tmp_path.iterdir()} == {*others, Path(own).name, Path(second).name}
    assert {path.name for path in tmp_path.iterdir()} == others
