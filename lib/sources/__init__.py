"""Where hourly series come from, behind one small interface: the simulated market, or files."""

from __future__ import annotations

from pathlib import Path

from lib.sources.demo import DemoSource
from lib.sources.files import FilesSource
from lib.sources.protocol import Answer, Problem, SeriesSpec, Source, SourceError, UnknownSource

__all__ = ["Answer", "Problem", "SeriesSpec", "Source", "SourceError", "UnknownSource", "open_source"]


def open_source(spec: str) -> Source:
    """Return the source that a specification names: "demo", or "files:DIR" with a folder of files.

    Raises:
        UnknownSource: the name is not known, or the folder does not exist; the message says what is allowed.
    """
    name, _, place = spec.partition(":")
    if name == "demo" and not place:
        return DemoSource()
    if name == "files" and place:
        folder = Path(place).expanduser()
        if not folder.is_dir():
            raise UnknownSource(
                f"source {spec!r}: {folder} is no folder; name the one with <iso>/da_lmp.parquet"
            )
        return FilesSource(folder)
    raise UnknownSource(f"unknown source {spec!r}: allowed are 'demo' and 'files:DIR'")
