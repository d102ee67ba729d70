"""Computes the outputs that are stored in the notebooks anew: `python -m tools.edit_notebooks refresh`.

The stored outputs are tables of the demo market; the tests compare them with what lib computes today. Refresh
them, and look at the diff, when a result is meant to change. Charts are not stored.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbformat import NotebookNode

FOLDER = Path(__file__).parents[1] / "notebooks"

NOT_COMPARED = "nbval-ignore-output"
"""Tag of the cells whose outputs are neither compared nor stored."""


def refresh(path: Path) -> None:
    """Execute a notebook as it is opened, and save it with its outputs but for those not compared.

    Args:
        path: the notebook; the demo market must have been run into the database.

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
    """Take out what differs from run to run: times, kernel versions, outputs that are not compared."""
    notebook.metadata.get("language_info", {}).pop("version", None)
    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if NOT_COMPARED in cell.metadata.get("tags", ()):
            cell.outputs = []
    return notebook


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line: `refresh [NAME ...]`."""
    parser = argparse.ArgumentParser(prog="python -m tools.edit_notebooks", description=__doc__)
    parser.add_argument("command", choices=["refresh"])
    parser.add_argument("names", nargs="*", metavar="NAME", help="notebooks; all of them by default")
    names = parser.parse_args(arguments).names or sorted(path.stem for path in FOLDER.glob("*.ipynb"))
    for name in names:
        refresh(FOLDER / f"{name}.ipynb")
        sys.stdout.write(f"refreshed {name}.ipynb\n")


if __name__ == "__main__":
    main()
