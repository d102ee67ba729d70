"""Zip archives: their files, and how much of them is inflated."""

from __future__ import annotations

from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from lib.sources.public import zip_files
from lib.sources.public.query import Unreadable
from lib.sources.public.zip_files import unzip


def _archive(files: dict[str, bytes]) -> bytes:
    body = BytesIO()
    with ZipFile(body, "w", ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return body.getvalue()


def test_the_files_come_by_name() -> None:
    assert unzip(_archive({"a.csv": b"1", "b.csv": b"2"})) == {"a.csv": b"1", "b.csv": b"2"}


def test_an_archive_that_would_fill_the_memory_is_refused_before_it_is_inflated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(zip_files, "MAX_BYTES", 100_000)
    assert len(unzip(_archive({"a": b"0" * 50_000, "b": b"0" * 50_000}))) == 2
    with pytest.raises(Unreadable, match="100,001 bytes"):
        unzip(_archive({"a": b"0" * 50_000, "b": b"0" * 50_001}))


def test_a_file_that_is_larger_than_it_claims_is_not_read_further() -> None:
    content = b"0" * 100_000
    honest = _archive({"a": content})
    # The size stands in the header of the file and in the directory at the end.
    lying = honest.replace(len(content).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    with pytest.raises(Unreadable, match="no zip archive"):
        unzip(lying)
