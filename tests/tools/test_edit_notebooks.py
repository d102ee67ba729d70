from __future__ import annotations

import nbformat

from lib.pipeline.notebooks import NOTEBOOKS
from tools.edit_notebooks import FOLDER, NOT_COMPARED, strip


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
        assert path.stat().st_size < 100_000, path.name
