"""ISO-NE's yearly workbooks in both their forms, and its files of days, on a stand-in for its site."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO

import pandas as pd
import pytest

from lib.hours import UTC_HOUR, utc_bounds
from lib.sources import SeriesResult
from lib.sources.public import PublicSource
from lib.sources.schemas import validate_series
from tests.standins import isone
from tests.standins.bad_server import BadServer

Read = Callable[..., SeriesResult]
ISO = "ISONE"
MEASURES = {"da_lmp": "DA_LMP", "rt_lmp": "RT_LMP", "da_load": "DA_Demand", "rt_load": "RT_Demand"}
SHEETS = {
    "CONNECTICUT": "CT",
    "MAINE": "ME",
    "NEMASSBOST": "NEMA",
    "NEW HAMPSHIRE": "NH",
    "RHODE ISLAND": "RI",
    "SEMASS": "SEMA",
    "VERMONT": "VT",
    "WCMASS": "WCMA",
    ".H.INTERNAL_HUB": "ISO NE CA",
}
PATH_2024 = "/isone/static-assets/documents/100008/2024_smd_hourly.xlsx"
PATH_2023 = "/isone/static-assets/documents/2023/02/2023_smd_hourly.xlsx"
SPRING, AUTUMN = isone.SPRING, isone.AUTUMN
OLD_SPRING, OLD_AUTUMN = date(2023, 3, 12), date(2023, 11, 5)


def publish_day(server: BadServer, measure: str, day: date) -> None:
    """Publish the prices of a day, with the page that sets the cookie."""
    server.on("/isone" + isone.COOKIE_PAGE, server.good("<html></html>", "text/html"))
    for name in {measure, "da_lmp"}:  # those of real time are looked up among the nodes of the day ahead
        server.on("/isone" + isone.day_path(name, day), server.good(isone.day_file(name, day)))


def expected(measure: str, days: list[date]) -> pd.DataFrame:
    """What the stand-in has of local days."""
    rows = [
        (place, hour, isone.number(sheet, MEASURES[measure], hour))
        for place, sheet in SHEETS.items()
        if sheet != "ISO NE CA" or measure.endswith("lmp")
        for day in days
        for hour in isone.hours_of(day)
    ]
    frame = pd.DataFrame(rows, columns=["location", "interval_start", "value"])
    frame["interval_start"] = frame["interval_start"].astype(UTC_HOUR)
    return frame.sort_values(["location", "interval_start"], ignore_index=True)


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("day", [SPRING, AUTUMN], ids=["spring", "autumn"])
def test_a_workbook_gives_every_hour_of_its_days_at_its_utc_start(
    bad_server: BadServer, read: Read, measure: str, day: date
) -> None:
    days = [day - timedelta(days=1), day]
    bad_server.on(PATH_2024, bad_server.good(isone.workbook(days), "application/octet-stream"))
    result = read(ISO, measure, *days)
    pd.testing.assert_frame_equal(result.frame, expected(measure, days))
    assert result.problems == ()
    assert result.unanswered == ()
    validate_series(result.frame, ISO, measure, list(SHEETS), *utc_bounds(ISO, *days))


def test_the_mean_that_stands_in_the_old_workbooks_short_day_is_left_out(
    bad_server: BadServer, read: Read
) -> None:
    bad_server.on(PATH_2023, bad_server.good(isone.workbook([OLD_SPRING], is_old=True)))
    result = read(ISO, "rt_load", OLD_SPRING, OLD_SPRING)
    pd.testing.assert_frame_equal(result.frame, expected("rt_load", [OLD_SPRING]))
    assert {(problem.kind, problem.n_hours) for problem in result.problems} == {("filler_hour", 1)}
    assert len(result.problems) == 8


def test_the_mean_of_the_old_workbooks_repeated_hour_is_no_hour(bad_server: BadServer, read: Read) -> None:
    bad_server.on(PATH_2023, bad_server.good(isone.workbook([OLD_AUTUMN], is_old=True)))
    result = read(ISO, "rt_load", OLD_AUTUMN, OLD_AUTUMN)
    whole = expected("rt_load", [OLD_AUTUMN])
    assert result.frame.groupby("location").size().tolist() == [23] * 8
    assert len(result.frame.merge(whole)) == 8 * 23
    assert {problem.kind for problem in result.problems} == {"ambiguous_hour", "missing_key"}


@pytest.mark.parametrize("measure", ["da_lmp", "rt_lmp"])
def test_days_after_the_workbook_come_from_files_of_their_own(
    bad_server: BadServer, read: Read, measure: str
) -> None:
    days = [AUTUMN - timedelta(days=1), AUTUMN]
    bad_server.on(PATH_2024, bad_server.good(isone.workbook(days[:1])))
    publish_day(bad_server, measure, AUTUMN)
    result = read(ISO, measure, *days)
    pd.testing.assert_frame_equal(result.frame, expected(measure, days))
    assert [problem.kind for problem in result.problems] == ["second_choice"] * (measure == "rt_lmp")


def test_that_prices_are_preliminary_is_said(bad_server: BadServer, read: Read) -> None:
    publish_day(bad_server, "rt_lmp", AUTUMN)
    (problem,) = read(ISO, "rt_lmp", AUTUMN, AUTUMN).problems
    assert (problem.kind, problem.n_hours) == ("second_choice", 9 * 25)
    assert (problem.first, problem.last + pd.Timedelta(hours=1)) == utc_bounds(ISO, AUTUMN, AUTUMN)
    assert "preliminary" in problem.message


def test_loads_have_the_workbook_alone(bad_server: BadServer, read: Read) -> None:
    bad_server.on(PATH_2024, bad_server.good(isone.workbook([date(2024, 6, 1)])))
    result = read(ISO, "da_load", date(2024, 6, 1), date(2024, 6, 2))
    pd.testing.assert_frame_equal(result.frame, expected("da_load", [date(2024, 6, 1)]))
    assert result.unanswered == ()
    assert len(bad_server.asked) == 1
    (problem,) = result.problems
    assert (problem.kind, problem.n_hours) == ("missing_key", 8 * 24)
    assert "ISONE_API_PASSWORD, ISONE_API_USERNAME" in problem.message


@pytest.fixture
def member(public: PublicSource) -> PublicSource:
    """The source of somebody with an account at the API."""
    return replace(public, credentials={"ISONE_API_USERNAME": "me", "ISONE_API_PASSWORD": "s3cret"})


LOCATIONS = {
    4001: "ME",
    4002: "NH",
    4003: "VT",
    4004: "CT",
    4005: "RI",
    4006: "SEMA",
    4007: "WCMA",
    4008: "NEMA",
}


def publish_demand(server: BadServer, measure: str, day: date) -> None:
    for location, sheet in LOCATIONS.items():
        body = isone.api_response(measure, day, sheet, location)
        path = "/isone-api" + isone.api_path(measure, day, location)
        server.on(path, server.good(body, "application/json"))


@pytest.mark.parametrize("measure", ["da_load", "rt_load"])
@pytest.mark.parametrize("day", [SPRING, AUTUMN], ids=["spring", "autumn"])
def test_with_an_account_loads_after_the_workbook_come_from_the_api(
    bad_server: BadServer, read: Read, member: PublicSource, replayed: PublicSource, measure: str, day: date
) -> None:
    days = [day - timedelta(days=1), day]
    bad_server.on(PATH_2024, bad_server.good(isone.workbook(days[:1])))
    publish_demand(bad_server, measure, day)
    result = read(ISO, measure, *days, source=member)
    pd.testing.assert_frame_equal(result.frame, expected(measure, days))
    assert {problem.kind for problem in result.problems} == {"second_choice"}
    assert bad_server.asked[-1].headers["authorization"] == "Basic bWU6czNjcmV0"
    again = read(ISO, measure, *days, source=replace(replayed, credentials=member.credentials))
    pd.testing.assert_frame_equal(again.frame, result.frame)


@pytest.mark.parametrize(
    ("body", "kinds", "is_known"),
    [
        pytest.param(
            *('{"HourlyRtDemands": ""}', {"missing_name"}, True),
            marks=pytest.mark.names_gone("isone.api.read_demand"),
        ),
        ("<html>", {"unanswered"}, False),
        ('{"HourlyRtDemands": {"HourlyRtDemand": [{"BeginDate": "soon"}]}}', {"unanswered"}, False),
    ],
    ids=["no data", "html", "no times"],
)
def test_a_zone_that_the_api_responses_badly_costs_itself(
    bad_server: BadServer, read: Read, member: PublicSource, body: str, kinds: set[str], is_known: bool
) -> None:
    publish_demand(bad_server, "rt_load", SPRING)
    bad_server.on("/isone-api" + isone.api_path("rt_load", SPRING, 4001), bad_server.good(body))
    result = read(ISO, "rt_load", SPRING, SPRING, source=member)
    others = expected("rt_load", [SPRING]).query("location != 'MAINE'").reset_index(drop=True)
    pd.testing.assert_frame_equal(result.frame, others)
    assert {problem.kind for problem in result.problems} - {"second_choice", "not_published"} == kinds
    assert [stretch.location for stretch in result.unanswered] == ([] if is_known else ["MAINE"])


def test_a_year_without_a_known_address_says_where_to_add_it(read: Read) -> None:
    result = read(ISO, "rt_load", date(2015, 6, 1), date(2015, 6, 1))
    assert result.frame.empty
    assert any("isone_workbooks.csv" in problem.message for problem in result.problems)


@pytest.mark.parametrize(
    ("fault", "cause"),
    [
        (BadServer.status(403), "refused"),
        (BadServer.status(503), "503"),
        (BadServer.html(), "no workbook"),
        (BadServer.good(b"PK\x03\x04 and then nothing"), "no workbook"),
        (
            BadServer.good(isone.workbook([date(2024, 6, 1)], without="RT_Demand")),
            "no column RT_Demand or DEMAND",
        ),
    ],
    ids=["403", "503", "html", "cut", "column"],
)
def test_a_bad_workbook_costs_its_year(bad_server: BadServer, read: Read, fault: object, cause: str) -> None:
    bad_server.on(PATH_2024, fault)  # type: ignore[arg-type]
    result = read(ISO, "rt_load", date(2024, 6, 1), date(2024, 6, 1))
    assert result.frame.empty
    kind = "refused" if cause == "refused" else "unanswered"
    assert [problem.kind for problem in result.problems] == [kind, "missing_key"]
    assert cause in result.problems[0].message
    assert len(result.unanswered) == 8


@pytest.mark.parametrize(
    "fault",
    [BadServer.status(503), BadServer.html(), BadServer.good("x", "application/json")],
    ids=["503", "html", "content type"],
)
def test_a_bad_file_of_a_day_costs_that_day(bad_server: BadServer, read: Read, fault: object) -> None:
    good, bad = date(2025, 6, 1), date(2025, 6, 2)
    publish_day(bad_server, "da_lmp", good)
    bad_server.on("/isone" + isone.day_path("da_lmp", bad), fault)  # type: ignore[arg-type]
    result = read(ISO, "da_lmp", good, bad)
    pd.testing.assert_frame_equal(result.frame, expected("da_lmp", [good]))
    assert {(stretch.start, stretch.end) for stretch in result.unanswered} == {utc_bounds(ISO, bad, bad)}
    assert "unanswered" in {problem.kind for problem in result.problems}


def test_what_was_kept_reads_to_the_same_frame(
    bad_server: BadServer, read: Read, replayed: PublicSource
) -> None:
    days = [AUTUMN - timedelta(days=1), AUTUMN]
    bad_server.on(PATH_2024, bad_server.good(isone.workbook(days[:1])))
    publish_day(bad_server, "rt_lmp", AUTUMN)
    first = read(ISO, "rt_lmp", *days)
    n_requests = len(bad_server.asked)
    again = read(ISO, "rt_lmp", *days, source=replayed)
    assert len(first.frame) == 9 * 49
    pd.testing.assert_frame_equal(again.frame, first.frame)
    assert len(bad_server.asked) == n_requests


def test_a_row_of_the_workbook_without_a_readable_time_is_counted(bad_server: BadServer, read: Read) -> None:
    day = date(2024, 6, 1)
    bad_server.on(PATH_2024, bad_server.good(isone.workbook([day], rename={"07": "seven"})))
    result = read(ISO, "rt_load", day, day)
    assert result.frame.groupby("location").size().tolist() == [23] * 8
    counted = [problem for problem in result.problems if problem.kind == "unreadable_time"]
    assert [problem.n_hours for problem in counted] == [1] * 8


@pytest.mark.parametrize(("named", "n_hours"), [("02", 23), ("03", 0)])
def test_a_short_day_that_gridstatus_cannot_place_is_left_for_the_workbook(
    bad_server: BadServer, read: Read, named: str, n_hours: int
) -> None:
    publish_day(bad_server, "da_lmp", SPRING)
    text = isone.day_file("da_lmp", SPRING).replace('"03"', f'"{named}"')
    bad_server.on("/isone" + isone.day_path("da_lmp", SPRING), bad_server.good(text))
    result = read(ISO, "da_lmp", SPRING, SPRING)
    whole = expected("da_lmp", [SPRING])
    assert len(result.frame.merge(whole)) == len(result.frame) == 9 * n_hours
    assert bool(result.unanswered) == (n_hours == 0)


def test_preliminary_prices_do_not_stand_in_for_a_workbook_that_cannot_be_had(
    bad_server: BadServer, read: Read
) -> None:
    day = date(2024, 6, 1)
    bad_server.on(PATH_2024, bad_server.status(503))
    publish_day(bad_server, "rt_lmp", day)
    result = read(ISO, "rt_lmp", day, day)
    assert result.frame.empty
    assert {stretch.location for stretch in result.unanswered} == set(SHEETS)
    assert {(stretch.start, stretch.end) for stretch in result.unanswered} == {utc_bounds(ISO, day, day)}
    assert not any(asked.path.endswith(".csv") for asked in bad_server.asked)


def test_day_ahead_prices_are_the_same_numbers_in_both_and_may_stand_in(
    bad_server: BadServer, read: Read
) -> None:
    day = date(2024, 6, 1)
    bad_server.on(PATH_2024, bad_server.status(503))
    publish_day(bad_server, "da_lmp", day)
    result = read(ISO, "da_lmp", day, day)
    pd.testing.assert_frame_equal(result.frame, expected("da_lmp", [day]))
    assert result.unanswered == ()


def test_one_workbook_serves_all_measures_and_stretches(bad_server: BadServer, read: Read) -> None:
    days = [date(2024, 6, 1), date(2024, 6, 2)]
    bad_server.on(PATH_2024, bad_server.good(isone.workbook(days)))
    for measure in MEASURES:
        for day in days:
            assert not read(ISO, measure, day, day).frame.empty
    assert len(bad_server.asked) == 1


def test_each_source_asks_for_the_workbook_anew(
    bad_server: BadServer, read: Read, public: PublicSource
) -> None:
    day = date(2024, 6, 1)
    bad_server.on(PATH_2024, bad_server.good(isone.workbook([day])))
    for source in (public, replace(public)):
        read(ISO, "rt_load", day, day, source=source)
    assert len(bad_server.asked) == 2


def test_an_account_of_any_letters_is_shown_in_utf_8(
    bad_server: BadServer, read: Read, public: PublicSource
) -> None:
    day = date(2024, 6, 1)
    publish_demand(bad_server, "rt_load", day)
    account = {"ISONE_API_USERNAME": "łukasz", "ISONE_API_PASSWORD": "zażółć"}
    result = read(ISO, "rt_load", day, day, source=replace(public, credentials=account))
    pd.testing.assert_frame_equal(result.frame, expected("rt_load", [day]))
    assert bad_server.asked[-1].headers["authorization"] == "Basic xYJ1a2Fzejp6YcW8w7PFgsSH"


def test_a_day_that_the_api_does_not_have_counts_each_zone_once(
    bad_server: BadServer, read: Read, member: PublicSource
) -> None:
    day = date(2024, 6, 1)
    result = read(ISO, "rt_load", day, day, source=member)
    of_zones = [problem for problem in result.problems if problem.location is not None]
    assert {(problem.kind, problem.n_hours) for problem in of_zones} == {("not_published", 24)}
    assert {problem.location for problem in of_zones} == {name for name in SHEETS if name[0] != "."}
    assert len(of_zones) == 8


@pytest.mark.names_gone("isone.api.read_prices")
def test_a_node_that_is_gone_is_named_with_the_new_one(bad_server: BadServer, read: Read) -> None:
    day = date(2024, 6, 1)
    publish_day(bad_server, "da_lmp", day)
    text = isone.day_file("da_lmp", day).replace(".Z.MAINE", ".Z.DOWNEAST")
    bad_server.on("/isone" + isone.day_path("da_lmp", day), bad_server.good(text))
    answer = read(ISO, "da_lmp", day, day)
    assert "MAINE" not in set(answer.frame["location"])
    (problem,) = [problem for problem in answer.problems if problem.kind == "missing_name"]
    assert problem.location == "MAINE"
    assert "it has a name that is not known here: .Z.DOWNEAST" in problem.message


@pytest.mark.names_gone("isone.workbooks.read_workbooks")
def test_a_sheet_that_is_gone_costs_its_zone_and_is_named(bad_server: BadServer, read: Read) -> None:
    day = date(2024, 6, 1)
    sheets = pd.read_excel(BytesIO(isone.workbook([day])), sheet_name=None)
    body = BytesIO()
    with pd.ExcelWriter(body) as book:
        for name, table in sheets.items():
            table.to_excel(book, sheet_name="DOWN EAST" if name == "ME" else name, index=False)
    bad_server.on(PATH_2024, bad_server.good(body.getvalue()))
    answer = read(ISO, "da_lmp", day, day)
    assert "MAINE" not in set(answer.frame["location"])
    assert len(answer.frame) == 8 * 24
    (problem,) = [problem for problem in answer.problems if problem.kind == "missing_name"]
    assert (problem.location, problem.n_hours) == ("MAINE", 24)
    assert "no longer has 'ME'; it has names that are not known here: DOWN EAST, Notes" in problem.message
