"""What an order says of each ISO before anything of it has started."""

from __future__ import annotations

from pathlib import Path

import pytest

from lib.paths import NOTEBOOKS_FOLDER
from lib.pipeline.runner.planning.cli_options import CliOptions
from lib.pipeline.runner.planning.run_spec import build_run_spec


@pytest.mark.parametrize(
    ("asked", "shown"), [([], "forecast"), (["basis=cleared"], "cleared"), (["basis=None"], "forecast")]
)
def test_the_day_ahead_load_of_a_run_is_the_basis_asked_for_else_that_of_its_source(
    asked: list[str], shown: str, tmp_path: Path
) -> None:
    options = CliOptions(source="demo", isos=["ERCOT"], parameters=asked, runs=tmp_path / "runs")
    assert build_run_spec(options, NOTEBOOKS_FOLDER).bases == {"ERCOT": shown}
