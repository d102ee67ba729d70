from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
from bs4 import BeautifulSoup

from lib.manifest import Manifest
from lib.present.charts import zone_month_heatmap
from lib.present.display import Table
from lib.present.formats import MISSING
from lib.present.pages.digest import Section, read_charts, render_digest
from lib.present.pages.mail_body import read_figures, render_mail, write_subject, write_text
from tests.support.manifests import index_page, parse

MOVES = pd.DataFrame({"iso": ["NYISO"], "location": ["EAST & <CO>"], "cost_per_mwh": [0.25]})
CHANGES = [
    Section("Curves", "VLR moved in 1 zone.", Table(MOVES, "Zones that moved")),
    Section("Outcomes", "Every notebook ended as it did last time."),
]


def _text(run: Manifest, before: Manifest | None = None) -> str:
    return write_text(run, before, read_figures(run, before), CHANGES)


def _with_figures(manifest: dict[str, Any], vlr: float, cost: float | None, **changes: Any) -> Manifest:
    figures = {"NYISO": {"vlr_usd_per_mwh": vlr, "cost_to_serve_usd_per_mwh": cost}}
    return parse({**manifest, "figures": figures, **changes})


def test_a_mail_has_the_figures_of_each_iso_and_their_change(manifest: dict[str, Any]) -> None:
    before = _with_figures(manifest, 0.08, 44.0, run_id=16, as_of="2026-01-04")
    run = _with_figures(manifest, 0.0839, 44.37)
    line = "NYISO: VLR 0.0839 (+0.0039), Cost to serve (energy) 44.37 (+0.37)\n"
    assert f"$/MWh; change since run 16, as of 2026-01-04\n{line}" in _text(run, before)
    page = BeautifulSoup(render_mail(run, before, read_figures(run, before), CHANGES), "html.parser")
    assert [cell.text for cell in page.select("tbody tr > *")] == [
        "NYISO",
        "0.0839 (+0.0039)",
        "44.37 (+0.37)",
    ]
    assert "since run 16, as of 2026-01-04" in page.text
    assert "All 16 notebooks are done." in page.text and "VLR moved in 1 zone." in page.text


def test_a_figure_without_a_comparable_one_before_has_no_change(manifest: dict[str, Any]) -> None:
    run = _with_figures(manifest, 0.0839, None)
    assert "no run before to compare with\nNYISO: VLR 0.0839, Cost" in _text(run)
    fewer = {"NYISO": {"vlr_usd_per_mwh": {"zones": 9, "months": 12}}}
    before = _with_figures(manifest, 0.08, 44.0, coverage=fewer)
    assert read_figures(run, before)[0].changes == [MISSING, MISSING]


def test_a_subject_has_the_figures_and_then_how_the_run_ended(manifest: dict[str, Any]) -> None:
    run = _with_figures(manifest, 0.0839, 44.37)
    begin, figures, end = write_subject(run, read_figures(run, None)).replace(": ", "|", 1).split("|")
    assert begin == "DEMO EPD run 17, as of 2026-01-05"
    assert figures.strip() == "VLR/cost to serve, $/MWh: NYISO 0.08/44.37"
    assert end == " All 16 notebooks are done."


def test_a_subject_says_first_what_failed(failed_manifest: dict[str, Any]) -> None:
    failed = _with_figures(failed_manifest, 0.0839, None)
    subject = write_subject(failed, read_figures(failed, None))
    assert subject.index("notebooks failed") < subject.index(f"NYISO 0.08/{MISSING}")


def test_a_mail_says_what_is_wrong_and_text_stays_text(failed_manifest: dict[str, Any]) -> None:
    page = BeautifulSoup(render_mail(parse(failed_manifest), None, [], CHANGES), "html.parser")
    wrong = [item.text for item in page.select("ul")[0].select("li")]
    assert wrong == [
        "ERCOT, fetch: rt_lmp.parquet cannot be read: <corrupt>",
        "MISO was left out: no series of MISO",
    ]
    assert not page.select("table, script")


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
    assert "DEMO" in _text(parse(manifest))
    real = {**failed_manifest, "source": "enverus"}
    assert "DEMO" not in render_digest(parse(real), CHANGES, []) + _text(parse(real))
    said = {**manifest, "is_demo": False}
    assert "DEMO" not in render_digest(parse(said), CHANGES, []) + _text(parse(said))


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
    assert warning in _text(parse(manifest))


def test_the_text_of_the_mail_holds_failures_and_changes(failed_manifest: dict[str, Any]) -> None:
    text = _text(parse(failed_manifest))
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
