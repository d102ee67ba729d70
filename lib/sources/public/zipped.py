"""Zip archives as publishers send them."""

from __future__ import annotations

import zlib
from io import BytesIO
from zipfile import BadZipFile, ZipFile

import pandas as pd

from lib.sources.public.query import Unreadable

MAX_BYTES = 1 << 29
"""Of all files of an archive together; the largest that is known, of a year of quarter hours, has a tenth."""


def unzipped(body: bytes) -> dict[str, bytes]:
    """Return the files of a zip archive by name.

    Raises:
        Unreadable: the body is no zip archive, or a damaged one, or holds far more than any is known to.
    """
    try:
        with ZipFile(BytesIO(body)) as archive:
            # What a file claims is also all that is read of it.
            n_bytes = sum(file.file_size for file in archive.infolist())
            if n_bytes > MAX_BYTES:
                raise Unreadable(f"a zip archive with {n_bytes:,} bytes inside, more than {MAX_BYTES:,}")
            return {name: archive.read(name) for name in archive.namelist()}
    except (BadZipFile, zlib.error) as error:
        raise Unreadable(f"no zip archive, but a body that begins with {body[:40]!r} ({error})") from error


def zipped_csv(body: bytes) -> pd.DataFrame:
    """Return the table of a zip archive with one CSV file, its cells as text.

    Raises:
        Unreadable: the body is something else.
    """
    files = unzipped(body)
    if len(files) != 1:
        raise Unreadable(f"a zip archive with {len(files)} files where one was expected: {', '.join(files)}")
    try:
        return pd.read_csv(BytesIO(*files.values()), dtype=str, skipinitialspace=True)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise Unreadable(f"no CSV file in the zip archive: {error}") from error
