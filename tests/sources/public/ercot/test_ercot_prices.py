"""ERCOT's prices at the HTTP edge: workbooks of years, reports of the last days, and what goes wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from io import BytesIO
from zipfile import ZipFile
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from lib.pipeline.steps.fetch import FetchReport, update_stored_series
from lib.sources.protocol import SeriesResult, SeriesSpec, SourceError
from lib.sources.public import PublicSource
from lib.store import Database, RunTask, WriteCounts, finish_task, read_relation, start_run, start_task
from lib.web import Archive, HttpClient, Limits, ReplayClient
from tests.standins.bad_server import BadServer, ReceivedRequest, Reply
from tests.support.series import values_of

LIST, DOCUMENT = "/misapp/servlets/IceDocListJsonWS", "/misdownload/servlets/mirDownload"
CENTRAL = ZoneInfo("America/Chicago")
HOUR = pd.Timedelta(hours=1)
DAM_YEAR, DAM_DAY, RTM_YEAR, RTM_DAY = "13060", "12331", "13061", "12301"


def _zip(name: str, content: bytes) -> bytes:
    buffer = BytesIO()
    with ZipFile(buffer, "w") as archive:
        archive.writestr(name, content)
    return buffer.getvalue()


@dataclass
class Site:
    """A stand-in for the open site: its lists of documents, and the documents."""

    server: BadServer
    listed: dict[str, list[dict[str, object]]] = field(default_factory=dict)
    documents: dict[str, Reply] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.server.on(LIST, self._list)
        self.server.on(DOCUMENT, lambda asked: self.documents[asked.query["doclookupId"]])

    def _list(self, asked: ReceivedRequest) -> Reply:
        entries = [{"Document": entry} for entry in self.listed.get(asked.query["reportTypeId"], [])]
        return BadServer.good(json.dumps({"ListDocsByRptTypeRes": {"DocumentList": entries}}))

    def publish(self, report: str, name: str, published: str, body: bytes | Reply) -> None:
        number = str(1000 + len(self.documents))
        constructed = f"cdr.000{report}.0000000000000000.20240101.010101.{name}"
        entry = {
            "DocID": number,
            "ConstructedName": constructed,
            "FriendlyName": name,
            "PublishDate": published,
        }
        self.listed.setdefault(report, []).append(entry)
        self.documents[number] = body if isinstance(body, Reply) else BadServer.good(body, "application/zip")

    def downloads(self) -> int:
        return sum(asked.path == DOCUMENT for asked in self.server.asked)


@pytest.fixture
def site(bad_server: BadServer) -> Site:
    return Site(bad_server)


@pytest.fixture
def source(site: Site, archive: Archive) -> PublicSource:
    client = HttpClient(Limits(attempts=2, backoff_s=0.001), archive)
    return PublicSource(client, mirrors={"www.ercot.com": site.server.url})


def _hours(first: str, last: str) -> pd.DatetimeIndex:
    start, end = pd.Timestamp(first, tz=CENTRAL), pd.Timestamp(last, tz=CENTRAL) + pd.DateOffset(days=1)
    return pd.date_range(
        start.tz_convert("UTC"), end.tz_convert("UTC"), freq="h", inclusive="left", unit="us"
    )


def _price(hour: pd.Timestamp) -> float:
    return (hour.timestamp() // 3600) % 97 / 4


def _day_ahead(hours: pd.DatetimeIndex, points: tuple[str, ...] = ("LZ_WEST", "HB_NORTH")) -> pd.DataFrame:
    """The rows of the yearly file, as its clock has them."""
    rows = [
        {
            "Delivery Date": f"{local:%m/%d/%Y}",
            "Hour Ending": f"{local.hour + 1:02d}:00",
            "Repeated Hour Flag": "Y" if local.fold else "N",
            "Settlement Point": point,
            "Settlement Point Price": _price(hour) + position,
        }
        for hour in hours
        for position, point in enumerate(points)
        if (local := hour.tz_convert(CENTRAL).to_pydatetime())
    ]
    return pd.DataFrame(rows)


def _real_time(hours: pd.DatetimeIndex) -> pd.DataFrame:
    """The rows of the yearly file: each zone twice, by itself and energy-weighted; quarters average to 0."""
    rows = [
        {
            "Delivery Date": f"{local:%m/%d/%Y}",
            "Delivery Hour": local.hour + 1,
            "Delivery Interval": quarter,
            "Repeated Hour Flag": "Y" if local.fold else "N",
            "Settlement Point Name": "LZ_WEST",
            "Settlement Point Type": kind,
            "Settlement Point Price": _price(hour) + 10 * (quarter - 2.5) + (500 if kind == "LZEW" else 0),
        }
        for hour in hours
        for quarter in (1, 2, 3, 4)
        for kind in ("LZ", "LZEW")
        if (local := hour.tz_convert(CENTRAL).to_pydatetime())
    ]
    return pd.DataFrame(rows)


def _workbook(rows: pd.DataFrame) -> bytes:
    buffer = BytesIO()
    with pd.ExcelWriter(buffer) as book:
        (days,) = (rows[column] for column in rows if column.strip().title() == "Delivery Date")
        for month, its_rows in rows.groupby(days.str[:2]):
            its_rows.to_excel(book, sheet_name=f"{pd.Timestamp(2024, int(str(month)), 1):%b}", index=False)
    return _zip("prices.xlsx", buffer.getvalue())


def _csv(rows: pd.DataFrame) -> bytes:
    """The same rows as a report of a day has them: other headers, the flag last."""
    renamed = rows.rename(columns=lambda name: name.replace(" ", ""))
    flag = renamed.pop("RepeatedHourFlag")
    return _zip("report.csv", renamed.assign(DSTFlag=flag).to_csv(index=False).encode())


def _quarter_files(
    site: Site, hours: pd.DatetimeIndex, body: Callable[[pd.DataFrame], bytes | Reply] = _csv
) -> None:
    for hour in hours:
        rows = _real_time(pd.DatetimeIndex([hour]))
        for quarter in (1, 2, 3, 4):
            local = hour.tz_convert(CENTRAL).tz_localize(None) + quarter * pd.Timedelta(minutes=15)
            repeated = "xhr" if hour.tz_convert(CENTRAL).fold else ""
            name = f"SPPHLZNP6905_{local:%Y%m%d_%H%M}{repeated}_csv.zip"
            its_rows = rows[rows["Delivery Interval"] == quarter]
            site.publish(RTM_DAY, name, f"{local:%Y-%m-%dT%H:%M:%S}-06:00", body(its_rows))


def _read(source: PublicSource, measure: str, hours: pd.DatetimeIndex, *locations: str) -> SeriesResult:
    return source.read("ERCOT", measure, locations or ("WEST ZONE",), hours[0], hours[-1] + HOUR)


def _expected(hours: pd.DatetimeIndex, plus: float = 0) -> dict[pd.Timestamp, float]:
    return {hour: pytest.approx(_price(hour) + plus) for hour in hours}


DST_DAYS = pytest.mark.parametrize("day", ["2024-03-10", "2024-07-01", "2024-11-03"])


@DST_DAYS
def test_day_ahead_prices_come_from_the_file_of_the_year(site: Site, source: PublicSource, day: str) -> None:
    hours = _hours(day, day)
    site.publish(DAM_YEAR, "DAMLZHBSPP_2023.zip", "2024-01-02T01:00:00-06:00", b"of another year")
    site.publish(DAM_YEAR, "DAMLZHBSPP_2024.zip", "2024-12-01T01:00:00-06:00", _workbook(_day_ahead(hours)))
    answer = _read(source, "da_lmp", hours, "WEST ZONE", "HB_NORTH")
    assert values_of(answer, "WEST ZONE") == _expected(hours)
    assert values_of(answer, "HB_NORTH") == _expected(hours, plus=1)
    assert answer.unanswered == ()


@DST_DAYS
def test_a_real_time_hour_is_the_mean_of_the_zones_own_quarters(
    site: Site, source: PublicSource, day: str
) -> None:
    hours = _hours(day, day)
    site.publish(RTM_YEAR, "RTMLZHBSPP_2024.zip", "2024-12-01T01:00:00-06:00", _workbook(_real_time(hours)))
    answer = _read(source, "rt_lmp", hours)
    assert values_of(answer, "WEST ZONE") == _expected(hours)
    assert len(hours) == len(answer.frame)


def test_only_the_sheets_of_the_months_asked_for_are_read(site: Site, source: PublicSource) -> None:
    june, july = _hours("2024-06-30", "2024-06-30"), _hours("2024-07-01", "2024-07-01")
    rows = _day_ahead(june.append(july))
    spoilt = rows.assign(**{"Delivery Date": rows["Delivery Date"].str.replace("06/", "07/")}).head(48)
    book = pd.concat([spoilt.assign(**{"Delivery Date": "06/30/2024"}), rows[48:]])
    site.publish(DAM_YEAR, "DAMLZHBSPP_2024.zip", "2024-12-01T01:00:00-06:00", _workbook(book))
    assert values_of(_read(source, "da_lmp", july), "WEST ZONE") == _expected(july)


@DST_DAYS
def test_the_last_days_come_from_reports_of_their_own(site: Site, source: PublicSource, day: str) -> None:
    hours = _hours(day, day)
    before = pd.Timestamp(day) - pd.Timedelta(days=1)
    site.publish(DAM_DAY, "DAMSPNP4190_xml.zip", f"{before:%Y-%m-%d}T12:31:00-06:00", b"the same as XML")
    site.publish(DAM_DAY, "DAMSPNP4190_csv.zip", f"{before:%Y-%m-%d}T12:31:00-06:00", _csv(_day_ahead(hours)))
    answer = _read(source, "da_lmp", hours)
    assert values_of(answer, "WEST ZONE") == _expected(hours)
    assert answer.problems == ()
    assert not any(asked.query.get("reportTypeId") == DAM_YEAR for asked in site.server.asked)


@DST_DAYS
def test_quarter_hours_of_the_last_days_make_hours(site: Site, source: PublicSource, day: str) -> None:
    hours = _hours(day, day)
    _quarter_files(site, hours[:1] - pd.Timedelta(days=1))  # all that is left of the oldest day
    _quarter_files(site, hours)
    answer = _read(source, "rt_lmp", hours)
    assert values_of(answer, "WEST ZONE") == _expected(hours)
    assert answer.problems == ()


def test_a_quarter_that_was_published_again_counts_as_published_last(
    site: Site, source: PublicSource
) -> None:
    hours = _hours("2024-07-01", "2024-07-01")
    _quarter_files(site, hours[:1] - pd.Timedelta(days=1))
    _quarter_files(site, hours)
    corrected = _real_time(hours[:1]).query("`Delivery Interval` == 1")
    corrected["Settlement Point Price"] += 40
    site.publish(
        RTM_DAY, "SPPHLZNP6905_retry_20240701_0015_csv.zip", "2024-07-01T09:00:00-05:00", _csv(corrected)
    )
    assert values_of(_read(source, "rt_lmp", hours), "WEST ZONE")[hours[0]] == pytest.approx(
        _price(hours[0]) + 10
    )


def test_what_the_last_days_lack_comes_from_the_year(site: Site, source: PublicSource) -> None:
    old, new = _hours("2024-06-29", "2024-06-30"), _hours("2024-07-01", "2024-07-01")
    _quarter_files(site, old[-3:])
    _quarter_files(site, new)
    site.publish(RTM_YEAR, "RTMLZHBSPP_2024.zip", "2024-07-01T01:00:00-05:00", _workbook(_real_time(old)))
    answer = _read(source, "rt_lmp", old.append(new))
    assert values_of(answer, "WEST ZONE") == _expected(old.append(new))
    assert answer.problems == ()


def test_an_hour_without_one_of_its_quarters_is_absent_and_counted(site: Site, source: PublicSource) -> None:
    hours = _hours("2024-07-01", "2024-07-01")
    rows = _real_time(hours)
    is_gap = (rows["Delivery Hour"] == 5) & (rows["Delivery Interval"] == 2)
    site.publish(RTM_YEAR, "RTMLZHBSPP_2024.zip", "2024-12-01T01:00:00-06:00", _workbook(rows[~is_gap]))
    answer = _read(source, "rt_lmp", hours)
    assert values_of(answer, "WEST ZONE") == _expected(hours.delete(4))
    assert [(problem.kind, problem.first) for problem in answer.problems if problem.location] == [
        ("incomplete_hour", hours[4])
    ]
    assert answer.unanswered == ()


def _publish_year(site: Site, rows: pd.DataFrame) -> None:
    site.publish(DAM_YEAR, "DAMLZHBSPP_2024.zip", "2024-12-01T01:00:00-06:00", _workbook(rows))


@DST_DAYS
def test_the_order_of_rows_and_columns_does_not_matter(site: Site, source: PublicSource, day: str) -> None:
    hours = _hours(day, day)
    rows = _day_ahead(hours).sample(frac=1, random_state=7)
    _publish_year(site, rows[rows.columns[::-1]].rename(columns=lambda name: f" {name.upper()} "))
    assert values_of(_read(source, "da_lmp", hours), "WEST ZONE") == _expected(hours)


def test_rows_that_come_twice_count_once_and_contradictions_not_at_all(
    site: Site, source: PublicSource
) -> None:
    hours = _hours("2024-07-01", "2024-07-01")
    rows = _day_ahead(hours)
    twice, contradiction = rows.iloc[[0]], rows.iloc[[2]].assign(**{"Settlement Point Price": -1.0})
    _publish_year(site, pd.concat([rows, twice, contradiction]))
    answer = _read(source, "da_lmp", hours)
    assert values_of(answer, "WEST ZONE") == _expected(hours.delete(1))
    assert {problem.kind for problem in answer.problems} == {"duplicate", "conflict"}


@pytest.mark.parametrize("measure", ["da_lmp", "rt_lmp"])
@pytest.mark.parametrize("spoilt", ["N/A", None, "1e308", "NaN"])
def test_a_price_that_is_none_costs_its_hour(
    site: Site, source: PublicSource, measure: str, spoilt: str | None
) -> None:
    hours = _hours("2024-07-01", "2024-07-01")
    rows = (_day_ahead if measure == "da_lmp" else _real_time)(hours).astype(
        {"Settlement Point Price": object}
    )
    rows.loc[rows.index[0], "Settlement Point Price"] = spoilt
    report = DAM_YEAR if measure == "da_lmp" else RTM_YEAR
    site.publish(report, "SPP_2024.zip", "2024-12-01T01:00:00-06:00", _workbook(rows))
    answer = _read(source, measure, hours)
    assert values_of(answer, "WEST ZONE") == _expected(hours.delete(0))
    assert [problem.n_hours for problem in answer.problems if problem.location] == [1]


def test_a_spring_day_with_24_rows_loses_the_hour_that_does_not_exist(
    site: Site, source: PublicSource
) -> None:
    hours = _hours("2024-03-10", "2024-03-10")
    rows = _day_ahead(hours)
    typed_in = rows[rows["Hour Ending"] == "04:00"].assign(**{"Hour Ending": "03:00"})
    book = _workbook(pd.concat([rows, typed_in]))
    site.publish(DAM_YEAR, "DAMLZHBSPP_2024.zip", "2024-12-01T01:00:00-06:00", book)
    answer = _read(source, "da_lmp", hours)
    assert values_of(answer, "WEST ZONE") == _expected(hours)
    assert ("impossible_hour", 1) in [(problem.kind, problem.n_hours) for problem in answer.problems]


def test_an_autumn_day_with_24_rows_lacks_the_second_of_the_two_hours(
    site: Site, source: PublicSource
) -> None:
    hours = _hours("2024-11-03", "2024-11-03")
    rows = _day_ahead(hours)
    book = _workbook(rows[rows["Repeated Hour Flag"] == "N"])
    site.publish(DAM_YEAR, "DAMLZHBSPP_2024.zip", "2024-12-01T01:00:00-06:00", book)
    assert values_of(_read(source, "da_lmp", hours), "WEST ZONE") == _expected(hours.delete(2))


@pytest.mark.parametrize(
    "fault",
    [
        BadServer.html(),
        BadServer.status(503),
        BadServer.status(404),
        BadServer.good(_zip("a.csv", b"")),
        BadServer.good(_zip("a.csv", b"DeliveryDate,HourEnding\n07/02/2024,01:00\n")),
        BadServer.good(_zip("a.csv", b"a,b\n1,2\n")[:60]),
    ],
    ids=["html", "503", "404", "empty", "no columns", "half a zip"],
)
def test_a_fault_costs_only_its_day(site: Site, source: PublicSource, fault: Reply) -> None:
    first, second = _hours("2024-07-01", "2024-07-01"), _hours("2024-07-02", "2024-07-02")
    site.publish(DAM_DAY, "DAMSPNP4190_csv.zip", "2024-06-30T12:31:00-05:00", _csv(_day_ahead(first)))
    site.publish(DAM_DAY, "DAMSPNP4190_csv.zip", "2024-07-01T12:31:00-05:00", fault)
    answer = _read(source, "da_lmp", first.append(second))
    assert values_of(answer, "WEST ZONE") == _expected(first)
    assert any(problem.first == second[0] for problem in answer.problems)
    stretches = [(stretch.start, stretch.end) for stretch in answer.unanswered]
    assert stretches == ([] if fault.status == 404 else [(second[0], second[-1] + HOUR)])


def test_without_the_list_of_the_last_days_nothing_is_known_of_what_the_year_lacks(
    site: Site, source: PublicSource
) -> None:
    old, new = _hours("2024-06-30", "2024-06-30"), _hours("2024-07-01", "2024-07-01")
    site.publish(DAM_YEAR, "DAMLZHBSPP_2024.zip", "2024-07-01T01:00:00-05:00", _workbook(_day_ahead(old)))
    listing = site._list
    site.server.on(
        LIST, lambda asked: BadServer.html() if asked.query["reportTypeId"] == DAM_DAY else listing(asked)
    )
    answer = _read(source, "da_lmp", old.append(new))
    assert values_of(answer, "WEST ZONE") == _expected(old)
    assert [(stretch.start, stretch.end) for stretch in answer.unanswered] == [(new[0], new[-1] + HOUR)]


def test_what_was_answered_can_be_read_again_offline(
    site: Site, source: PublicSource, archive: Archive
) -> None:
    old, new = _hours("2024-06-29", "2024-06-30"), _hours("2024-07-01", "2024-07-01")
    site.publish(DAM_DAY, "DAMSPNP4190_csv.zip", "2024-06-30T12:31:00-05:00", _csv(_day_ahead(new)))
    _publish_year(site, _day_ahead(old))
    before = _read(source, "da_lmp", old.append(new))
    site.server.close()
    again = _read(PublicSource(ReplayClient(archive), mirrors=source.mirrors), "da_lmp", old.append(new))
    assert len(before.frame) == 72
    pd.testing.assert_frame_equal(again.frame, before.frame)


def test_no_key_is_needed(source: PublicSource) -> None:
    assert source.credentials == {}
    assert _read(source, "da_lmp", _hours("2024-07-01", "2024-07-01")).frame.empty


@pytest.mark.names_gone("ercot.prices.read_last_days")
def test_a_point_that_the_last_days_lack_is_named(site: Site, source: PublicSource) -> None:
    hours = _hours("2024-07-01", "2024-07-01")
    rows = _day_ahead(hours, ("LZ_FAR_WEST", "HB_NORTH"))
    site.publish(DAM_DAY, "DAMSPNP4190_csv.zip", "2024-06-30T12:31:00-06:00", _csv(rows))
    answer = _read(source, "da_lmp", hours, "WEST ZONE", "HB_NORTH")
    (problem,) = [problem for problem in answer.problems if problem.kind == "missing_name"]
    assert problem.location == "WEST ZONE"


@pytest.mark.names_gone("ercot.prices.read_years")
def test_a_point_that_is_gone_is_named_with_the_points_that_are_new(site: Site, source: PublicSource) -> None:
    hours = _hours("2024-07-01", "2024-07-01")
    _publish_year(site, _day_ahead(hours, ("LZ_FAR_WEST", "HB_NORTH")))
    answer = _read(source, "da_lmp", hours, "WEST ZONE", "HB_NORTH")
    assert values_of(answer, "HB_NORTH") == _expected(hours, plus=1)
    (problem,) = [problem for problem in answer.problems if problem.kind == "missing_name"]
    assert (problem.location, problem.n_hours) == ("WEST ZONE", 24)
    assert "no longer has 'LZ_WEST'; it has a name that is not known here: LZ_FAR_WEST." in problem.message


DAM_CORRECTED, RTM_CORRECTED = "13044", "13045"


def _correction(rows: pd.DataFrame, plus: float) -> bytes:
    """A document of corrections: the price as it was, as it is now, and when it was corrected."""
    renamed = rows.rename(columns=lambda name: name.replace(" ", ""))
    former = renamed.pop("SettlementPointPrice")
    if "SettlementPointType" not in renamed:
        renamed = renamed.assign(SettlementPointType="LZ")
    flag = renamed.pop("RepeatedHourFlag")
    corrected = renamed.assign(
        SPPOriginal=former,
        SPPCorrected=former + plus,
        PriceCorrectionTime="2024-08-01T10:00:00",
        DSTFlag=flag,
    )
    return _zip("correction.csv", corrected.to_csv(index=False).encode())


def _correct(site: Site, report: str, kind: str, posted: str, body: bytes | Reply) -> None:
    site.publish(report, f"{kind}_PRICE_CORRECTION_csv.zip", f"{posted}T10:00:00-05:00", body)


def test_a_corrected_day_ahead_price_replaces_the_published_one(site: Site, source: PublicSource) -> None:
    hours = _hours("2024-07-01", "2024-07-01")
    _publish_year(site, _day_ahead(hours))
    _correct(site, DAM_CORRECTED, "DAM_SPP", "2024-08-01", _correction(_day_ahead(hours[3:5]), 12.5))
    _correct(site, DAM_CORRECTED, "DAM_EBLMP", "2024-08-02", b"of buses, and not to be read")
    answer = _read(source, "da_lmp", hours)
    assert values_of(answer, "WEST ZONE") == _expected(hours) | _expected(hours[3:5], plus=12.5)
    assert answer.problems == ()


def test_a_corrected_quarter_hour_moves_the_mean_of_its_hour(site: Site, source: PublicSource) -> None:
    hours = _hours("2024-07-01", "2024-07-01")
    site.publish(RTM_YEAR, "RTMLZHBSPP_2024.zip", "2024-12-01T01:00:00-06:00", _workbook(_real_time(hours)))
    third = _real_time(hours[7:8]).query("`Delivery Interval` == 3")
    _correct(site, RTM_CORRECTED, "RTM_SPP", "2024-08-01", _correction(third, 40.0))
    assert values_of(_read(source, "rt_lmp", hours), "WEST ZONE") == (
        _expected(hours) | _expected(hours[7:8], plus=10)
    )


def test_the_later_of_two_corrections_counts(site: Site, source: PublicSource) -> None:
    hours = _hours("2024-11-03", "2024-11-03")
    _publish_year(site, _day_ahead(hours))
    _correct(site, DAM_CORRECTED, "DAM_SPP", "2024-12-09", _correction(_day_ahead(hours[1:3]), 7.0))
    _correct(site, DAM_CORRECTED, "DAM_SPP", "2024-12-01", _correction(_day_ahead(hours[1:3]), 3.0))
    assert values_of(_read(source, "da_lmp", hours), "WEST ZONE") == (
        _expected(hours) | _expected(hours[1:3], plus=7)
    )


def test_the_source_tells_which_hours_were_corrected_since_a_day(site: Site, source: PublicSource) -> None:
    hours = _hours("2024-07-01", "2024-07-02")
    _correct(site, RTM_CORRECTED, "RTM_SPP", "2024-08-01", _correction(_real_time(hours[7:8])[2:3], 40.0))
    _correct(site, RTM_CORRECTED, "RTM_SPP", "2024-08-09", _correction(_real_time(hours[30:32]), 40.0))
    found = [
        source.corrected_hours("ERCOT", "rt_lmp", ["WEST ZONE", "HB_NORTH"], hours, pd.Timestamp(day).date())
        for day in ("2024-08-01", "2024-08-02", "2024-08-10")
    ]
    assert [list(one.get("WEST ZONE", [])) for one in found] == [
        [hours[7], *hours[30:32]],
        list(hours[30:32]),
        [],
    ]
    assert source.corrected_hours("ERCOT", "rt_lmp", ["WEST ZONE"], hours[:7], pd.Timestamp.min.date()) == {}
    assert source.corrected_hours("ERCOT", "da_load", ["WEST ZONE"], hours, pd.Timestamp.min.date()) == {}


def test_while_the_corrections_cannot_be_had_no_price_turns_back(site: Site, source: PublicSource) -> None:
    hours = _hours("2024-07-01", "2024-07-01")
    _publish_year(site, _day_ahead(hours))
    _correct(site, DAM_CORRECTED, "DAM_SPP", "2024-08-01", BadServer.html())
    answer = _read(source, "da_lmp", hours)
    assert answer.frame.empty
    assert [(stretch.start, stretch.end) for stretch in answer.unanswered] == [(hours[0], hours[-1] + HOUR)]
    with pytest.raises(SourceError, match="ERCOT da_lmp: the corrections cannot be read"):
        source.corrected_hours("ERCOT", "da_lmp", ["WEST ZONE"], hours, pd.Timestamp.min.date())


@DST_DAYS
def test_metered_load_settles_on_the_energy_weighted_price_of_its_zone(
    site: Site, source: PublicSource, day: str
) -> None:
    hours = _hours(day, day)
    site.publish(RTM_YEAR, "RTMLZHBSPP_2024.zip", "2024-12-01T01:00:00-06:00", _workbook(_real_time(hours)))
    answer = source.read("ERCOT", "rt_lmp", ["WEST ZONE"], hours[0], hours[-1] + HOUR, "settled")
    assert values_of(answer, "WEST ZONE") == _expected(hours, plus=500)
    settled = {one.location for one in source.series("ERCOT") if one.basis == "settled"}
    assert settled == {"NORTH ZONE", "HOUSTON ZONE", "SOUTH ZONE", "WEST ZONE"}


def test_a_correction_moves_the_price_of_its_own_kind(site: Site, source: PublicSource) -> None:
    hours = _hours("2024-07-01", "2024-07-01")
    site.publish(RTM_YEAR, "RTMLZHBSPP_2024.zip", "2024-12-01T01:00:00-06:00", _workbook(_real_time(hours)))
    weighted = _real_time(hours[7:8]).query("`Settlement Point Type` == 'LZEW' and `Delivery Interval` == 3")
    _correct(site, RTM_CORRECTED, "RTM_SPP", "2024-08-01", _correction(weighted, 40.0))
    answer = source.read("ERCOT", "rt_lmp", ["WEST ZONE"], hours[0], hours[-1] + HOUR, "settled")
    assert values_of(answer, "WEST ZONE") == _expected(hours, 500) | _expected(hours[7:8], 510)
    assert values_of(_read(source, "rt_lmp", hours), "WEST ZONE") == _expected(hours)


class OnePrice(PublicSource):
    """The open data of one zone's real-time price."""

    def series(self, iso: str) -> tuple[SeriesSpec, ...]:
        return (SeriesSpec(iso, "WEST ZONE", "rt_lmp", self.name, "actual"),)


