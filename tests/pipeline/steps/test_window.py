from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest

from lib.pipeline.errors import ConfigurationError
from lib.pipeline.steps.window import Window, resolve_window
from lib.sources import SourceError, open_source


@dataclass(frozen=True)
class SourceWithExtent:
    """A source of files with a given extent."""

    first: date = date(2019, 5, 1)
    last: date = date(2020, 4, 30)
    name: str = "files"
    fixed_as_of: None = None
    uses_whole_extent: bool = True

    def extent(self, iso: str) -> tuple[date, date]:
        if iso == "MISO":
            raise SourceError("no folder for MISO")
        return self.first, self.last


def test_the_demo_market_has_five_years_and_a_clock_that_stands_still() -> None:
    expected = Window(date(2021, 1, 1), date(2025, 12, 31), date(2026, 1, 1))
    assert resolve_window(open_source("demo"), "NYISO") == expected


def test_files_are_used_from_their_first_day_to_their_last() -> None:
    got = resolve_window(SourceWithExtent(), "NYISO", as_of="2026-01-05")
    assert (got.start, got.end) == (date(2019, 5, 1), date(2020, 4, 30))


def test_history_ends_the_day_before_as_of() -> None:
    assert resolve_window(SourceWithExtent(), "NYISO", as_of="2020-01-01").end == date(2019, 12, 31)


def test_five_years_before_a_leap_day_is_the_last_of_february() -> None:
    assert resolve_window(open_source("demo"), "PJM", as_of="2024-02-29").start == date(2019, 2, 28)


def test_real_sources_look_back_from_today() -> None:
    today = datetime.now(UTC).date()
    assert abs(resolve_window(SourceWithExtent(), "NYISO").as_of - today) <= timedelta(days=1)


def test_what_is_given_is_kept() -> None:
    got = resolve_window(SourceWithExtent(), "NYISO", "2019-06-01", date(2019, 6, 30), "2019-12-31")
    assert got == Window(date(2019, 6, 1), date(2019, 6, 30), date(2019, 12, 31))


@pytest.mark.parametrize(
    ("start", "end", "as_of", "message"),
    [
        ("2019-06-02", "2019-06-01", None, "start 2019-06-02 is after end 2019-06-01"),
        (None, "2019-06-01", "2019-06-01", "must lie before as-of"),
        ("06/01/2019", None, None, "write it as YYYY-MM-DD"),
        (None, None, "2019-02-30", "as-of '2019-02-30' is no date"),
    ],
)
def test_days_that_make_no_window_are_refused(start: str, end: str, as_of: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        resolve_window(SourceWithExtent(), "NYISO", start, end, as_of)


def test_an_iso_that_the_source_lacks_is_the_source_s_error() -> None:
    with pytest.raises(SourceError):
        resolve_window(SourceWithExtent(), "MISO")
    got = resolve_window(SourceWithExtent(), "MISO", as_of="2026-01-01", has_extent=False)
    assert (got.start, got.end) == (date(2021, 1, 1), date(2025, 12, 31))
