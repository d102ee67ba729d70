"""The adapter of gridstatus: it sends through our client only, prints nothing, and has no side effects."""

from __future__ import annotations

import errno
import json
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from lib.sources.public.gridstatus_adapter import _gridstatus, call
from lib.sources.public.gridstatus_session import ClientSession, using_client
from lib.sources.public.hosts import PublisherClient
from lib.sources.public.query import ReaderQuery, Unreadable
from lib.web import HttpClient, InsecureAddress, Limits, NotFound, Request, Response
from tests.standins import nyiso

ROOT = Path(__file__).parents[3]
DAY = date(2024, 6, 1)


@dataclass
class Recorder:
    """A client that gives every request one response or error, and remembers the requests."""

    outcome: str | Exception
    headers: dict[str, str] = field(default_factory=lambda: {"content-type": "text/csv"})
    asked: list[Request] = field(default_factory=list)

    def send(self, request: Request) -> Response:
        self.asked.append(request)
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return Response(
            200, self.headers, self.outcome.encode(), request.url, datetime(2024, 6, 2, tzinfo=UTC)
        )


def ask_with(recorder: Recorder) -> ReaderQuery:
    hours = nyiso.hours_of(DAY)
    return ReaderQuery(
        "NYISO",
        "da_lmp",
        "actual",
        {"WEST": "WEST"},
        hours,
        ZoneInfo(nyiso.CLOCK),
        PublisherClient(recorder, {}, {}),
    )


def loads(recorder: Recorder, day: str = "2024-06-01") -> pd.DataFrame:
    return call(ask_with(recorder), "get_zonal_load_hourly", date=day, error="raise")


def test_a_call_sends_through_our_client_and_gives_the_table() -> None:
    recorder = Recorder(nyiso.day_file("palIntegrated", DAY))
    table = loads(recorder)
    assert len(table) == 24 * 11
    assert [request.url.rsplit("/", 1)[1] for request in recorder.asked] == ["palIntegrated-20240601.csv"]
    assert {request.source for request in recorder.asked} == {"public"}


def test_an_error_of_the_client_is_not_taken_for_an_empty_answer() -> None:
    with pytest.raises(NotFound, match="nothing there"):
        loads(Recorder(NotFound("nothing there")))


def test_a_disk_that_is_full_is_not_taken_for_an_answer_that_cannot_be_read() -> None:
    with pytest.raises(OSError, match="No space left"):
        loads(Recorder(OSError(errno.ENOSPC, "No space left on device")))


def test_an_answer_that_is_no_json_is_not_taken_for_a_fault_of_this_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def load(_self: object) -> object:
        return _gridstatus().nyiso.requests.get("https://mis.nyiso.com/list.json").json()

    monkeypatch.setattr(_gridstatus().NYISO, "get_list", load, raising=False)
    with pytest.raises(Unreadable, match="JSONDecodeError"):
        call(ask_with(Recorder("<html>")), "get_list")


def test_what_gridstatus_cannot_read_says_what_and_where_to_look(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Unreadable, match=r"get_zonal_load_hourly.*look at it in the archive"):
        loads(Recorder("<html>"))
    assert capfd.readouterr() == ("", "")


def test_addresses_that_pandas_would_read_are_downloaded_by_our_client() -> None:
    recorder = Recorder(NotFound("nothing there"))
    query = ask_with(recorder)
    with pytest.raises(NotFound):
        # The forecasts of this day are read from an archive in plain http, which is what gridstatus asks for.
        call(query, "get_zonal_load_forecast", date="2024-06-01", error="raise")
    with pytest.raises(NotFound):
        call(query, "get_capacity_prices", date="2024-06-01")
    hosts = [request.url.split("/")[2] for request in recorder.asked]
    assert hosts == ["mis.nyiso.com", "www.nyiso.com"]


def test_plain_http_is_asked_for_by_https() -> None:
    recorder = Recorder("")
    publishers = PublisherClient(recorder, {}, {})
    publishers.send(Request("public", "http://mis.nyiso.com/public/csv/isolf/a.zip?b=c"))
    assert recorder.asked[0].url == "https://mis.nyiso.com/public/csv/isolf/a.zip?b=c"


