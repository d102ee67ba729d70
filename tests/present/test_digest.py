from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
from bs4 import BeautifulSoup

from lib.present.charts import zone_month_heatmap
from lib.present.display import Table
from lib.present.pages.digest import Section, format_digest, read_charts, render_digest
from tests.support.manifests import index_page, parse

MOVES = pd.DataFrame({"iso": ["NYISO"], "location": ["EAST & <CO>"], "cost_per_mwh": [0.25]})
CHANGES = [
    Section("Curves", "VLR moved in 1 zone.", Table(MOVES, "Zones that moved")),
    Section("Outcomes", "Every notebook ended as it did last time."),
]


def test_the_page_says_how_the_run_went_what_changed_and_shows_the_charts(
    failed_manifest: dict[str, Any], foreign_references: Callable[[str], list[str]]
) -> None:
    figure = '<figure class="chart"><svg></svg></figure>'
    page = render_digest(parse(failed_manifest), CHANGES, [figure])
    soup = BeautifulSoup(page, "html.parser")
    text = " ".join(soup.text.split())
    assert "1 of 16 notebooks failed and 2 could not start because of it; 13 are done." in text
    assert "rt_lmp.parquet cannot be read: <corrupt>" in text
    assert "MISO was left out" in text
    assert "VLR moved in 1 zone." in text and "EAST & <CO>" in text
    assert len(soup.select("figure.chart")) == 1
    assert foreign_references(page) == []


def test_the_digest_of_a_demo_run_says_so(manifest: dict[str, Any], failed_manifest: dict[str, Any]) -> None:
    assert "DEMO" in render_digest(parse(manifest), CHANGES, [])
    assert "DEMO" in format_digest(parse(manifest), CHANGES)
    real = {**failed_manifest, "source": "enverus"}
    assert "DEMO" not in render_digest(parse(real), CHANGES, []) + format_digest(parse(real), CHANGES)
    said = {**manifest, "is_demo": False}
    assert "DEMO" not in render_digest(parse(said), CHANGES, []) + format_digest(parse(said), CHANGES)


def test_what_was_done_on_something_old_needs_attention_though_nothing_failed(
    manifest: dict[str, Any],
) -> None:
    assert "What needs attention" not in render_digest(parse(manifest), CHANGES, [])
    manifest["tasks"][1]["warnings"] = ["the forwards are <old>"]
    warning = "ERCOT, vlr: the forwards are <old>"
    page = BeautifulSoup(render_digest(parse(manifest), CHANGES, []), "html.parser")
    assert "What needs attention" in page.text
    assert [notice.text for notice in page.select(".notice")] == [warning]
    assert [link["href"] for link in page.select(".notice a")] == ["ercot_vlr.html"]
    assert warning in format_digest(parse(manifest), CHANGES)


def test_the_text_of_the_mail_holds_failures_and_changes(failed_manifest: dict[str, Any]) -> None:
    text = format_digest(parse(failed_manifest), CHANGES)
    assert "fetch: rt_lmp.parquet cannot be read: <corrupt>" in text
    assert "Curves: VLR moved in 1 zone." in text


def test_the_digest_leads_to_the_index_and_to_every_report_beside_it(failed_manifest: dict[str, Any]) -> None:
    soup = BeautifulSoup(render_digest(parse(failed_manifest), CHANGES, []), "html.parser")
    there = [task["html"] for task in failed_manifest["tasks"] if task["html"]]
    listed = soup.select("#reports ~ ul a")
    assert sorted(str(link["href"]) for link in listed) == sorted(["index.html", *there])
    failed = next(task for task in failed_manifest["tasks"] if task["error"])
    assert [link["href"] for link in soup.select(".notice a")] == [f"{failed['html']}#failure"]


def test_the_reports_are_listed_as_on_the_index_and_not_as_they_ran(manifest: dict[str, Any]) -> None:
    tasks = manifest["tasks"]
    manifest["tasks"] = [*tasks[1:3], tasks[0], *reversed(tasks[3:])]
    page = BeautifulSoup(render_digest(parse(manifest), CHANGES, []), "html.parser")
    items = page.select("#reports ~ ul li")
    rows = BeautifulSoup(index_page(manifest), "html.parser").select("th[scope=row]")
    assert [item.text.partition(":")[0] for item in items[1:]] == ["All ISOs", *(row.text for row in rows)]
    assert {item.text.partition(": ")[2] for item in items[2:]} == {"vlr, shaping, fetch"}


def test_the_charts_of_a_notebook_are_found_and_its_tables_left(tmp_path: Path) -> None:
    zones = pd.DataFrame({"iso": ["PJM"] * 2, "month": [1, 2], "cost_per_mwh": [0.1, 0.2]})
    chart = zone_month_heatmap(zones, "cost_per_mwh", "VLR by month", "$/MWh of load served.", rows="iso")
    new = nbformat.v4
    outputs = [
        new.new_output("execute_result", shown._repr_mimebundle_())
        for shown in (chart, Table(MOVES, "Moves"))
    ]
    notebook = new.new_notebook(
        cells=[new.new_code_cell("shown", outputs=outputs), new.new_markdown_cell("#")]
    )
    nbformat.write(notebook, tmp_path / "summary.ipynb")
    assert read_charts(tmp_path / "summary.ipynb") == [chart.render_html()]
    assert read_charts(tmp_path / "gone.ipynb") == []
