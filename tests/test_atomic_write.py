from __future__ import annotations

import os
from pathlib import Path

import pytest

from lib.atomic_write import whole_file, write_if_changed, write_whole
from tests.support.disks import fill_the_disk


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A file in a folder of its own."""
    path = tmp_path / "a.csv"
    write_whole(path, b"old")
    return path


def test_a_file_is_replaced_whole(old: Path) -> None:
    write_whole(old, b"new")
    assert [(path.name, path.read_bytes()) for path in old.parent.iterdir()] == [("a.csv", b"new")]


def test_a_reader_sees_the_old_file_until_the_new_one_is_whole(old: Path) -> None:
    with whole_file(old) as file:
        file.write(b"half")
        file.flush()
        assert old.read_bytes() == b"old"
    assert old.read_bytes() == b"half"


@pytest.mark.parametrize(("where", "step"), [(os, "fsync"), (Path, "replace")])
def test_a_full_disk_leaves_the_old_file_and_nothing_beside_it(
    old: Path, monkeypatch: pytest.MonkeyPatch, where: object, step: str
) -> None:
    monkeypatch.setattr(where, step, fill_the_disk)
    with pytest.raises(OSError, match="No space left"):
        write_whole(old, b"new")
    assert [(path.name, path.read_bytes()) for path in old.parent.iterdir()] == [("a.csv", b"old")]


def test_an_interruption_while_a_file_is_made_leaves_no_trace(old: Path) -> None:
    with pytest.raises(KeyboardInterrupt), whole_file(old):
        raise KeyboardInterrupt
    assert [path.read_bytes() for path in old.parent.iterdir()] == [b"old"]


def test_a_file_that_has_its_content_already_is_left_alone(old: Path) -> None:
    before = old.stat()
    write_if_changed(old, b"old")
    assert (old.stat().st_ino, old.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    write_if_changed(old, b"new")
    assert old.read_bytes() == b"new"
    write_if_changed(old.with_name("b.csv"), b"first")
    assert old.with_name("b.csv").read_bytes() == b"first"
