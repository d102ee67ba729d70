"""What is written into finished pages: regions, links to files, and what changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from nbformat import NotebookNode, write

from lib.pipeline.notebooks import TITLES
from lib.present.display import Table
from lib.present.pages.index import write_index
from lib.present.pages.regions import (
    END_OF_HEADER,
    Changes,
    read_region,
    render_changes,
    render_file_links,
    replace_regions,
    write_changes,
    write_regions,
)
from lib.present.pages.report import ReportContext, write_report
from tests.support.disks import fill_the_disk
from tests.support.manifests import parse


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """A page with a region in its header and one behind it."""
    path = tmp_path / "page.html"
    path.write_text(f"<nav><!--runs-->old<!--/runs--></nav>\n{END_OF_HEADER}\n<!--late-->x<!--/late-->\nend")
    return path


def test_only_regions_change_and_those_that_are_not_there_are_passed_over(page: Path) -> None:
    write_regions(page, {"runs": "<b>new</b>", "unknown": "lost", "late": ""})
    assert page.read_text() == (
        f"<nav><!--runs--><b>new</b><!--/runs--></nav>\n{END_OF_HEADER}\n<!--late--><!--/late-->\nend"
    )
    assert read_region(page, "runs") == "<b>new</b>"
    assert read_region(page, "late") is None


def test_a_region_that_never_ends_is_none() -> None:
    assert replace_regions("a<!--runs-->b", {"runs": "c"}) == "a<!--runs-->b"


def test_a_page_that_cannot_be_replaced_stays_whole(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = page.read_text()
    monkeypatch.setattr(Path, "replace", fill_the_disk)
    with pytest.raises(OSError, match="No space"):
        write_regions(page, {"runs": "new"})
    assert page.read_text() == before
    assert list(page.parent.iterdir()) == [page]


def test_what_changed_stands_in_the_report_with_its_tables(tmp_path: Path) -> None:
    report = tmp_path / "pjm_vlr.html"
    report.write_text("<main><!--changes--><!--/changes--><p>lead</p></main>")
    moves = Table(pd.DataFrame({"location": ["EAST & <CO>"], "before": [0.1]}), "Zones that moved")
    write_changes(tmp_path, {report.name: Changes(["Done.", "2 < 3."], [moves]), "gone.html": Changes([])})
    soup = BeautifulSoup(report.read_text(), "html.parser")
    section = soup.select_one("main > section")
    assert section is not None and section.h2 is not None
    assert section.h2.text == "What changed since the last run"
    assert section.p is not None and section.p.text == "Done. 2 < 3."
    assert section.select_one("details summary").text == "Zones that moved"  # type: ignore[union-attr]
    assert "EAST & <CO>" in section.text
    assert not (tmp_path / "gone.html").exists()


def test_a_section_of_what_changed_is_labelled_by_its_heading() -> None:
    section = BeautifulSoup(render_changes(Changes(["Done."])), "html.parser").section
    assert section is not None and section["aria-labelledby"] == section.h2["id"]  # type: ignore[index]


def test_each_file_is_named_by_its_kind_and_its_size(tmp_path: Path) -> None:
    (tmp_path / "nyiso_vlr.csv").write_bytes(b"x" * 81_400)
    (tmp_path / "nyiso_vlr.xlsx").write_bytes(b"x" * 10)
    (tmp_path / "nyiso_vlr.parquet").write_bytes(b"x" * 2_340_000)
    soup = BeautifulSoup(
        render_file_links(tmp_path, ["nyiso_vlr.csv", "nyiso_vlr.xlsx", "nyiso_vlr.parquet"]), "html.parser"
    )
    assert soup.text == "Files: CSV 81 kB XLSX 1 kB Parquet 2.3 MB"
    assert [link["href"] for link in soup.select("a[download]")] == [
        "nyiso_vlr.csv",
        "nyiso_vlr.xlsx",
        "nyiso_vlr.parquet",
    ]


def test_a_file_that_a_task_has_beside_others_is_named_by_what_is_in_it(tmp_path: Path) -> None:
    names = ["pjm_cost_curves.csv", "pjm_cost_curves.parquet", "pjm_cost_curves_vlr.csv"]
    for name in names:
        (tmp_path / name).write_bytes(b"x" * 2_000)
    soup = BeautifulSoup(render_file_links(tmp_path, names), "html.parser")
    assert soup.text == "Files: CSV 2 kB Parquet 2 kB VLR CSV 2 kB"
    assert [link["href"] for link in soup.select("a[download]")] == names


def test_a_file_that_is_gone_is_not_linked(tmp_path: Path) -> None:
    assert render_file_links(tmp_path, ["nyiso_vlr.csv"]) == ""


def test_a_report_links_the_files_of_its_task_once_the_run_has_ended(
    run_folder: Path, manifest: dict[str, Any], notebook: NotebookNode, context: ReportContext
) -> None:
    write(notebook, run_folder / "nyiso_vlr.ipynb")
    write_report(run_folder / "nyiso_vlr.ipynb", run_folder / "nyiso_vlr.html", context)
    (run_folder / "nyiso_vlr.csv").write_text("Control_area")
    for task in manifest["tasks"]:
        if task["html"] == "nyiso_vlr.html":
            task["files"] = ["nyiso_vlr.csv"]
    write_index(run_folder, parse(manifest), TITLES)
    page = BeautifulSoup((run_folder / "nyiso_vlr.html").read_text(), "html.parser")
    assert [link["href"] for link in page.select("header .file-links a")] == ["nyiso_vlr.csv"]
