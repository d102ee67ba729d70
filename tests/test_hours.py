from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.hours import UTC_HOUR, NercHolidays, blocks_at, label_hours, market_hours, utc_bounds
from lib.markets import MARKETS, market

# Hours per month, January to December, as published for these years.
HOURS = {
    (2023, "5x16"): [336, 320, 368, 320, 352, 352, 320, 368, 320, 352, 336, 320],
    (2024, "5x16"): [352, 336, 336, 352, 352, 320, 352, 352, 320, 368, 320, 336],
    (2025, "5x16"): [352, 320, 336, 352, 336, 336, 352, 336, 336, 368, 304, 352],
    (2023, "2x16"): [160, 128, 128, 160, 144, 128, 176, 128, 160, 144, 144, 176],
    (2024, "2x16"): [144, 128, 160, 128, 144, 160, 144, 144, 160, 128, 160, 160],
    (2025, "2x16"): [144, 128, 160, 128, 160, 144, 144, 160, 144, 128, 176, 144],
    (2023, "7x8"): [248, 224, 247, 240, 248, 240, 248, 248, 240, 248, 241, 248],
    (2024, "7x8"): [248, 232, 247, 240, 248, 240, 248, 248, 240, 248, 241, 248],
    (2025, "7x8"): [248, 224, 247, 240, 248, 240, 248, 248, 240, 248, 241, 248],
}

isos = st.sampled_from(sorted(MARKETS))
days = st.dates(date(2007, 4, 1), date(2035, 12, 31))


@pytest.mark.parametrize("iso", MARKETS)
def test_hours_per_month_and_block_are_the_published_ones(iso: str) -> None:
    hours = market_hours(iso, date(2023, 1, 1), date(2025, 12, 31))
    counted = hours.groupby(["year", "block_type", "month"], observed=True).size()
    for (year, block), expected in HOURS.items():
        assert counted.loc[year, block].tolist() == expected, (iso, year, block)


@pytest.mark.parametrize("iso", MARKETS)
def test_month_by_he_by_block_has_480_cells(iso: str) -> None:
    hours = market_hours(iso, date(2024, 1, 1), date(2024, 12, 31))
    assert len(hours.drop_duplicates(["month", "he", "block_type"])) == 480


def test_one_hour_has_every_column() -> None:
    noon = pd.DatetimeIndex(["2025-12-25T17:00Z"]).as_unit("us")
    assert label_hours("PJM", noon).to_dict("records") == [
        {
            "interval_start": noon[0],
            "market_date": pd.Timestamp("2025-12-25"),
            "year": 2025,
            "month": 12,
            "day": 25,
            "he": 13,
            "is_repeated_hour": False,
            "day_type": "WeekEnd",
            "is_holiday": True,
            "hour_type": "OnPeak",
            "block_type": "2x16",
        }
    ]


def test_hours_have_the_dtype_of_every_frame() -> None:
    assert market_hours("PJM", date(2025, 1, 1), date(2025, 1, 1))["interval_start"].dtype == UTC_HOUR


def test_the_spring_day_has_23_hours_and_no_he_3() -> None:
    day = market_hours("PJM", date(2025, 3, 9), date(2025, 3, 9))
    assert day["he"].tolist() == [1, 2, *range(4, 25)]
    assert not day["is_repeated_hour"].any()


def test_the_autumn_day_has_25_hours_with_two_he_2_both_off_peak() -> None:
    day = market_hours("ERCOT", date(2024, 11, 3), date(2024, 11, 3))
    assert day["he"].tolist() == [1, 2, 2, *range(3, 25)]
    assert day.loc[day["is_repeated_hour"], "interval_start"].tolist() == [pd.Timestamp("2024-11-03T07:00Z")]
    assert set(day.loc[day["he"] == 2, "block_type"]) == {"7x8"}


@pytest.mark.parametrize(
    ("iso", "first", "last"),
    [("ERCOT", 7, 22), ("MISO", 8, 23), ("PJM", 8, 23), ("NYISO", 8, 23), ("ISONE", 8, 23)],
)
def test_on_peak_hours_of_a_plain_weekday(iso: str, first: int, last: int) -> None:
    day = market_hours(iso, date(2025, 7, 15), date(2025, 7, 15))
    assert day.loc[day["hour_type"] == "OnPeak", "he"].tolist() == list(range(first, last + 1))
    assert set(day.loc[day["hour_type"] == "OnPeak", "block_type"]) == {"5x16"}


@pytest.mark.parametrize("iso", MARKETS)
def test_an_hour_ending_has_the_blocks_that_its_hours_have(iso: str) -> None:
    hours = market_hours(iso, date(2025, 1, 1), date(2025, 12, 31))
    blocks = hours.groupby("he")["block_type"].agg(lambda of_hour: set(of_hour))
    assert blocks.to_dict() == {he: set(blocks_at(iso, he)) for he in range(1, 25)}


