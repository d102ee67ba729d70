from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from pydantic import SecretStr

from lib.hours import UTC_HOUR
from lib.markets import MARKETS, MEASURES
from lib.paths import ROOT
from lib.pipeline.doctor import services
from lib.pipeline.doctor.database import check_database, check_series_age, read_server_time, try_database
from lib.pipeline.doctor.finding import Finding, Health
from lib.settings import Settings
from lib.settlements.reports import LoginRefused
from lib.sources import Problem, SeriesResult, SeriesSpec, SourceError
from lib.sources.protocol import empty_series
from lib.store import Database, RunTask, hold_run_lock, register_series, start_run, write_series
from lib.web import HttpClient, Limits
from tests.standins.bad_server import BadServer

QUICK = HttpClient(Limits(attempts=1, connect_s=2, read_s=2, total_s=4), None)


def _health(findings: list[Finding]) -> dict[str, Health]:
    return {finding.check: finding.health for finding in findings}


def test_an_account_is_named_by_its_variables_and_never_shown() -> None:
    settings = Settings(enverus_username="desk", enverus_password=SecretStr("hush"), ice_username="desk")
    findings = list(
        services.check_accounts(settings, services.find_accounts("enverus", has_settlements=False))
    )
    health = _health(findings)
    assert health["Enverus account"] is Health.OK
    assert health["ICE account"] is Health.FAILURE, "half an account is a slip"
    assert health["PJM Data Miner account"] is Health.UNUSED
    assert "hush" not in str(findings) and "desk" not in str(findings)


def test_an_account_that_the_source_needs_must_be_there() -> None:
    findings = services.check_accounts(Settings(), services.find_accounts("enverus", has_settlements=False))
    first = next(iter(findings))
    assert first.health is Health.FAILURE
    assert first.remedy == "set ENVERUS_USERNAME and ENVERUS_PASSWORD in the environment or .env"


def test_a_run_of_the_settlements_alone_needs_their_account_and_no_other() -> None:
    findings = list(services.check_accounts(Settings(), services.find_accounts(None, has_settlements=True)))
    assert [finding.check for finding in findings if finding.health is Health.FAILURE] == ["ICE account"]
    assert services.find_addresses(None, Settings()) == {}


def test_only_the_addresses_that_a_run_asks_are_tried() -> None:
    assert services.find_addresses("demo", Settings()) == {}
    mirrored = Settings(public_mirrors={"mis.nyiso.com": "https://mirror.example.com"}, ice_username="desk")
    addresses = services.find_addresses("public", mirrored)
    assert addresses["mis.nyiso.com"] == "https://mirror.example.com"
    assert "ICE login" in addresses and "Enverus" not in addresses
    assert "Enverus" in services.find_addresses("enverus", Settings())


