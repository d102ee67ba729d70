from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
NINE = {
    "jupyterlab",
    "papermill",
    "pandas",
    "sqlalchemy",
    "psycopg2-binary",
    "requests",
    "matplotlib",
    "openpyxl",
    "nbval",
}


def _name(requirement: str) -> str:
    return re.split(r"[<>=!~;\[ ]", requirement)[0].lower()


@pytest.fixture(scope="module")
def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


@pytest.fixture(scope="module")
def locked() -> dict[str, str]:
    pins = re.findall(r"^([a-z0-9._-]+)==(\S+)(.*)$", (ROOT / "requirements.txt").read_text(), re.M)
    return {name: version for name, version, _ in pins}


def test_conda_has_the_nine_packages_by_name_and_then_the_lock(project: dict) -> None:
    dependencies = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    by_name = {_name(entry) for entry in dependencies if isinstance(entry, str)}
    assert by_name - {"python", "make", "git", "pip"} == NINE
    assert dependencies[-1] == {"pip": ["-r requirements.txt"]}
    assert {_name(r) for r in project["project"]["dependencies"]} >= NINE


def test_conda_and_the_project_ask_for_the_same_python(project: dict) -> None:
    dependencies = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    assert f"python{project['project']['requires-python']}" in dependencies


def test_the_lock_holds_every_declared_dependency(project: dict, locked: dict[str, str]) -> None:
    declared = project["project"]["dependencies"] + project["dependency-groups"]["dev"]
    assert {_name(requirement) for requirement in declared} <= set(locked)


def test_every_locked_package_has_a_hash() -> None:
    text = (ROOT / "requirements.txt").read_text()
    pins = re.split(r"^(?=[a-z0-9._-]+==)", text, flags=re.M)[1:]
    assert len(pins) > 100
    assert all("--hash=sha256:" in pin for pin in pins)
