"""Refreshes and checks what the notebooks store of their outputs: `python -m tools.edit_notebooks refresh`.

The stored outputs are tables of the demo market; tests compare them with what lib computes today. Refresh
them, and look at the diff, when a result is meant to change. Charts are not stored. `check` refuses a
notebook with outputs that differ from run to run, or that may come from a real source.
"""

from __future__ import annotations

import argparse
import copy
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lib.source_names import DEMO_SOURCE

if TYPE_CHECKING:
    from nbformat import NotebookNode

FOLDER = Path(__file__).parents[1] / "notebooks"

NOT_COMPARED = "nbval-ignore-output"
"""Tag of the cells whose outputs are not compared and not stored."""

DEMO = f'source = "{DEMO_SOURCE}"'
"""How the source of a stored notebook is set: outputs of any other may not be passed on."""


def refresh(path: Path) -> None:
    """Execute a notebook with its default parameters, and save it with the outputs that are compared.

    Args:
        path: the notebook; the database must hold a demo run.

    Raises:
        nbclient.exceptions.CellExecutionError: a cell failed; the notebook stays as it was.
    """
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook, kernel_name="python3", resources={"metadata": {"path": str(path.parent)}}
    )
    nbformat.write(strip(client.execute()), path)


def strip(notebook: NotebookNode) -> NotebookNode:
    """Remove what differs from run to run: times, kernel versions, outputs that are not compared."""
    notebook.metadata.get("language_info", {}).pop("version", None)
    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if NOT_COMPARED in cell.metadata.get("tags", ()):
            cell.outputs = []
    return notebook


def check(path: Path) -> list[str]:
    """Return what keeps a notebook from being committed; each with what to do about it."""
    import nbformat

    notebook = nbformat.read(path, as_version=4)
    problems = []
    if strip(copy.deepcopy(notebook)) != notebook:
        problems.append("stores charts, times, versions or widgets: run `make refresh`")
    has_outputs = any(cell.get("outputs") for cell in notebook.cells)
    if has_outputs and not any(DEMO in cell.source for cell in notebook.cells):
        problems.append(f"may store outputs of a real source: set {DEMO} and run `make refresh`")
    return problems


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line: `refresh [NAME ...]` or `check [NAME ...]`; return 1 if a check fails."""
    parser = argparse.ArgumentParser(prog="python -m tools.edit_notebooks", description=__doc__)
    parser.add_argument("command", choices=["refresh", "check"])
    parser.add_argument("names", nargs="*", metavar="NAME", help="notebooks; all of them by default")
    options = parser.parse_args(arguments)
    names = options.names or sorted(path.stem for path in FOLDER.glob("*.ipynb"))
    paths = [FOLDER / f"{Path(name).stem}.ipynb" for name in names]
    if options.command == "check":
        problems = [f"{path.name}: {problem}\n" for path in paths for problem in check(path)]
        sys.stdout.write("".join(problems))
        return bool(problems)
    for path in paths:
        refresh(path)
        sys.stdout.write(f"refreshed {path.name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
