"""ERCOT's history of loads and forecasts at the HTTP edge: login, vintages, and what goes wrong."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from urllib.parse import parse_qs
from zipfile import ZipFile
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from lib.hours import utc_bounds
from lib.sources.protocol import SourceError
from lib.sources.public import PublicSource
from lib.sources.public.ercot import api as ercot_api
from lib.web import Archive, HttpClient, Limits, ReplayClient
from tests.standins.bad_server import BadServer, ReceivedRequest, Reply
from tests.support.series import days_reader, values_of

CENTRAL = ZoneInfo("America/Chicago")
HOUR = pd.Timedelta(hours=1)
LOGIN = "/ercotb2c.onmicrosoft.com/B2C_1_PUBAPI-ROPC-FLOW/oauth2/v2.0/token"
HISTORY = "/api/public-reports/archive/"
LOADS, FORECASTS = "np6-346-cd", "np3-560-cd"
KEYS = {
    "ERCOT_API_USERNAME": "desk@example.org",
    "ERCOT_API_PASSWORD": "a secret word",
    "ERCOT_PUBLIC_API_SUBSCRIPTION_KEY": "a subscription",
}
ZONES = ("NORTH", "SOUTH", "WEST", "HOUSTON")
SPRING, SUMMER, AUTUMN = date(2024, 3, 10), date(2024, 7, 1), date(2024, 11, 3)
DST_DAYS = pytest.mark.parametrize("day", [SPRING, SUMMER, AUTUMN], ids=str)


def _hours(first: date, n_days: int = 1) -> pd.DatetimeIndex:
    bounds = utc_bounds("ERCOT", first, first + timedelta(days=n_days - 1))
    return pd.date_range(*bounds, freq="h", inclusive="left", unit="us")


def _load(zone: str, hour: pd.Timestamp) -> float:
    return 1000.0 * (ZONES.index(zone) + 1) + (hour.timestamp() // 3600) % 83


def _zip(files: dict[str, bytes]) -> bytes:
    buffer = BytesIO()
    with ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def _table(first: date, n_days: int = 1, off: float = 0, day: str = "OperDay") -> pd.DataFrame:
    """The rows of a report from a day on, by its clock; a forecast is off by some MW."""
    rows = []
    for hour in _hours(first, n_days):
        local = hour.tz_convert(CENTRAL).to_pydatetime()
        loads = {zone if day == "OperDay" else zone.title(): _load(zone, hour) + off for zone in ZONES}
        clock = {day: f"{local:%m/%d/%Y}", "HourEnding": f"{local.hour + 1:02d}:00"}
        rows.append({**clock, **loads, "TOTAL": 0.0, "DSTFlag": "Y" if local.fold else "N"})
    return pd.DataFrame(rows)


@dataclass
class Api:
    """A stand-in for the API: a login that gives a token, lists of what was posted, and the documents."""

    server: BadServer
    posted: dict[str, list[tuple[str, datetime]]] = field(default_factory=dict)
    documents: dict[str, bytes] = field(default_factory=dict)
    refusal: int = 401

    def __post_init__(self) -> None:
        self.server.on(LOGIN, self._token)
        for product in (LOADS, FORECASTS):
            self.server.on(HISTORY + product, self._list)
            self.server.on(f"{HISTORY}{product}/download", self._download)

    def _token(self, asked: ReceivedRequest) -> Reply:
        form = parse_qs(asked.body.decode())
        if form["password"] != [KEYS["ERCOT_API_PASSWORD"]]:
            return BadServer.status(self.refusal)
        return BadServer.good(json.dumps({"id_token": "a token", "expires_in": "3600"}), "application/json")

    def _is_known(self, asked: ReceivedRequest) -> bool:
        given = asked.headers.get("authorization"), asked.headers.get("ocp-apim-subscription-key")
        return given == ("Bearer a token", "a subscription")

    def _list(self, asked: ReceivedRequest) -> Reply:
        if not self._is_known(asked):
            return BadServer.status(401)
        start, end = (datetime.fromisoformat(asked.query[f"postDatetime{edge}"]) for edge in ("From", "To"))
        product = asked.path.removeprefix(HISTORY)
        found = [one for one in reversed(self.posted.get(product, [])) if start <= one[1] <= end]
        size, page = int(asked.query["size"]), int(asked.query["page"])
        archives = [
            {
                "docId": int(number),
                "postDatetime": at.isoformat(),
                "_links": {"endpoint": {"href": f"https://api.ercot.com{asked.path}?download={number}"}},
            }
            for number, at in found[(page - 1) * size : page * size]
        ]
        meta = {"totalRecords": len(found), "totalPages": -(-len(found) // size), "currentPage": page}
        return BadServer.good(json.dumps({"_meta": meta, "archives": archives}), "application/json")

    def _download(self, asked: ReceivedRequest) -> Reply:
        if not self._is_known(asked):
            return BadServer.status(401)
        numbers = json.loads(asked.body)["docIds"]
        return BadServer.good(_zip({f"{number}.zip": self.documents[number] for number in numbers}))

    def post(self, product: str, at: datetime, content: pd.DataFrame | bytes) -> None:
        number = str(900000 + len(self.documents))
        self.posted.setdefault(product, []).append((number, at))
        body = (
            content if isinstance(content, bytes) else _zip({"a.csv": content.to_csv(index=False).encode()})
        )
        self.documents[number] = body

    def post_loads(self, day: date) -> None:
        self.post(LOADS, datetime.combine(day, datetime.min.time()) + timedelta(days=1, hours=5), _table(day))

    def post_forecast(self, at: datetime, off: float) -> None:
        self.post(FORECASTS, at, _table(at.date(), 8, off, "DeliveryDate"))


@pytest.fixture
def api(bad_server: BadServer) -> Api:
    return Api(bad_server)


def _mirrors(api: Api) -> dict[str, str]:
    return {"api.ercot.com": api.server.url, "ercotb2c.b2clogin.com": api.server.url}


@pytest.fixture
def source(api: Api, archive: Archive) -> PublicSource:
    client = HttpClient(Limits(attempts=2, backoff_s=0.001), archive)
    return PublicSource(client, KEYS, _mirrors(api))


_read = days_reader("ERCOT", "WEST ZONE")


def _expected(day: date, zone: str = "WEST", off: float = 0) -> dict[pd.Timestamp, float]:
    return {hour: _load(zone, hour) + off for hour in _hours(day)}


@DST_DAYS
def test_the_load_of_a_day_is_posted_on_the_next(api: Api, source: PublicSource, day: date) -> None:
    for near in (day - timedelta(days=1), day, day + timedelta(days=1)):
        api.post_loads(near)
    answer = _read(source, "rt_load", day, day, "WEST ZONE", "HOUSTON ZONE")
    assert values_of(answer, "WEST ZONE") == _expected(day)
    assert values_of(answer, "HOUSTON ZONE") == _expected(day, "HOUSTON")
    assert answer.problems == ()


@DST_DAYS
def test_a_forecast_is_the_last_one_before_ten_on_the_day_before(
    api: Api, source: PublicSource, day: date
) -> None:
    before = datetime.combine(day, datetime.min.time()) - timedelta(days=1)
    api.post_forecast(before + timedelta(hours=8, minutes=30), off=1)
    api.post_forecast(before + timedelta(hours=9, minutes=59, seconds=59), off=2)
    api.post_forecast(before + timedelta(hours=10), off=3)
    api.post_forecast(before + timedelta(hours=23), off=4)
    answer = _read(source, "da_load", day, day)
    assert values_of(answer, "WEST ZONE") == _expected(day, off=2)


def test_no_later_forecast_stands_in_for_a_missing_one(api: Api, source: PublicSource) -> None:
    api.post_forecast(datetime(2024, 6, 30, 10, 0), off=3)
    answer = _read(source, "da_load", SUMMER, SUMMER)
    assert answer.frame.empty
    assert [problem.kind for problem in answer.problems] == ["not_published"]


def test_a_load_that_was_posted_again_counts_as_posted_last(api: Api, source: PublicSource) -> None:
    api.post_loads(SUMMER)
    api.post(LOADS, datetime(2024, 7, 2, 15, 0), _table(SUMMER, off=9))
    assert values_of(_read(source, "rt_load", SUMMER, SUMMER), "WEST ZONE") == _expected(SUMMER, off=9)


def test_a_month_takes_one_list_and_one_download(
    api: Api, source: PublicSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = [SUMMER + timedelta(days=number) for number in range(31)]
    for day in days:
        api.post_loads(day)
    assert len(_read(source, "rt_load", days[0], days[-1]).frame) == 31 * 24
    assert [asked.method for asked in api.server.asked] == ["POST", "GET", "POST"]
    monkeypatch.setattr(ercot_api, "PAGE_SIZE", 10)
    assert len(_read(source, "rt_load", days[0], days[-1]).frame) == 31 * 24
    assert [asked.method for asked in api.server.asked[3:]] == ["POST", *["GET"] * 4, "POST"]


@pytest.mark.parametrize(
    "fault",
    [b"<html>", _zip({"a.csv": b""}), _zip({"a.csv": b"OperDay,HourEnding,DSTFlag\n"}), _zip({})],
    ids=["html", "empty", "no zones", "nothing"],
)
def test_a_fault_of_a_document_costs_only_its_day(api: Api, source: PublicSource, fault: bytes) -> None:
    api.post_loads(SUMMER)
    api.post(LOADS, datetime(2024, 7, 3, 5, 0), fault)
    answer = _read(source, "rt_load", SUMMER, SUMMER + timedelta(days=1))
    assert values_of(answer, "WEST ZONE") == _expected(SUMMER)
    bounds = utc_bounds("ERCOT", SUMMER + timedelta(days=1), SUMMER + timedelta(days=1))
    assert [(unknown.start, unknown.end) for unknown in answer.unanswered] == [bounds]


@pytest.mark.parametrize("fault", [BadServer.html(), BadServer.status(503)], ids=["html", "503"])
def test_a_fault_of_a_list_costs_only_its_month(api: Api, source: PublicSource, fault: Reply) -> None:
    june = date(2024, 6, 30)
    api.post_loads(june)
    listing = api._list
    api.server.on(
        HISTORY + LOADS,
        lambda asked: listing(asked) if asked.query["postDatetimeFrom"].startswith("2024-06") else fault,
    )
    answer = _read(source, "rt_load", june, SUMMER)
    assert values_of(answer, "WEST ZONE") == _expected(june)
    assert [(unknown.start, unknown.end) for unknown in answer.unanswered] == [
        utc_bounds("ERCOT", SUMMER, SUMMER)
    ]


@pytest.mark.parametrize("missing", list(KEYS))
def test_each_credential_that_is_missing_is_named(source: PublicSource, missing: str) -> None:
    keys = {name: value for name, value in KEYS.items() if name != missing}
    incomplete = PublicSource(source.client, keys, source.mirrors)
    with pytest.raises(SourceError) as raised:
        _read(incomplete, "rt_load", SUMMER, SUMMER)
    assert missing in str(raised.value)
    assert not any(name in str(raised.value) for name in keys)


@pytest.mark.parametrize("status", [400, 401])
def test_a_wrong_password_is_tried_once_and_never_shown(api: Api, source: PublicSource, status: int) -> None:
    api.refusal = status
    wrong = PublicSource(source.client, {**KEYS, "ERCOT_API_PASSWORD": "yesterday's"}, source.mirrors)
    answer = _read(wrong, "rt_load", SUMMER, SUMMER + timedelta(days=5))
    assert len(api.server.asked) == 1
    assert len(answer.unanswered) == 6
    assert "credentials" in str(answer.problems) or "ERCOT_API_PASSWORD" in str(answer.problems)
    assert "yesterday's" not in str(answer)


def test_neither_login_nor_credentials_are_kept_and_a_replay_needs_none(
    api: Api, source: PublicSource, archive: Archive, tmp_path: Path
) -> None:
    api.post_loads(SUMMER)
    before = _read(source, "rt_load", SUMMER, SUMMER)
    kept = b"".join(path.read_bytes() for path in (tmp_path / "raw").rglob("*.jsonl"))
    assert not any(secret.encode() in kept for secret in [*KEYS.values(), "a token"])
    assert b"oauth2" not in kept
    api.server.close()
    replayed = PublicSource(ReplayClient(archive), dict.fromkeys(KEYS, ""), _mirrors(api))
    pd.testing.assert_frame_equal(_read(replayed, "rt_load", SUMMER, SUMMER).frame, before.frame)


@pytest.mark.names_gone("ercot.loads.read_loads")
def test_a_zone_without_a_column_is_named_and_the_others_go_on(api: Api, source: PublicSource) -> None:
    table = _table(SUMMER).rename(columns={"WEST": "FAR_WEST"})
    api.post(LOADS, datetime(2024, 7, 2, 5, 0), _zip({"a.csv": table.to_csv(index=False).encode()}))
    answer = _read(source, "rt_load", SUMMER, SUMMER, "WEST ZONE", "HOUSTON ZONE")
    assert values_of(answer, "HOUSTON ZONE") == _expected(SUMMER, "HOUSTON")
    (problem,) = answer.problems
    assert (problem.kind, problem.location, problem.n_hours) == ("missing_name", "WEST ZONE", 24)
    assert "no longer has 'WEST'; it has names that are not known here: FARWEST, TOTAL" in problem.message
