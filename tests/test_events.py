"""Events are data: days of a market that a typical price must not rest on."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.events import (
    COLUMNS,
    MAX_DAYS,
    EventError,
    events_between,
    find_faults,
    is_event,
    market_events,
    read_events,
)
from lib.markets import MARKETS, UnknownMarket

STORM = dict(zip(COLUMNS, ("ERCOT", "A storm", "2021-02-12", "2021-02-20", "A report"), strict=True))


@pytest.mark.parametrize("iso", MARKETS)
def test_each_event_has_a_name_a_source_and_days_in_sequence(iso: str) -> None:
    events = market_events(iso)
    assert (events["start"] <= events["end"]).all()
    assert events[["event", "source"]].ne("").all(axis=None)


def test_both_ends_of_an_event_belong_to_it() -> None:
    days = pd.Series(pd.date_range("2021-02-11", "2021-02-21"))
    assert is_event("ERCOT", days).tolist() == [False, *[True] * 9, False]
    assert not is_event("NYISO", days).any()


def test_an_unknown_market_has_no_events() -> None:
    with pytest.raises(UnknownMarket):
        market_events("NOWHERE")


def test_the_storms_that_moved_the_five_markets_are_there() -> None:
    named = {(one.iso, one.event.split()[-1]) for one in read_events().itertuples()}
    assert named >= {("ERCOT", "Uri"), ("ERCOT", "Heather"), ("MISO", "Uri")}
    assert named >= {(iso, "Elliott") for iso in ("PJM", "MISO", "NYISO", "ISONE")}
    heather = events_between("ERCOT", date(2024, 1, 1), date(2024, 1, 31))
    (days,) = heather[["start", "end"]].to_numpy("datetime64[D]").tolist()
    assert days == [date(2024, 1, 14), date(2024, 1, 17)]


def test_an_event_of_several_isos_is_one_row_of_each() -> None:
    both = {"PJM", "NYISO"}
    days = pd.Series(pd.date_range("2022-12-21", "2022-12-27"))
    masks = {iso: is_event(iso, days).tolist() for iso in both}
    assert masks["PJM"] == masks["NYISO"] == [False, *[True] * 5, False]


def test_events_between_two_days_are_those_that_have_one_of_them() -> None:
    assert events_between("ERCOT", date(2021, 2, 20), date(2021, 3, 1))["event"].tolist() == [
        "Winter Storm Uri"
    ]
    assert events_between("ERCOT", date(2021, 2, 21), date(2021, 3, 1)).empty


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"iso": "ERCTO"}, "unknown ISO 'ERCTO': did you mean ERCOT?"),
        ({"iso": "ERCOT, PJM"}, "unknown ISO 'ERCOT,': did you mean ERCOT?"),
        ({"iso": "XQ"}, "unknown ISO 'XQ': known are ERCOT, ISONE, MISO, NYISO, PJM"),
        ({"iso": "PJM PJM"}, "PJM stands there twice"),
        ({"iso": " "}, "it has no iso"),
        ({"event": ""}, "it has no event"),
        ({"source": ""}, "it has no source"),
        ({"start": "2021-02-30"}, "start '2021-02-30' is no date: write it as YYYY-MM-DD"),
        ({"end": "20.2.2021"}, "end '20.2.2021' is no date: write it as YYYY-MM-DD"),
        ({"end": ""}, "end '' is no date: write it as YYYY-MM-DD"),
        ({"end": "2021-02-11"}, "end 2021-02-11 is before start 2021-02-12"),
        (
            {"start": "2012-02-12"},
            f"2012-02-12 to 2021-02-20 is longer than {MAX_DAYS} days: check the years",
        ),
        ({"source": None}, f"write {', '.join(COLUMNS)}, and put quotes around a text with a comma"),
    ],
)
def test_a_row_with_an_error_is_refused_with_its_line(changed: dict[str, str], fault: str) -> None:
    other = {**STORM, "event": "Another storm"}
    (found,) = find_faults([other, {**STORM, **changed}], MARKETS)
    name = changed.get("event", STORM["event"]) or "without a name"
    assert found == f"line 3, {name}: {fault}"


def test_a_comma_without_quotes_is_noticed() -> None:
    (found,) = find_faults([{**STORM, None: ["November 2021"]}], MARKETS)  # type: ignore[dict-item]
    assert found.startswith("line 2, A storm: write iso, event")


@pytest.mark.parametrize(
    ("changed", "is_refused"),
    [
        ({"start": "2021-02-20", "end": "2021-02-25"}, True),
        ({"event": "a  STORM", "iso": "MISO ERCOT"}, True),
        ({"start": "2021-02-21", "end": "2021-02-25"}, False),
        ({"iso": "MISO"}, False),
        ({"event": "A gas shortage"}, False),
    ],
)
def test_one_event_has_its_days_once(changed: dict[str, str], is_refused: bool) -> None:
    found = find_faults([STORM, {**STORM, **changed}], MARKETS)
    assert [text.split(": ", 1)[1] for text in found] == (
        ["it overlaps line 2, the same event of ERCOT"] if is_refused else []
    )


def test_a_file_with_an_error_is_refused_by_whatever_reads_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lib.events.read_reference", lambda _: (STORM, {**STORM, "iso": "ERCTO"}))
    message = r"lib/reference/events.csv has errors: line 3, A storm: unknown ISO 'ERCTO'"
    for read in (
        read_events,
        lambda: market_events("NYISO"),
        lambda: is_event("PJM", pd.Series(dtype="M8[ns]")),
    ):
        with pytest.raises(EventError, match=message):
            read()


@given(
    first=st.dates(date(2000, 1, 1), date(2030, 1, 1)),
    n_days=st.integers(1, MAX_DAYS),
    before=st.integers(0, 5),
)
def test_an_event_has_as_many_days_as_its_row_says(first: date, n_days: int, before: int) -> None:
    days = pd.Series(pd.date_range(first, periods=n_days + 2 * before) - pd.Timedelta(days=before))
    start, end = (f"{days.iloc[before + offset]:%Y-%m-%d}" for offset in (0, n_days - 1))
    row = {**STORM, "start": start, "end": end}
    assert find_faults([row], MARKETS) == []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("lib.events.read_reference", lambda _: (row,))
        inside = is_event("ERCOT", days)
    assert np.flatnonzero(inside).tolist() == list(range(before, before + n_days))
