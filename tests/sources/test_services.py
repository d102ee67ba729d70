"""The table of services says of every series what it is, and can be trusted as a table."""

from __future__ import annotations

from collections import Counter
from zoneinfo import ZoneInfo

import pytest

from lib.markets import LOAD_BASES, MARKETS, MEASURES, SETTLED
from lib.source_names import routes
from lib.sources import SourceError
from lib.sources.services import get_service, revision_days, services

SOURCES = sorted({source for members in routes().values() for source in members})
EVERYTHING = [row for source in SOURCES for iso in MARKETS for row in services(source, iso)]


def test_a_service_stands_there_once_and_its_measure_exists() -> None:
    keys = Counter((row.source, row.iso, row.measure, row.basis) for row in EVERYTHING)
    assert set(keys.values()) == {1}
    assert {row.measure for row in EVERYTHING} == set(MEASURES)


@pytest.mark.parametrize("iso", MARKETS)
def test_the_open_data_have_all_four_measures_of_every_iso(iso: str) -> None:
    assert {row.measure for row in services("public", iso)} == set(MEASURES)


def test_a_price_is_actual_and_a_load_says_what_it_is() -> None:
    for row in EVERYTHING:
        allowed = {**LOAD_BASES, "rt_lmp": ("actual", SETTLED)}
        assert row.basis in allowed.get(row.measure, ("actual",)), row


def test_a_warning_comes_before_the_failure_and_every_limit_has_its_reason() -> None:
    for row in EVERYTHING:
        assert 0 < row.warn_after_days < row.fail_after_days, row
        assert row.note, row


ASKED_AGAIN_FOR_FEWER_DAYS = {
    ("public", "ISONE", "da_load"),
    ("public", "ISONE", "rt_load"),
    ("public", "PJM", "da_load"),
}
"""For the reasons in their notes: each day costs a request for each zone; a proxy knows no restatements."""


def test_prices_are_asked_for_again_for_ten_days_and_loads_for_sixty() -> None:
    short = {
        (row.source, row.iso, row.measure)
        for row in EVERYTHING
        if row.revision_days < (10 if MEASURES[row.measure].is_price else 60)
    }
    assert short == ASKED_AGAIN_FOR_FEWER_DAYS


def test_miso_answers_in_a_clock_without_daylight_saving() -> None:
    clocks = {row.clock for source in SOURCES for row in services(source, "MISO")}
    assert clocks == {ZoneInfo("Etc/GMT+5")}


def test_both_day_ahead_loads_of_nyiso_are_offered() -> None:
    assert {row.basis for row in services("public", "NYISO") if row.measure == "da_load"} == {
        "forecast",
        "cleared",
    }
    assert get_service("public", "NYISO", "da_load", "cleared").basis == "cleared"


def test_what_is_not_offered_is_an_error_that_names_it_and_never_revised() -> None:
    with pytest.raises(SourceError, match="MISO da_load: the source enverus has none on the basis 'cleared'"):
        get_service("enverus", "MISO", "da_load", "cleared")
    assert revision_days("enverus", "MISO", "da_load") == 0
    assert revision_days("enverus", "MISO", "da_lmp") == 10
    assert services("files", "MISO") == ()
