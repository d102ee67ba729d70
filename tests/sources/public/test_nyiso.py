"""NYISO's archives of months and files of days, on a stand-in that publishes as NYISO does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pandas as pd
import pytest

from lib.hours import UTC_HOUR, utc_bounds
from lib.sources import SeriesResult
from lib.sources.public import PublicSource
from lib.sources.public.catalogue import readers_of
from lib.sources.public.gridstatus_adapter import _gridstatus
from lib.sources.schemas import validate_series
from tests.standins import nyiso
from tests.standins.bad_server import BadServer

Read = Callable[..., SeriesResult]
ISO = "NYISO"
SPRING, AUTUMN = date(2024, 3, 10), date(2024, 11, 3)
SERIES = [
    ("da_lmp", "actual", "damlbmp_zone"),
    ("rt_lmp", "actual", "rtlbmp_zone"),
    ("rt_load", "actual", "palIntegrated"),
    ("da_load", "forecast", "isolf"),
    ("da_load", "cleared", "zonalBidLoad"),
]


def publish_month(server: BadServer, kind: str, days: list[date]) -> None:
    """Publish an archive with the files of some days of one month."""
    body = nyiso.zipped(nyiso.month_files(kind, days))
    server.on("/mis" + nyiso.archive_path(kind, days[0]), server.good(body, "application/zip"))


def publish_day(server: BadServer, kind: str, day: date) -> None:
    """Publish the file of a day."""
    server.on("/oasis" + nyiso.day_path(kind, day), server.good(nyiso.day_file(kind, day)))


def around(day: date) -> list[date]:
    return [day + timedelta(days=n) for n in (-1, 0, 1)]


def expected(first: date, n_days: int) -> pd.DataFrame:
    """What the stand-in has of local days."""
    hours = nyiso.hours_of(first, n_days)
    rows = [(zone, hour, nyiso.number(zone, hour)) for zone in nyiso.ZONES for hour in hours]
    frame = pd.DataFrame(rows, columns=["location", "interval_start", "value"])
    frame["interval_start"] = frame["interval_start"].astype(UTC_HOUR)
    return frame.sort_values(["location", "interval_start"], ignore_index=True)


@pytest.mark.parametrize("changing_day", [SPRING, AUTUMN], ids=["spring", "autumn"])
@pytest.mark.parametrize(("measure", "basis", "kind"), SERIES, ids=[kind for *_, kind in SERIES])
def test_an_archive_gives_every_hour_at_its_utc_start(
    bad_server: BadServer, read: Read, measure: str, basis: str, kind: str, changing_day: date
) -> None:
    first, _, last = days = around(changing_day)
    publish_month(bad_server, kind, [first - timedelta(days=1), *days])
    answer = read(ISO, measure, first, last, basis)
    pd.testing.assert_frame_equal(answer.frame, expected(first, 3))
    assert len(answer.frame) == 11 * (71 if changing_day == SPRING else 73)
    assert answer.problems == ()
    assert answer.unanswered == ()
    assert len(bad_server.asked) == 1
    validate_series(answer.frame, ISO, measure, nyiso.ZONES, *utc_bounds(ISO, first, last))


@pytest.mark.parametrize("changing_day", [SPRING, AUTUMN], ids=["spring", "autumn"])
@pytest.mark.parametrize(("measure", "basis", "kind"), SERIES[:3], ids=[kind for *_, kind in SERIES[:3]])
def test_days_that_the_archive_lacks_come_from_their_own_files(
    bad_server: BadServer, read: Read, measure: str, basis: str, kind: str, changing_day: date
) -> None:
    first, _, last = days = around(changing_day)
    publish_month(bad_server, kind, days[:1])
    for day in days[1:]:
        publish_day(bad_server, kind, day)
    answer = read(ISO, measure, first, last, basis)
    pd.testing.assert_frame_equal(answer.frame, expected(first, 3))
    assert answer.problems == ()
    assert len(bad_server.asked) == 3


def test_a_month_without_an_archive_is_no_problem_where_its_days_have_files(
    bad_server: BadServer, read: Read
) -> None:
    publish_day(bad_server, "damlbmp_zone", AUTUMN)
    answer = read(ISO, "da_lmp", AUTUMN, AUTUMN)
    pd.testing.assert_frame_equal(answer.frame, expected(AUTUMN, 1))
    assert answer.problems == ()
    assert answer.unanswered == ()


def test_the_forecast_of_a_day_is_the_last_one_before_its_auction_also_from_a_file_of_its_own(
    bad_server: BadServer, read: Read
) -> None:
    dated = date(2026, 10, 31)  # its second day is the one on which the clocks change
    publish_day(bad_server, "isolf", dated)
    delivery = dated + timedelta(days=1)
    answer = read(ISO, "da_load", delivery, delivery, "forecast")
    pd.testing.assert_frame_equal(answer.frame, expected(delivery, 1))
    assert len(answer.frame) == 11 * 25


def test_what_cleared_is_net_of_virtual_trades(bad_server: BadServer, read: Read) -> None:
    table = (
        "Time Stamp,Name,PTID,Virtual Supply,Energy Bid Load,Bilateral Load,Price Cap Load,Virtual Load\n"
        "06/01/2024 00:00,WEST,61752,100,1000,200,30,50\n"
        "06/01/2024 01:00,WEST,61752,,1000,200,30,50\n"
    )
    body = nyiso.zipped({"20240601zonalBidLoad.csv": table})
    bad_server.on("/mis" + nyiso.archive_path("zonalBidLoad", date(2024, 6, 1)), bad_server.good(body))
    answer = read(ISO, "da_load", date(2024, 6, 1), date(2024, 6, 1), "cleared")
    assert answer.frame["value"].tolist() == [1180.0]
    found = [(problem.kind, problem.location) for problem in answer.problems if problem.location == "WEST"]
    assert found == [("not_a_number", "WEST")]


def test_a_day_without_any_file_is_absent_and_named(bad_server: BadServer, read: Read) -> None:
    publish_month(bad_server, "damlbmp_zone", [date(2024, 6, 1)])
    answer = read(ISO, "da_lmp", date(2024, 6, 1), date(2024, 6, 2))
    pd.testing.assert_frame_equal(answer.frame, expected(date(2024, 6, 1), 1))
    assert answer.unanswered == ()
    (problem,) = answer.problems
    assert (problem.kind, problem.n_hours) == ("not_published", 24 * 11)
    assert "2024-06-02" in problem.message


WITHOUT_ANSWER = {
    "401": (BadServer.status(401), "credentials"),
    "403": (BadServer.status(403), "credentials"),
    "414": (BadServer.status(414), "414"),
    "429": (BadServer.status(429), "429"),
    "429 with Retry-After": (BadServer.status(429, 0.01), "429"),
    "500": (BadServer.status(500), "500"),
    "503": (BadServer.status(503), "503"),
    "slow first byte": (BadServer.late(b"x", 60), "timed out"),
    "slow body": (BadServer.trickle(b"x" * 1000, 0.3), ""),
    "reset in mid-body": (BadServer.reset(b"x" * 1000), "reset"),
    "short body": (BadServer.short(b"x" * 1000), ""),
    "truncated gzip": (BadServer.truncated_gzip(b"x" * 1000), ""),
    "html with 200": (BadServer.html(), ""),
    "empty": (BadServer.good(b""), ""),
}


@pytest.mark.parametrize("fault", WITHOUT_ANSWER)
@pytest.mark.parametrize("reader", ["archive", "day"])
def test_a_bad_answer_costs_its_own_hours_and_says_why(
    bad_server: BadServer, read: Read, public: PublicSource, impatient: PublicSource, reader: str, fault: str
) -> None:
    good, bad = date(2024, 5, 31), date(2024, 6, 1)
    response, cause = WITHOUT_ANSWER[fault]
    if reader == "archive":
        publish_month(bad_server, "damlbmp_zone", [good])
        bad_server.on("/mis" + nyiso.archive_path("damlbmp_zone", bad), response)
    else:
        publish_day(bad_server, "damlbmp_zone", good)
        bad_server.on("/oasis" + nyiso.day_path("damlbmp_zone", bad), response)
    source = impatient if fault.startswith("slow") else public
    answer = read(ISO, "da_lmp", good, bad, source=source)
    pd.testing.assert_frame_equal(answer.frame, expected(good, 1))
    kind = "refused" if cause == "credentials" else "unanswered"
    problems = [problem for problem in answer.problems if problem.kind == kind]
    assert [problem.n_hours for problem in problems] == [24 * 11]
    assert cause in problems[0].message
    assert {stretch.location for stretch in answer.unanswered} == set(nyiso.ZONES)
    assert {(stretch.start, stretch.end) for stretch in answer.unanswered} == {utc_bounds(ISO, bad, bad)}


@pytest.mark.parametrize("reader", ["archive", "day"])
def test_an_answer_that_comes_at_the_second_attempt_costs_nothing(
    bad_server: BadServer, read: Read, reader: str
) -> None:
    day = date(2024, 6, 1)
    zipped = nyiso.zipped(nyiso.month_files("damlbmp_zone", [day]))
    if reader == "archive":
        path, body = "/mis" + nyiso.archive_path("damlbmp_zone", day), zipped
    else:
        path, body = (
            "/oasis" + nyiso.day_path("damlbmp_zone", day),
            nyiso.day_file("damlbmp_zone", day).encode(),
        )
    bad_server.on(path, bad_server.good(body), first=[bad_server.status(503)])
    answer = read(ISO, "da_lmp", day, day)
    pd.testing.assert_frame_equal(answer.frame, expected(day, 1))
    assert answer.problems == ()


def test_a_service_that_is_down_is_not_asked_for_every_day(bad_server: BadServer, read: Read) -> None:
    days = [date(2024, 6, 1) + timedelta(days=n) for n in range(30)]
    for day in days:
        bad_server.on("/oasis" + nyiso.day_path("damlbmp_zone", day), bad_server.status(503))
    answer = read(ISO, "da_lmp", days[0], days[-1])
    assert answer.frame.empty
    assert sum(asked.path.startswith("/oasis") for asked in bad_server.asked) < 2 * len(days)
    assert {(stretch.start, stretch.end) for stretch in answer.unanswered} >= {
        utc_bounds(ISO, day, day) for day in days
    }


DAY = date(2024, 6, 1)


def _lines(change: Callable[[list[str]], list[str]]) -> str:
    header, *lines = nyiso.day_file("damlbmp_zone", DAY).splitlines()
    return "\n".join([header, *change(lines)]) + "\n"


def _with_value(text: str) -> str:
    return _lines(lambda lines: [lines[0].replace(lines[0].split(",")[3], text), *lines[1:]])


SPOILT = {
    "NaN": (_with_value("NaN"), -1, {"not_a_number"}),
    "N/A": (_with_value("N/A"), -1, {"not_a_number"}),
    "1e308": (_with_value("1e308"), -1, {"out_of_range"}),
    "repeated hour": (_lines(lambda lines: [lines[0], *lines]), 0, {"duplicate"}),
    "two values for an hour": (
        _lines(lambda lines: [lines[0].replace(",0.79", "1,0.79"), *lines]),
        -1,
        {"conflict"},
    ),
    "missing hour": (_lines(lambda lines: lines[1:]), -1, set()),
    "shuffled": (_lines(lambda lines: lines[::-1]), 0, set()),
    "extra hour": (_lines(lambda lines: [*lines, lines[0].replace("06/01", "06/02")]), 0, set()),
    "off the hour": (
        _lines(lambda lines: [lines[0].replace("00:00", "00:05"), *lines[1:]]),
        -1,
        {"off_the_hour"},
    ),
}


def publish_text(server: BadServer, reader: str, day: date, text: str) -> None:
    """Publish a text as the file of a day, where a reader finds it."""
    if reader == "archive":
        body = nyiso.zipped({f"{day:%Y%m%d}damlbmp_zone.csv": text})
        server.on("/mis" + nyiso.archive_path("damlbmp_zone", day), server.good(body))
    else:
        server.on("/oasis" + nyiso.day_path("damlbmp_zone", day), server.good(text))


@pytest.mark.parametrize("fault", SPOILT)
@pytest.mark.parametrize("reader", ["archive", "day"])
def test_a_spoilt_row_costs_itself(bad_server: BadServer, read: Read, reader: str, fault: str) -> None:
    text, n_lost, kinds = SPOILT[fault]
    publish_text(bad_server, reader, DAY, text)
    answer = read(ISO, "da_lmp", DAY, DAY)
    whole = expected(DAY, 1)
    assert len(answer.frame) == len(whole) + n_lost
    assert answer.frame.merge(whole).shape == answer.frame.shape
    assert {problem.kind for problem in answer.problems} - {"not_published"} == kinds


NO_TIME = _lines(lambda lines: [lines[0].replace("06/01/2024 00:00", "soon"), *lines[1:]])


@pytest.mark.parametrize("reader", ["archive", "day"])
def test_a_row_without_a_time_costs_itself(bad_server: BadServer, read: Read, reader: str) -> None:
    publish_text(bad_server, reader, DAY, NO_TIME)
    answer = read(ISO, "da_lmp", DAY, DAY)
    assert len(answer.frame) == 11 * 24 - 1
    assert "unreadable_time" in {problem.kind for problem in answer.problems}


def test_a_load_without_its_time_zone_is_counted(bad_server: BadServer, read: Read) -> None:
    text = nyiso.day_file("palIntegrated", DAY).replace('"EDT"', '"?"', 1)
    body = nyiso.zipped({"20240601palIntegrated.csv": text})
    bad_server.on("/mis" + nyiso.archive_path("palIntegrated", DAY), bad_server.good(body))
    answer = read(ISO, "rt_load", DAY, DAY)
    assert len(answer.frame) == 11 * 24 - 1
    assert "unreadable_time" in {problem.kind for problem in answer.problems}


@pytest.mark.parametrize("reader", ["archive", "day"])
def test_columns_may_stand_in_any_order(bad_server: BadServer, read: Read, reader: str) -> None:
    rows = [line.split(",") for line in nyiso.day_file("damlbmp_zone", DAY).splitlines()]
    publish_text(bad_server, reader, DAY, "\n".join(",".join(row[::-1]) for row in rows) + "\n")
    pd.testing.assert_frame_equal(read(ISO, "da_lmp", DAY, DAY).frame, expected(DAY, 1))


def test_a_missing_column_is_named(bad_server: BadServer, read: Read) -> None:
    text = nyiso.day_file("damlbmp_zone", DAY).replace("LBMP ($/MWHr)", "Price")
    publish_text(bad_server, "archive", DAY, text)
    answer = read(ISO, "da_lmp", DAY, DAY)
    assert answer.frame.empty
    assert any("no column LBMP ($/MWHr)" in problem.message for problem in answer.problems)
    assert len(answer.unanswered) == 11


@pytest.mark.parametrize(
    ("day", "kind"),
    [(SPRING, "nonexistent_hour"), (AUTUMN, "ambiguous_hour")],
    ids=["spring", "autumn"],
)
@pytest.mark.parametrize("reader", ["archive", "day"])
def test_a_day_of_24_rows_on_which_the_clocks_change_gives_what_can_be_told(
    bad_server: BadServer, read: Read, day: date, kind: str, reader: str
) -> None:
    text = nyiso.day_file("damlbmp_zone", DAY).replace("06/01/2024", f"{day:%m/%d/%Y}")
    publish_text(bad_server, reader, day, text)
    answer = read(ISO, "da_lmp", day, day)
    assert answer.frame.groupby("location").size().tolist() == [23] * 11
    assert {problem.kind for problem in answer.problems} - {"not_published"} == {kind}


def test_a_month_of_two_years_is_asked_for_once(bad_server: BadServer, read: Read) -> None:
    months = pd.period_range("2023-12", "2024-01", freq="M")
    for month in months:
        days = [day.date() for day in pd.date_range(month.start_time, month.end_time.normalize())]
        publish_month(bad_server, "rtlbmp_zone", days)
    answer = read(ISO, "rt_lmp", date(2023, 12, 1), date(2024, 1, 31))
    pd.testing.assert_frame_equal(answer.frame, expected(date(2023, 12, 1), 62))
    assert len(bad_server.asked) == 2


def test_what_was_kept_reads_to_the_same_frame(
    bad_server: BadServer, read: Read, replayed: PublicSource
) -> None:
    publish_month(bad_server, "damlbmp_zone", [date(2024, 11, 2)])
    publish_day(bad_server, "damlbmp_zone", AUTUMN)
    asked = (ISO, "da_lmp", date(2024, 11, 2), AUTUMN)
    first = read(*asked)
    n_requests = len(bad_server.asked)
    bad_server.on("/oasis" + nyiso.day_path("damlbmp_zone", AUTUMN), bad_server.status(500))
    again = read(*asked, source=replayed)
    pd.testing.assert_frame_equal(again.frame, first.frame)
    assert len(first.frame) == 11 * 49
    assert len(bad_server.asked) == n_requests


@pytest.mark.parametrize(
    ("header", "cause"),
    [('"Time Stamp","Erie","NYISO"', "no column Capitl"), ('"Time","Capitl"', "no column Time Stamp")],
)
def test_a_table_of_forecasts_without_its_columns_costs_its_day(
    bad_server: BadServer, read: Read, header: str, cause: str
) -> None:
    delivery = date(2026, 11, 1)
    text = header + '\n"10/31/2026 00:00",1,2\n'
    path = nyiso.day_path("isolf", delivery - timedelta(days=1))
    bad_server.on("/oasis" + path, bad_server.good(text))
    answer = read(ISO, "da_load", delivery, delivery, "forecast")
    assert answer.frame.empty
    bounds = utc_bounds(ISO, delivery, delivery)
    assert {(stretch.start, stretch.end) for stretch in answer.unanswered} == {bounds}
    assert any(cause in problem.message for problem in answer.problems)


def test_the_forecasts_of_days_begin_where_gridstatus_takes_them_from_files_of_days() -> None:
    row = next(row for row in readers_of(ISO, "da_load", "forecast") if row.reader == "nyiso.read_days")
    first_file = date.fromisoformat(_gridstatus().nyiso.OASIS_POSTINGS["isolf"].first_date)
    assert row.first_day == first_file + timedelta(days=1)


def test_a_month_of_which_one_hour_is_missing_counts_that_hour_alone(
    bad_server: BadServer, read: Read
) -> None:
    days = [DAY + timedelta(days=n) for n in range(3)]
    for day in days:
        publish_day(bad_server, "damlbmp_zone", day)
    lines = nyiso.day_file("damlbmp_zone", days[1]).splitlines()
    lost = next(line for line in lines if ",WEST," in line and " 05:00" in line)
    text = "\n".join(line for line in lines if line != lost) + "\n"
    bad_server.on("/oasis" + nyiso.day_path("damlbmp_zone", days[1]), bad_server.good(text))
    answer = read(ISO, "da_lmp", days[0], days[-1])
    assert len(answer.frame) == 3 * 24 * 11 - 1
    (problem,) = answer.problems
    hour = pd.Timestamp(f"{days[1]} 05:00", tz=nyiso.CLOCK)
    assert (problem.kind, problem.n_hours) == ("not_published", 1)
    assert problem.first == problem.last == hour


class TestAReplayOfAMaintenancePage:
    """The publisher answers well, and later with a page in place of the file."""

    @pytest.fixture(autouse=True)
    def _asked_twice(self, bad_server: BadServer, read: Read) -> None:
        publish_month(bad_server, "damlbmp_zone", [DAY])
        publish_day(bad_server, "damlbmp_zone", DAY + timedelta(days=1))
        read(ISO, "da_lmp", DAY, DAY + timedelta(days=1))
        for path in (
            "/mis" + nyiso.archive_path("damlbmp_zone", DAY),
            "/oasis" + nyiso.day_path("damlbmp_zone", DAY + timedelta(days=1)),
        ):
            bad_server.on(path, bad_server.html())
        read(ISO, "da_lmp", DAY, DAY + timedelta(days=1))

    def test_takes_the_answer_before_it_and_says_so(self, read: Read, replayed: PublicSource) -> None:
        answer = read(ISO, "da_lmp", DAY, DAY + timedelta(days=1), source=replayed)
        pd.testing.assert_frame_equal(answer.frame, expected(DAY, 2))
        assert answer.unanswered == ()
        assert {problem.kind for problem in answer.problems} == {"older_answer"}
        assert sum(problem.n_hours for problem in answer.problems) == 48 * 11
        assert all(
            "no zip archive" in problem.message or "is a page and no table" in problem.message
            for problem in answer.problems
        )

    def test_says_what_remains_unanswered(self, read: Read, replayed: PublicSource) -> None:
        answer = read(ISO, "da_lmp", DAY - timedelta(days=40), DAY, source=replayed)
        pd.testing.assert_frame_equal(answer.frame, expected(DAY, 1))
        assert max(stretch.end for stretch in answer.unanswered) == utc_bounds(ISO, DAY, DAY)[0]
        kinds = {problem.kind: problem.n_hours for problem in answer.problems}
        assert kinds["older_answer"] == 24 * 11


@pytest.mark.parametrize(
    "reader",
    [
        pytest.param("archive", marks=pytest.mark.names_gone("nyiso.read_archives")),
        pytest.param("day", marks=pytest.mark.names_gone("nyiso.read_days")),
    ],
)
def test_a_zone_that_was_renamed_is_named_with_its_new_name(
    bad_server: BadServer, read: Read, reader: str
) -> None:
    publish_text(bad_server, reader, DAY, nyiso.day_file("damlbmp_zone", DAY).replace("MHK VL", "MOHAWK VL"))
    answer = read(ISO, "da_lmp", DAY, DAY)
    assert set(answer.frame["location"]) == set(nyiso.ZONES) - {"MHK VL"}
    (problem,) = [problem for problem in answer.problems if problem.kind == "missing_name"]
    assert (problem.location, problem.n_hours) == ("MHK VL", 24)
    assert "no longer has 'MHK VL'; it has a name that is not known here: MOHAWK VL." in problem.message
    assert "H Q" not in problem.message


@pytest.mark.parametrize(
    ("measure", "basis", "kind", "former", "now"),
    [
        pytest.param(
            *("rt_load", "actual", "palIntegrated", "MHK VL", "MOHAWK"),
            marks=pytest.mark.names_gone("nyiso.read_days"),
        ),
        pytest.param(
            *("da_load", "forecast", "isolf", "Mhk Vl", "Mohawk"),
            marks=pytest.mark.names_gone("nyiso.read_days"),
        ),
    ],
)
def test_a_zone_whose_load_has_another_name_in_the_file_of_a_day_is_named(
    bad_server: BadServer, read: Read, measure: str, basis: str, kind: str, former: str, now: str
) -> None:
    delivery = date(2026, 11, 2)
    dated = delivery - timedelta(days=1) if basis == "forecast" else delivery
    text = nyiso.day_file(kind, dated).replace(former, now)
    bad_server.on("/oasis" + nyiso.day_path(kind, dated), bad_server.good(text))
    answer = read(ISO, measure, delivery, delivery, basis)
    assert set(answer.frame["location"]) == set(nyiso.ZONES) - {"MHK VL"}
    (problem,) = [problem for problem in answer.problems if problem.kind == "missing_name"]
    assert (problem.location, problem.n_hours) == ("MHK VL", 24)
    assert f"no longer has {former!r}; it has a name that is not known here: {now}" in problem.message


def test_a_name_that_nobody_knows_is_reported_even_if_none_is_missing(
    bad_server: BadServer, read: Read
) -> None:
    text = nyiso.day_file("damlbmp_zone", DAY)
    publish_text(bad_server, "archive", DAY, text + text.splitlines()[1].replace("CAPITL", "OFFSHORE") + "\n")
    answer = read(ISO, "da_lmp", DAY, DAY)
    pd.testing.assert_frame_equal(answer.frame, expected(DAY, 1))
    assert [(problem.kind, problem.n_hours) for problem in answer.problems] == [("new_name", 0)]
    assert "has a name that is not known here: OFFSHORE" in answer.problems[0].message


def test_a_name_that_only_older_tables_lack_is_no_problem(bad_server: BadServer, read: Read) -> None:
    older = date(2024, 5, 31)
    text = nyiso.day_file("damlbmp_zone", older).replace("WEST", "OLD WEST")
    publish_text(bad_server, "archive", older, text)
    publish_month(bad_server, "damlbmp_zone", [DAY])
    answer = read(ISO, "da_lmp", older, DAY)
    assert not [problem for problem in answer.problems if "name" in problem.kind]


def test_a_zone_that_the_forecast_no_longer_has_is_named_and_the_others_go_on(
    bad_server: BadServer, read: Read
) -> None:
    text = nyiso.day_file("isolf", DAY - timedelta(days=1)).replace('"Mhk Vl"', '"Mohawk"')
    body = nyiso.zipped({f"{DAY - timedelta(days=1):%Y%m%d}isolf.csv": text})
    bad_server.on("/mis" + nyiso.archive_path("isolf", DAY - timedelta(days=1)), bad_server.good(body))
    answer = read(ISO, "da_load", DAY, DAY, "forecast")
    assert set(answer.frame["location"]) == set(nyiso.ZONES) - {"MHK VL"}
    (problem,) = [problem for problem in answer.problems if problem.kind == "missing_name"]
    assert (problem.location, problem.n_hours) == ("MHK VL", 24)
    assert "no longer has 'Mhk Vl'; it has a name that is not known here: Mohawk" in problem.message
