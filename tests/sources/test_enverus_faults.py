"""What the licensed source makes of each thing that can go wrong: frame, problems and what is unanswered."""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable, Iterator
from datetime import date

import numpy as np
import pandas as pd
import pytest

from lib.hours import HOUR, utc_bounds
from lib.sources import SeriesResult, Unanswered
from lib.sources.enverus import EnverusSource
from lib.sources.enverus.client import MAX_FAILED_ROUNDS
from lib.sources.enverus.queries import symbols
from lib.sources.protocol import AccountRefused
from lib.sources.schemas import validate_series
from tests.standins.gvsi import Gvsi, Query, Response, Spoil, as_csv, closes

Open = Callable[..., EnverusSource]
Rows = Callable[[pd.DataFrame], pd.DataFrame]

ISO, MEASURE = "NYISO", "da_lmp"
WEST, CAPITL = "WEST", "CAPITL"
WEST_SYMBOL = "#" + symbols(ISO, MEASURE)[WEST][0]

# Two days on both sides of an edge between windows: each is asked for by itself.
GOOD_DAY, BAD_DAY = date(2024, 2, 3), date(2024, 2, 4)
SPRING, AUTUMN = date(2024, 3, 10), date(2024, 11, 3)


def read(source: EnverusSource, first: date = GOOD_DAY, last: date = BAD_DAY) -> SeriesResult:
    """Ask for two zones, and see that the frame keeps its contract and its values are the service's."""
    start, end = utc_bounds(ISO, first, last)
    answer = source.read(ISO, MEASURE, [WEST, CAPITL], start, end)
    validate_series(answer.frame, ISO, MEASURE, [WEST, CAPITL], start, end)
    for location, rows in answer.frame.groupby("location"):
        truth = closes(symbols(ISO, MEASURE)[str(location)][0], pd.DatetimeIndex(rows["interval_start"]))
        assert (rows["value"].to_numpy() == truth).all()
    return answer


def n_hours(answer: SeriesResult, location: str) -> int:
    return int((answer.frame["location"] == location).sum())


def kinds(answer: SeriesResult) -> set[tuple[str | None, str, int]]:
    return {(problem.location, problem.kind, problem.n_hours) for problem in answer.problems}


def on_bad_day(response: Response) -> Spoil:
    return lambda query, table: response if query.start == BAD_DAY else table


def first_time(response: Response) -> Spoil:
    """Answer with the response once for each query, and well when it is put again."""
    seen: set[str] = set()

    def spoil(query: Query, table: pd.DataFrame) -> pd.DataFrame | Response:
        is_new = str(query) not in seen
        seen.add(str(query))
        return response if is_new else table

    return spoil


def west(change: Rows) -> Spoil:
    """Change the rows of one of the two zones."""

    def spoil(_: Query, table: pd.DataFrame) -> pd.DataFrame:
        is_west = table["symbol"] == WEST_SYMBOL
        return pd.concat([table[~is_west], change(table[is_west])], ignore_index=True)

    return spoil


def late(seconds: float) -> Iterator[bytes]:
    yield b"symbol,close,tradedatetimeutc\n"
    for _ in range(100):
        time.sleep(seconds)
        yield b"x"


TABLE = as_csv(pd.DataFrame({"symbol": [WEST_SYMBOL], "close": [1.0], "tradedatetimeutc": ["x"]}))

PASSING = {
    "429 with Retry-After": Response(429, headers={"Retry-After": "0"}),
    "429 without": Response(429),
    "500": Response(500),
    "503": Response(503, b"<html>maintenance</html>"),
    "reset in mid-body": Response(body=b"symbol,close", headers={"Content-Length": "900"}, is_cut=True),
    "short body": Response(body=b"symbol,close", headers={"Content-Length": "900"}),
    "truncated gzip": Response(body=gzip.compress(TABLE * 99)[:-9], headers={"Content-Encoding": "gzip"}),
}
LASTING = {
    "404": (Response(404), "no_answer"),
    "429": (Response(429), "no_answer"),
    "500": (Response(500), "no_answer"),
    "503": (Response(503), "no_answer"),
    "reset": (PASSING["reset in mid-body"], "no_answer"),
    "truncated gzip": (PASSING["truncated gzip"], "no_answer"),
    "redirect elsewhere": (Response(302, headers={"Location": "http://service.example/"}), "no_answer"),
    "414": (Response(414), "no_answer"),
    "HTML with 200": (Response(body=b"\r\n<!DOCTYPE html><html>Please log in</html>"), "html_answer"),
    "an error with 200": (Response(body=b"Error: no permission for the symbol"), "error_answer"),
    "an empty body": (Response(), "empty_answer"),
    "a missing column": (Response(body=b"symbol,tradedatetimeutc\r\n#A,1"), "missing_columns"),
    "a doubled column": (Response(body=b"symbol,close,close,tradedatetimeutc\r\n"), "missing_columns"),
    "an error in mid-body": (Response(body=TABLE + b"Error: timed out\r\n"), "malformed_line"),
    "text that is none": (Response(body=TABLE + b"\xff\xfe,1,x\r\n"), "unreadable_answer"),
    "unreadable times": (Response(body=TABLE), "unreadable_time"),
    "a header without rows": (Response(body=b"symbol,close,tradedatetimeutc\r\n"), "no_rows"),
    "rows of another symbol": (
        Response(body=b"symbol,close,tradedatetimeutc\r\n#X,1,02/04/2024 01:00:00 AM\r\n"),
        "no_rows",
    ),
}


