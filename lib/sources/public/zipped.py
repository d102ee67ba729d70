"""Zip archives as publishers send them."""

from __future__ import annotations

import zlib
from io import BytesIO
from zipfile import BadZipFile, ZipFile

import pandas as pd

from lib.sources.public.asks import Unreadable


def unzipped(body: bytes) -> dict[str, bytes]:
    """Return the files of a zip archive by name.

    Raises:
        Unreadable: the body is no zip archive, or a damaged one.
    """
    try:
        with ZipFile(BytesIO(body)) as archive:
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
