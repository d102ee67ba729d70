"""What workflows and schedules run: the commands exist, secrets are settings, pull requests are checked."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from lib.pipeline.doctor.services import find_accounts
from lib.pipeline.notebooks import NOTEBOOKS
from lib.pipeline.runner.cli import parser
from lib.settings import setting_names

ROOT = Path(__file__).parents[1]
ALL_WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PULL_REQUEST = ROOT / ".github" / "workflows" / "pull_request.yml"
WORKFLOWS = [path for path in ALL_WORKFLOWS if path != PULL_REQUEST]
"""Those that run the pipeline by the clock."""
SCHEDULING = (ROOT / "docs" / "scheduling.md").read_text(encoding="utf-8")


def _commands(text: str) -> list[str]:
    """Return the options of every call of run_all.py in a text, its shell variables filled in."""
    variables = dict(re.findall(r'^ *(\w+)="(--[^"]*)"$', text, re.MULTILINE))
    calls = re.findall(r"run_all\.py +([-$][^\n|>`]*)", text)
    filled = (
        re.sub(r"\$(\w+)", lambda found: variables[found[1]], re.sub(r"\$\{.*", "", call)) for call in calls
    )
    return [call for call in filled if call.strip()]


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


def _jobs(path: Path) -> dict[str, dict[str, Any]]:
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert workflow["permissions"] == {"contents": "read"}
    return dict(workflow["jobs"])


def _steps(path: Path) -> list[dict[str, Any]]:
    (job,) = _jobs(path).values()
    assert "env" not in job, "each secret reaches the one step that needs it"
    return list(job["steps"])


def _secrets(path: Path) -> dict[str, str]:
    (environment,) = [step["env"] for step in _steps(path) if "env" in step]
    return {name: value for name, value in environment.items() if "secrets." in value}


def test_a_workflow_takes_its_secrets_from_the_store_under_the_names_of_the_settings() -> None:
    for path in WORKFLOWS:
        for name, value in _secrets(path).items():
            assert name in setting_names()
            assert value == f"${{{{ secrets.{name} }}}}"


def test_the_workflows_know_every_account_there_is() -> None:
    daily_ice, daily_run = map(_secrets, WORKFLOWS)
    accounts = {
        account.service: account.settings for account in find_accounts("enverus", has_settlements=True)
    }
    of_settlements = {name.upper() for name in accounts.pop("ICE")}
    assert of_settlements <= set(daily_ice)
    assert {name.upper() for names in accounts.values() for name in names} <= set(daily_run)
    of_mail = {name for name in setting_names() if name.startswith(("SMTP_", "MAIL_"))}
    assert of_mail <= set(daily_ice) and of_mail <= set(daily_run)


def test_what_somebody_types_into_a_workflow_never_becomes_part_of_a_command() -> None:
    for path in WORKFLOWS:
        assert not any("${{" in step.get("run", "") for step in _steps(path))


def test_the_morning_job_stops_without_a_database_that_outlives_it() -> None:
    (run,) = [step["run"] for step in _steps(WORKFLOWS[1]) if "env" in step]
    assert run.index("exit 2") < run.index("run_all.py") and '-z "$DATABASE_URL"' in run


def test_actions_are_pinned_by_their_hash_and_keep_no_token() -> None:
    for path in ALL_WORKFLOWS:
        for step in (step for job in _jobs(path).values() for step in job["steps"]):
            assert re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40}", step.get("uses", f"actions/none@{'0' * 40}"))
            if step.get("uses", "").startswith("actions/checkout"):
                assert step["with"] == {"persist-credentials": False}


def test_a_pull_request_is_tested_on_each_system_and_python_that_the_project_names() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = [name.rpartition(" :: ")[2] for name in project["classifiers"] if ":: Python :: 3." in name]
    matrix = _jobs(PULL_REQUEST)["test"]["strategy"]["matrix"]
    assert matrix == {"os": ["ubuntu-latest", "macos-latest"], "python": named}
    assert project["requires-python"] == f">={named[0]}"


def test_a_pull_request_runs_what_ci_runs_with_no_secret_and_no_text_of_its_author() -> None:
    text = PULL_REQUEST.read_text(encoding="utf-8")
    assert "secrets." not in text and "pull_request_target" not in text
    runs = [step["run"] for job in _jobs(PULL_REQUEST).values() for step in job["steps"] if "run" in step]
    assert not any("${{" in run for run in runs)
    of_ci = re.findall(r"^make \w+$", (ROOT / ".ci" / "run").read_text(encoding="utf-8"), re.M)
    assert of_ci and set(of_ci) <= set(runs)
    targets = re.findall(r"^([\w.]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    assert {run.removeprefix("make ") for run in runs if run.startswith("make ")} - {
        ".venv/.installed"
    } <= set(targets)


def test_dependabot_looks_after_packages_and_actions() -> None:
    settings = yaml.safe_load((ROOT / ".github" / "dependabot.yml").read_text(encoding="utf-8"))
    assert [update["package-ecosystem"] for update in settings["updates"]] == ["pip", "github-actions"]


def test_a_hook_calls_what_the_environment_has_and_make_check_runs_it_too() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"][0][
        "hooks"
    ]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8").replace("$(BIN)", ".venv/bin")
    for hook in hooks:
        assert hook["language"] == "system"
        assert hook["entry"].removesuffix(" --force-exclude") in makefile
