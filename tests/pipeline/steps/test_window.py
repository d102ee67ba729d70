from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.pipeline.errors import ConfigurationError
from lib.pipeline.steps.window import Window, first_day_of, resolve_window
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


@pytest.mark.parametrize(
    ("years", "end", "first"),
    [
        (3, "2025-12-31", date(2023, 1, 1)),
        (1, "2024-02-29", date(2023, 3, 1)),
        (1, "2025-02-28", date(2024, 2, 29)),
        (2, "2025-06-15", date(2023, 6, 16)),
    ],
)
def test_a_window_of_years_ends_on_the_last_day(years: int, end: str, first: date) -> None:
    got = resolve_window(open_source("demo"), "NYISO", end=end, years=years)
    assert (got.start, got.end) == (first, date.fromisoformat(end))


def test_the_usual_window_of_the_demo_is_that_of_five_years() -> None:
    assert resolve_window(open_source("demo"), "NYISO", years=5) == resolve_window(
        open_source("demo"), "NYISO"
    )


def test_a_start_that_the_years_do_not_begin_on_is_refused() -> None:
    demo = open_source("demo")
    assert resolve_window(demo, "NYISO", "2023-01-01", years=3).start == date(2023, 1, 1)
    with pytest.raises(
        ConfigurationError, match="years=3 begins on 2023-01-01 and --start on 2022-01-01: give one"
    ):
        resolve_window(demo, "NYISO", "2022-01-01", years=3)


def test_years_before_the_first_day_of_a_folder_are_refused() -> None:
    got = resolve_window(SourceWithExtent(), "NYISO", as_of="2026-01-05", years=1)
    assert (got.start, got.end) == (date(2019, 5, 1), date(2020, 4, 30))
    message = (
        "NYISO: -p years=2 begins on 2018-05-01, before the history of the source, which begins on 2019-05-01"
    )
    with pytest.raises(ConfigurationError, match=message):
        resolve_window(SourceWithExtent(), "NYISO", as_of="2026-01-05", years=2)


@given(st.dates(date(2005, 1, 1), date(2030, 1, 1)), st.integers(1, 9))
def test_a_year_more_adds_a_year_of_days(end: date, years: int) -> None:
    longer, shorter = (first_day_of(n, end) for n in (years + 1, years))
    assert (shorter - longer).days in (365, 366)
    assert (end - first_day_of(years, end)).days + 1 in (
        365 * years + years // 4,
        365 * years + years // 4 + 1,
    )
