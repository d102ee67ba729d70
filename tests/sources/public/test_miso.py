"""MISO's files at the HTTP edge: prices of nodes, loads of resource zones, always in EST."""

from __future__ import annotations

from datetime import date, timedelta
from io import BytesIO
from zipfile import ZipFile

import pandas as pd
import pytest

from lib.sources.public import PublicSource
from lib.web import HttpClient, Limits
from tests.standins.bad_server import BadServer, Reply
from tests.support.series import days_reader, hours_of_days, values_of

FOLDER = "/marketreports"
HOUR = pd.Timedelta(hours=1)
NODES = ("AMIL.CIPS", "INDIANA.HUB")
ZONES = ("LRZ1", "LRZ2_7", "LRZ3_5", "LRZ4", "LRZ6", "LRZ8_9_10", "MISO")
SPRING, SUMMER, AUTUMN = date(2024, 3, 10), date(2024, 7, 1), date(2024, 11, 3)
DST_DAYS = pytest.mark.parametrize("day", [SPRING, SUMMER, AUTUMN], ids=str)


@pytest.fixture
def source(bad_server: BadServer) -> PublicSource:
    client = HttpClient(Limits(attempts=2, backoff_s=0.001), None)
    return PublicSource(client, mirrors={"docs.misoenergy.org": bad_server.url})


def _est(day: date, hour: int = 0) -> pd.Timestamp:
    """The UTC start of an hour of a day by the market's clock, five hours behind all year."""
    return pd.Timestamp(day, tz="UTC").as_unit("us") + (hour + 5) * HOUR


