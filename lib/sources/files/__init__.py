"""Series from files in a folder: DIR/<iso>/{da_lmp,rt_lmp,da_load,rt_load}.{parquet,csv}.

Each file has the columns zone (the location's name), interval_start_utc (start of the hour; in CSV ISO 8601
with an offset) and value ($/MWh or MW), one row per zone and hour; a missing hour has no row. If a measure
has both formats, the Parquet file is read, and a problem names the CSV file that was not. A measure without a
file is no series of the folder. `lib.sources.files.bases` has the file that states what the loads measure.
The file rt_lmp_settled may have the real-time price at which metered load settles, of some zones or all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import ClassVar

import pandas as pd

from lib.markets import MEASURES, SETTLED, SETTLED_NAME, Location, locations, market
from lib.sources.clean import ProblemCounter
from lib.sources.files.bases import read_bases
from lib.sources.files.clean import clean_rows
from lib.sources.files.tables import (
    LOST_ROWS,
    TIME,
    ZONE,
    has_rows,
    iso_folder,
    measure_file,
    measure_files,
    read_rows,
)
from lib.sources.files.times import parse_times
from lib.sources.protocol import (
    NO_ROWS,
    SeriesResult,
    SeriesSpec,
    SourceError,
    Unanswered,
    UnknownSource,
    basis_of,
)


@dataclass(frozen=True)
class FilesSource:
    """A folder of files as a source. Files may change at any time, so the whole window is compared."""

    name: ClassVar[str] = "files"
    stored_as: ClassVar[tuple[str, ...]] = (name,)
    is_demo: ClassVar[bool] = False
    fixed_as_of: ClassVar[date | None] = None
    uses_whole_extent: ClassVar[bool] = True

    folder: Path

    @classmethod
    def open(cls, argument: str) -> FilesSource:
        """Return the source of a folder.

        Raises:
            UnknownSource: there is no such folder, or a file in it states a basis that no load has.
        """
        folder = Path(argument).expanduser()
        if not folder.is_dir():
            raise UnknownSource(
                f"source '{cls.name}:{argument}': {folder} is no folder; "
                "name the one with <iso>/da_lmp.parquet"
            )
        try:
            for path in folder.iterdir():
                read_bases(path)
        except SourceError as error:
            raise UnknownSource(f"source '{cls.name}:{argument}': {error}") from error
        return cls(folder)

    def revision_days(self, iso: str, measure: str) -> None:
        """Return None: any row of a file may change."""

    def corrected_hours(self, *_: object) -> dict[str, pd.DatetimeIndex]:
        """Return nothing: the whole window is compared."""
        return {}

    def series(self, iso: str) -> tuple[SeriesSpec, ...]:
        """Return each measure that has a file: of every zone, and prices also of those hubs that it names.

        Raises:
            SourceError: there is no folder for the ISO, it has no such file, or its bases cannot be read.
        """
        folder = iso_folder(self.folder, iso)
        where, stated = market(iso), read_bases(folder)
        present = [measure for measure in MEASURES.values() if measure_files(folder, measure.name)]
        if not present:
            names = ", ".join(MEASURES)
            raise SourceError(f"{iso}: {folder} has no file; expected is any of {names}, as parquet or csv")
        return tuple(
            SeriesSpec(
                iso, place.name, measure.name, self.name, stated.get(measure.name, basis_of(where, measure))
            )
            for measure in present
            for place in _expected(folder, iso, measure.name)
        ) + tuple(
            SeriesSpec(iso, place.name, "rt_lmp", self.name, SETTLED)
            for place in locations(iso, "zone")
            if place.name in _names_in(folder, iso, SETTLED_NAME)
        )

    def extent(self, iso: str) -> tuple[date, date]:
        """Return the first and last local day with an hour in any readable file.

        Raises:
            SourceError: there is no folder for the ISO, or no hour in it.
        """
        folder = iso_folder(self.folder, iso)
        spans, reasons = [], []
        for measure in MEASURES:
            try:
                rows = read_rows(measure_file(folder, iso, measure), ProblemCounter(iso, measure), [TIME])
            except SourceError as error:
                reasons.append(str(error))
                continue
            times = parse_times(rows[TIME]).dropna()
            if not times.empty:
                spans.append((times.min(), times.max()))
        if not spans:
            raise SourceError("; ".join([f"{iso}: {folder} has no hour with a UTC time", *reasons]))
        zone = market(iso).zone_info
        first, last = min(span[0] for span in spans), max(span[1] for span in spans)
        return first.tz_convert(zone).date(), last.tz_convert(zone).date()

    def read(
        self,
        iso: str,
        measure: str,
        locations: Sequence[str],
        start: pd.Timestamp,
        end: pd.Timestamp,
        basis: str | None = None,
    ) -> SeriesResult:
        """Return what the measure's file has of the window, problems counted; see `Source.read`.

        There is one series of a measure, and one more of the real-time prices at which metered load settles.

        Raises:
            SourceError: the file is missing or unreadable, a column does not fit, or no time has an offset.
        """
        folder, counter = iso_folder(self.folder, iso), ProblemCounter(iso, measure)
        name = SETTLED_NAME if basis == SETTLED else measure
        path = measure_file(folder, iso, name)
        for unread in measure_files(folder, name)[1:]:
            counter.add("two_files", 0, f"{path} was read and {unread.name} was not; keep one of them")
        rows = read_rows(path, counter, window=(start, end))
        if rows.empty and not has_rows(path):
            counter.add(NO_ROWS, 0, f"{path} has headings and no row below them; export it again")
        elif rows.empty:
            counter.add("not_in_window", 0, f"{path} has no row between {start} and {end}")
        frame = clean_rows(rows, counter, locations, start, end)
        has_lost = any(problem.kind == LOST_ROWS for problem in counter.problems)
        lost = [Unanswered(place, start, end) for place in locations] if has_lost else []
        return SeriesResult(frame, tuple(counter.problems), tuple(lost))


def _expected(folder: Path, iso: str, measure: str) -> list[Location]:
    """Return the locations that the file should have: all zones, and the hubs that it names."""
    named = _names_in(folder, iso, measure) if locations(iso, "hub") else frozenset()
    return [
        place
        for place in locations(iso)
        if measure in place.measures and (place.kind == "zone" or place.name in named)
    ]


def _names_in(folder: Path, iso: str, measure: str) -> frozenset[str]:
    try:
        rows = read_rows(measure_file(folder, iso, measure), ProblemCounter(iso, measure), [ZONE])
    except SourceError:
        # `read` reports the error; for the list of series the file just names no hub.
        return frozenset()
    return frozenset(rows[ZONE].dropna().str.strip().unique())
