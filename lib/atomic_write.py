"""Atomic file writes: a file is complete or not there, whatever happens while it is written."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


def write_whole(path: Path, content: bytes) -> None:
    """Write a file atomically: a reader sees the complete old file or the complete new one.

    Raises:
        OSError: it cannot be written, such as on a full disk; the old file stays, and no other is left.
    """
    with whole_file(path) as file:
        file.write(content)


def write_if_changed(path: Path, content: bytes) -> None:
    """Write a file atomically unless it has the content already, so that an unchanged file keeps its time.

    Raises:
        OSError: as `write_whole`.
    """
    try:
        is_same = path.read_bytes() == content
    except OSError:
        is_same = False
    if not is_same:
        write_whole(path, content)


def remove_unfinished(folder: Path) -> None:
    """Remove what a killed process has begun to write into a folder: hidden files and folders.

    Only whoever knows that nobody writes there any more may call this.
    """
    for path in folder.glob(".*"):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Open a file that replaces `path` when the `with` statement ends; an error inside it leaves no trace.

    Raises:
        OSError: as `write_whole`.
    """
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with fresh.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
