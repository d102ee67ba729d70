"""The files of a report that is kept: whether they are as their run left them, and how another run gets them.

A report is the page, the executed notebook, and the files that the notebook wrote. They are copied and not
linked: a person may edit a pricing file in a run's folder, and that of another run must not change with it.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from lib.pipeline.runner.kept.dependencies import hash_files, hash_of
from lib.present.pages.regions import Region, replace_regions
from lib.task_record import TaskRecord

_OF_OTHERS = (Region.RUNS, Region.LINKS, Region.FILES, Region.CHANGES, Region.KEPT)

FILLED_LATER: Mapping[str, str] = dict.fromkeys(map(str, _OF_OTHERS), "")
"""The regions of a report that other runs and pages change: they are empty in the hash and in a new copy."""


def report_files(record: TaskRecord) -> tuple[str, ...]:
    """Return the names of all files of a task's report, the page last; none where the report is not whole."""
    if not record.ipynb or not record.html:
        return ()
    return (*record.files, record.ipynb, record.html)


def hash_report(folder: Path, names: Sequence[str]) -> str:
    """Return the hash of a report, whatever other runs have written into the page.

    Raises:
        OSError: a file is missing, or cannot be read.
        UnicodeDecodeError: the page is no text any more.
    """
    *others, page = names
    return hash_of(hash_files([folder / name for name in others]), _page_alone(folder / page))


def copy_report(source: Path, target: Path, names: Sequence[str]) -> None:
    """Copy a report into another folder; a file there is whole or missing, and the page comes last.

    Raises:
        OSError: a file cannot be read or written, such as on a full disk; then none is left.
    """
    *others, page = names
    unfinished = target / f".{Path(page).stem}.kept"
    try:
        unfinished.mkdir()
        for name in others:
            shutil.copyfile(source / name, unfinished / name)
        (unfinished / page).write_text(_page_alone(source / page), encoding="utf-8")
        for name in names:
            (unfinished / name).replace(target / name)
    except OSError:
        for name in names:
            (target / name).unlink(missing_ok=True)
        raise
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _page_alone(page: Path) -> str:
    return replace_regions(page.read_text(encoding="utf-8"), FILLED_LATER)
