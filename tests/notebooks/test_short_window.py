"""A window of a few days has months without a value: the notebooks must say so and go on."""

from __future__ import annotations

from pathlib import Path

import papermill
import pytest

from tests.conftest import DemoRun

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


@pytest.mark.parametrize("name", ["shaping", "vlr", "backtest"])
def test_a_notebook_opens_on_two_weeks(
    name: str, demo_run: DemoRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EPD_DATABASE", demo_run.database.url)
    window = {"iso": "ERCOT", "start": "2025-06-25", "end": "2025-07-10"}
    executed = papermill.execute_notebook(
        NOTEBOOKS / f"{name}.ipynb", tmp_path / "out.ipynb", window, cwd=NOTEBOOKS, progress_bar=False
    )
    shown = [output for cell in executed.cells for output in cell.get("outputs", ())]
    texts = " ".join(output.get("data", {}).get("text/plain", "") for output in shown)
    assert "2025-06-25 to 2025-07-10" in texts
    assert ("Nothing to draw: there is no value." in texts) == (name != "vlr")
