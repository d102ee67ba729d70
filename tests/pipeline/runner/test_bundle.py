"""The bundle of a run: complete, the same every time, and nothing in it leads out of it."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from lib.manifest import read_manifest
from lib.pipeline.runner.records.bundle import write_bundle
from lib.present.pages.index import render_bundle_link
from lib.present.pages.regions import write_regions
from tests.support.disks import fill_the_disk

Leave = Callable[..., Path]


@pytest.fixture
def folder(leave_run: Leave) -> Path:
    """The folder of a demo run with a report, its file, the notebook, and links to other runs."""
    folder = leave_run(5, "pjm_vlr", source="demo")
    for name in ("pjm_vlr.csv", "pjm_vlr.ipynb", "log.jsonl", "notes.csv"):
        (folder / name).write_text(name)
    for page in ("index.html", "pjm_vlr.html"):
        write_regions(
            folder / page,
            {"runs": '<a href="../index.html">All runs</a>', "bundle": render_bundle_link("x.zip", 1)},
        )
    return folder


def test_a_bundle_unpacks_into_one_folder_in_which_every_link_works(folder: Path, tmp_path: Path) -> None:
    page = folder / "index.html"
    page.write_text(page.read_text() + '<a href="pjm_vlr.html">r</a><a href="pjm_vlr.csv">f</a>')
    bundle = write_bundle(folder, read_manifest(folder))
    assert bundle.name == f"demo_{folder.name}.zip"
    zipfile.ZipFile(bundle).extractall(tmp_path / "mailed")
    (unpacked,) = (tmp_path / "mailed").iterdir()
    assert {path.name for path in unpacked.iterdir()} == {
        "index.html",
        "pjm_vlr.html",
        "pjm_vlr.csv",
        "manifest.json",
    }
    links = BeautifulSoup((unpacked / "index.html").read_text(), "html.parser").select("a[href]")
    assert [str(link["href"]) for link in links] == ["pjm_vlr.html", "pjm_vlr.csv"]


def test_a_manifest_that_says_what_its_numbers_are_is_believed(leave_run: Leave) -> None:
    folder = leave_run(5, source="another", is_demo=True)
    assert write_bundle(folder, read_manifest(folder)).name == f"demo_{folder.name}.zip"


def test_the_bundle_of_real_numbers_does_not_call_them_demo(leave_run: Leave) -> None:
    folder = leave_run(5)
    assert write_bundle(folder, read_manifest(folder)).name == f"{folder.name}.zip"


def test_the_same_files_make_the_same_bundle(folder: Path) -> None:
    first = write_bundle(folder, read_manifest(folder)).read_bytes()
    write_regions(folder / "index.html", {"runs": '<a rel="next" href="../later/index.html">later</a>'})
    (folder / "pjm_vlr.csv").touch()
    assert write_bundle(folder, read_manifest(folder)).read_bytes() == first


def test_a_full_disk_leaves_no_half_bundle(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = set(folder.iterdir())

    monkeypatch.setattr(zipfile.ZipFile, "writestr", fill_the_disk)
    with pytest.raises(OSError, match="No space left"):
        write_bundle(folder, read_manifest(folder))
    assert set(folder.iterdir()) == before
