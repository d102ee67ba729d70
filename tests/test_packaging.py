"""The project as it is installed: the command `epd`, and a wheel away from the repository."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import run_all
from lib.pipeline.runner import cli
from tests.support.tasks import WHOLE_RUN

ROOT = Path(__file__).parents[1]
EPD = Path(sys.executable).with_name("epd")


def _output(*command: str | Path, **environment: str) -> str:
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_the_command_and_run_all_call_one_function() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["scripts"] == {"epd": f"{cli.__name__}:{cli.main.__name__}"}
    assert run_all.main is cli.main


def test_the_help_of_the_command_is_that_of_run_all_but_for_the_name() -> None:
    if not EPD.exists():
        assert os.environ.get("CI") != "true", "CI must have installed the project itself"
        pytest.skip("the project itself is not installed: `make .venv/.installed` does it")
    script = _output(sys.executable, "run_all.py", "--help", COLUMNS="2000")
    assert script.startswith("usage: run_all.py [-h] ")
    assert _output(EPD, "--help", COLUMNS="2000") == script.replace("run_all.py", "epd")


def test_a_refusal_names_the_command_that_was_called(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["/usr/local/bin/epd"])
    assert cli.main(["--iso", "nowhere"]) == 2
    assert capsys.readouterr().err.startswith("epd: ")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what a wheel of the project puts among the installed packages."""
    pytest.importorskip("hatchling")
    folder = tmp_path_factory.mktemp("wheel")
    _output(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "packages")
    return folder / "packages"


def _files(folder: Path) -> set[Path]:
    paths = {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}
    return {path for path in paths if not any(part.startswith((".", "__pycache__")) for part in path.parts)}


def test_a_wheel_has_the_code_its_data_the_notebooks_and_the_schema(installed: Path) -> None:
    in_lib = _files(installed / "lib")
    for name in ("notebooks", "sql"):
        assert {path.relative_to(name) for path in in_lib if path.parts[0] == name} == _files(ROOT / name)
    assert {path for path in in_lib if path.parts[0] not in {"notebooks", "sql"}} == _files(ROOT / "lib")
    assert {path.name.partition("-")[0] for path in installed.iterdir()} == {"epd", "lib", "epd_automation"}
    assert _files(installed / "epd") == _files(ROOT / "epd")


def test_an_installed_wheel_plans_a_run_in_the_home_folder(installed: Path, tmp_path: Path) -> None:
    code = "import sys; from lib.pipeline.runner.cli import main; sys.exit(main(['--dry-run']))"
    plan = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(installed), "HOME": str(tmp_path), "COLUMNS": "300"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert f"the embedded server in {tmp_path}/epd/.pgdata" in plan
    assert f"{tmp_path}/epd/runs" in plan
    assert f"{len(WHOLE_RUN)} tasks" in plan
    assert not list(tmp_path.iterdir()), "a plan creates nothing"


def test_the_version_names_code_schema_and_python(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["--version"])
    assert ended.value.code == 0
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    newest = max(path.name for path in (ROOT / "sql").glob("[0-9]*.sql"))[:3]
    shown = capsys.readouterr().out
    assert shown.startswith(f"EPD Automation {project['version']}, schema {newest}, Python 3.")


def test_windows_gets_a_sentence_and_no_traceback() -> None:
    code = "import sys; sys.platform = 'win32'; import lib.pipeline.runner.cli"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("EPD Automation runs on Linux and macOS. On Windows, use WSL")
    assert len(done.stderr.splitlines()) == 1
