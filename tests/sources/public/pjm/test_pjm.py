"""PJM's Data Miner at the HTTP edge: pages, borders, sums of areas, and shares of regional forecasts."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from lib.hours import utc_bounds
from lib.sources.protocol import SourceError
from lib.sources.public import PublicSource
from lib.sources.public.catalogue import publisher_names
from lib.sources.public.pjm import data_miner
from lib.web import Archive, HttpClient, Limits, ReplayClient
from tests.standins.bad_server import BadServer, ReceivedRequest, Reply
from tests.support.series import days_reader, hours_of_days, values_of

EASTERN = ZoneInfo("America/New_York")
HOUR = pd.Timedelta(hours=1)
KEY = "a key of PJM"
SPRING, SUMMER, AUTUMN = date(2024, 3, 10), date(2024, 7, 1), date(2024, 11, 3)
DST_DAYS = pytest.mark.parametrize("day", [SPRING, SUMMER, AUTUMN], ids=str)
AREAS = {
    **{"AECO": 900.0, "VMEU": 100.0, "AEPAPT": 5000.0, "AEPIMP": 2000.0, "AEPKPT": 600.0, "AEPOPT": 4000.0},
    **{"AP": 5500.0, "BC": 3000.0, "CE": 9000.0, "DAY": 1800.0, "DEOK": 2600.0, "DOM": 12000.0},
    **{"DPLCO": 1500.0, "EASTON": 50.0, "DUQ": 1400.0, "EKPC": 1500.0, "JC": 2300.0, "ME": 1600.0},
    **{"OE": 6500.0, "OVEC": 60.0, "PAPWR": 500.0, "PE": 4200.0, "PEPCO": 2400.0, "PLCO": 4300.0},
    **{"PN": 1800.0, "PS": 4600.0, "RECO": 150.0, "RTO": 90000.0, "SMECO": 600.0, "UGI": 120.0},
}
FORECAST_AREAS = ("AEP", "APS", "ATSI", "COMED", "DAY", "DEOK", "DOM", "DUQ", "EKPC", "MIDATL", "RTO")
NODES = {
    "ZONE": {51292: "BGE", 8445784: "AEP", 116472927: "EKPC"},
    "HUB": {51288: "WESTERN HUB"},
    "RESIDUAL_METERED_EDC": {116013751: "BGE_RESID_AGG", 5: "OTHER_RESID_AGG"},
}

ReaderEntry = dict[str, object]
Rows = Callable[[pd.Timestamp, str], Iterator[ReaderEntry]]
"""The rows of a feed for an hour, and a type of node where it has one."""


def _utc(hour: pd.Timestamp) -> str:
    return f"{hour:%Y-%m-%dT%H:%M:%S}"


def _local(hour: pd.Timestamp) -> pd.Timestamp:
    return hour.tz_convert(EASTERN)


def _noise(hour: pd.Timestamp) -> float:
    return (hour.timestamp() // 3600) % 89


def _price(node: int, hour: pd.Timestamp) -> float:
    return node % 100 + _noise(hour) / 4


def _load(area: str, hour: pd.Timestamp) -> float:
    return AREAS[area] * (1 + _local(hour).hour / 100)


@cache
def _prices(side: str) -> Rows:
    def rows(hour: pd.Timestamp, kind: str) -> Iterator[ReaderEntry]:
        for node, name in NODES[kind].items():
            yield {
                "datetime_beginning_utc": _utc(hour),
                "datetime_beginning_ept": _utc(_local(hour)),
                "pnode_id": node,
                "pnode_name": name,
                f"total_lmp_{side}": _price(node, hour),
                f"congestion_price_{side}": 0.0,
                "row_is_current": True,
            }

    return rows


def _metered(hour: pd.Timestamp, _kind: str) -> Iterator[ReaderEntry]:
    for area in AREAS:
        yield {
            "datetime_beginning_utc": _utc(hour),
            "datetime_beginning_ept": _utc(_local(hour)),
            "zone": "as PJM has it",
            "load_area": area,
            "mw": _load(area, hour),
            "is_verified": True,
        }


def _forecast(area: str, hour: pd.Timestamp) -> float:
    return 1000.0 * (FORECAST_AREAS.index(area) + 1) + _noise(hour)


def _forecasts(hour: pd.Timestamp, _kind: str) -> Iterator[ReaderEntry]:
    """Forecasts made at 09:45 on the day before, and worse ones made earlier and later."""
    morning = pd.Timestamp(_local(hour).date()) - pd.Timedelta(days=1) + pd.Timedelta(hours=9, minutes=45)
    for made, error in (
        (morning, 0.0),
        (morning - pd.Timedelta(hours=4), 1e4),
        (morning + pd.Timedelta(hours=2), 2e4),
    ):
        evaluated_at = made.tz_localize(EASTERN).tz_convert("UTC")
        for area in FORECAST_AREAS:
            yield {
                "evaluated_at_utc": _utc(evaluated_at),
                "forecast_hour_beginning_utc": _utc(hour),
                "forecast_area": area,
                "forecast_load_mw": _forecast(area, hour) + error,
            }


@dataclass
class DataMiner:
    """A stand-in for the service: filters by local time, sends pages, and asks for the key."""

    server: BadServer
    border: date = date(2000, 1, 1)
    spoil: Callable[[list[ReaderEntry]], list[ReaderEntry]] = list
    instead: dict[tuple[str, str], Reply] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for feed, time, rows in (
            ("da_hrl_lmps", "datetime_beginning", _prices("da")),
            ("rt_hrl_lmps", "datetime_beginning", _prices("rt")),
            ("hrl_load_metered", "datetime_beginning", _metered),
            ("load_frcstd_hist", "forecast_hour_beginning", _forecasts),
        ):
            self.server.on(f"/api/v1/{feed}", self._feed(feed, time, rows))

    def _feed(self, feed: str, time: str, rows: Rows) -> Callable[[ReceivedRequest], Reply]:
        def answer(asked: ReceivedRequest) -> Reply:
            if asked.headers.get("ocp-apim-subscription-key") != KEY:
                return BadServer.status(401)
            first, last = (
                datetime.strptime(edge, "%m/%d/%Y %H:%M") for edge in asked.query[f"{time}_ept"].split("to")
            )
            if (feed, f"{first:%Y-%m}") in self.instead:
                return self.instead[feed, f"{first:%Y-%m}"]
            if first.date() < self.border <= last.date():
                errors = [{"message": "a range over the archive's border"}]
                return Reply(400, body=json.dumps({"errors": errors}).encode())
            start, count = int(asked.query["startRow"]) - 1, int(asked.query["rowCount"])
            kind = asked.query.get("type", "").strip("*")
            page = _page(rows, first, last, kind, start, count, self.spoil)
            return BadServer.good(page, "application/json")

        return answer


@cache
def _page(
    rows: Rows,
    first: datetime,
    last: datetime,
    kind: str,
    start: int,
    count: int,
    spoil: Callable[[list[ReaderEntry]], list[ReaderEntry]],
) -> bytes:
    found = spoil([row for hour in _hours(first, last) for row in rows(hour, kind)])
    return json.dumps({"items": found[start : start + count], "totalRows": len(found), "links": []}).encode()


def _hours(first: datetime, last: datetime) -> pd.DatetimeIndex:
    start, end = (pd.Timestamp(edge).tz_localize(EASTERN).tz_convert("UTC") for edge in (first, last))
    return pd.date_range(start, end, freq="h", unit="us")


@pytest.fixture
def data_miner_(bad_server: BadServer) -> DataMiner:
    return DataMiner(bad_server)


@pytest.fixture
def source(data_miner_: DataMiner, archive: Archive) -> PublicSource:
    client = HttpClient(Limits(attempts=2, backoff_s=0.001), archive)
    return PublicSource(client, {"PJM_API_KEY": KEY}, {"api.pjm.com": data_miner_.server.url})


_read = days_reader("PJM")


@DST_DAYS
@pytest.mark.parametrize("measure", ["da_lmp", "rt_lmp"])
def test_prices_are_those_of_the_nodes_of_zones_and_hubs(
    source: PublicSource, measure: str, day: date
) -> None:
    answer = _read(source, measure, day, day, "BGE", "AEP", "WESTERN HUB")
    for location, node in (("BGE", 51292), ("AEP", 8445784), ("WESTERN HUB", 51288)):
        assert values_of(answer, location) == {
            hour: _price(node, hour) for hour in hours_of_days("PJM", day, day)
        }
    assert set(answer.frame["location"]) == {"BGE", "AEP", "WESTERN HUB"}
    assert answer.problems == ()


def test_hubs_are_asked_for_only_when_one_is_wanted(source: PublicSource, data_miner_: DataMiner) -> None:
    _read(source, "da_lmp", SUMMER, SUMMER, "BGE")
    assert [asked.query["type"] for asked in data_miner_.server.asked] == ["*ZONE*"]


def test_all_pages_are_read(
    source: PublicSource, data_miner_: DataMiner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data_miner, "PAGE_ROWS", 1000)
    answer = _read(source, "da_lmp", SUMMER, date(2024, 7, 31), "BGE")
    assert len(answer.frame) == 31 * 24
    assert [asked.query["startRow"] for asked in data_miner_.server.asked] == ["1", "1001", "2001"]


def test_a_month_over_the_border_of_the_archive_is_asked_for_in_pieces(
    source: PublicSource, data_miner_: DataMiner
) -> None:
    data_miner_.border = date(2024, 7, 11)
    answer = _read(source, "da_lmp", SUMMER, date(2024, 7, 31), "BGE")
    assert len(answer.frame) == 31 * 24
    assert answer.unanswered == ()
    assert len(data_miner_.server.asked) <= 11


def test_pages_that_are_not_of_one_answer_are_no_answer(
    source: PublicSource, data_miner_: DataMiner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data_miner, "PAGE_ROWS", 1000)
    lengths = iter(range(100))
    data_miner_.spoil = lambda rows: rows[next(lengths) :]
    answer = _read(source, "da_lmp", SUMMER, SUMMER, "BGE")
    assert answer.frame.empty
    assert "pages" in answer.problems[0].message
    assert len(answer.unanswered) == 1


@pytest.mark.parametrize(
    "fault",
    [
        BadServer.html(),
        BadServer.status(503),
        BadServer.good('{"errors": []}'),
        BadServer.good('{"items": [{}], "totalRows": 1}'),
    ],
    ids=["html", "503", "errors", "no columns"],
)
def test_a_fault_costs_only_its_month(source: PublicSource, data_miner_: DataMiner, fault: Reply) -> None:
    data_miner_.instead["da_hrl_lmps", "2024-07"] = fault
    answer = _read(source, "da_lmp", date(2024, 6, 30), SUMMER, "BGE")
    assert set(values_of(answer, "BGE")) == set(hours_of_days("PJM", date(2024, 6, 30), date(2024, 6, 30)))
    start, end = utc_bounds("PJM", SUMMER, SUMMER)
    assert [(unknown.start, unknown.end) for unknown in answer.unanswered] == [(start, end)]
    assert [problem.kind for problem in answer.problems] == ["unanswered"]


def test_without_the_key_it_says_which_is_missing(source: PublicSource) -> None:
    keyless = PublicSource(source.client, {}, source.mirrors)
    with pytest.raises(SourceError, match="PJM_API_KEY"):
        _read(keyless, "da_lmp", SUMMER, SUMMER, "BGE")


def test_a_refused_key_leaves_every_hour_unanswered(source: PublicSource, data_miner_: DataMiner) -> None:
    wrong = PublicSource(source.client, {"PJM_API_KEY": "an old key"}, source.mirrors)
    answer = _read(wrong, "da_lmp", SUMMER, SUMMER, "BGE")
    assert len(answer.unanswered) == 1
    assert "an old key" not in str(answer)
    assert "refused" in answer.problems[0].message
    assert len(data_miner_.server.asked) == 1


@DST_DAYS
def test_a_metered_load_is_the_sum_of_the_zones_areas(source: PublicSource, day: date) -> None:
    answer = _read(source, "rt_load", day, day, "AEP", "BGE", "PPL")
    for location, areas in (
        ("AEP", ("AEPAPT", "AEPIMP", "AEPKPT", "AEPOPT")),
        ("BGE", ("BC",)),
        ("PPL", ("PLCO", "UGI")),
    ):
        expected = {hour: sum(_load(area, hour) for area in areas) for hour in hours_of_days("PJM", day, day)}
        assert values_of(answer, location) == pytest.approx(expected)
    assert answer.problems == ()


def test_a_sum_with_a_missing_area_is_missing(source: PublicSource, data_miner_: DataMiner) -> None:
    third = hours_of_days("PJM", SUMMER, SUMMER)[2]

    def without_ugi(rows: list[ReaderEntry]) -> list[ReaderEntry]:
        return [
            row
            for row in rows
            if not (row["load_area"] == "UGI" and row["datetime_beginning_utc"] == _utc(third))
        ]

    data_miner_.spoil = without_ugi
    answer = _read(source, "rt_load", SUMMER, SUMMER, "BGE", "PPL")
    assert len(values_of(answer, "BGE")) == 24
    assert set(hours_of_days("PJM", SUMMER, SUMMER)) - set(values_of(answer, "PPL")) == {third}
    assert [(problem.kind, problem.location, problem.first) for problem in answer.problems] == [
        ("partial_sum", "PPL", third)
    ]


@pytest.mark.parametrize("spoilt", ["N/A", None, 1e308])
def test_a_load_that_is_none_costs_its_hour(
    source: PublicSource, data_miner_: DataMiner, spoilt: object
) -> None:
    first = hours_of_days("PJM", SUMMER, SUMMER)[0]

    def with_a_spoilt_load(rows: list[ReaderEntry]) -> list[ReaderEntry]:
        where = {"load_area": "BC", "datetime_beginning_utc": _utc(first)}
        return [{**row, "mw": spoilt} if where.items() <= row.items() else row for row in reversed(rows)]

    data_miner_.spoil = with_a_spoilt_load
    answer = _read(source, "rt_load", SUMMER, SUMMER, "BGE")
    assert set(hours_of_days("PJM", SUMMER, SUMMER)) - set(values_of(answer, "BGE")) == {first}
    assert [(problem.location, problem.n_hours) for problem in answer.problems] == [("BGE", 1)]


def _mid_atlantic() -> list[str]:
    return [place for place, region in publisher_names("PJM", "forecast_area").items() if region == "MIDATL"]


@DST_DAYS
def test_the_regions_forecast_is_shared_out_among_its_zones(source: PublicSource, day: date) -> None:
    zones = _mid_atlantic()
    answer = _read(source, "da_load", day, day, *zones)
    areas = {place: publisher_names("PJM", "load_area")[place].split("+") for place in zones}
    total = sum(AREAS[area] for its_areas in areas.values() for area in its_areas)
    for zone in zones:
        share = sum(AREAS[area] for area in areas[zone]) / total
        expected = {hour: _forecast("MIDATL", hour) * share for hour in hours_of_days("PJM", day, day)}
        assert values_of(answer, zone) == pytest.approx(expected)
    assert answer.problems == ()


def test_a_share_needs_the_whole_region_whichever_zones_are_asked_for(source: PublicSource) -> None:
    alone = values_of(_read(source, "da_load", SUMMER, SUMMER, "RECO"), "RECO")
    together = values_of(_read(source, "da_load", SUMMER, SUMMER, *_mid_atlantic()), "RECO")
    assert alone == together


@pytest.mark.parametrize(("zone", "area"), [("DAYTON", "DAY"), ("APS", "APS"), ("COMED", "COMED")])
def test_a_zone_outside_the_region_has_a_forecast_of_its_own(
    source: PublicSource, data_miner_: DataMiner, zone: str, area: str
) -> None:
    answer = _read(source, "da_load", SUMMER, SUMMER, zone)
    assert values_of(answer, zone) == {
        hour: _forecast(area, hour) for hour in hours_of_days("PJM", SUMMER, SUMMER)
    }
    assert not any("metered" in asked.path for asked in data_miner_.server.asked)


def test_without_a_month_of_loads_a_share_is_not_answered_instead_of_another_one(
    source: PublicSource, data_miner_: DataMiner
) -> None:
    data_miner_.instead["hrl_load_metered", "2024-06"] = BadServer.status(503)
    answer = _read(source, "da_load", SUMMER, SUMMER, "BGE")
    assert answer.frame.empty
    assert len(answer.unanswered) == 1


def test_what_was_answered_can_be_read_again_offline(
    source: PublicSource, archive: Archive, data_miner_: DataMiner
) -> None:
    data_miner_.border = date(2024, 7, 11)
    zones = ("BGE", "DOM")
    before = {
        measure: _read(source, measure, SUMMER, SUMMER + timedelta(days=20), *zones)
        for measure in ("da_lmp", "da_load", "rt_load")
    }
    data_miner_.server.close()
    replayed = PublicSource(ReplayClient(archive), {"PJM_API_KEY": ""}, source.mirrors)
    for measure, answer in before.items():
        again = _read(replayed, measure, SUMMER + timedelta(days=3), SUMMER + timedelta(days=9), *zones)
        its_hours = answer.frame["interval_start"].isin(again.frame["interval_start"])
        pd.testing.assert_frame_equal(again.frame, answer.frame[its_hours].reset_index(drop=True))
        assert len(again.frame) == (2 if measure != "da_lmp" else 1) * 7 * 24


@pytest.mark.names_gone("pjm.prices.read_prices")
def test_a_zone_whose_node_is_gone_is_named_with_the_nodes_that_are_new(
    source: PublicSource, data_miner_: DataMiner
) -> None:
    def with_another_node(rows: list[ReaderEntry]) -> list[ReaderEntry]:
        return [
            {**row, "pnode_id": 77, "pnode_name": "BGE 2"} if row["pnode_id"] == 51292 else row
            for row in rows
        ]

    data_miner_.spoil = with_another_node
    answer = _read(source, "rt_lmp", SUMMER, SUMMER, "BGE", "AEP")
    assert set(answer.frame["location"]) == {"AEP"}
    (problem,) = answer.problems
    assert (problem.kind, problem.location, problem.n_hours) == ("missing_name", "BGE", 24)
    assert "no longer has 'ZONE 51292'; it has names that are not known here" in problem.message
    assert "ZONE 77 (BGE 2)" in problem.message


@pytest.mark.names_gone("pjm.loads.read_metered_loads")
def test_a_metered_area_that_is_gone_is_named_with_the_zone_that_lacks_it(
    source: PublicSource, data_miner_: DataMiner
) -> None:
    def without_an_area(rows: list[ReaderEntry]) -> list[ReaderEntry]:
        return [{**row, "load_area": "VINELAND"} if row["load_area"] == "VMEU" else row for row in rows]

    data_miner_.spoil = without_an_area
    answer = _read(source, "rt_load", SUMMER, SUMMER, "AECO")
    (problem,) = [problem for problem in answer.problems if problem.kind == "missing_name"]
    assert problem.location == "AECO"
    assert "no longer has 'VMEU'; it has names that are not known here" in problem.message
    assert "VINELAND" in problem.message


@pytest.mark.names_gone("pjm.loads.read_forecasts")
def test_a_region_that_the_forecast_no_longer_has_is_named(
    source: PublicSource, data_miner_: DataMiner
) -> None:
    def with_another_region(rows: list[ReaderEntry]) -> list[ReaderEntry]:
        return [
            {**row, "forecast_area": "OHIO"} if row.get("forecast_area") == "AEP" else row for row in rows
        ]

    data_miner_.spoil = with_another_region
    answer = _read(source, "da_load", SUMMER, SUMMER, "AEP")
    assert answer.frame.empty
    (problem,) = [problem for problem in answer.problems if problem.kind == "missing_name"]
    assert (problem.location, problem.n_hours) == ("AEP", 24)
    assert "OHIO" in problem.message


@DST_DAYS
def test_metered_load_settles_on_the_residual_aggregate_of_its_zone(source: PublicSource, day: date) -> None:
    start, end = utc_bounds("PJM", day, day)
    answer = source.read("PJM", "rt_lmp", ["BGE", "AEP"], start, end, "settled")
    assert values_of(answer, "BGE") == {
        hour: _price(116013751, hour) for hour in hours_of_days("PJM", day, day)
    }
    assert set(answer.frame["location"]) == {"BGE"}
    assert answer.problems == ()
    assert ("AEP", "settled") not in {(one.location, one.basis) for one in source.series("PJM")}
    assert ("BGE", "settled") in {(one.location, one.basis) for one in source.series("PJM")}