@pytest.mark.parametrize("name", PASSING)
def test_a_fault_that_passes_costs_nothing(gvsi: Gvsi, enverus: Open, name: str) -> None:
    gvsi.spoil = first_time(PASSING[name])
    answer = read(enverus())
    assert n_hours(answer, WEST) == n_hours(answer, CAPITL) == 48
    assert answer.problems == answer.unanswered == ()


@pytest.mark.parametrize("name", LASTING)
def test_a_fault_that_stays_costs_the_days_that_it_spoils(gvsi: Gvsi, enverus: Open, name: str) -> None:
    response, kind = LASTING[name]
    gvsi.spoil = on_bad_day(response)
    answer = read(enverus())
    assert n_hours(answer, WEST) == n_hours(answer, CAPITL) == 24
    assert kinds(answer) == {(WEST, kind, 24), (CAPITL, kind, 24)}
    day = utc_bounds(ISO, BAD_DAY, BAD_DAY)
    assert set(answer.unanswered) == {Unanswered(WEST, *day), Unanswered(CAPITL, *day)}


@pytest.mark.parametrize("name", LASTING)
def test_when_no_answer_is_valid_nothing_is_known_and_the_cause_is_told(
    gvsi: Gvsi, enverus: Open, name: str
) -> None:
    response, kind = LASTING[name]
    gvsi.spoil = lambda *_: response
    answer = read(enverus())
    assert answer.frame.empty
    assert kinds(answer) == {(WEST, kind, 48), (CAPITL, kind, 48)}
    assert all(": 2024-02-03 to 2024-02-03: " in problem.message for problem in answer.problems)
    window = utc_bounds(ISO, GOOD_DAY, BAD_DAY)
    assert set(answer.unanswered) == {Unanswered(WEST, *window), Unanswered(CAPITL, *window)}


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_account_fails_the_measure_at_once(gvsi: Gvsi, enverus: Open, status: int) -> None:
    gvsi.spoil = on_bad_day(Response(status))
    with pytest.raises(AccountRefused, match=f"{status}.*ENVERUS_USERNAME"):
        read(enverus())
    assert len(gvsi.asked) <= 2


@pytest.mark.parametrize(
    "response",
    [lambda: time.sleep(3) or Response(), lambda: Response(body=late(0.5))],
    ids=["first byte", "body"],
)
def test_a_service_that_dawdles_costs_the_days_that_it_was_asked_for(
    gvsi: Gvsi, enverus: Open, response: Callable[[], Response]
) -> None:
    gvsi.spoil = lambda query, table: response() if query.start == BAD_DAY else table
    answer = read(enverus(read_s=1))
    assert kinds(answer) == {(WEST, "no_answer", 24), (CAPITL, "no_answer", 24)}
    assert n_hours(answer, WEST) == 24


def test_the_type_that_an_answer_claims_does_not_matter(gvsi: Gvsi, enverus: Open) -> None:
    gvsi.spoil = lambda _, table: Response(body=as_csv(table), headers={"Content-Type": "text/html"})
    assert not read(enverus()).problems


def test_a_symbol_that_lacks_in_the_answer_for_others_is_reported(gvsi: Gvsi, enverus: Open) -> None:
    # Of the day after the one that was asked for, which the response has too, there are rows.
    gvsi.spoil = west(on_day(lambda rows: rows[:0], BAD_DAY))
    answer = read(enverus(), BAD_DAY, BAD_DAY)
    assert kinds(answer) == {(WEST, "no_rows", 24)}
    assert answer.unanswered == ()
    assert n_hours(answer, CAPITL) == 24


