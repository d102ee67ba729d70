"""The rules of docs/architecture.md that a machine can check."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lib.markets import MARKETS

ROOT = Path(__file__).parents[1]
MODULES = sorted((ROOT / "lib").rglob("*.py"))
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))

ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
PARTS = {path.relative_to(ROOT / "lib").parts[0].removesuffix(".py") for path in MODULES} - {"__init__"}


def _rows() -> Iterator[tuple[str, str, str]]:
    """Yield of each part of lib its name, what the documentation says it is, and what it may import."""
    for name, what, imports in re.findall(
        r"^\| `lib/(\w+)(?:\.py|/)` \| (.*) \| (.*)\|$", ARCHITECTURE, re.M
    ):
        yield name, what, imports.strip()


def _may_import(cell: str) -> set[str]:
    """Return the parts that a cell of the table names: "markets, hours", or "all of `lib` but `tool`"."""
    is_all = cell.startswith("all of `lib`")
    named = set(re.findall(r"\w+", cell.removeprefix("all of `lib`"))) - {"but"}
    assert named <= PARTS, f"{cell} names what is no part of lib"
    return PARTS - named if is_all else named


MAY_IMPORT = {name: _may_import(imports) for name, _, imports in _rows() if name in PARTS}
"""What each part of lib may import from the rest of lib, as docs/architecture.md has it."""

ISOS = {iso.casefold() for iso in MARKETS}

PACKAGES = sorted(path.parent for path in MODULES if path.name == "__init__.py")

PUBLISHERS = ROOT / "lib" / "sources" / "public"
"""Its modules read one publisher's files each, and data say which: an address or a reader may bear a name."""


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


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_stands_side_by_side_in_a_package_imports_one_way(package: Path) -> None:
    assert not (circle := _circle(_imports_between_members(package))), " -> ".join(circle)