def test_a_mirror_in_plain_http_is_refused_off_loopback() -> None:
    client = HttpClient(Limits(attempts=1), None)
    publishers = PublisherClient(client, {"mis.nyiso.com": "http://mirror.example.com/nyiso"}, {})
    with pytest.raises(InsecureAddress):
        publishers.send(Request("public", "http://mis.nyiso.com/public/a.csv"))


def test_a_host_that_counts_requests_is_asked_at_its_own_pace() -> None:
    others, paced = Recorder(""), Recorder("")
    publishers = PublisherClient(
        others, {"api.pjm.com": "https://mirror.example.com"}, {"api.pjm.com": paced}
    )
    publishers.send(Request("public", "https://api.pjm.com/api/v1/feed?rowCount=1"))
    assert [request.url for request in paced.asked] == ["https://mirror.example.com/api/v1/feed?rowCount=1"]
    assert others.asked == []


def test_a_header_that_may_be_a_key_is_secret() -> None:
    recorder = Recorder("{}")
    with using_client(recorder), ClientSession() as session:
        headers = {"Ocp-Apim-Subscription-Key": "s3cret", "Accept": "application/json"}
        session.get("https://api.example.com/feed", headers=headers)
    (feed,) = recorder.asked
    assert feed.secret_headers == {"Ocp-Apim-Subscription-Key": "s3cret"}
    assert feed.headers == {"Accept": "application/json"}
    assert feed.is_archived
    assert "s3cret" not in repr(feed)


@pytest.mark.parametrize(
    "sent",
    [
        {"data": {"password": "s3cret"}},
        {
            "data": "password=s3cret",
            "headers": {"content-type": "application/x-www-form-urlencoded; charset=utf-8"},
        },
        {"json": {"password": "s3cret"}},
    ],
    ids=["form", "form with a charset", "json"],
)
def test_what_is_sent_may_be_a_login_and_is_not_kept(sent: dict[str, Any]) -> None:
    recorder = Recorder("{}")
    with using_client(recorder), ClientSession() as session:
        session.post("https://login.example.com/token", **sent)
    (login,) = recorder.asked
    assert b"s3cret" in (login.body or b"")
    assert not login.is_archived
    assert "s3cret" not in repr(login)


def test_cookies_go_back_to_their_host_alone() -> None:
    recorder = Recorder("", {"set-cookie": "a=1; Path=/; Expires=Wed, 01 Jan 2098 00:00:00 GMT, b=2; Path=/"})
    with using_client(recorder), ClientSession() as session:
        for host in ("one", "one", "two"):
            session.get(f"https://{host}.example.com/")
    assert [request.secret_headers for request in recorder.asked] == [{}, {"Cookie": "a=1; b=2"}, {}]


IMPORT = """
import json, logging, ssl, sys
from urllib3.util import ssl_
def state():
    return {
        "names": sorted(name for name in vars(ssl_) if "CIPHER" in name),
        "values": [str(vars(ssl_)[name]) for name in sorted(vars(ssl_)) if "CIPHER" in name],
        "context": sorted(cipher["name"] for cipher in ssl_.create_urllib3_context().get_ciphers()),
        "handlers": len(logging.getLogger().handlers),
    }
import lib.sources.public
import pandas, requests, warnings
before, get, read_csv, warn = state(), requests.get, pandas.read_csv, warnings.warn
assert "gridstatus" not in sys.modules, "imported before it is needed"
from lib.sources.public.gridstatus_adapter import _gridstatus
gridstatus = _gridstatus()
theirs = gridstatus.nyiso.requests.get is not get and gridstatus.nyiso.pd.read_csv is not read_csv
ours = requests.get is get and pandas.read_csv is read_csv and warnings.warn is warn
print(json.dumps([before, state(), theirs, ours]))
"""


def test_importing_gridstatus_leaves_the_ciphers_and_libraries_of_the_process_as_they_were() -> None:
    done = subprocess.run([sys.executable, "-c", IMPORT], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    before, after, is_theirs_contained, is_ours_unchanged = json.loads(done.stdout)
    assert after == before
    assert before["context"]
    assert is_theirs_contained
    assert is_ours_unchanged
    assert done.stderr == ""