def test_a_symbol_that_spoils_every_answer_costs_itself_only(gvsi: Gvsi, enverus: Open) -> None:
    gvsi.spoil = lambda query, table: (
        Response(body=b"Error: unknown symbol") if WEST_SYMBOL in query.symbols else table
    )
    answer = read(enverus())
    assert n_hours(answer, CAPITL) == 48
    assert kinds(answer) == {(WEST, "error_answer", 48)}
    assert answer.unanswered == (Unanswered(WEST, *utc_bounds(ISO, GOOD_DAY, BAD_DAY)),)


def test_two_bad_symbols_among_many_cost_themselves_only_in_every_window(gvsi: Gvsi, enverus: Open) -> None:
    bad = {"AECO", "RECO"}
    spoilers = {f"#{symbols('PJM', 'da_lmp')[name][0]}" for name in bad}
    gvsi.spoil = lambda query, table: Response(body=b"Error") if spoilers & set(query.symbols) else table
    start, end = utc_bounds("PJM", date(2022, 1, 1), date(2022, 12, 31))
    answer = enverus().read("PJM", "da_lmp", list(symbols("PJM", "da_lmp")), start, end)
    assert set(answer.unanswered) == {Unanswered(name, start, end) for name in bad}
    assert len(answer.frame) == (len(symbols("PJM", "da_lmp")) - len(bad)) * 8760


def test_bad_symbols_spread_over_a_batch_cost_themselves_only(gvsi: Gvsi, enverus: Open) -> None:
    places = sorted(symbols("PJM", "da_lmp"), key=lambda place: symbols("PJM", "da_lmp")[place])
    bad = {places[n] for n in range(1, len(places), 2)}
    spoilers = {f"#{symbols('PJM', 'da_lmp')[name][0]}" for name in bad}
    gvsi.spoil = lambda query, table: Response(body=b"Error") if spoilers & set(query.symbols) else table
    start, end = utc_bounds("PJM", date(2022, 1, 1), date(2022, 3, 31))
    answer = enverus().read("PJM", "da_lmp", places, start, end)
    assert set(answer.unanswered) == {Unanswered(name, start, end) for name in bad}
    assert set(answer.frame["location"]) == set(places) - bad
    assert len(answer.frame) == (len(places) - len(bad)) * (end - start) // HOUR


def test_a_service_in_trouble_is_not_stormed(gvsi: Gvsi, enverus: Open) -> None:
    gvsi.spoil = lambda *_: Response(body=b"Error: try again later")
    start, end = utc_bounds("PJM", date(2022, 1, 1), date(2023, 12, 31))
    places = list(symbols("PJM", "da_lmp"))
    answer = enverus().read("PJM", "da_lmp", places, start, end)
    assert set(answer.unanswered) == {Unanswered(name, start, end) for name in places}
    assert len(gvsi.asked) == sum(16 * 2**n for n in range(MAX_FAILED_ROUNDS)) + len(places)


@pytest.mark.parametrize(
    ("text", "kind"),
    [("NaN", "not_a_number"), ("N/A", "not_a_number"), ("", "not_a_number"), ("1e308", "out_of_range")],
)
def test_a_value_that_is_none_costs_its_hour(gvsi: Gvsi, enverus: Open, text: str, kind: str) -> None:
    gvsi.spoil = west(lambda rows: rows.assign(close=[text, *rows["close"].astype(str)[1:]]))
    answer = read(enverus(), BAD_DAY, BAD_DAY)
    assert kinds(answer) == {(WEST, kind, 1)}
    assert n_hours(answer, WEST) == 23
    assert n_hours(answer, CAPITL) == 24


def test_times_that_cannot_be_read_leave_the_others_and_make_the_lacking_hours_unanswered(
    gvsi: Gvsi, enverus: Open
) -> None:
    gvsi.spoil = west(lambda rows: rows.assign(tradedatetimeutc=["soon", *rows["tradedatetimeutc"][1:]]))
    answer = read(enverus(), BAD_DAY, BAD_DAY)
    assert n_hours(answer, WEST) == 23
    assert [problem.kind for problem in answer.problems] == ["unreadable_time"]
    assert answer.unanswered == (Unanswered(WEST, *utc_bounds(ISO, BAD_DAY, BAD_DAY)),)