def test_a_correction_of_weeks_later_reaches_the_database_and_the_former_price_is_kept(
    site: Site, source: PublicSource, database: Database
) -> None:
    first, last = date(2024, 7, 1), date(2024, 7, 2)
    hours = _hours(str(first), str(last))
    site.publish(RTM_YEAR, "RTMLZHBSPP_2024.zip", "2024-12-01T01:00:00-06:00", _workbook(_real_time(hours)))
    prices = OnePrice(source.client, mirrors=source.mirrors)

    def fetch(as_of: date) -> FetchReport:
        run_id = start_run(database, source="public", as_of=as_of, window_start=first, window_end=last)
        task = RunTask(run_id, "fetch", "ERCOT")
        start_task(database, task)
        report = update_stored_series(database, prices, "ERCOT", first, last, as_of, task)
        finish_task(database, task, "done")
        return report

    fetch(date(2024, 7, 3))
    assert fetch(date(2024, 7, 30)).counts["rt_lmp"] == WriteCounts(read=48)
    third = _real_time(hours[7:8]).query("`Delivery Interval` == 3")
    _correct(site, RTM_CORRECTED, "RTM_SPP", "2024-08-01", _correction(third, 40.0))
    assert fetch(date(2024, 8, 2)).counts["rt_lmp"].revised == 1
    assert fetch(date(2024, 8, 3)).counts["rt_lmp"].revised == 0
    kept = read_relation(database, "value_revision").iloc[0]
    assert (kept["old_value"], kept["new_value"]) == (_price(hours[7]), _price(hours[7]) + 10)
    assert kept["interval_start"] == hours[7]
