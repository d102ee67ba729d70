"""What is asked for covers what is due, and hardly more."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.hours import HOUR, market_hours
from lib.pipeline.steps.gaps import plan_gap_queries

HOURS = market_hours("NYISO", date(2024, 11, 1), date(2024, 11, 5))
"""Five days, one of 25 hours among them."""

STARTS = pd.DatetimeIndex(HOURS["interval_start"])
DAY = HOURS["market_date"].to_numpy()
PLACES = ("WEST", "NORTH", "CAPITL")

due_hours = st.dictionaries(
    st.sampled_from(PLACES), st.sets(st.integers(0, len(STARTS) - 1), min_size=1), max_size=3
)


def hours_asked(queries: list, location: str) -> list[int]:
    """The places of all hours that a location is asked for."""
    return [
        place
        for query in queries
        if location in query.locations
        for place in range(*STARTS.append(STARTS[-1:] + HOUR).searchsorted([query.start, query.end]))
    ]


@given(due=due_hours, first_day=st.integers(0, 5))
def test_every_due_hour_is_asked_for_once_and_no_more_than_its_day_s_hull(due, first_day):
    first_revised = int((pd.factorize(DAY)[0] < first_day).sum())
    queries = plan_gap_queries(
        HOURS, {place: STARTS[sorted(its)] for place, its in due.items()}, PLACES, first_revised
    )
    assert all(query.locations and query.start < query.end for query in queries)
    for location in PLACES:
        asked = hours_asked(queries, location)
        assert len(asked) == len(set(asked))
        its_own = due.get(location, set())
        revised = set(range(first_revised, len(STARTS)))
        hull = {
            hour
            for day in np.unique(DAY)
            for hers in [[hour for hour in its_own if DAY[hour] == day]]
            if hers
            for hour in range(min(hers), max(hers) + 1)
        }
        assert its_own | revised <= set(asked)
        assert set(asked) == {hour for hour in hull if hour < first_revised} | revised


def test_locations_with_the_same_stretch_are_asked_together() -> None:
    due = {"WEST": STARTS[[3, 5, 60]], "NORTH": STARTS[[3, 5]], "CAPITL": STARTS[20:30]}
    queries = plan_gap_queries(HOURS, due, PLACES, len(HOURS))
    assert [(query.locations, query.start, query.end) for query in queries] == [
        (("WEST", "NORTH"), STARTS[3], STARTS[6]),
        (("CAPITL",), STARTS[20], STARTS[30]),
        (("WEST",), STARTS[60], STARTS[61]),
    ]


@pytest.mark.parametrize("due", [{}, {"WEST": STARTS[100:]}])
def test_what_may_have_changed_is_asked_of_all_at_once(due: dict) -> None:
    (query,) = plan_gap_queries(HOURS, due, PLACES, 97)
    assert (query.locations, query.start, query.end) == (tuple(sorted(PLACES)), STARTS[97], STARTS[-1] + HOUR)


def test_what_may_have_changed_is_asked_for_before_old_gaps() -> None:
    queries = plan_gap_queries(HOURS, {"WEST": STARTS[:2], "NORTH": STARTS[30:32]}, PLACES, 97)
    assert [query.start for query in queries] == [STARTS[97], STARTS[0], STARTS[30]]


def test_where_nothing_is_due_nothing_is_asked() -> None:
    assert plan_gap_queries(HOURS, {}, PLACES, len(HOURS)) == []


def test_a_long_history_is_asked_for_in_pieces_that_end_with_a_day() -> None:
    hours = market_hours("NYISO", date(2020, 1, 1), date(2024, 12, 31))
    starts = pd.DatetimeIndex(hours["interval_start"])
    queries = plan_gap_queries(hours, {"WEST": starts}, ["WEST"], len(hours))
    assert [(query.end - query.start).days for query in queries] == [732, 732, 363]
    assert queries[0].start == starts[0] and queries[-1].end == starts[-1] + HOUR
    assert all(after.start == before.end for before, after in pairwise(queries))
