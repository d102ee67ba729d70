"""The licensed source on a stand-in that answers as it should."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.hours import HOUR, utc_bounds
from lib.markets import MARKETS, MEASURES, locations
from lib.sources import SourceError, UnknownSource
from lib.sources.enverus import EnverusSource, open_enverus
from lib.sources.enverus.queries import (
    BATCH,
    WINDOW_DAYS,
    parse_query_url,
    plan_symbol_queries,
    query_url,
    symbols,
)
from lib.sources.schemas import validate_series
from lib.sources.services import services
from tests.standins.gvsi import Gvsi, closes

Open = Callable[..., EnverusSource]


def expected(iso: str, measure: str, location: str, start: pd.Timestamp, end: pd.Timestamp) -> np.ndarray:
    """What the stand-in has: the sum over the symbols of a location."""
    hours = pd.date_range(start, end, freq="h", inclusive="left")
    return sum(closes(symbol, hours) for symbol in sorted(symbols(iso, measure)[location]))


@pytest.mark.parametrize("is_newest_first", [False, True])
@pytest.mark.parametrize(
    "window", [(date(2024, 3, 8), date(2024, 3, 12)), (date(2024, 11, 1), date(2024, 11, 5))]
)
@pytest.mark.parametrize(("iso", "measure"), [("ERCOT", "rt_load"), ("MISO", "da_lmp"), ("PJM", "rt_load")])
def test_every_hour_comes_at_its_utc_start_whichever_way_the_table_runs(
    gvsi: Gvsi, enverus: Open, iso: str, measure: str, window: tuple[date, date], is_newest_first: bool
) -> None:
    gvsi.is_newest_first = is_newest_first
    start, end = utc_bounds(iso, *window)
    places = list(symbols(iso, measure))
    answer = enverus().read(iso, measure, places, start, end)
    validate_series(answer.frame, iso, measure, places, start, end)
    assert answer.problems == answer.unanswered == ()
    for place in places:
        found = answer.frame[answer.frame["location"] == place]
        assert list(found["interval_start"]) == list(pd.date_range(start, end, freq="h", inclusive="left"))
        np.testing.assert_allclose(
            found["value"], expected(iso, measure, place, start, end), rtol=0, atol=1e-9
        )


def test_a_single_symbol_is_taken_to_the_last_bit(enverus: Open) -> None:
    start, end = utc_bounds("NYISO", date(2024, 1, 1), date(2024, 6, 30))
    frame = enverus().read("NYISO", "da_lmp", ["WEST"], start, end).frame
    assert (frame["value"].to_numpy() == expected("NYISO", "da_lmp", "WEST", start, end)).all()


@pytest.mark.parametrize("is_end_included", [True, False])
def test_whether_the_service_includes_the_end_date_makes_no_difference(
    gvsi: Gvsi, enverus: Open, is_end_included: bool
) -> None:
    gvsi.is_end_included = is_end_included
    start, end = utc_bounds("NYISO", date(2024, 2, 3), date(2024, 2, 4))
    answer = enverus().read("NYISO", "da_lmp", ["WEST"], start, end)
    assert len(answer.frame) == 48
    assert not answer.problems


def test_columns_are_found_by_name_in_any_order_and_case_and_symbols_with_or_without_hash(
    gvsi: Gvsi, enverus: Open
) -> None:
    gvsi.has_hash = False
    gvsi.spoil = lambda _, table: (
        table[["tradedatetimeutc", "symbol", "close"]]
        .assign(volume=0)[["volume", "tradedatetimeutc", "close", "symbol"]]
        .rename(columns=str.upper)
    )
    start, end = utc_bounds("NYISO", date(2024, 1, 1), date(2024, 1, 1))
    answer = enverus().read("NYISO", "da_lmp", ["WEST", "CAPITL"], start, end)
    assert len(answer.frame) == 48
    assert not answer.problems


def test_an_answer_for_one_symbol_may_do_without_its_column(gvsi: Gvsi, enverus: Open) -> None:
    gvsi.spoil = lambda _, table: table.drop(columns="symbol")
    start, end = utc_bounds("NYISO", date(2024, 1, 1), date(2024, 1, 1))
    assert len(enverus().read("NYISO", "da_lmp", ["WEST"], start, end).frame) == 24


def test_hours_that_are_not_published_yet_are_absent_and_no_defect(gvsi: Gvsi, enverus: Open) -> None:
    start, end = utc_bounds("NYISO", date(2024, 1, 1), date(2024, 1, 2))
    gvsi.published_until = start + 30 * HOUR
    answer = enverus().read("NYISO", "rt_lmp", ["WEST"], start, end)
    assert len(answer.frame) == 30
    assert answer.problems == answer.unanswered == ()


def test_a_url_that_is_too_long_is_halved_until_the_service_takes_it(gvsi: Gvsi, enverus: Open) -> None:
    gvsi.max_symbols = 5
    start, end = utc_bounds("NYISO", date(2024, 1, 1), date(2024, 1, 1))
    answer = enverus().read("NYISO", "da_lmp", list(symbols("NYISO", "da_lmp")), start, end)
    assert len(answer.frame) == 11 * 24
    assert not answer.problems


def test_a_wrong_password_is_a_failure_that_names_the_variables_and_is_not_tried_again(
    gvsi: Gvsi, enverus: Open
) -> None:
    start, end = utc_bounds("NYISO", date(2024, 1, 1), date(2024, 1, 1))
    with pytest.raises(SourceError, match="ENVERUS_PASSWORD") as caught:
        enverus(password="wrong").read("NYISO", "da_lmp", ["WEST"], start, end)
    assert "wrong" not in str(caught.value)
    assert gvsi.asked == []


def test_a_location_without_a_symbol_is_refused_by_name(enverus: Open) -> None:
    start, end = utc_bounds("ERCOT", date(2024, 1, 1), date(2024, 1, 1))
    with pytest.raises(SourceError, match="HB_NORTH"):
        enverus().read("ERCOT", "da_lmp", ["HB_NORTH"], start, end)
    with pytest.raises(SourceError, match="cleared"):
        enverus().read("ERCOT", "da_load", ["WEST ZONE"], start, end, basis="cleared")


def test_nobody_is_asked_about_nothing(gvsi: Gvsi, enverus: Open) -> None:
    answer = enverus().read("NYISO", "da_lmp", [], *utc_bounds("NYISO", date(2024, 1, 1), date(2024, 1, 1)))
    assert answer.frame.empty
    assert gvsi.asked == []


@pytest.mark.parametrize("iso", [iso for iso in MARKETS if services("enverus", iso)])
def test_every_series_is_of_a_place_that_exists_and_has_the_measure(enverus: Open, iso: str) -> None:
    places = {place.name: place.measures for place in locations(iso)}
    series = enverus().series(iso)
    assert all(spec.measure in places[spec.location] for spec in series)
    assert len({(spec.location, spec.measure, spec.basis) for spec in series}) == len(series)


def test_the_symbols_are_those_of_the_reference_list(shared: object) -> None:
    listed = pd.read_csv(f"{shared}/reference/locations.csv")
    zones = pd.read_csv(f"{shared}/reference/ercot_weather_zones.csv").groupby("load_zone")
    for row in listed.itertuples():
        for measure in MEASURES:
            cell = getattr(row, f"enverus_{measure}")
            parts = set(cell.split("+")) if isinstance(cell, str) else set()
            if row.iso == "ERCOT" and not MEASURES[measure].is_price:
                parts = set(zones.get_group(row.load_zone)[f"enverus_{measure}"])
            assert set(symbols(row.iso, measure).get(row.load_zone, ())) == parts


def test_without_an_account_the_message_names_the_variables() -> None:
    with pytest.raises(UnknownSource, match="ENVERUS_USERNAME and ENVERUS_PASSWORD"):
        open_enverus(replay=False)


@settings(max_examples=25)
@given(
    first=st.dates(date(2015, 1, 1), date(2030, 1, 1)),
    n_days=st.integers(1, 120),
    n_symbols=st.integers(1, 250),
    zone=st.sampled_from(["America/New_York", "America/Chicago", "Etc/GMT+5"]),
)
def test_the_asks_cover_every_symbol_and_day_once_within_the_limits(
    first: date, n_days: int, n_symbols: int, zone: str
) -> None:
    names = [f"S{n}" for n in range(n_symbols)]
    start = pd.Timestamp(first).tz_localize(zone).tz_convert("UTC")
    end = (pd.Timestamp(first) + pd.Timedelta(days=n_days)).tz_localize(zone).tz_convert("UTC")
    queries = plan_symbol_queries(names, ZoneInfo(zone), start, end)
    assert all(
        len(query.symbols) <= BATCH and (query.last - query.first).days < WINDOW_DAYS for query in queries
    )
    covered = [
        (symbol, day)
        for query in queries
        for symbol in query.symbols
        for day in pd.date_range(query.first, query.last)
    ]
    assert len(covered) == len(set(covered)) == n_symbols * n_days
    assert all(parse_query_url(query_url(query, "https://service.example")) == query for query in queries)
