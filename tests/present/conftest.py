"""Made-up results with the columns of the real ones, a notebook and a run's manifest."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup

from lib.calc.vlr import hourly_vlr
from lib.hours import blocks_at, market_hours
from lib.manifest import Days
from lib.markets import MARKETS, locations
from lib.present.display import KeyValues, Table
from lib.present.pages.report import ReportContext
from tests.support.reports import make_report_context

ZONES = ("EAST & <CO>", "WEST")


@pytest.fixture(scope="session")
def hourly() -> pd.DataFrame:
    """A year of hourly VLR for two zones, one of them with a name that HTML must escape."""
    hours = market_hours("NYISO", date(2024, 1, 1), date(2024, 12, 31))
    grid = pd.concat([hours.assign(location=zone) for zone in ZONES], ignore_index=True)
    grid["location"] = pd.Categorical(grid["location"], categories=ZONES)
    dice = np.random.default_rng(1)
    peak = np.sin((grid["he"] - 6) / 24 * np.pi * 2)
    grid["da_lmp_usd_per_mwh"] = 40 + 10 * peak
    grid["rt_lmp_usd_per_mwh"] = grid["da_lmp_usd_per_mwh"] + dice.normal(0, 5, len(grid))
    grid["da_load_mw"] = 1000 + 200 * peak
    grid["rt_load_mw"] = grid["da_load_mw"] + dice.normal(0, 30, len(grid))
    return hourly_vlr(grid)


@pytest.fixture
def notebook() -> nbformat.NotebookNode:
    """An executed notebook with a title, two sections, its key values and a table."""
    new = nbformat.v4
    bundle, metadata = KeyValues(
        {"ISO": "NYISO", "Window": "2024-01-01 to 2024-12-31"}, True
    )._repr_mimebundle_()
    table = Table(pd.DataFrame({"location": ["WEST"], "cost_per_mwh": [0.25]}), "VLR by zone")
    return new.new_notebook(
        cells=[
            new.new_markdown_cell("# Volumetric load risk\n\nWhat it costs."),
            new.new_code_cell("iso = 'NYISO'", metadata={"tags": ["parameters"]}),
            new.new_code_cell("values", outputs=[new.new_output("display_data", bundle, metadata=metadata)]),
            new.new_markdown_cell("## By zone & hour\n\nRead it."),
            new.new_code_cell("table", outputs=[new.new_output("execute_result", table._repr_mimebundle_())]),
            new.new_markdown_cell("## Checks"),
            new.new_code_cell("checks"),
        ]
    )


@pytest.fixture
def context() -> ReportContext:
    """The run and the task of a report."""
    return make_report_context(iso="NYISO", notebook="vlr", window=Days(start="2024-01-01", end="2024-12-31"))


def _task(notebook: str, iso: str | None, **facts: Any) -> dict[str, Any]:
    name = "_".join(part.lower() for part in (iso, notebook) if part)
    return {
        "notebook": notebook,
        "iso": iso,
        "outcome": "done",
        "reason": None,
        "error": None,
        "started_at": "2026-01-05T06:15:03.001+00:00",
        "seconds": 8.91,
        "attempts": 1,
        "rows": {"read": 350400, "written": 350400, "revised": 0},
        "ipynb": f"{name}.ipynb",
        "html": f"{name}.html",
        **facts,
    }


@pytest.fixture
def manifest() -> dict[str, Any]:
    """The manifest of a run that did all it should."""
    tasks = [_task(notebook, iso) for iso in MARKETS for notebook in ("fetch", "vlr", "shaping")]
    return {
        "format": 1,
        "run_id": 17,
        "folder": "20260105T061502Z-17",
        "outcome": "done",
        "started_at": "2026-01-05T06:15:02.114+00:00",
        "finished_at": "2026-01-05T06:15:59.870+00:00",
        "seconds": 57.76,
        "source": "demo",
        "as_of": "2026-01-05",
        "windows": {iso: {"start": "2021-01-05", "end": "2026-01-04"} for iso in MARKETS},
        "bases": dict.fromkeys(MARKETS, "forecast"),
        "left_out": {},
        "parameters": {"holidays": "none"},
        "database": "database 'epd_demo' at db.example.com:5432",
        "jobs": 2,
        "host": "desk-7",
        "pid": 4242,
        "git": {"revision": "5b1c0ffee5b1c0ffee", "is_dirty": True},
        "versions": {"python": "3.11.7", "postgresql": "18.1"},
        "totals": {"done": 16, "rows_read": 5256000, "rows_written": 5256000, "rows_revised": 0},
        "tasks": [*tasks, _task("summary", None)],
    }


@pytest.fixture
def failed_manifest(manifest: dict[str, Any]) -> dict[str, Any]:
    """The manifest of a run in which the first ISO could not be fetched."""
    first = manifest["tasks"][0]["iso"]
    sentence = "rt_lmp.parquet cannot be read: <corrupt>"
    error = {"kind": "cell", "name": "SourceError", "sentence": sentence, "cell": 4}
    skipped = {"outcome": "skipped", "reason": f"fetch of {first} failed", "html": None, "seconds": None}
    for task in manifest["tasks"]:
        if task["iso"] == first:
            task |= {"outcome": "failed", "error": error} if task["notebook"] == "fetch" else skipped
    left_out = {"MISO": "no series of MISO"}
    return manifest | {"outcome": "failed", "source": "files:data", "left_out": left_out}


@pytest.fixture
def run_folder(tmp_path: Path, manifest: dict[str, Any]) -> Path:
    """The folder of a run with its manifest."""
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    return tmp_path


@pytest.fixture(scope="session")
def foreign_references() -> Callable[[str], list[str]]:
    """A function that finds what a page would load from elsewhere: data, anchors and siblings may be."""

    def find(page: str) -> list[str]:
        soup = BeautifulSoup(page, "html.parser")
        names = ("src", "href", "srcset", "action", "poster", "data", "xlink:href")
        links = [str(tag[name]) for tag in soup.find_all(True) for name in names if tag.has_attr(name)]
        styles = re.findall(r"url\(([^)]*)\)|@import\s+([^;]+)", page)
        return [
            link
            for link in [*links, *(part.strip("'\" ") for pair in styles for part in pair if part)]
            if re.match(r"(?:[a-z][a-z0-9+.-]*:)?//|(?!data:)[a-z]+:", link, re.IGNORECASE)
        ]

    return find


@pytest.fixture(scope="session")
def curve_cells() -> Callable[..., pd.DataFrame]:
    """A function that makes the cells of every place of an ISO for some months, each value another one."""

    def make(iso: str, months: Sequence[int | str] = (1, 2)) -> pd.DataFrame:
        keys = [
            (place.name, month, he, block)
            for place in locations(iso)
            for month in months
            for he in range(1, 25)
            for block in blocks_at(iso, he)
        ]
        cells = pd.DataFrame(keys, columns=["location", "month", "he", "block_type"])
        return cells.assign(priced_pct=np.arange(len(cells)) * 1.2345678e-4 - 0.03)

    return make
