"""Zip archives as publishers send them: each member is read for itself, and a damaged one costs no other.

An archive says where a member is, how it is packed, its size and its checksum twice: in the directory at its
end, and in a header before the member. Where both disagree other tools read the member all the same, and so
does `PublishedZip`: whichever of them the checksum proves is right.
"""

from __future__ import annotations

import bz2
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from lib.safe_text import NAME_LENGTH, safe_text
from lib.sources.guard import guard_reading
from lib.sources.public.query import Unreadable

MAX_BYTES = 1 << 29
"""Most bytes in an archive; the largest one known, a year of quarter hours, has a tenth."""

MAX_MEMBERS = 20_000
"""Most members of an archive; a month of documents, one for each quarter hour, has 3,000."""

_UNREAD = {9: "Deflate64", 14: "LZMA", 93: "Zstandard", 95: "XZ", 97: "WavPack", 98: "PPMd", 99: "AES"}
"""Ways to pack a member that are not read here, by their number."""

_IS_ENCRYPTED, _HAS_DESCRIPTOR = 0x1, 0x8
_HEADER = struct.Struct("<6xHH4xIIIHH")
"""Of the header of a member: flags, method, checksum, packed and plain size, lengths of its name and end."""


@dataclass(frozen=True)
class _Claim:
    """What the directory or a header says of a member."""

    method: int
    n_packed: int
    n_bytes: int
    checksum: int


class PublishedZip:
    """An archive whose directory was read; a member is inflated when it is asked for."""

    def __init__(self, body: bytes, name: str = "the zip archive") -> None:
        """Read the directory of an archive; messages call it `name`.

        Raises:
            Unreadable: the body is no zip archive, or claims more than any publisher sends.
        """
        self.name = safe_text(name, NAME_LENGTH)
        self._body = body
        try:
            with guard_reading(f"the directory of {self.name}", Unreadable, (BadZipFile,)):
                entries = [entry for entry in ZipFile(BytesIO(body)).infolist() if not entry.is_dir()]
        except BadZipFile as error:
            raise Unreadable(
                f"{self.name} is no zip archive, but a body that begins with {body[:40]!r} ({error})"
            ) from error
        n_bytes = sum(entry.file_size for entry in entries)
        if n_bytes > MAX_BYTES or len(entries) > MAX_MEMBERS:
            raise Unreadable(
                f"{self.name} has {len(entries):,} members with {n_bytes:,} bytes inside; "
                f"{MAX_MEMBERS:,} and {MAX_BYTES:,} are the most that are read"
            )
        self._entries: dict[str, list[ZipInfo]] = {}
        for entry in entries:
            self._entries.setdefault(entry.filename, []).append(entry)

    @property
    def names(self) -> list[str]:
        """The names of the members, without folders."""
        return list(self._entries)

    def read(self, member: str) -> bytes:
        """Return a member.

        Raises:
            Unreadable: it is encrypted, packed in another way, damaged, or there are several of its name.
        """
        what = f"{safe_text(member, NAME_LENGTH)!r} in {self.name}"
        with guard_reading(what, Unreadable):
            contents = {self._inflate(entry) for entry in self._entries[member]}
            if len(contents) > 1:
                raise BadZipFile("there are several of this name, and their contents differ")
            return contents.pop()

    def only(self, *suffixes: str) -> str:
        """Return the name of the only member with one of some endings; others, such as a note, do not count.

        Raises:
            Unreadable: there is none, or more than one.
        """
        found = [name for name in self._entries if name.lower().endswith(suffixes)]
        if len(found) == 1:
            return found[0]
        raise Unreadable(
            f"{self.name} has {len(found)} files {' or '.join(suffixes)} where one was expected; "
            f"it has {self.listed()}"
        )

    def listed(self) -> str:
        """Return the names of the first members as messages show them."""
        shown = [safe_text(name, NAME_LENGTH) for name in self.names[:8]]
        more = [f"{len(self.names) - len(shown)} more"] if len(self.names) > len(shown) else []
        return ", ".join([*shown, *more]) or "no file"

    def _inflate(self, entry: ZipInfo) -> bytes:
        """Return a member as the directory or else its header claims it, proved by size and checksum."""
        if entry.flag_bits & _IS_ENCRYPTED:
            raise BadZipFile("it is encrypted, and open data are not")
        header = self._body[entry.header_offset : entry.header_offset + _HEADER.size]
        if not header.startswith(b"PK\x03\x04") or len(header) < _HEADER.size:
            raise BadZipFile("no file begins where the directory says")
        flags, *claim, n_name, n_extra = _HEADER.unpack(header)
        start = entry.header_offset + _HEADER.size + n_name + n_extra
        claims = [_Claim(entry.compress_type, entry.compress_size, entry.file_size, entry.CRC)]
        if not flags & _HAS_DESCRIPTOR:
            method, checksum, n_packed, n_bytes = claim
            claims.append(_Claim(method, n_packed, n_bytes, checksum))
        for content, claimed in self._unpacked(start, claims):
            if len(content) == claimed.n_bytes and zlib.crc32(content) == claimed.checksum:
                return content
        raise BadZipFile("it is damaged: its size or checksum is another one")

    def _unpacked(self, start: int, claims: list[_Claim]) -> Iterator[tuple[bytes, _Claim]]:
        """Yield what each claim unpacks to.

        Raises:
            BadZipFile, zlib.error, OSError: by none of them the member can be unpacked.
        """
        failures = []
        for claim in claims:
            try:
                yield _unpack(self._body[start : start + claim.n_packed], claim), claim
            except (zlib.error, OSError, BadZipFile) as error:  # bz2 raises an OSError
                failures.append(error)
        if len(failures) == len(claims):
            raise failures[0]


def _unpack(packed: bytes, claim: _Claim) -> bytes:
    """Return bytes unpacked, and no more of them than one beyond the size that is claimed."""
    most = min(claim.n_bytes, MAX_BYTES) + 1
    if claim.method == ZIP_STORED:
        return packed
    if claim.method == ZIP_DEFLATED:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, most)
    if claim.method == ZIP_BZIP2:
        return bz2.BZ2Decompressor().decompress(packed, most)
    method = _UNREAD.get(claim.method, f"method {claim.method}")
    raise BadZipFile(f"it is packed by {method}, which is not read; ask the publisher, or unpack it by hand")
