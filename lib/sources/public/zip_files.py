"""Zip archives as publishers send them: unpacked up to a limit, and one with a single CSV file parsed."""

from __future__ import annotations

import zlib
from io import BytesIO
from zipfile import BadZipFile, ZipFile

import pandas as pd

from lib.sources.public.query import Unreadable

MAX_BYTES = 1 << 29
"""Largest sum of the files of an archive; the largest archive known, a year of quarter hours, has a tenth."""


def unzip(body: bytes) -> dict[str, bytes]:
    """Return the files of a zip archive by name.

    Raises:
        Unreadable: the body is no zip archive, is damaged, or unpacks to more than `MAX_BYTES`.
    """
    try:
        with ZipFile(BytesIO(body)) as archive:
            # zipfile reads no more of a file than the size it claims.
            n_bytes = sum(file.file_size for file in archive.infolist())
            if n_bytes > MAX_BYTES:
                raise Unreadable(f"a zip archive with {n_bytes:,} bytes inside, more than {MAX_BYTES:,}")
            return {name: archive.read(name) for name in archive.namelist()}
    except (BadZipFile, zlib.error) as error:
        raise Unreadable(f"no zip archive, but a body that begins with {body[:40]!r} ({error})") from error


def parse_zipped_csv(body: bytes) -> pd.DataFrame:
    """Return the table of a zip archive with a single CSV file, its cells as text.

    Raises:
        Unreadable: the body is something else.
    """
    files = unzip(body)
    if len(files) != 1:
        raise Unreadable(f"a zip archive with {len(files)} files where one was expected: {', '.join(files)}")
    try:
        return pd.read_csv(BytesIO(*files.values()), dtype=str, skipinitialspace=True)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise Unreadable(f"no CSV file in the zip archive: {error}") from error
