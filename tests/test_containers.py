"""Dockerfile and compose.yaml name files, settings and options that exist. Building them needs an engine."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from lib.pipeline.runner.cli import parser
from lib.settings import setting_names

ROOT = Path(__file__).parents[1]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    """The services of compose.yaml."""
    composed: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    return composed["services"]


def test_the_image_copies_what_exists_and_starts_the_command() -> None:
    copied = [
        name for line in re.findall(r"^COPY \S+ (.*) \S+$", DOCKERFILE, re.MULTILINE) for name in line.split()
    ]
    assert {"lib", "epd", "notebooks", "sql", "run_all.py", "requirements.txt"} <= set(copied)
    assert not [name for name in copied if not (ROOT / name).exists()]
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]
    assert re.search(r'^ENTRYPOINT \["\.venv/bin/(\w+)"\]$', DOCKERFILE, re.MULTILINE)[1] in scripts  # type: ignore[index]
    assert ".env" in (ROOT / ".dockerignore").read_text().split()


def test_the_services_have_settings_that_exist(services: dict[str, Any]) -> None:
    for name in ("run", "tool"):
        assert services[name]["environment"].keys() <= setting_names(), name


def test_the_run_has_options_that_exist(services: dict[str, Any]) -> None:
    command = [re.sub(r"\$\{\w+:-(\w+)\}", r"\1", word) for word in services["run"]["command"]]
    assert parser().parse_args(command).source == "demo"


def test_the_database_has_no_network_and_the_tool_no_right_to_write(services: dict[str, Any]) -> None:
    assert "listen_addresses=" in services["db"]["command"] and "ports" not in services["db"]
    urls = list(services["tool"]["environment"].values())
    assert urls and all("//desk_reader@" in url for url in urls)
    assert services["tool"]["ports"] == ["127.0.0.1:8866:8866"]
