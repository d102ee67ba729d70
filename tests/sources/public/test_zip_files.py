"""Zip archives: their members, what other tools read of them too, and how much is inflated."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from random import Random
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZIP_LZMA, ZIP_STORED, ZipFile

import pytest

from lib.sources.protocol import SourceError
from lib.sources.public import zip_files
from lib.sources.public.query import Unreadable
from lib.sources.public.zip_files import PublishedZip

DAY, NEXT_DAY = b"Time Stamp,Name\n1,WEST\n" * 200, b"Time Stamp,Name\n2,WEST\n" * 200
N_DAMAGED = 12_000


def archive_of(files: dict[str, bytes], method: int = ZIP_DEFLATED) -> bytes:
    """An archive of files."""
    body = BytesIO()
    with ZipFile(body, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return body.getvalue()


def read_all(body: bytes) -> dict[str, bytes]:
    archive = PublishedZip(body, "day.zip")
    return {name: archive.read(name) for name in archive.names}


def changed(body: bytes, signature: bytes, offset: int, value: bytes, nth: int = 0) -> bytes:
    """An archive with some bytes of the nth header or directory entry changed."""
    start = -1
    for _ in range(nth + 1):
        start = body.index(signature, start + 1)
    start += offset
    return body[:start] + value + body[start + len(value) :]


HEADER, DIRECTORY = b"PK\x03\x04", b"PK\x01\x02"


@pytest.mark.parametrize("method", [ZIP_STORED, ZIP_DEFLATED, ZIP_BZIP2])
def test_the_members_come_by_name(method: int) -> None:
    assert read_all(archive_of({"a.csv": DAY, "b.csv": NEXT_DAY}, method)) == {
        "a.csv": DAY,
        "b.csv": NEXT_DAY,
    }


def test_folders_are_no_members_and_a_note_is_not_the_table() -> None:
    body = BytesIO()
    with ZipFile(body, "w") as archive:
        archive.mkdir("data")
        archive.writestr("data/a.CSV", DAY)
        archive.writestr("readme.txt", b"hello")
    published = PublishedZip(body.getvalue())
    assert published.names == ["data/a.CSV", "readme.txt"]
    assert published.only(".csv") == "data/a.CSV"
    with pytest.raises(Unreadable, match=r"0 files \.xlsx or \.xls where one was expected; it has data/a"):
        published.only(".xlsx", ".xls")


DISAGREEMENTS: dict[str, Callable[[bytes], bytes]] = {
    "another name in the header": lambda body: changed(body, HEADER, 30, b"x"),
    "no sizes in the header": lambda body: changed(body, HEADER, 14, bytes(12)),
    "no checksum in the directory": lambda body: changed(body, DIRECTORY, 16, bytes(4)),
    "another size in the directory": lambda body: changed(body, DIRECTORY, 24, struct.pack("<I", 17)),
    "another packed size in the directory": lambda body: changed(body, DIRECTORY, 20, struct.pack("<I", 9)),
    "another method in the directory": lambda body: changed(body, DIRECTORY, 10, struct.pack("<H", 0)),
    "another date in the header": lambda body: changed(body, HEADER, 10, b"\xff\xff\xff\xff"),
    "something before the archive": lambda body: b"#!/bin/sh\n" + body,
    "something after the archive": lambda body: body + bytes(100),
}


@pytest.mark.parametrize("change", DISAGREEMENTS)
def test_an_archive_whose_directory_and_headers_disagree_is_read(change: str) -> None:
    body = DISAGREEMENTS[change](archive_of({"a.csv": DAY, "b.csv": NEXT_DAY}))
    assert read_all(body) == {"a.csv": DAY, "b.csv": NEXT_DAY}


REFUSED: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "deflate64": (
        lambda body: changed(changed(body, DIRECTORY, 10, b"\x09\0"), HEADER, 8, b"\x09\0"),
        "packed by Deflate64, which is not read",
    ),
    "an unknown method": (
        lambda body: changed(changed(body, DIRECTORY, 10, b"\x4d\0"), HEADER, 8, b"\x4d\0"),
        "packed by method 77",
    ),
    "encrypted": (lambda body: changed(body, DIRECTORY, 8, b"\x01\0"), "it is encrypted"),
    "damaged": (lambda body: changed(body, HEADER, 60, b"\0\0\0\0\0\0"), "damaged|error"),
    "elsewhere": (lambda body: changed(body, DIRECTORY, 42, b"\x07"), "no file begins"),
    "far away": (lambda body: changed(body, DIRECTORY, 42, b"\0\0\0\x7f"), "no file begins"),
}


@pytest.mark.parametrize("fault", REFUSED)
def test_a_member_that_cannot_be_read_is_named_and_costs_no_other(fault: str) -> None:
    change, cause = REFUSED[fault]
    archive = PublishedZip(change(archive_of({"a.csv": DAY, "b.csv": NEXT_DAY})), "202406.zip")
    with pytest.raises(Unreadable, match=rf"'a\.csv' in 202406\.zip cannot be read \(.*({cause})"):
        archive.read("a.csv")
    assert archive.read("b.csv") == NEXT_DAY


def test_lzma_is_refused_because_nothing_bounds_what_it_unpacks_to() -> None:
    with pytest.raises(Unreadable, match="packed by LZMA"):
        read_all(archive_of({"a.csv": DAY}, ZIP_LZMA))


@pytest.mark.parametrize("second", [DAY, NEXT_DAY])
def test_of_two_members_of_one_name_none_is_trusted_unless_they_are_equal(second: bytes) -> None:
    body = BytesIO()
    with ZipFile(body, "w") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("a.csv", DAY)
        archive.writestr("a.csv", second)
    archive = PublishedZip(body.getvalue())
    if second == DAY:
        assert archive.read("a.csv") == DAY
    else:
        with pytest.raises(Unreadable, match="several of this name"):
            archive.read("a.csv")


@pytest.mark.parametrize("body", [b"", b"<html>sign in</html>", b"PK\x03\x04", archive_of({"a": DAY})[:-60]])
def test_what_is_no_archive_says_how_it_begins(body: bytes) -> None:
    with pytest.raises(Unreadable, match=r"day\.zip is no zip archive, but a body that begins with"):
        PublishedZip(body, "day.zip")


def test_an_archive_that_would_fill_the_memory_is_refused_before_it_is_inflated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(zip_files, "MAX_BYTES", 100_000)
    assert len(read_all(archive_of({"a": b"0" * 50_000, "b": b"0" * 50_000}))) == 2
    with pytest.raises(Unreadable, match="100,001 bytes"):
        PublishedZip(archive_of({"a": b"0" * 50_000, "b": b"0" * 50_001}))


def test_an_archive_of_too_many_members_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zip_files, "MAX_MEMBERS", 3)
    with pytest.raises(Unreadable, match="4 members"):
        PublishedZip(archive_of(dict.fromkeys("abcd", b"")))


@pytest.mark.parametrize("method", [ZIP_DEFLATED, ZIP_BZIP2])
def test_a_member_that_is_larger_than_it_claims_is_not_unpacked_further(method: int) -> None:
    content = b"0" * 1_000_000
    honest = archive_of({"a": content}, method)
    # The size stands in the header of the member and in the directory at the end.
    lying = honest.replace(len(content).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    with pytest.raises(Unreadable, match="its size or checksum is another one"):
        read_all(lying)


def test_a_name_of_a_megabyte_with_control_characters_is_shown_short() -> None:
    body = archive_of({"\x1b[31m" + "a" * 60_000: DAY, "b": DAY})
    with pytest.raises(Unreadable) as caught:
        PublishedZip(body, "\x1b]0;x\x07.zip").only(".csv")
    assert len(str(caught.value)) < 500
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("method", [ZIP_STORED, ZIP_DEFLATED, ZIP_BZIP2])
def test_of_thousands_of_damaged_archives_each_member_is_whole_or_named(method: int) -> None:
    """Bytes are changed, cut out or doubled; the seed makes it the same each time."""
    files = {f"{n}.csv": DAY[: 400 * n] for n in range(1, 6)}
    whole, random = archive_of(files, method), Random(20_240_601 + method)
    n_refused = 0
    for _ in range(N_DAMAGED // 3):
        body = damage(whole, random)
        try:
            archive = PublishedZip(body, "day.zip")
        except SourceError as error:
            assert "day.zip" in str(error)
            n_refused += 1
            continue
        for name in archive.names:
            try:
                content = archive.read(name)
            except SourceError as error:
                assert "in day.zip cannot be read" in str(error)
                n_refused += 1
            else:
                assert zlib.crc32(content) in {zlib.crc32(one) for one in [*files.values(), b""]}
    assert n_refused > N_DAMAGED / 10


def damage(whole: bytes, random: Random) -> bytes:
    """The bytes with one to four faults, most of them in headers and the directory."""
    body = bytearray(whole)
    for _ in range(random.randint(1, 4)):
        near = random.choice([body.find(DIRECTORY), body.rfind(b"PK"), body.find(HEADER), 0])
        at = random.randrange(len(body)) if random.random() < 0.3 else max(near, 0) + random.randrange(46)
        fault = random.randrange(4)
        if fault == 0:
            body[at : at + 1] = random.randbytes(1)
        elif fault == 1:
            body[at : at + 4] = random.choice([bytes(4), b"\xff" * 4, random.randbytes(4)])
        elif fault == 2:
            del body[at : at + random.randint(1, 20)]
        else:
            body[at:at] = body[at : at + random.randint(1, 20)]
    return bytes(body)
