"""The documents name files that exist, and the changes that they show apply to the code as it is."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import nbformat
import pytest

from tools.check_reference import check

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])

A_PRICE_ENTERS_AT_MOST = 38
"""Files of lib between the socket and the store."""


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_a_link_leads_to_a_file(path: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8"))
    assert not [link for link in links if not (path.parent / link).exists()]


def test_the_way_of_a_price_names_files_that_exist_and_counts_them() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    section = text.split("## How to find things")[1].split("\n## ")[0] + "\n"
    ways = re.findall(r"\((\d+) files, .*?\n\n(.*?)\n\n", section, re.DOTALL)
    assert len(ways) == 2
    for count, table in ways:
        files = re.findall(r"`([\w/]+\.py)`", table)
        assert len(files) == len(set(files)) == int(count)
        assert not [name for name in files if not (ROOT / "lib" / name).is_file()]
    assert int(ways[0][0]) <= A_PRICE_ENTERS_AT_MOST


CHANGES = re.findall(
    r"^## ([^\n]+)\n((?:(?!^## ).)*?(\d+) files are opened.*?)```diff\n(.*?)```",
    (ROOT / "docs" / "development.md").read_text(encoding="utf-8"),
    re.DOTALL | re.MULTILINE,
)
"""Of each change of docs/development.md its heading, its text, the number of files it names, and its diff."""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of what the changes touch, to be changed."""
    for folder in ("docs", "lib", "tests", "notebooks"):
        ignored = shutil.ignore_patterns("__pycache__", "frontend", "*.png")
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=ignored)
    return tmp_path


def test_every_way_to_add_something_shows_its_change() -> None:
    headings = [heading for heading, *_ in CHANGES]
    assert {"A sixth ISO", "A zone", "Other on-peak hours", "A cost component", "A notebook"} <= set(headings)


@pytest.mark.parametrize("change", CHANGES, ids=[heading for heading, *_ in CHANGES])
def test_a_change_applies_to_the_code_as_it_is(change: tuple[str, str, str, str], copy: Path) -> None:
    _, _, n_files, diff = change
    files = re.findall(r"^\+\+\+ b/(.+)$", diff, re.MULTILINE)
    assert len(files) == int(n_files)
    applied = subprocess.run(
        ["git", "apply", "-"], cwd=copy, input=diff, text=True, capture_output=True, check=False
    )
    assert applied.returncode == 0, applied.stderr
    for name in files:
        if name.endswith(".py"):
            compile((copy / name).read_text(encoding="utf-8"), name, "exec")
        if name.endswith(".ipynb"):
            nbformat.validate(nbformat.read(copy / name, as_version=4))
    assert [str(finding) for finding in check(copy / "lib") if not finding.rule.optional_because] == []


def test_every_command_of_the_inner_loop_exists() -> None:
    text = (ROOT / "docs" / "development.md").read_text(encoding="utf-8")
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert not set(re.findall(r"`make ([a-z-]+)`", text)) - set(targets)
    assert not [name for name in re.findall(r"tests/[\w/.]+", text) if not _is_there(name, text)]


def _is_there(name: str, text: str) -> bool:
    """Whether a path exists, or a change of the document makes it."""
    return (ROOT / name).exists() or f"+++ b/{name}" in text


def test_every_test_that_the_page_on_reliability_names_exists() -> None:
    page = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
    files = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py")}
    defined = {
        name for text in files.values() for name in re.findall(r"^ *(?:async )?def (test_\w+)", text, re.M)
    }
    named = set(re.findall(r"\b(test_\w+)\b(?!\.py|\w)", page)) - {name.removesuffix(".py") for name in files}
    assert len(named) > 60
    assert sorted(named - defined) == []
    assert sorted(set(re.findall(r"\b(test_\w+\.py)", page)) - files.keys()) == []
