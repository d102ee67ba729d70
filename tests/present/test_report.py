from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbformat import NotebookNode

from lib.present.display import KeyFigures
from lib.present.pages.base import explore_script
from lib.present.pages.report import ReportContext, write_report
from lib.present.pages.story import BY_ZONE, FIRST, MAKING
from lib.task_record import ErrorKind, TaskError

Render = Callable[[NotebookNode, ReportContext], BeautifulSoup]


@pytest.fixture
def page(tmp_path: Path) -> Render:
    def rendered(notebook: NotebookNode, context: ReportContext) -> BeautifulSoup:
        source, target = tmp_path / "x.ipynb", tmp_path / "x.html"
        nbformat.write(notebook, source)
        write_report(source, target, context)
        return BeautifulSoup(target.read_text(), "html.parser")

    return rendered


def _texts(soup: BeautifulSoup, selector: str) -> list[str]:
    return [" ".join(tag.text.split()) for tag in soup.select(selector)]


def test_the_header_says_what_the_page_stands_on(
    page: Render, notebook: NotebookNode, context: ReportContext
) -> None:
    soup = page(notebook, context)
    assert _texts(soup, "h1") == ["Volumetric load risk"]
    assert _texts(soup, "header dt") == ["ISO", "Window"]
    assert _texts(soup, "header dd") == ["NYISO", "2024-01-01 to 2024-12-31"]
    assert soup.title is not None
    assert soup.title.text == "NYISO · Volumetric load risk · 2024-01-01 to 2024-12-31"


def test_the_header_of_a_page_that_did_not_get_that_far_says_what_was_asked_for(
    page: Render, notebook: NotebookNode, context: ReportContext
) -> None:
    del notebook.cells[2]
    soup = page(notebook, replace(context, basis="forecast"))
    assert _texts(soup, "header dt") == ["ISO", "Window", "Source", "Day-ahead load"]
    said = ["NYISO, New York ISO", "2024-01-01 to 2024-12-31", "demo", "forecast"]
    assert _texts(soup, "header dd") == said
    for_all = page(notebook, replace(context, iso=None, basis=None))
    assert _texts(for_all, "header dt") == ["Window", "Source"]


def test_what_is_in_the_header_is_not_repeated_below(
    page: Render, notebook: NotebookNode, context: ReportContext
) -> None:
    assert not page(notebook, context).select("main dl")


def test_the_footer_names_run_revision_and_versions(
    page: Render, notebook: NotebookNode, context: ReportContext
) -> None:
    footer = " ".join(_texts(page(notebook, context), "footer p"))
    assert "Run 17, started 2026-01-05 06:15:02 UTC" in footer
    assert "5b1c0ffee5b1" in footer
    assert "python 3.11.7" in footer


def test_demo_numbers_carry_a_banner_and_others_do_not(
    page: Render, notebook: NotebookNode, context: ReportContext
) -> None:
    assert "DEMO" in _texts(page(notebook, context), "[role=note]")[0]
    del notebook.cells[2]
    assert not page(notebook, replace(context, source="files:data", is_demo=False)).select("[role=note]")


def test_the_page_has_landmarks_a_language_and_headings_in_order(
    page: Render, notebook: NotebookNode, context: ReportContext
) -> None:
    soup = page(notebook, context)
    assert soup.html is not None
    assert soup.html["lang"] == "en"
    assert [len(soup.select(name)) for name in ("header", "main", "footer", "h1")] == [1, 1, 1, 1]
    assert [tag.name for tag in soup.select("main h1, main h2, main h3")] == ["h2", "h2", "h2"]
    assert all(nav.get("aria-label") or nav.get("aria-labelledby") for nav in soup.select("nav"))


def test_what_a_notebook_comes_to_stands_before_its_cells_and_leads_the_contents(
    page: Render, notebook: NotebookNode, context: ReportContext
) -> None:
    data, metadata = KeyFigures([("VLR", "0.541 %", "of the cost")])._repr_mimebundle_()
    notebook.cells[-1].outputs = [nbformat.v4.new_output("execute_result", data, metadata=metadata)]
    soup = page(notebook, context)
    assert _texts(soup, "main dl.glance dd") == ["0.541 % of the cost"]
    assert _texts(soup, "main h2")[0] == "At a glance"
    assert _texts(soup, ".toc li")[0] == "At a glance"


def test_every_entry_of_the_contents_leads_somewhere(
    page: Render, notebook: NotebookNode, context: ReportContext
) -> None:
    soup = page(notebook, context)
    assert _texts(soup, ".toc a") == ["By zone & hour", "Checks", "How this was made"]
    for link in soup.select("a[href^='#']"):
        assert soup.find(id=str(link["href"])[1:]), link


def test_ids_are_unique(page: Render, notebook: NotebookNode, context: ReportContext) -> None:
    ids = [str(tag["id"]) for tag in page(notebook, context).select("[id]")]
    assert len(ids) == len(set(ids))


