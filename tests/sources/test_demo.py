"""The simulated market as a source: repeatable, complete, on the market's clock, and quick."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.hours import market_hours, utc_bounds
from lib.markets import MARKETS, MEASURES, locations
from lib.sources import open_source
from lib.sources.demo import DEMO_AS_OF, DEMO_FIRST_DAY
from lib.sources.demo.parameters import market_parameters, zone_parameters
from lib.sources.demo.year import simulate_year
from lib.sources.schemas import validate_series

SOURCE = open_source("demo")
DAYS = st.dates(date(2020, 11, 1), date(2025, 12, 1))


def names_of(iso: str) -> list[str]:
    return [place.name for place in locations(iso)]


def read(iso: str, measure: str, start: date, end: date, names: list[str] | None = None) -> pd.DataFrame:
    return SOURCE.read(iso, measure, names or names_of(iso), *utc_bounds(iso, start, end)).frame


@settings(max_examples=40)
@given(
    iso=st.sampled_from(list(MARKETS)),
    measure=st.sampled_from(list(MEASURES)),
    start=DAYS,
    length=st.integers(1, 30),
    shift=st.integers(0, 29),
)
def test_an_hour_has_one_value_whatever_window_it_is_asked_in(iso, measure, start, length, shift):
    one = read(iso, measure, start, start + timedelta(days=length))
    other = read(iso, measure, start + timedelta(days=shift), start + timedelta(days=shift + length))
    key = ["location", "interval_start"]
    both = one.merge(other, on=key, suffixes=("_one", "_other"))
    shared_days = max(0, length + 1 - shift)
    assert both.empty == (shared_days == 0)
    pd.testing.assert_series_equal(both["value_one"], both["value_other"], check_names=False)


def test_an_hour_has_one_value_whatever_was_drawn_before():
    before = read("ISONE", "rt_lmp", date(2024, 3, 1), date(2024, 3, 3))
    simulate_year.cache_clear()
    read("ISONE", "da_load", date(2022, 1, 1), date(2022, 1, 1))
    pd.testing.assert_frame_equal(before, read("ISONE", "rt_lmp", date(2024, 3, 1), date(2024, 3, 3)))


def test_a_location_has_one_value_whoever_is_asked_with_it():
    together = read("PJM", "da_lmp", date(2023, 6, 1), date(2023, 6, 2))
    alone = read("PJM", "da_lmp", date(2023, 6, 1), date(2023, 6, 2), ["WESTERN HUB"])
    its_own = together[together["location"] == "WESTERN HUB"].reset_index(drop=True)
    pd.testing.assert_frame_equal(alone, its_own)


def test_the_numbers_are_the_same_on_every_machine():
    frame = read("NYISO", "da_lmp", date(2024, 7, 1), date(2024, 7, 1), ["N.Y.C."])
    assert frame["value"].iloc[[0, 6, 12, 18]].tolist() == pytest.approx(
        [21.26, 23.47, 38.58, 39.13], abs=0.02
    )


@pytest.mark.parametrize("iso", MARKETS)
@pytest.mark.parametrize("measure", MEASURES)
def test_every_hour_is_there_and_keeps_the_contract(iso, measure):
    window = date(2024, 1, 1), date(2024, 12, 31)
    frame = validate_series(
        read(iso, measure, *window), iso, measure, names_of(iso), *utc_bounds(iso, *window)
    )
    its_locations = sorted(place.name for place in locations(iso) if measure in place.measures)
    assert sorted(frame["location"].unique()) == its_locations
    assert (frame.groupby("location").size() == 8784).all()
    assert frame.sort_values(["location", "interval_start"]).index.equals(frame.index)


@pytest.mark.parametrize("iso", MARKETS)
def test_days_of_the_clock_change_have_23_and_25_hours(iso):
    assert len(read(iso, "da_lmp", date(2025, 3, 9), date(2025, 3, 9), names_of(iso)[:1])) == 23
    assert len(read(iso, "da_lmp", date(2025, 11, 2), date(2025, 11, 2), names_of(iso)[:1])) == 25


def test_nothing_lies_outside_the_extent():
    first, last = SOURCE.extent("ERCOT")
    assert (first, last) == (DEMO_FIRST_DAY, DEMO_AS_OF - timedelta(days=1))
    assert read("ERCOT", "rt_load", DEMO_AS_OF, DEMO_AS_OF + timedelta(days=9)).empty
    assert read("ERCOT", "rt_load", first - timedelta(days=9), first - timedelta(days=1)).empty
    across = read("ERCOT", "rt_load", last, DEMO_AS_OF, ["NORTH ZONE"])
    assert len(across) == 24


def test_series_say_what_the_numbers_stand_for():
    specs = SOURCE.series("MISO")
    assert {spec.basis for spec in specs if spec.measure == "da_load"} == {MARKETS["MISO"].da_load_basis}
    assert {spec.basis for spec in specs if spec.measure == "rt_load"} == {MARKETS["MISO"].rt_load_basis}
    assert {spec.basis for spec in specs if spec.measure in ("da_lmp", "rt_lmp")} == {"actual"}
    hubs = {place.name for place in locations("MISO", "hub")}
    assert {spec.measure for spec in specs if spec.location in hubs} == {"da_lmp", "rt_lmp"}


def test_load_follows_the_local_clock_through_the_change():
    """When the clocks have gone forward a day looks the same by local hour, not by the hour of UTC."""
    hours = market_hours("NYISO", date(2025, 3, 3), date(2025, 3, 14)).set_index("interval_start")
    load = read("NYISO", "rt_load", date(2025, 3, 3), date(2025, 3, 14), ["N.Y.C."])
    load = load.set_index("interval_start")["value"][hours["day_type"] == "WeekDay"]
    is_before = load.index < pd.Timestamp("2025-03-09 07:00", tz="UTC")

    def change(hour_of: pd.Series) -> float:
        before, after = (
            load[mask].groupby(hour_of.reindex(load.index)[mask].to_numpy()).mean()
            for mask in (is_before, ~is_before)
        )
        return (before / before.mean() - after / after.mean()).abs().mean()

    assert change(hours["he"]) < 0.6 * change(pd.Series(hours.index.hour, index=hours.index))


def test_a_zone_or_market_without_a_row_takes_the_typical_one():
    typical = zone_parameters("ERCOT", ("A NEW ZONE", "WEST ZONE"))
    assert typical["load_mw"][0] == 2000
    assert typical["load_area"][0] == "A NEW ZONE"
    assert market_parameters("A NEW MARKET") == {**market_parameters("*"), "weather_region": "A NEW MARKET"}


def test_each_year_of_a_market_is_drawn_once_however_much_is_read_of_it():
    """This, and not a number of seconds, keeps three years of every location a matter of a second or two."""
    simulate_year.cache_clear()
    window = date(2023, 1, 1), date(2025, 12, 31)
    n_values = sum(len(read(iso, measure, *window)) for iso in MARKETS for measure in MEASURES)
    assert n_values == 26304 * sum(len(place.measures) for place in locations())
    assert simulate_year.cache_info().misses == 3 * len(MARKETS)
