"""Sums of metered load areas: an hour that lacks one area has no sum."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.sources.clean import ProblemCounter
from lib.sources.public.pjm.loads import sum_areas

NOON = pd.Timestamp("2024-07-01 12:00", tz="UTC").as_unit("us")
AREAS = {"NORTH": ("N1", "N2"), "WEST": ("W",)}


def _loads(**values: list[float]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"area": area, "interval_start": NOON + pd.Timedelta(hours=hour), "value": value}
            for area, hours in values.items()
            for hour, value in enumerate(hours)
        ]
    )


def test_a_location_is_the_sum_of_its_areas() -> None:
    counter = ProblemCounter("NYISO", "rt_load")
    sums = sum_areas(
        _loads(N1=[100.0, 110.0], N2=[7.0, 8.0], W=[50.0, 60.0], STRANGER=[1.0, 1.0]), AREAS, counter
    )
    assert sums["location"].tolist() == ["NORTH", "NORTH", "WEST", "WEST"]
    assert sums["value"].tolist() == [107.0, 118.0, 50.0, 60.0]
    assert counter.problems == []


@pytest.mark.parametrize("missing", [[7.0], [7.0, float("nan")]])
def test_an_hour_without_one_area_has_no_sum_and_is_counted(missing: list[float]) -> None:
    counter = ProblemCounter("NYISO", "rt_load")
    sums = sum_areas(_loads(N1=[100.0, 110.0], N2=missing), AREAS, counter)
    assert sums["value"].tolist() == [107.0]
    (problem,) = counter.problems
    assert (problem.kind, problem.location, problem.n_hours) == ("partial_sum", "NORTH", 1)
    assert "N1+N2" in problem.message


def test_an_area_that_came_twice_does_not_stand_in_for_a_missing_one() -> None:
    counter = ProblemCounter("NYISO", "rt_load")
    twice = pd.concat([_loads(N1=[100.0]), _loads(N1=[90.0])])
    assert sum_areas(twice, AREAS, counter).empty
    assert [(problem.kind, problem.location) for problem in counter.problems] == [("partial_sum", "NORTH")]


def test_an_area_may_belong_to_several_locations() -> None:
    sums = sum_areas(_loads(Z4=[5000.0]), {"A": ("Z4",), "B": ("Z4",)}, ProblemCounter("NYISO", "rt_load"))
    assert sums["value"].tolist() == [5000.0, 5000.0]


@given(st.dictionaries(st.sampled_from(["N1", "N2", "W"]), st.floats(0, 1e6), min_size=1))
def test_a_sum_is_there_exactly_when_all_its_areas_are(values: dict[str, float]) -> None:
    loads = _loads(**{area: [value] for area, value in values.items()})
    sums = (
        sum_areas(loads, AREAS, ProblemCounter("NYISO", "rt_load")).set_index("location")["value"].to_dict()
    )
    expected = {
        location: sum(values[area] for area in its_areas)
        for location, its_areas in AREAS.items()
        if set(its_areas) <= set(values)
    }
    assert sums == pytest.approx(expected)