def test_a_circle_is_found_however_long_it_is() -> None:
    assert _circle({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == ["a", "b", "c", "a"]
    assert not _circle({"a": {"b", "c"}, "b": {"c"}, "c": set()})


def _imports_between_members(package: Path) -> dict[str, set[str]]:
    """Return for each module and package right inside a package the others there that it imports from.

    An import from the package itself counts as one of the module or package whose name follows, and else of
    `__init__`.
    """
    prefix = (*package.relative_to(ROOT).parts,)
    members = {
        path.stem for path in package.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()
    }
    imported: dict[str, set[str]] = {name: set() for name in members}
    for path in package.rglob("*.py"):
        member = path.relative_to(package).parts[0].removesuffix(".py")
        for name in _imports(ast.parse(path.read_text(encoding="utf-8"))):
            parts = (*name.split("."),)
            if parts[: len(prefix)] == prefix and len(parts) > len(prefix):
                other = parts[len(prefix)]
                imported[member].add(other if other in members else "__init__")
    return {name: others - {name} for name, others in imported.items()}


def _circle(imports: dict[str, set[str]]) -> list[str]:
    """Return one way back to where it began through a graph of imports; an empty list where there is none."""
    left = {name: set(others) for name, others in imports.items()}
    while ends := {name for name, others in left.items() if not others & left.keys()}:
        left = {name: others - ends for name, others in left.items() if name not in ends}
    if not left:
        return []
    way = [min(left)]
    while way[-1] not in way[:-1]:
        way.append(min(left[way[-1]] & left.keys()))
    return way[way.index(way[-1]) :]


SAME_NAMES = {
    "main": "the function behind a command line",
    "forward_curves": "the chart of the hubs' forwards, and the key figures of the same forwards",
    "hours_used": "the number of hours used, and the table that shows it",
    "written_rows": "the counts of a write, and the table that shows them",
}
"""Public names that several modules define, each with why it stands for one thing; readers aside."""


def test_a_public_name_is_defined_once() -> None:
    places: dict[str, set[str]] = {}
    for path in MODULES:
        for name in _public_names(ast.parse(path.read_text(encoding="utf-8"))):
            is_reader = path.is_relative_to(PUBLISHERS) and name.startswith("read_")
            place = "readers of publishers' files" if is_reader else str(path.relative_to(ROOT / "lib"))
            places.setdefault(name, set()).add(place)
    several = {name: sorted(modules) for name, modules in places.items() if len(modules) > 1}
    assert several.keys() == SAME_NAMES.keys(), several


def test_public_names_are_those_of_functions_classes_and_types() -> None:
    code = "def f(): pass\ndef _g(): pass\nclass C: pass\nRow = list[int]\nCOLUMNS = []\n_Row = int"
    assert list(_public_names(ast.parse(code))) == ["f", "C", "Row"]


def _public_names(tree: ast.Module) -> Iterator[str]:
    """Yield the names of a module's functions, classes and types; a constant goes with its module."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names = [node.name]
        else:
            names = [
                n.id for n in getattr(node, "targets", ()) if isinstance(n, ast.Name) and not n.id.isupper()
            ]
        yield from (name for name in names if not name.startswith("_"))


def test_the_documentation_says_of_every_part_what_it_may_import() -> None:
    assert MAY_IMPORT.keys() == PARTS
    assert "tool" not in set().union(*MAY_IMPORT.values())
    apart = {"sources", "settlements", "store", "calc", "present"}
    assert not [part for part in apart if MAY_IMPORT[part] & apart], "the pipeline puts them together"


def test_the_documentation_names_the_modules_that_notebooks_call() -> None:
    what = "".join(re.findall(r"^\| &emsp;`steps/` \| (.*) \| \|$", ARCHITECTURE, re.M))
    sources = "".join("".join(cell["source"]) for path in NOTEBOOKS for cell in _code(path))
    modules = re.findall(r"from lib\.pipeline\.steps(?: import (.*)|\.(\w+) import)", sources)
    called = set(re.findall(r"\w+", " ".join(map(" ".join, modules))))
    assert called and called <= set(re.findall(r"\w+", what))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_an_iso_is_data_and_never_a_branch(path: Path) -> None:
    tree = ast.parse(path.read_text())
    is_alone = path.is_relative_to(PUBLISHERS)
    assert not (lines := list(_lines_naming_isos(tree, is_alone))), f"lines {lines} name an ISO"


@pytest.mark.parametrize("text", ["ERCOT", "ercot", "ERCOT North RT", "nyiso_vlr", "{iso}_pjm.csv"])
def test_an_iso_is_found_by_its_name_however_it_is_written(text: str) -> None:
    code = f'"""Of {text}."""\nname = f"{text}"\n"""Not of {text}."""\nother = "misoriented"'
    assert list(_lines_naming_isos(ast.parse(code))) == [2]


def _lines_naming_isos(tree: ast.AST, is_alone: bool = False) -> Iterator[int]:
    """Yield the lines of texts with an ISO's name among their words, docstrings aside.

    With `is_alone` a text counts only if the name is all of it.
    """
    nodes = list(ast.walk(tree))
    docstrings = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            words = re.findall(r"[a-z0-9]+", node.value.casefold())
            if ISOS.intersection(words) and (len(words) == 1 or not is_alone):
                yield node.lineno


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_library_code_does_not_print(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        is_print = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
        assert not is_print, f"line {node.lineno} prints"


def _code(path: Path) -> list[dict[str, Any]]:
    """Return the code cells of a notebook."""
    return [cell for cell in json.loads(path.read_text())["cells"] if cell["cell_type"] == "code"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_notebook_tells_a_story_and_holds_no_logic(path: Path) -> None:
    for cell in _code(path):
        source = "".join(cell["source"])
        nodes = list(ast.walk(ast.parse(source)))
        assert not any(
            isinstance(node, ast.FunctionDef | ast.ClassDef | ast.For | ast.While) for node in nodes
        )
        assert "select " not in source.lower(), "SQL belongs in lib/store"
        is_list = "parameters" in cell["metadata"].get("tags", ())
        assert len(source.splitlines()) <= (20 if is_list else 15)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_notebook_never_reuses_an_imported_name_for_a_value(path: Path) -> None:
    nodes = [node for cell in _code(path) for node in ast.walk(ast.parse("".join(cell["source"])))]
    imports = [node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)]
    imported = {alias.asname or alias.name for node in imports for alias in node.names}
    assigned = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    assert not imported & assigned


def test_there_is_a_notebook_for_each_step() -> None:
    assert {"fetch", "vlr", "shaping", "summary"} <= {path.stem for path in NOTEBOOKS}