def shuffled(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.sample(frac=1, random_state=1)


def without(hour: int) -> Rows:
    return lambda rows: rows.drop(rows.index[hour])


def with_hour(text: str) -> Rows:
    """Add a row for an hour, on the day that is asked for."""

    def change(rows: pd.DataFrame) -> pd.DataFrame:
        day = rows["tradedatetimeutc"].iloc[0][:10]
        extra = rows[:1].assign(close=-1.0, tradedatetimeutc=f"{day} {text}")
        return pd.concat([rows, extra])

    return change


def twice(rows: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([rows, rows])


def on_day(change: Rows, day: date) -> Rows:
    """Change the rows of one day only: the response has the day after it too."""

    def spoil(rows: pd.DataFrame) -> pd.DataFrame:
        is_day = rows["tradedatetimeutc"].str.startswith(f"{day:%m/%d/%Y}")
        return pd.concat([change(rows[is_day]), rows[~is_day]])

    return spoil


# day, what happens to its rows, hours that are left, kinds of problem, is the day unanswered
DAYS: dict[str, tuple[date, Rows, int, set[str], bool]] = {
    "shuffled": (GOOD_DAY, shuffled, 24, set(), False),
    "shuffled in spring": (SPRING, shuffled, 23, set(), False),
    "shuffled in autumn": (AUTUMN, shuffled, 0, {"ambiguous_hour"}, True),
    "doubled": (GOOD_DAY, twice, 24, {"duplicate"}, False),
    "doubled in autumn": (AUTUMN, twice, 0, {"ambiguous_hour"}, True),
    "an hour missing": (GOOD_DAY, without(5), 23, set(), False),
    "22 rows in spring": (SPRING, without(5), 22, set(), False),
    "24 rows in spring": (SPRING, with_hour("02:00:00 AM"), 0, {"nonexistent_hour"}, True),
    "24 rows in autumn, the repeated hour once": (AUTUMN, without(2), 0, {"ambiguous_hour"}, True),
    "24 rows in autumn, another missing": (AUTUMN, without(7), 24, set(), False),
    "23 rows in autumn, no repeated hour": (
        AUTUMN, lambda rows: without(1)(without(1)(rows)), 23, set(), False
    ),
    "26 rows in autumn": (AUTUMN, with_hour("01:00:00 AM"), 0, {"ambiguous_hour"}, True),
    "25 rows on a plain day": (GOOD_DAY, with_hour("05:00:00 AM"), 0, {"wrong_hour_count"}, True),
    "half an hour among the hours": (GOOD_DAY, with_hour("05:30:00 AM"), 0, {"wrong_hour_count"}, True),
    "two values for an hour, another missing": (
        GOOD_DAY, lambda rows: with_hour("05:00:00 AM")(without(7)(rows)), 22, {"conflict"}, False
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", DAYS)
def test_a_day_with_an_impossible_number_of_hours_is_left_out_whole(
    gvsi: Gvsi, enverus: Open, name: str
) -> None:
    day, change, n_left, problems, is_unanswered = DAYS[name]
    gvsi.spoil = west(on_day(change, day))
    answer = read(enverus(), day, day)
    start, end = utc_bounds(ISO, day, day)
    assert n_hours(answer, WEST) == n_left
    assert n_hours(answer, CAPITL) == (end - start) // HOUR
    assert {problem.kind for problem in answer.problems} == problems
    assert all(problem.location == WEST and WEST_SYMBOL[1:] in problem.message for problem in answer.problems)
    assert answer.unanswered == ((Unanswered(WEST, start, end),) if is_unanswered else ())


def test_an_impossible_day_costs_no_other_day(gvsi: Gvsi, enverus: Open) -> None:
    gvsi.spoil = west(on_day(without(2), AUTUMN))
    answer = read(enverus(), date(2024, 11, 2), date(2024, 11, 4))
    assert n_hours(answer, WEST) == 48
    assert kinds(answer) == {(WEST, "ambiguous_hour", 25)}


def test_a_repeated_hour_in_a_clock_that_has_none_is_impossible(gvsi: Gvsi, enverus: Open) -> None:
    gvsi.spoil = lambda _, table: pd.concat([table, table[25:26].assign(close=9.0)])
    start, end = utc_bounds("MISO", AUTUMN, AUTUMN)
    answer = enverus().read("MISO", "rt_lmp", ["AMIL.IP"], start, end)
    assert {problem.kind for problem in answer.problems} == {"wrong_hour_count"}
    assert len(answer.frame) == 1  # the market's day begins an hour before the publisher's


def test_a_sum_with_a_part_missing_is_missing(gvsi: Gvsi, enverus: Open) -> None:
    parts = symbols("ERCOT", "rt_load")["NORTH ZONE"]
    gvsi.spoil = lambda _, table: table.drop(table.index[(table["symbol"] == f"#{parts[1]}")][:2])
    start, end = utc_bounds("ERCOT", GOOD_DAY, GOOD_DAY)
    answer = enverus().read("ERCOT", "rt_load", ["NORTH ZONE"], start, end)
    hours = pd.DatetimeIndex(answer.frame["interval_start"])
    assert len(hours) == 22
    np.testing.assert_allclose(answer.frame["value"], sum(closes(part, hours) for part in parts), rtol=1e-12)
    assert kinds(answer) == {("NORTH ZONE", "partial_sum", 2)}