def test_code_is_folded_at_the_end_and_at_its_cells_if_one_failed(
    page: Render, notebook: NotebookNode, context: ReportContext
) -> None:
    soup = page(notebook, context)
    assert len(soup.select("main details.making details.code pre")) == 4
    assert not soup.select("main .cell details.code, details[open]")
    failed = page(notebook, replace(context, error=TaskError(ErrorKind.CELL, "E", "no hour", 4)))
    assert len(failed.select("main .cell details.code pre")) == 4
    assert not failed.select("details.making, details[open]")


def test_a_page_tells_the_answer_first_and_last_how_it_was_made(
    page: Render, notebook: NotebookNode, context: ReportContext
) -> None:
    markdown = nbformat.v4.new_markdown_cell
    notebook.cells[5].metadata["tags"] = [MAKING]
    notebook.cells += [
        markdown("### Rounding"),
        markdown("## Rest"),
        markdown("## Zones", metadata={"tags": [BY_ZONE]}),
        markdown("## Price", metadata={"tags": [FIRST]}),
    ]
    soup = page(notebook, context)
    told = ["Price", "Zones", "By zone & hour", "Rest", "How this was made"]
    assert _texts(soup, "main h2") == _texts(soup, ".toc a") == told
    assert _texts(soup, "details.making h3") == ["Checks"]
    assert _texts(soup, "details.making h4") == ["Rounding"]


def test_a_failed_page_keeps_the_order_in_which_it_was_computed(
    page: Render, notebook: NotebookNode, context: ReportContext
) -> None:
    notebook.cells[5].metadata["tags"] = [FIRST]
    soup = page(notebook, replace(context, error=TaskError(ErrorKind.CELL, "E", "no hour", 6)))
    assert _texts(soup, "main > h2") == ["By zone & hour", "Checks"]


def test_the_page_asks_no_other_host(
    page: Render,
    notebook: NotebookNode,
    context: ReportContext,
    foreign_references: Callable[[str], list[str]],
) -> None:
    soup = page(notebook, context)
    assert not foreign_references(str(soup))
    assert not soup.select("link, iframe, script[src]")


def test_the_check_for_other_hosts_finds_them(foreign_references: Callable[[str], list[str]]) -> None:
    page = '<img src="//a.b/c"><a href="#x">x</a><style>@import "https://f.g"; p{background:url(http://h)}</style>'
    assert foreign_references(page) == ["//a.b/c", "https://f.g", "http://h"]


def test_a_failed_page_leads_with_what_failed_and_links_to_the_cell(
    page: Render, notebook: NotebookNode, context: ReportContext
) -> None:
    error = TaskError(ErrorKind.CELL, "InvariantBroken", "factors: 3 of 9 rows fail", 6)
    soup = page(notebook, replace(context, error=error))
    first = soup.select_one("main > *")
    assert first is not None
    assert first["id"] == "failure"
    assert "“Checks” failed" in first.text
    assert "factors: 3 of 9 rows fail" in first.text
    link = first.select_one("a")
    assert link is not None
    cell = soup.find(id=str(link["href"])[1:])
    assert cell is not None
    assert "checks" in cell.text


def test_an_error_in_the_notebook_is_found_without_the_runs_word(
    page: Render, notebook: NotebookNode, context: ReportContext
) -> None:
    error = nbformat.v4.new_output("error", ename="ValueError", evalue="no hour", traceback=["line"])
    notebook.cells[4].outputs = [error]
    soup = page(notebook, context)
    assert "“By zone & hour” failed" in _texts(soup, "#failure h2")[0]
    assert "ValueError: no hour" in _texts(soup, "#failure p")


def test_cells_that_papermill_adds_are_left_out_and_the_link_still_fits(
    page: Render, notebook: NotebookNode, context: ReportContext
) -> None:
    added = nbformat.v4.new_markdown_cell(
        "An Exception was encountered", metadata={"tags": ["papermill-error-cell-tag"]}
    )
    notebook.cells.insert(0, added)
    error = TaskError(ErrorKind.CELL, "ValueError", "no hour", 7)
    soup = page(notebook, replace(context, error=error))
    assert "An Exception was encountered" not in soup.text
    assert "checks" in soup.find(id="cell-7").text  # type: ignore[union-attr]


def test_hostile_text_stays_text(page: Render, notebook: NotebookNode, context: ReportContext) -> None:
    attack = "<script>alert(1)</script>"
    error = TaskError(ErrorKind.CELL, "E", attack, None)
    notebook.cells[6].source = attack
    notebook.cells[6].outputs = [nbformat.v4.new_output("stream", name="stdout", text=attack)]
    soup = page(notebook, replace(context, error=error, iso=attack, versions={attack: attack}))
    assert [script.text for script in soup.select("script")] == [explore_script()]


def test_importing_the_module_leaves_nbconvert_for_later() -> None:
    code = "import sys, lib.present.pages.report as r; print({'nbconvert', 'matplotlib'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