def test_a_server_that_answers_anything_can_be_reached_and_tells_the_time(bad_server: BadServer) -> None:
    good = bad_server.on("/good", bad_server.good(""))
    addresses = {"good": good, "bare": bad_server.on("/bare", bad_server.status(404))}
    addresses["guarded"] = bad_server.on("/guarded", bad_server.status(401))
    findings, clocks = services.check_reachable(QUICK, addresses, vital=addresses)
    assert [finding.check for finding in findings] == ["reach good", "reach bare", "reach guarded"]
    assert {finding.health for finding in findings} == {Health.OK}
    assert abs(clocks["good"] - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_server_that_does_not_answer_is_a_failure(bad_server: BadServer) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{free.getsockname()[1]}/"
    busy = bad_server.on("/busy", bad_server.status(503))
    addresses = {"nobody": nobody, "busy": busy, "plain": "http://example.com/"}
    findings, clocks = services.check_reachable(QUICK, addresses, vital=["nobody", "plain"])
    assert [finding.health for finding in findings] == [Health.FAILURE, Health.WARNING, Health.FAILURE]
    assert "plain text" in findings[2].what
    assert clocks == {}


class _Service:
    """A source of one series that answers as it is told, at the edge of the world."""

    def __init__(self, answer: SeriesResult | SourceError) -> None:
        self.answer = answer

    def series(self, iso: str) -> tuple[SeriesSpec, ...]:
        return (SeriesSpec(iso, "A ZONE", "da_lmp", "enverus", "actual"),)

    def read(self, *_: object) -> SeriesResult:
        if isinstance(self.answer, SourceError):
            raise self.answer
        return self.answer


def test_a_service_is_asked_for_one_hour_of_one_series() -> None:
    iso = next(iter(MARKETS))
    row = {"location": ["A ZONE"], "interval_start": [pd.Timestamp("2026-01-01", tz="UTC")], "value": [1.0]}
    empty = SeriesResult(
        empty_series(), (Problem(iso, "da_lmp", "A ZONE", "x", 1, None, None, "it says Error"),)
    )
    answers = (SeriesResult(pd.DataFrame(row)), empty, SourceError("the account is refused"))
    found = [services.check_series_login(_Service(answer), "Enverus") for answer in answers]  # type: ignore[arg-type]
    assert [finding.health for finding in found] == [Health.OK, Health.WARNING, Health.FAILURE]
    assert "it says Error" in found[1].what and "the account is refused" in found[2].what


class _Publisher:
    """A publisher of settlements that answers as it is told."""

    def __init__(self, body: bytes | Exception | None) -> None:
        self.body = body

    def fetch(self, *_: object) -> bytes | None:
        if isinstance(self.body, Exception):
            raise self.body
        return self.body


def test_the_settlements_are_asked_for_one_report() -> None:
    bodies = (b"TRADE DATE|HUB|PRODUCT", None, LoginRefused("no such account"))
    found = [services.check_settlement_login(_Publisher(body)) for body in bodies]
    assert [finding.health for finding in found] == [Health.OK, Health.WARNING, Health.FAILURE]


def test_a_database_that_cannot_be_opened_is_a_finding() -> None:
    found = try_database("files", "postgresql://desk:hush@127.0.0.1:9/epd")
    assert isinstance(found, Finding) and found.health is Health.FAILURE
    assert "127.0.0.1:9" in found.what and "hush" not in f"{found}" and found.remedy


def test_a_run_that_goes_on_is_noticed(database: Database) -> None:
    assert {finding.health for finding in check_database(database)} == {Health.OK}
    with hold_run_lock(database):
        assert _health(list(check_database(database)))["lock"] is Health.WARNING
    assert abs(read_server_time(database) - datetime.now(UTC)) < timedelta(minutes=1)


@pytest.fixture
def store_until(database: Database) -> Callable[[str, str], None]:
    """A function that stores one hour of every NYISO price of the licensed source, on a day."""

    def store(measure: str, day: str) -> None:
        run_id = start_run(
            database, source="enverus", as_of=date(2026, 1, 5), window_start=None, window_end=None
        )
        spec = SeriesSpec("NYISO", "WEST", measure, "enverus", "actual")
        (number,) = register_series(database, [spec])["series_id"]
        hour = pd.to_datetime([f"{day} 12:00"], utc=True).astype(UTC_HOUR)
        frame = pd.DataFrame({"series_id": number, "interval_start": hour, "value": 20.0})
        write_series(database, "NYISO", measure, frame, RunTask(run_id, "fetch", "NYISO"))

    return store


@pytest.mark.parametrize(
    ("last_day", "health"),
    [("2026-01-04", Health.OK), ("2026-01-02", Health.WARNING), ("2025-12-20", Health.WARNING)],
)
def test_the_age_of_what_is_stored_is_measured_against_the_as_of(
    database: Database, store_until: Callable[[str, str], None], last_day: str, health: Health
) -> None:
    store_until("da_lmp", last_day)
    found = _health(list(check_series_age(database, "enverus", "2026-01-05")))
    assert found["freshness of NYISO"] is health
    assert found["freshness of PJM"] is Health.UNUSED


def test_a_source_without_a_clock_has_no_age(database: Database) -> None:
    (finding,) = check_series_age(database, "files", None)
    assert finding.health is Health.UNUSED
    assert set(MEASURES) == {"da_lmp", "rt_lmp", "da_load", "rt_load"}


def _doctor(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "run_all.py", "--doctor", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def test_the_doctor_of_a_healthy_demo_ends_with_0(demo_database: Database) -> None:
    done = _doctor("--database", demo_database.url)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "ok       database: database 'test_" in done.stdout
    assert "failure" not in done.stdout


@pytest.mark.parametrize("source", ["bogus", "files:/nope", "replay:public"])
def test_the_doctor_knows_a_source_that_a_run_would_refuse(
    database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, source: str
) -> None:
    monkeypatch.setenv("EPD_RAW", str(tmp_path / "raw"))
    done = _doctor("--source", source, "--database", database.url)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "failure  source:" in done.stdout


def test_a_setting_that_is_no_json_is_refused_without_showing_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EPD_PUBLIC_MIRRORS", '{"hush')
    done = _doctor()
    assert done.returncode == 2
    assert "public_mirrors" in done.stderr.lower() and "hush" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_the_doctor_of_a_broken_setup_ends_with_1_and_says_what_to_mend() -> None:
    done = _doctor("--source", "files:.", "--database", "postgresql://desk:hush@127.0.0.1:9/epd")
    assert done.returncode == 1
    assert "failure  database:" in done.stdout and "-> " in done.stdout
    assert "hush" not in done.stdout + done.stderr
