"""The rules of docs/architecture.md that a machine can check."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from lib.markets import MARKETS

ROOT = Path(__file__).parents[1]
MODULES = sorted((ROOT / "lib").rglob("*.py"))
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))

# What each part of lib may import from the rest of lib. Arrows point one way.
MAY_IMPORT = {
    "markets": set(),
    "hours": {"markets"},
    "hub_map": {"markets"},
    "settings": set(),
    "contracts": set(),
    "whole_files": set(),
    "calc": {"markets", "hours"},
    "web": {"settings"},
    "mail": {"settings"},
    "sources": {"markets", "hours", "settings", "web"},
    "settlements": {"settings", "contracts", "web", "whole_files"},
    "store": {"markets", "hours", "hub_map", "settings", "contracts"},
    "present": {"markets", "hours", "whole_files"},
    "pipeline": {
        "markets",
        "hours",
        "hub_map",
        "settings",
        "calc",
        "sources",
        "settlements",
        "store",
        "present",
        "mail",
        "web",
        "whole_files",
    },
    # Not the pipeline: the tool reads what runs have left, and runs nothing.
    "tool": {"markets", "hours", "settings", "calc", "sources", "store", "present"},
}


def _part(path: Path) -> str:
    return path.relative_to(ROOT / "lib").parts[0].removesuffix(".py")


def _imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_arrows_point_one_way(path: Path) -> None:
    if path == ROOT / "lib" / "__init__.py":
        return
    names = (name.split(".") for name in _imports(ast.parse(path.read_text())))
    imported = {parts[1] for parts in names if parts[0] == "lib" and len(parts) > 1}
    assert imported - {_part(path)} <= MAY_IMPORT[_part(path)]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_an_iso_is_data_and_never_a_branch(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        is_iso = isinstance(node, ast.Constant) and node.value in MARKETS
        assert not is_iso, f"line {node.lineno} names an ISO"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_library_code_does_not_print(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        is_print = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
        assert not is_print, f"line {node.lineno} prints"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_notebook_tells_a_story_and_holds_no_logic(path: Path) -> None:
    for cell in json.loads(path.read_text())["cells"]:
        if cell["cell_type"] != "code":
            continue
        source = "".join(cell["source"])
        nodes = list(ast.walk(ast.parse(source)))
        assert not any(
            isinstance(node, ast.FunctionDef | ast.ClassDef | ast.For | ast.While) for node in nodes
        )
        assert "select " not in source.lower(), "SQL belongs in lib/store"
        assert len(source.splitlines()) <= 15


def test_there_is_a_notebook_for_each_step() -> None:
    assert {"fetch", "vlr", "shaping", "summary"} <= {path.stem for path in NOTEBOOKS}