def _price(node: str, hour: pd.Timestamp) -> float:
    return NODES.index(node) + (hour.timestamp() // 3600) % 211 / 4


def _prices(day: date, n_hours: int = 24, nodes: tuple[str, ...] = NODES) -> str:
    header = "Node,Type,Value," + ",".join(f"HE {hour + 1}" for hour in range(n_hours))
    lines = ["Day Ahead Market ExPost LMPs", f"{day:%m/%d/%Y}", ",,,", ",,,All Hours-Ending are EST", header]
    for node in nodes:
        prices = [_price(node, _est(day, hour)) for hour in range(n_hours)]
        for value, factor in (("LMP", 1.0), ("MCC", 0.1), ("MLC", 0.01)):
            lines.append(f"{node},Loadzone,{value}," + ",".join(f"{price * factor:.2f}" for price in prices))
    lines += [f"NODE{number},Gennode,LMP," + ",".join(["1.00"] * n_hours) for number in range(2500)]
    return "\n".join(lines)


def _publish(server: BadServer, day: date, report: str, body: Reply | str) -> None:
    server.on(f"{FOLDER}/{day:%Y%m%d}_{report}.csv", server.good(body) if isinstance(body, str) else body)


_read = days_reader("MISO", "AMIL.CIPS")


@DST_DAYS
def test_day_ahead_prices_are_at_the_utc_hours_that_est_means(
    bad_server: BadServer, source: PublicSource, day: date
) -> None:
    for near in (day - timedelta(days=1), day, day + timedelta(days=1)):
        _publish(bad_server, near, "da_expost_lmp", _prices(near))
    answer = _read(source, "da_lmp", day, day, *NODES)
    for node in NODES:
        assert values_of(answer, node) == {
            hour: _price(node, hour) for hour in hours_of_days("MISO", day, day)
        }
    assert answer.problems == ()
    assert answer.unanswered == ()


def test_real_time_prices_are_final_or_else_preliminary_and_say_so(
    bad_server: BadServer, source: PublicSource
) -> None:
    winter = date(2024, 1, 10)
    _publish(bad_server, winter, "rt_lmp_final", _prices(winter))
    _publish(bad_server, winter, "rt_lmp_prelim", "not to be read")
    _publish(bad_server, winter + timedelta(days=1), "rt_lmp_prelim", _prices(winter + timedelta(days=1)))
    answer = _read(source, "rt_lmp", winter, winter + timedelta(days=1))
    assert len(answer.frame) == 48
    (problem,) = answer.problems
    assert problem.kind == "second_choice"
    assert (problem.n_hours, problem.first) == (24, _est(winter + timedelta(days=1)))
    assert "preliminary" in problem.message


@pytest.mark.parametrize(
    "fault",
    [
        BadServer.html(),
        BadServer.status(503),
        BadServer.truncated_gzip(b"x" * 1000),
        BadServer.good(""),
        BadServer.good(_prices(date(2024, 1, 11), n_hours=23)),
        BadServer.good(_prices(date(2024, 1, 11), n_hours=25)),
    ],
    ids=["html", "503", "truncated gzip", "empty", "23 hours", "25 hours"],
)
def test_a_fault_costs_only_its_day(bad_server: BadServer, source: PublicSource, fault: Reply) -> None:
    day = date(2024, 1, 10)
    _publish(bad_server, day, "da_expost_lmp", _prices(day))
    _publish(bad_server, day + timedelta(days=1), "da_expost_lmp", fault)
    answer = _read(source, "da_lmp", day, day + timedelta(days=1))
    assert set(values_of(answer, "AMIL.CIPS")) == set(hours_of_days("MISO", day, day))
    assert [problem.kind for problem in answer.problems] == ["unanswered"]
    stretch = (_est(day + timedelta(days=1)), _est(day + timedelta(days=2)))
    assert [(unknown.start, unknown.end) for unknown in answer.unanswered] == [stretch]


def test_a_day_that_is_not_published_is_absent_and_not_unanswered(
    bad_server: BadServer, source: PublicSource
) -> None:
    answer = _read(source, "da_lmp", date(2024, 1, 10), date(2024, 1, 10))
    assert answer.frame.empty
    assert [problem.kind for problem in answer.problems] == ["not_published", "missing_key"]
    assert answer.unanswered == ()


@pytest.mark.parametrize("spoilt", ["N/A", "", "1e308"])
def test_a_price_that_is_none_costs_its_hour(
    bad_server: BadServer, source: PublicSource, spoilt: str
) -> None:
    day = date(2024, 1, 10)
    first = f"{_price('AMIL.CIPS', _est(day)):.2f}"
    text = _prices(day).replace(f"AMIL.CIPS,Loadzone,LMP,{first},", f"AMIL.CIPS,Loadzone,LMP,{spoilt},")
    _publish(bad_server, day, "da_expost_lmp", text)
    answer = _read(source, "da_lmp", day, day)
    assert set(values_of(answer, "AMIL.CIPS")) == set(hours_of_days("MISO", day, day)[1:])
    assert [problem.n_hours for problem in answer.problems] == [1]


def _load(zone: str, hour: pd.Timestamp) -> float:
    return 1000.0 * (ZONES.index(zone) + 1) + (hour.timestamp() // 3600) % 97


def _workbook(rows: list[list[object]], above: int) -> bytes:
    buffer = BytesIO()
    frame = pd.DataFrame([["Some words of the publisher"]] * above + rows)
    frame.to_excel(buffer, sheet_name="Sheet1", index=False, header=False)
    return buffer.getvalue()


def _daily_file(published: date) -> bytes:
    """The file of a day: yesterday with its load, and six days of forecast, which is 7 MW a day off."""
    columns = [f"{zone} {kind} (MWh)" for zone in ZONES for kind in ("MTLF", "ActualLoad")]
    rows: list[list[object]] = [["Market Day", "HourEnding", *columns]]
    for ahead in range(-1, 6):
        day = published + timedelta(days=ahead)
        for hour in range(24):
            cells: list[object] = []
            for zone in ZONES:
                load = _load(zone, _est(day, hour))
                cells += [load + 7 * (ahead + 2), load if ahead < 0 else None]
            rows.append([f"{day:%m/%d/%Y}", hour + 1, *cells])
    return _workbook(rows, above=4)


def _publish_load(server: BadServer, published: date, body: bytes | None = None) -> None:
    server.on(f"{FOLDER}/{published:%Y%m%d}_df_al.xls", server.good(body or _daily_file(published)))


@DST_DAYS
def test_the_load_of_a_day_is_in_the_file_of_the_next(
    bad_server: BadServer, source: PublicSource, day: date
) -> None:
    for ahead in (0, 1, 2):
        _publish_load(bad_server, day + timedelta(days=ahead))
    answer = _read(source, "rt_load", day, day, "AMIL.CIPS", "AMIL.IP")
    expected = {hour: _load("LRZ4", hour) for hour in hours_of_days("MISO", day, day)}
    assert values_of(answer, "AMIL.CIPS") == expected
    assert values_of(answer, "AMIL.IP") == expected


@DST_DAYS
def test_the_forecast_of_a_day_is_that_of_the_file_of_the_day_before(
    bad_server: BadServer, source: PublicSource, day: date
) -> None:
    for ahead in (-2, -1, 0, 1):
        _publish_load(bad_server, day + timedelta(days=ahead))
    answer = _read(source, "da_load", day, day)
    assert values_of(answer, "AMIL.CIPS") == {
        hour: _load("LRZ4", hour) + 21 for hour in hours_of_days("MISO", day, day)
    }


def test_a_forecast_is_never_taken_from_a_later_file(bad_server: BadServer, source: PublicSource) -> None:
    _publish_load(bad_server, SUMMER)
    answer = _read(source, "da_load", SUMMER, SUMMER)
    assert answer.frame.empty
    assert {problem.kind for problem in answer.problems} == {"not_published", "missing_key"}


def test_the_loads_before_2023_come_from_one_file_a_year(bad_server: BadServer, source: PublicSource) -> None:
    days = [date(2022, 7, 1), date(2022, 7, 2)]
    bad_server.on(f"{FOLDER}/202212_dfal_HIST_xls.zip", BadServer.good(_yearly_file(days)))
    answer = _read(source, "rt_load", date(2022, 7, 2), date(2022, 7, 2))
    covered = [
        hour for hour in hours_of_days("MISO", date(2022, 7, 2), date(2022, 7, 2)) if hour >= _est(days[0])
    ]
    assert values_of(answer, "AMIL.CIPS") == {hour: _load("LRZ4", hour) for hour in covered}
    assert len(bad_server.asked) == 1


@pytest.mark.parametrize(
    "fault",
    [BadServer.html(), BadServer.status(503), BadServer.good(b"PK\x03\x04 and no more")],
    ids=["html", "503", "xls"],
)
def test_a_fault_of_a_load_file_costs_only_its_day(
    bad_server: BadServer, source: PublicSource, fault: Reply
) -> None:
    day = date(2024, 1, 10)
    _publish_load(bad_server, day + timedelta(days=1))
    bad_server.on(f"{FOLDER}/{day + timedelta(days=2):%Y%m%d}_df_al.xls", fault)
    answer = _read(source, "rt_load", day, day + timedelta(days=1))
    assert set(values_of(answer, "AMIL.CIPS")) == set(hours_of_days("MISO", day, day))
    assert len(answer.unanswered) == 1
    assert answer.unanswered[0].start == _est(day + timedelta(days=1))


def test_a_file_without_the_zone_is_not_answered(bad_server: BadServer, source: PublicSource) -> None:
    rows: list[list[object]] = [["Market Day", "HourEnding", "LRZ1 MTLF (MWh)"], ["07/01/2024", 1, 5.0]]
    _publish_load(bad_server, SUMMER, _workbook(rows, above=4))
    answer = _read(source, "da_load", SUMMER + timedelta(days=1), SUMMER + timedelta(days=1))
    assert any("LRZ4 MTLF" in problem.message for problem in answer.problems)
    assert answer.unanswered[-1].end == _est(SUMMER + timedelta(days=1), 23)


def test_a_table_of_loads_without_times_is_not_answered(bad_server: BadServer, source: PublicSource) -> None:
    rows: list[list[object]] = [["Hour", "LRZ4 ActualLoad (MWh)"], [1, 5.0]]
    _publish_load(bad_server, SUMMER + timedelta(days=1), _workbook(rows, above=4))
    answer = _read(source, "rt_load", SUMMER, SUMMER)
    assert any("columns Market Day and HourEnding" in problem.message for problem in answer.problems)
    assert {unknown.location for unknown in answer.unanswered} == {"AMIL.CIPS"}


@pytest.mark.parametrize(
    ("measure", "ahead"),
    [
        pytest.param(*("rt_load", 1), marks=pytest.mark.names_gone("miso.read_daily_loads")),
        pytest.param(*("da_load", -1), marks=pytest.mark.names_gone("miso.read_forecasts")),
    ],
)
def test_a_zone_that_the_file_of_a_day_no_longer_has_is_named_with_the_new_ones(
    bad_server: BadServer,
    source: PublicSource,
    monkeypatch: pytest.MonkeyPatch,
    measure: str,
    ahead: int,
) -> None:
    loads = _daily_file
    with monkeypatch.context() as patch:
        patch.setitem(globals(), "ZONES", tuple(zone.replace("LRZ4", "LRZ4A") for zone in ZONES))
        bodies = {published: loads(published) for published in (SUMMER, SUMMER + timedelta(days=ahead))}
    for published, body in bodies.items():
        _publish_load(bad_server, published, body)
    answer = _read(source, measure, SUMMER, SUMMER, "AMIL.CIPS", "AMIL.IP")
    assert answer.frame.empty
    gone = [problem for problem in answer.problems if problem.kind == "missing_name"]
    assert {problem.location for problem in gone} == {"AMIL.CIPS", "AMIL.IP"}
    assert "no longer has 'LRZ4'; it has names that are not known here: LRZ4A" in gone[0].message
    assert answer.unanswered


def _yearly_file(days: list[date]) -> bytes:
    header = ["MarketDay", "HourEnding", "LoadResource Zone", "MTLF (MWh)", "ActualLoad (MWh)"]
    rows: list[list[object]] = [header]
    for day in days:
        for hour in range(24):
            for zone in ZONES:
                load = _load(zone, _est(day, hour))
                rows.append([f"{day} 00:00:00", hour + 1, zone, load + 9, load])
        rows.append(header)
    buffer = BytesIO()
    with ZipFile(buffer, "w") as archive:
        archive.writestr("202212_dfal_HIST.xls", _workbook([*rows, ["a note"], ["another"]], above=5))
    return buffer.getvalue()


@pytest.mark.names_gone("miso.read_yearly_loads")
def test_a_zone_that_the_file_of_a_year_no_longer_has_is_named(
    bad_server: BadServer, source: PublicSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = date(2022, 7, 2)
    with monkeypatch.context() as patch:
        patch.setitem(globals(), "ZONES", tuple(zone.replace("LRZ4", "LRZ4A") for zone in ZONES))
        body = _yearly_file([day])
    bad_server.on(f"{FOLDER}/202212_dfal_HIST_xls.zip", BadServer.good(body))
    answer = _read(source, "rt_load", day, day)
    (problem,) = [problem for problem in answer.problems if problem.kind == "missing_name"]
    assert (problem.location, problem.n_hours) == ("AMIL.CIPS", 24)
    assert "LRZ4A" in problem.message


def test_preliminary_prices_do_not_stand_in_for_final_ones_that_cannot_be_had(
    bad_server: BadServer, source: PublicSource
) -> None:
    day = date(2024, 1, 10)
    _publish(bad_server, day, "rt_lmp_final", BadServer.status(503))
    _publish(bad_server, day, "rt_lmp_prelim", _prices(day))
    answer = _read(source, "rt_lmp", day, day)
    assert answer.frame.empty
    assert [(unknown.start, unknown.end) for unknown in answer.unanswered] == [(_est(day), _est(day, 24))]


@pytest.mark.parametrize(
    ("measure", "report"),
    [
        pytest.param(
            *("da_lmp", "da_expost_lmp"), marks=pytest.mark.names_gone("miso.read_day_ahead_prices")
        ),
        pytest.param(*("rt_lmp", "rt_lmp_final"), marks=pytest.mark.names_gone("miso.read_final_prices")),
        pytest.param(
            *("rt_lmp", "rt_lmp_prelim"), marks=pytest.mark.names_gone("miso.read_preliminary_prices")
        ),
    ],
)
def test_a_node_that_is_gone_is_named_and_the_others_go_on(
    bad_server: BadServer, source: PublicSource, measure: str, report: str
) -> None:
    day = date(2024, 1, 10)
    _publish(bad_server, day, report, _prices(day).replace("AMIL.CIPS,", "AMIL.CIPS2,"))
    answer = _read(source, measure, day, day, *NODES)
    assert set(answer.frame["location"]) == {"INDIANA.HUB"}
    (problem,) = [problem for problem in answer.problems if problem.kind == "missing_name"]
    assert (problem.location, problem.n_hours) == ("AMIL.CIPS", 24)
    assert "no longer has 'AMIL.CIPS'; it has names that are not known here: AMIL.CIPS2" in problem.message
    assert " more. If" in problem.message
