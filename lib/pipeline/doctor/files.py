"""Open the files of a folder as a run would: zones, hours and gaps of each measure, and unknown names."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from difflib import get_close_matches
from pathlib import Path

import pandas as pd

from lib.hours import HOUR, utc_bounds
from lib.markets import MARKETS, SETTLED, SETTLED_NAME, market
from lib.pipeline.doctor.finding import Finding, failure, ok, warning
from lib.safe_text import NAME_LENGTH, safe_text
from lib.sources import SourceError
from lib.sources.files import FilesSource

REMEDY = "correct the file, or import it again; docs/importing.md has the formats"

MOST_PROBLEMS = 5
"""More problems of a file than these are counted, and not printed one by one."""


def check_files(source: FilesSource, isos: Collection[str] = ()) -> Iterator[Finding]:
    """Yield what a folder has for some ISOs, or for each that has a folder if none is named."""
    folders = sorted(path.name for path in source.folder.iterdir() if path.is_dir())
    if not isos:
        yield from _misspelt_folders(source.folder, folders)
    present = {name.upper() for name in folders}
    for iso in isos or [iso for iso in MARKETS if iso in present]:
        yield from _check_iso(source, iso)


def _misspelt_folders(folder: Path, names: Collection[str]) -> Iterator[Finding]:
    """Yield each folder that is called almost like an ISO; any other is none of ours."""
    for name in names:
        near = get_close_matches(name.upper(), MARKETS, n=1)
        if near and name.upper() not in MARKETS:
            what = f"{folder / safe_text(name, NAME_LENGTH)} is the folder of no ISO, and is not read"
            yield warning("files", f"{what} (did you mean {near[0].lower()}?)", "rename it, or leave it")


def _check_iso(source: FilesSource, iso: str) -> Iterator[Finding]:
    try:
        start, end = utc_bounds(iso, *source.extent(iso))
        series = source.series(iso)
    except SourceError as error:
        yield failure("files", str(error), REMEDY)
        return
    places: dict[tuple[str, str], list[str]] = {}
    for one in series:
        places.setdefault((one.measure, SETTLED if one.basis == SETTLED else ""), []).append(one.location)
    for (measure, basis), names in places.items():
        yield from _check_measure(source, iso, measure, basis, names, (start, end))


def _check_measure(
    source: FilesSource,
    iso: str,
    measure: str,
    basis: str,
    names: list[str],
    window: tuple[pd.Timestamp, pd.Timestamp],
) -> Iterator[Finding]:
    file = SETTLED_NAME if basis == SETTLED else measure
    try:
        result = source.read(iso, measure, names, *window, basis=basis or None)
    except SourceError as error:
        yield failure("files", str(error), REMEDY)
        return
    if result.frame.empty:
        yield failure("files", f"{iso} {file}: no hour can be used", REMEDY)
    else:
        yield ok("files", f"{iso} {file}: {_describe_hours(iso, result.frame, names)}")
    for problem in result.problems[:MOST_PROBLEMS]:
        yield warning("files", problem.message, REMEDY)
    if (n_more := len(result.problems) - MOST_PROBLEMS) > 0:
        yield warning("files", f"{iso} {file}: {n_more} problems more", REMEDY)


def _describe_hours(iso: str, frame: pd.DataFrame, names: list[str]) -> str:
    """Return the zones, the span, the hours and the gaps of a measure."""
    spans = frame.groupby("location", observed=True)["interval_start"].agg(["min", "max", "size"])
    n_gaps = ((spans["max"] - spans["min"]) // HOUR + 1 - spans["size"]).sum()
    first, last = (
        f"{each.tz_convert(market(iso).zone_info):%Y-%m-%d %H:%M}"
        for each in (spans["min"].min(), spans["max"].max())
    )
    absent = [name for name in names if name not in spans.index]
    lacking = f"; without {', '.join(absent)}" if absent else ""
    return (
        f"{len(spans)} of {len(names)} zones and hubs, {first} to {last}, {len(frame):,} hours, "
        f"{n_gaps:,} missing in between{lacking}"
    )
