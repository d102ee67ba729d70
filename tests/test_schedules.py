"""What schedules run, wherever it is written: the commands exist, and their secrets are settings."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import yaml

from lib.pipeline.command.cli import parser
from lib.pipeline.planning.plan import NOTEBOOKS
from lib.settings import setting_names

ROOT = Path(__file__).parents[1]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
SCHEDULING = (ROOT / "docs" / "scheduling.md").read_text(encoding="utf-8")


def _commands(text: str) -> list[str]:
    """Return the options of every call of run_all.py, or of make with ARGS, in a text."""
    plain = re.findall(r"run_all\.py +(-[^\n|>`]*)", text)
    made = [" ".join(found.split()) for found in re.findall(r'ARGS="(.*?)"', text, re.DOTALL)]
    without_shell = (re.sub(r"\$\{[^}]*\}", "", command) for command in (*plain, *made))
    return [command for command in without_shell if command.strip()]


@pytest.mark.parametrize(
    "command",
    sorted({c for text in (SCHEDULING, *(path.read_text() for path in WORKFLOWS)) for c in _commands(text)}),
)
def test_every_command_of_a_schedule_is_one_that_run_all_takes(command: str) -> None:
    options = parser().parse_args(shlex.split(command))
    assert set(options.notebooks) <= set(NOTEBOOKS)
    assert options.source is not None, "a schedule must not run the demo market unawares"


def test_both_clocks_have_a_workflow_and_a_timer() -> None:
    assert {path.name for path in WORKFLOWS} == {"daily_ice.yml", "daily_run.yml"}
    assert len(_commands(SCHEDULING)) >= 6
    for path in WORKFLOWS:
        assert path.name in SCHEDULING


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_takes_its_secrets_from_the_store_under_the_names_of_the_settings(path: Path) -> None:
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    (job,) = workflow["jobs"].values()
    secrets = {name: value for name, value in job["env"].items() if "secrets." in value}
    assert secrets and set(secrets) <= setting_names()
    assert all(value == f"${{{{ secrets.{name} }}}}" for name, value in secrets.items())
    assert workflow["permissions"] == {"contents": "read"}


def test_what_somebody_types_into_a_workflow_never_becomes_part_of_a_command() -> None:
    for path in WORKFLOWS:
        (job,) = yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"].values()
        assert not any("${{" in step.get("run", "") for step in job["steps"])


def test_the_morning_job_stops_without_a_database_that_outlives_it() -> None:
    (job,) = yaml.safe_load((WORKFLOWS[1]).read_text(encoding="utf-8"))["jobs"].values()
    first = job["steps"][0]["run"]
    assert '-z "$DATABASE_URL"' in first and "exit 2" in first
