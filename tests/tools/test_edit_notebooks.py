from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from lib.pipeline.notebooks import NOTEBOOKS
from tools.edit_notebooks import FOLDER, NOT_COMPARED, check, strip


def test_stripping_keeps_tables_and_drops_charts_and_times() -> None:
    new = nbformat.v4
    output = new.new_output("execute_result", {"text/plain": "x"})
    notebook = new.new_notebook(
        cells=[
            new.new_code_cell("table", outputs=[output], metadata={"execution": {"iopub.status.busy": "t"}}),
            new.new_code_cell("chart", outputs=[output], metadata={"tags": [NOT_COMPARED]}),
        ],
        metadata={"language_info": {"name": "python", "version": "3.11.7"}, "widgets": {"state": {}}},
    )
    table, chart = strip(notebook).cells
    assert len(table.outputs) == 1
    assert not table.metadata
    assert not chart.outputs
    assert notebook.metadata == {"language_info": {"name": "python"}}


def test_stored_notebooks_are_stripped_and_hold_their_tables() -> None:
    for path in FOLDER.glob("*.ipynb"):
        notebook = nbformat.read(path, as_version=4)
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        is_report = path.stem in NOTEBOOKS  # what another one shows is made when it is opened
        assert not is_report or sum(bool(cell.outputs) for cell in code) >= 4, path.name
        for cell in code:
            is_compared = NOT_COMPARED not in cell.metadata.get("tags", ())
            assert is_compared or not cell.outputs, f"{path.name}: run `make refresh`"
        assert path.stat().st_size < 150_000, path.name


def test_stored_notebooks_pass_the_check() -> None:
    assert not {path.name: problems for path in FOLDER.glob("*.ipynb") if (problems := check(path))}


def _is_of_a_real_source(notebook: NotebookNode) -> None:
    (cell,) = [cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", ())]
    cell.source = cell.source.replace('"demo"', '"enverus"')


def _stores_a_chart(notebook: NotebookNode) -> None:
    cell = next(cell for cell in notebook.cells if NOT_COMPARED in cell.metadata.get("tags", ()))
    cell.outputs = [nbformat.v4.new_output("display_data", {"image/png": "x"})]


@pytest.mark.parametrize(
    ("change", "problem"), [(_is_of_a_real_source, "real source"), (_stores_a_chart, "stores charts")]
)
def test_the_check_refuses_numbers_of_a_real_source_and_charts(
    change: Callable[[NotebookNode], None], problem: str, tmp_path: Path
) -> None:
    notebook = nbformat.read(FOLDER / "vlr.ipynb", as_version=4)
    change(notebook)
    nbformat.write(notebook, tmp_path / "vlr.ipynb")
    (found,) = check(tmp_path / "vlr.ipynb")
    assert problem in found
