"""The files source on real market data, oddities included."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from lib.hours import market_hours, utc_bounds
from lib.markets import MEASURES, locations
from lib.sources import SeriesResult, open_source


def read_all(folder: Path, iso: str, measure: str) -> SeriesResult:
    source = open_source(f"files:{folder}")
    bounds = utc_bounds(iso, *source.extent(iso))
    return source.read(iso, measure, [place.name for place in locations(iso)], *bounds)


def test_extents_are_those_of_the_published_series(shared_data):
    source = open_source(f"files:{shared_data}")
    assert source.extent("NYISO") == (date(2019, 5, 1), date(2020, 4, 30))
    assert source.extent("ERCOT") == (date(2024, 1, 1), date(2025, 12, 31))


@pytest.mark.parametrize(
    ("iso", "measure", "n_hours"),
    [
        ("NYISO", "da_lmp", 8784),
        ("NYISO", "rt_lmp", 8784),
        ("NYISO", "rt_load", 8784),
        ("NYISO", "da_load", 8088),
        ("ERCOT", "da_lmp", 17534),
        ("ERCOT", "rt_lmp", 17534),
        ("ERCOT", "da_load", 5687),
        ("ERCOT", "rt_load", 5716),
    ],
)
def test_every_zone_has_every_published_hour_and_no_defect(shared_data, iso, measure, n_hours):
    answer = read_all(shared_data, iso, measure)
    assert answer.problems == ()
    per_zone = answer.frame.groupby("location").size()
    assert per_zone.to_dict() == {place.name: n_hours for place in locations(iso, "zone")}


@pytest.mark.parametrize(("day", "n_hours"), [(date(2020, 3, 8), 23), (date(2019, 11, 3), 25)])
@pytest.mark.parametrize("measure", MEASURES)
def test_days_of_the_clock_change_are_whole(shared_data, day, n_hours, measure):
    source = open_source(f"files:{shared_data}")
    answer = source.read("NYISO", measure, ["NORTH"], *utc_bounds("NYISO", day, day))
    assert (
        answer.frame["interval_start"].tolist() == market_hours("NYISO", day, day)["interval_start"].tolist()
    )
    assert len(answer.frame) == n_hours


def test_the_repeated_hour_that_ercot_lacks_is_a_gap_and_not_a_duplicate(shared_data):
    day = date(2024, 11, 3)
    source = open_source(f"files:{shared_data}")
    answer = source.read("ERCOT", "da_lmp", ["WEST ZONE"], *utc_bounds("ERCOT", day, day))
    assert len(answer.frame) == 24
    assert answer.problems == ()


def test_negative_prices_are_kept(shared_data):
    prices = read_all(shared_data, "NYISO", "rt_lmp").frame
    assert prices["value"].min() < -500
    assert (prices.loc[prices["location"] == "NORTH", "value"] < 0).mean() > 0.05


@pytest.mark.parametrize("measure", MEASURES)
def test_the_same_rows_as_csv_are_the_same_series(shared_data, tmp_path, measure):
    frame = pd.read_parquet(shared_data / f"nyiso/{measure}.parquet")
    (tmp_path / "NYISO").mkdir()
    frame.to_csv(tmp_path / f"NYISO/{measure}.csv", index=False)
    expected = read_all(shared_data, "NYISO", measure)
    bounds = utc_bounds("NYISO", date(2019, 5, 1), date(2020, 4, 30))
    names = [place.name for place in locations("NYISO")]
    answer = open_source(f"files:{tmp_path}").read("NYISO", measure, names, *bounds)
    pd.testing.assert_frame_equal(answer.frame, expected.frame)
