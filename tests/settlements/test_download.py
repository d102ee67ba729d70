from __future__ import annotations

import hashlib
import os
from datetime import date
from pathlib import Path

import pytest

from lib.settlements import REPORTS, PublishedFile, ReportFolder

DAY = date(2025, 12, 30)


def _document(body: bytes) -> PublishedFile:
    return PublishedFile(REPORTS[0], DAY, "dat", body)


def test_a_file_is_kept_by_trade_date_under_its_own_name(tmp_path: Path) -> None:
    path = ReportFolder(tmp_path).save(_document(b"one"))
    assert path == tmp_path / "2025-12-30" / "icecleared_power_2025_12_30.dat"
    assert path.read_bytes() == b"one"


def test_the_same_file_again_changes_nothing(tmp_path: Path) -> None:
    report_folder = ReportFolder(tmp_path)
    before = report_folder.save(_document(b"one")).stat()
    after = report_folder.save(_document(b"one")).stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
    assert len(list(tmp_path.rglob("*.dat"))) == 1


def test_a_corrected_file_stands_beside_its_former_version(tmp_path: Path) -> None:
    report_folder = ReportFolder(tmp_path)
    report_folder.save(_document(b"one"))
    path = report_folder.save(_document(b"two"))
    former = path.with_name(f"{path.stem}.{hashlib.sha256(b'one').hexdigest()[:12]}.dat")
    assert (path.read_bytes(), former.read_bytes()) == (b"two", b"one")


def test_what_is_on_the_shelf_can_be_asked_for_again(tmp_path: Path) -> None:
    report_folder = ReportFolder(tmp_path)
    assert report_folder.fetch(REPORTS[0], DAY, "dat") is None
    report_folder.save(_document(b"one"))
    assert report_folder.fetch(REPORTS[0], DAY, "dat") == b"one"
    assert report_folder.fetch(REPORTS[0], DAY, "xlsx") is None


@pytest.mark.parametrize("n_done", [0, 1])
def test_a_correction_that_stops_half_way_leaves_a_current_file(
    n_done: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report_folder = ReportFolder(tmp_path)
    report_folder.save(_document(b"one"))
    whole, calls = os.fsync, iter(range(9))

    def full(descriptor: int) -> None:
        if next(calls) == n_done:
            raise OSError("no space left on device")
        whole(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space"):
        report_folder.save(_document(b"two"))
    assert report_folder.fetch(REPORTS[0], DAY, "dat") == b"one"
    monkeypatch.undo()
    report_folder.save(_document(b"two"))
    assert report_folder.fetch(REPORTS[0], DAY, "dat") == b"two"
    assert sorted(path.read_bytes() for path in tmp_path.rglob("*.dat")) == [b"one", b"two"]


def test_a_write_that_fails_leaves_the_former_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space"):
        ReportFolder(tmp_path).save(_document(b"one"))
    assert not list(tmp_path.rglob("*.dat"))
