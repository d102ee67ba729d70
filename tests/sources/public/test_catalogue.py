"""The tables of readers and names fit the code, the locations and the services."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

import lib.sources.public
from lib.hours import utc_bounds
from lib.markets import MARKETS, SETTLED, locations
from lib.settings import Settings
from lib.sources import SourceError, open_source
from lib.sources.public import PublicSource, hosts, open_public
from lib.sources.public.catalogue import credential_names, publisher_names, readers_of
from lib.sources.public.hosts import PublisherClient, requests_per_minute
from lib.sources.public.parts import NamesNotNoted, read_parts
from lib.sources.public.pjm.share import KNOWN_AFTER_DAYS
from lib.sources.public.query import ReaderQuery, split_query
from lib.sources.public.registry import READERS
from lib.sources.services import Service, services
from lib.web import HttpClient, Limits, Request, Response, open_archive
from tests.standins import nyiso
from tests.standins.bad_server import BadServer

SERVICES = [service for iso in MARKETS for service in services("public", iso)]


@pytest.mark.parametrize(
    "service", SERVICES, ids=lambda service: f"{service.iso}-{service.measure}-{service.basis}"
)
def test_every_service_has_readers_that_name_all_its_locations(service: Service) -> None:
    iso, measure = service.iso, service.measure
    rows = readers_of(iso, measure, service.basis)
    assert rows
    expected = {place.name for place in locations(iso) if measure in place.measures}
    zones = {place.name for place in locations(iso, "zone")}
    for row in rows:
        assert row.reader in READERS
        named = set(publisher_names(iso, row.names))
        assert named <= zones if service.basis == SETTLED else expected <= named


def test_every_reader_serves_something() -> None:
    used = {
        row.reader for service in SERVICES for row in readers_of(service.iso, service.measure, service.basis)
    }
    assert used == set(READERS)


def test_every_reader_has_a_test_of_a_name_that_its_publisher_no_longer_has() -> None:
    texts = [path.read_text(encoding="utf-8") for path in Path(__file__).parent.rglob("test_*.py")]
    marks = [marked for text in texts for marked in re.findall(r"mark\.names_gone\(([^)]*)\)", text)]
    assert {name for marked in marks for name in re.findall(r'"([\w.]+)"', marked)} == set(READERS)


def test_a_reader_that_notes_no_names_is_incomplete() -> None:
    hours = pd.date_range("2024-06-01", periods=3, freq="h", tz="UTC", unit="us")
    client = PublisherClient(HttpClient(Limits(), None), {}, {})
    query = ReaderQuery("NYISO", "da_lmp", "actual", {"WEST": "WEST"}, hours, ZoneInfo("UTC"), client)
    rows = pd.DataFrame({"location": "WEST", "interval_start": hours, "value": 1.0})
    with pytest.raises(NamesNotNoted, match="NYISO da_lmp notes no names of 2024-06-01"):
        read_parts(query, split_query(query, "D"), lambda *_: rows)


def test_every_key_is_a_setting() -> None:
    assert {key.lower() for key in credential_names()} <= set(Settings.model_fields)


def test_without_any_key_the_source_says_which_are_missing() -> None:
    source = PublicSource(HttpClient(Limits(), None))
    for service in SERVICES:
        rows = readers_of(service.iso, service.measure, service.basis)
        needed = {key for row in rows for key in row.credentials}
        if not all(row.credentials for row in rows):
            continue
        place = source.series(service.iso)[0].location
        window = (pd.Timestamp("2024-06-01", tz="UTC"), pd.Timestamp("2024-06-02", tz="UTC"))
        with pytest.raises(SourceError) as caught:
            source.read(service.iso, service.measure, [place], *window, service.basis)
        assert all(key in str(caught.value) for key in needed)


def test_the_source_is_opened_with_the_keys_and_mirrors_of_the_settings(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("EPD_RAW", str(tmp_path))
    monkeypatch.setenv("PJM_API_KEY", "s3cret")
    monkeypatch.setenv("EPD_PUBLIC_MIRRORS", '{"mis.nyiso.com": "https://mirror.example.com"}')
    source = open_public(False)
    assert source.credentials == {"PJM_API_KEY": "s3cret"}
    assert source.mirrors == {"mis.nyiso.com": "https://mirror.example.com"}
    assert set(source.rate_limited) == set(requests_per_minute())
    assert "s3cret" not in repr(source)


def test_by_name_it_is_read_and_replayed_as_the_same_series(
    bad_server: BadServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    day = date(2024, 11, 3)
    body = nyiso.zipped(nyiso.month_files("zonalBidLoad", [day]))
    bad_server.on("/mis" + nyiso.archive_path("zonalBidLoad", day), bad_server.good(body))
    monkeypatch.setenv("EPD_RAW", str(tmp_path))
    monkeypatch.setenv("EPD_PUBLIC_MIRRORS", json.dumps({"mis.nyiso.com": f"{bad_server.url}/mis"}))
    asked = ("NYISO", "da_load", list(nyiso.ZONES), *utc_bounds("NYISO", day, day), "cleared")
    live = open_source("public").read(*asked)
    replay = open_source("replay:public")
    replayed = replay.read(*asked)
    pd.testing.assert_frame_equal(replayed.frame, live.frame)
    assert len(live.frame) == 11 * 25
    assert len(bad_server.asked) == 1
    assert replay.series("NYISO") == open_source("public").series("NYISO")
    assert replay.stored_as == ("public",)


def test_what_was_kept_is_read_without_any_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("EPD_RAW", str(tmp_path))
    url = "https://api.pjm.com/api/v1/da_hrl_lmps"
    response = Response(
        200, {"content-type": "application/json"}, b"{}", url, datetime(2024, 6, 2, tzinfo=UTC)
    )
    open_archive().save(Request("public", url), response)
    window = utc_bounds("PJM", date(2024, 6, 1), date(2024, 6, 1))
    answer = open_public(True).read("PJM", "da_lmp", ["AECO"], *window)
    assert answer.frame.empty
    assert {stretch.location for stretch in answer.unanswered} == {"AECO"}


CODE = Path(lib.sources.public.__file__).parent


def test_every_host_that_the_readers_ask_is_listed_once() -> None:
    asked = {
        host
        for path in CODE.rglob("*.py")
        for host in re.findall(r"https://([\w-]+(?:\.[\w-]+)+)", path.read_text(encoding="utf-8"))
    }
    assert set(hosts()) == asked
    assert len(hosts()) == len(set(hosts()))
    assert set(requests_per_minute()) <= set(hosts())


def test_an_api_that_is_asked_for_each_zone_and_day_is_asked_for_few_days_again() -> None:
    loads = [service for service in services("public", "ISONE") if service.measure.endswith("load")]
    assert len(loads) == 2
    assert max(service.revision_days for service in loads) <= 10


def test_a_proxy_made_of_restated_loads_is_not_made_anew_when_they_are() -> None:
    (service,) = (service for service in services("public", "PJM") if service.measure == "da_load")
    assert service.basis == "proxy"
    assert service.revision_days <= KNOWN_AFTER_DAYS