def test_miso_hours_follow_eastern_prevailing_time_and_not_the_clock_it_publishes_in() -> None:
    summer = market_hours("MISO", date(2025, 7, 15), date(2025, 7, 15))
    assert summer["interval_start"].iloc[0] == pd.Timestamp("2025-07-15T04:00Z")
    published = label_hours("MISO", pd.date_range("2025-01-01T05:00Z", periods=8760, freq="h"))
    est_he = (published["interval_start"] - pd.Timedelta(hours=5)).dt.hour + 1
    is_misread = est_he.between(8, 23) != (published["hour_type"] == "OnPeak")
    assert is_misread.sum() == 476  # two hours a day in the 238 days of daylight saving time


@pytest.mark.parametrize(
    ("day", "is_holiday"),
    [
        ("2021-07-05", True),  # Sunday the 4th moves to Monday
        ("2022-12-26", True),
        ("2023-01-02", True),
        ("2026-07-04", True),  # a Saturday: it stays, and costs no weekday
        ("2026-07-03", False),
        ("2025-11-27", True),
        ("2025-11-28", False),
        ("2025-05-26", True),
        ("2025-09-01", True),
        ("2025-06-19", False),
        ("2025-01-20", False),
    ],
)
def test_nerc_holidays(day: str, is_holiday: bool) -> None:
    hours = market_hours("PJM", date.fromisoformat(day), date.fromisoformat(day))
    assert set(hours["is_holiday"]) == {is_holiday}
    if is_holiday:
        assert set(hours["day_type"]) == {"WeekEnd"}
        assert set(hours["block_type"]) == {"2x16", "7x8"}


def test_friday_3_july_2026_is_a_5x16_day() -> None:
    hours = market_hours("PJM", date(2026, 7, 3), date(2026, 7, 3))
    assert (hours["block_type"] == "5x16").sum() == 16


def test_six_holidays_a_year() -> None:
    holidays = NercHolidays().holidays("2000-01-01", "2049-12-31")
    assert set(holidays.year.value_counts()) == {6}
    assert not (holidays.dayofweek == 6).any()


def test_holidays_none_treats_a_holiday_as_the_weekday_it_falls_on() -> None:
    hours = market_hours("PJM", date(2025, 12, 25), date(2025, 12, 25), holidays="none")
    assert not hours["is_holiday"].any()
    assert (hours["block_type"] == "5x16").sum() == 16


def test_an_unknown_holiday_rule_is_refused() -> None:
    with pytest.raises(ValueError, match=r"unknown holiday rule 'federal': known are nerc, none$"):
        market_hours("PJM", date(2025, 1, 1), date(2025, 1, 1), holidays="federal")  # type: ignore[arg-type]


def test_a_window_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValueError, match=r"PJM.*2025-01-01.*before.*2025-01-02"):
        utc_bounds("PJM", date(2025, 1, 2), date(2025, 1, 1))


@given(iso=isos, start=days, n_days=st.integers(1, 400))
def test_hours_are_a_gapless_partition_of_the_window(iso: str, start: date, n_days: int) -> None:
    end = start + timedelta(days=n_days - 1)
    hours = market_hours(iso, start, end)
    first, after_last = utc_bounds(iso, start, end)
    assert len(hours) == (after_last - first) / pd.Timedelta(hours=1)
    assert (hours["interval_start"].diff().dropna() == pd.Timedelta(hours=1)).all()
    assert hours[["he", "block_type", "day_type", "hour_type"]].notna().all().all()
    local = hours["interval_start"].dt.tz_convert(ZoneInfo(market(iso).timezone))
    assert (local.dt.hour + 1 == hours["he"]).all()
    assert set(hours.groupby("market_date").size()) <= {23, 24, 25}
    is_on_peak_weekday = (hours["hour_type"] == "OnPeak") & (hours["day_type"] == "WeekDay")
    assert (is_on_peak_weekday == (hours["block_type"] == "5x16")).all()
    assert ((hours["hour_type"] == "OffPeak") == (hours["block_type"] == "7x8")).all()


@given(iso=isos, start=days, split=st.integers(1, 30), rest=st.integers(1, 30))
def test_a_window_is_the_sum_of_its_parts(iso: str, start: date, split: int, rest: int) -> None:
    middle, end = start + timedelta(days=split), start + timedelta(days=split + rest)
    parts = [market_hours(iso, start, middle - timedelta(days=1)), market_hours(iso, middle, end)]
    whole = market_hours(iso, start, end)
    pd.testing.assert_frame_equal(pd.concat(parts, ignore_index=True), whole)
