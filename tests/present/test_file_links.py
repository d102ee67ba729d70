from __future__ import annotations

from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup
from nbformat import NotebookNode, write

from lib.pipeline.notebooks import TITLES
from lib.present.pages.index import write_index
from lib.present.pages.regions import render_file_links
from lib.present.pages.report import write_report
from tests.support.manifests import parse


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


def test_a_file_that_is_gone_is_not_linked(tmp_path: Path) -> None:
    assert render_file_links(tmp_path, ["nyiso_vlr.csv"]) == ""


def test_a_report_links_the_files_of_its_task_once_the_run_has_ended(
    run_folder: Path, manifest: dict[str, Any], notebook: NotebookNode, context: dict[str, Any]
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
