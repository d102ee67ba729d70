"""The tool's data: published curves, and curves of any range of days, from memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from lib.calc.range_curves import coming_year_between
from lib.calc.ranges import OutsideHistory, SummedHours
from lib.markets import MARKETS, locations
from lib.store import OFFICIAL, STUDY, Database, open_reader
from lib.tool.cache import Cache
from lib.tool.curve import Choice, Extent, NoSuchCurve, SourceCurve
from lib.tool.descriptions import describe_curve_inputs, describe_empty_months
from lib.tool.estimators import CURVES, ZONE_CURVES, estimator_of, to_wide
from lib.tool.snapshot import NewerRun, Version, find_newer_run, read_snapshot
from lib.tool.stored_curves import (
    DELIVERY_CURVES,
    RANGE_CURVES,
    read_cells,
    read_history,
    read_zone_hours,
    select_delivery_months,
)

MAX_BYTES = 400 * 2**20
"""The memory that one tool may use for curves; five ISOs with five years of hours need a third of it."""

_STATUSES = {OFFICIAL: "official", STUDY: "a study"}

ReportProgress = Callable[[int, int, str], None]
"""Called during a long read with the step, the number of steps, and what is being read."""


@dataclass(frozen=True)
class Usage:
    """Hits, misses and size of the cache, and the run that the data is as of."""

    hits: int
    misses: int
    n_bytes: int
    max_bytes: int
    run_id: int


class ToolData:
    """Published curves and curves of free ranges, with a bounded cache in front of the database."""

    def __init__(self, source: str, max_bytes: int = MAX_BYTES) -> None:
        """Open the source's database with a reader's rights.

        Args:
            source: name of the source: "demo", "public", ...
            max_bytes: the memory that the cache may use.

        Raises:
            DatabaseUnreachable, SchemaError, NotPermitted: there is no database to read; the message says
                what to do.
        """
        self._source = source
        self._db = open_reader(source)
        self._cache = Cache(max_bytes)
        self._snapshot = read_snapshot(self._db)
        self._days: dict[tuple, tuple[date, date]] = {}

    @property
    def db(self) -> Database:
        """The database, opened for reading."""
        return self._db

    @property
    def is_demo(self) -> bool:
        """Whether the numbers are simulated."""
        return self._db.is_demo

    def preload(self, progress: ReportProgress | None = None) -> None:
        """Read all official curves once, so that every later call is served from memory."""
        versions = self._snapshot.versions
        for step, (iso, curve) in enumerate(versions, start=1):
            if progress is not None:
                progress(step, len(versions), f"{CURVES[curve]} of {iso}")
            extent = self.extent(iso, curve)
            self.curve(Choice(iso, curve, "", extent.start, extent.end))

    def isos(self, status: str = OFFICIAL) -> tuple[str, ...]:
        """Return the ISOs that have a curve of a status, in the sequence of lib/reference."""
        return tuple(iso for iso in MARKETS if self.curves(iso, status))

    def curves(self, iso: str, status: str = OFFICIAL) -> tuple[str, ...]:
        """Return the curves of an ISO that have a status, as keys of CURVES."""
        return tuple(curve for curve in CURVES if (iso, curve) in self._snapshot.of_status(status))

    def extent(self, iso: str, curve: str, status: str = OFFICIAL) -> Extent:
        """Return the days that a curve is available for.

        Raises:
            NoSuchCurve: it is not published.
        """
        version = self._version(iso, curve, status)
        key = (iso, curve, version.fingerprint, version.last_write)
        if key not in self._days:
            self._days[key] = self._read_days(iso, curve, version)
        first, last = self._days[key]
        start, end = (version.start, version.end) if curve in RANGE_CURVES else (first, last)
        return Extent(first, last, start, end, version.holidays)

    def curve(self, choice: Choice) -> SourceCurve:
        """Return the chosen curve: the published version, or computed for the range.

        Raises:
            NoSuchCurve: it is not published, or the range lies outside the data.
        """
        what = (choice.iso, choice.curve, choice.status)
        version, extent = self._version(*what), self.extent(*what)
        is_published = (choice.start, choice.end) == (extent.start, extent.end)
        estimator = estimator_of(choice.curve, choice.estimator)
        if is_published or choice.curve not in RANGE_CURVES:
            cells = self._published(choice.iso, choice.curve, version)
        else:
            cells = self._range(choice, version)
        if not is_published and choice.curve not in (*RANGE_CURVES, *DELIVERY_CURVES):
            raise NoSuchCurve(
                f"the {CURVES[choice.curve]} is there for the days of its version only: choose days from "
                f"{extent.start} to {extent.end}"
            )
        if choice.curve in DELIVERY_CURVES:
            cells = select_delivery_months(cells, choice, extent)
        zones = [zone.name for zone in locations(choice.iso, "zone")]
        if choice.curve in ZONE_CURVES:  # the desk has load in some zones only
            zones = [zone for zone in zones if cells["location"].eq(zone).any()]
        is_study = version.status == STUDY
        values, weights = to_wide(cells, estimator, zones)
        return SourceCurve(
            values,
            weights,
            estimator.quantity,
            estimator.uom,
            f"{'Study: ' * is_study}{CURVES[choice.curve]} of {choice.iso}, {estimator.inline_label}",
            describe_curve_inputs(version, choice, is_published),
            self.is_demo,
            is_published,
            describe_empty_months(values, estimator),
            is_study,
        )

    def coming_year(self, choice: Choice) -> pd.DataFrame:
        """Return the bands of a coming year of a VLR curve, from the days of the chosen range.

        Returns:
            what `lib.calc.range_curves.coming_year_between` returns.

        Raises:
            NoSuchCurve: it is not published, or the range lies outside the data.
        """
        version = self._version(choice.iso, choice.curve, choice.status)

        def compute() -> pd.DataFrame:
            history = self._history(choice.iso, choice.curve, version)
            return coming_year_between(history, choice.start, choice.end)

        key = ("year", choice.iso, choice.curve, version.data_fingerprint, choice.start, choice.end)
        return self._cache.get(key, compute)

    def zone_hours(self, iso: str, status: str, zones: Sequence[str]) -> pd.DataFrame:
        """Return prices and loads of some zones on the hours of the VLR curve's window.

        Raises:
            NoSuchCurve: the ISO has no VLR curve of this status.
        """
        return read_zone_hours(self._db, iso, self._version(iso, "vlr", status), zones)

    def find_newer_run(self) -> NewerRun | None:
        """Return the latest run that has ended since the data was read; None if there is none."""
        return find_newer_run(self._snapshot, read_snapshot(self._db))

    def refresh(self, progress: ReportProgress | None = None) -> None:
        """Read what newer runs have changed; everything else stays in memory."""
        self._snapshot = read_snapshot(self._db)
        self.preload(progress)

    def usage(self) -> Usage:
        """Return the use of the cache."""
        cache = self._cache
        return Usage(cache.hits, cache.misses, cache.n_bytes, cache.max_bytes, self._snapshot.run.run_id)

    def _version(self, iso: str, curve: str, status: str) -> Version:
        version = self._snapshot.of_status(status).get((iso, curve))
        if version is None:
            option = " --study" * (status == STUDY) + " --own-load DIR" * (curve in ZONE_CURVES)
            raise NoSuchCurve(
                f"no {CURVES.get(curve, curve)} of {iso} is published yet that is {_STATUSES[status]}: "
                f"`python run_all.py --source {self._source}{option}` makes one"
            )
        return version

    def _read_days(self, iso: str, curve: str, version: Version) -> tuple[date, date]:
        if curve not in (*RANGE_CURVES, *DELIVERY_CURVES):
            return version.start, version.end
        if curve in RANGE_CURVES:
            history = self._history(iso, curve, version)
            return history.first, history.last
        months = pd.PeriodIndex(self._published(iso, curve, version)["month"].unique(), freq="M")
        return months.min().start_time.date(), months.max().end_time.date()

    def _published(self, iso: str, curve: str, version: Version) -> pd.DataFrame:
        """Return the cells of a version."""
        key = ("published", iso, curve, version.fingerprint)
        return self._cache.get(key, lambda: read_cells(self._db, iso, curve, version))

    def _range(self, choice: Choice, version: Version) -> pd.DataFrame:
        """Return the cells of a free range of days."""

        def compute() -> pd.DataFrame:
            history = self._history(choice.iso, choice.curve, version)
            return RANGE_CURVES[choice.curve](history, choice.start, choice.end)

        key = ("range", choice.iso, choice.curve, version.data_fingerprint, choice.start, choice.end)
        try:
            return self._cache.get(key, compute)
        except OutsideHistory as error:
            raise NoSuchCurve(str(error)) from None

    def _history(self, iso: str, curve: str, version: Version) -> SummedHours:
        key = ("history", iso, curve, version.data_fingerprint)
        return self._cache.get(key, lambda: read_history(self._db, iso, curve, version))
