"""MISO's Data Exchange API on a stand-in, and what stands in for it without keys or while it is down."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

from lib.sources import SourceError
from lib.sources.public import PublicSource
from lib.web import Archive, HttpClient, Limits, ReplayClient
from tests.standins import miso
from tests.standins.bad_server import BadServer
from tests.support.series import days_reader, hours_of_days, values_of

SPRING, SUMMER, AUTUMN = date(2024, 3, 10), date(2024, 7, 1), date(2024, 11, 3)
DST_DAYS = pytest.mark.parametrize("day", [SPRING, SUMMER, AUTUMN], ids=str)
KEYS = {"MISO_PRICING_KEY": miso.PRICING_KEY, "MISO_LOAD_KEY": miso.LOAD_KEY}
HOUR = pd.Timedelta(hours=1)


@pytest.fixture
def source(bad_server: BadServer, archive: Archive) -> PublicSource:
    client = HttpClient(Limits(attempts=5, backoff_s=0.001, backoff_max_s=0.01), archive)
    hosts = ("apim.misoenergy.org", "docs.misoenergy.org")
    return PublicSource(client, KEYS, dict.fromkeys(hosts, bad_server.url))


def _around(day: date) -> set[date]:
    return {day + timedelta(days=n) for n in (-1, 0, 1)}


def _hour_of_day(hour: pd.Timestamp) -> int:
    """The hour of the day by the market's clock, five hours behind all year."""
    return (hour - 5 * HOUR).hour


_read = days_reader("MISO", "AMIL.CIPS")


@DST_DAYS
def test_prices_are_at_the_utc_hours_that_est_means(
    bad_server: BadServer, source: PublicSource, day: date
) -> None:
    miso.DataExchange(bad_server, _around(day))
    answer = _read(source, "da_lmp", day, day, *miso.NODES)
    for node in miso.NODES:
        assert values_of(answer, node) == {
            hour: miso.price(node, _hour_of_day(hour), "expost") for hour in hours_of_days("MISO", day, day)
        }
    assert (answer.problems, answer.unanswered) == ((), ())
    assert not [asked for asked in bad_server.asked if "marketreports" in asked.path]


def test_real_time_prices_are_final_or_else_preliminary_and_say_so(
    bad_server: BadServer, source: PublicSource
) -> None:
    miso.DataExchange(bad_server, _around(SUMMER), final={SUMMER})
    answer = _read(source, "rt_lmp", SUMMER, SUMMER)
    est_day = [hour for hour in hours_of_days("MISO", SUMMER, SUMMER) if (hour - 5 * HOUR).day == 1]
    expected = {
        hour: miso.price("AMIL.CIPS", _hour_of_day(hour), "Final" if hour in est_day else "Preliminary")
        for hour in hours_of_days("MISO", SUMMER, SUMMER)
    }
    assert values_of(answer, "AMIL.CIPS") == expected
    assert [problem.kind for problem in answer.problems] == ["second_choice"]


@DST_DAYS
def test_the_load_of_the_resource_zone_stands_in_for_its_nodes(
    bad_server: BadServer, source: PublicSource, day: date
) -> None:
    exchange = miso.DataExchange(bad_server, _around(day), page_rows=50)
    answer = _read(source, "rt_load", day, day, "AMIL.CIPS", "AMIL.IP")
    expected = {hour: miso.load("LRZ4", _hour_of_day(hour)) for hour in hours_of_days("MISO", day, day)}
    assert values_of(answer, "AMIL.CIPS") == values_of(answer, "AMIL.IP") == expected
    assert (answer.problems, answer.unanswered, exchange.inits) == ((), (), [])


def test_a_forecast_is_the_one_of_the_day_before(bad_server: BadServer, source: PublicSource) -> None:
    exchange = miso.DataExchange(bad_server, _around(SUMMER))
    answer = _read(source, "da_load", SUMMER, SUMMER)
    assert values_of(answer, "AMIL.CIPS") == {
        hour: 400.0 + _hour_of_day(hour) for hour in hours_of_days("MISO", SUMMER, SUMMER)
    }
    assert set(exchange.inits) == {"2024-06-29", "2024-06-30"}


def test_errors_now_and_then_and_slow_answers_cost_nothing(
    bad_server: BadServer, source: PublicSource
) -> None:
    miso.DataExchange(bad_server, _around(SUMMER), errors=3, wait_s=0.2)
    answer = _read(source, "da_lmp", SUMMER, SUMMER, *miso.NODES)
    assert len(answer.frame) == 48
    assert (answer.problems, answer.unanswered) == ((), ())


def test_while_the_service_is_down_the_files_stand_in(bad_server: BadServer, source: PublicSource) -> None:
    miso.DataExchange(bad_server, _around(SUMMER), errors=10_000)
    header = "Node,Type,Value," + ",".join(f"HE {hour}" for hour in range(1, 25))
    for day in _around(SUMMER):
        text = f"{header}\nAMIL.CIPS,Loadzone,LMP," + ",".join(["31.5"] * 24)
        bad_server.on(f"/marketreports/{day:%Y%m%d}_da_expost_lmp.csv", bad_server.good(text))
    answer = _read(source, "da_lmp", SUMMER, SUMMER)
    assert answer.frame["value"].tolist() == [31.5] * 24
    assert answer.unanswered == ()
    assert {problem.kind for problem in answer.problems} == {"unanswered"}


def test_without_a_key_the_files_are_read_and_the_key_is_named_for_what_they_lack(
    bad_server: BadServer, source: PublicSource
) -> None:
    miso.DataExchange(bad_server, _around(SUMMER))
    keyless = PublicSource(source.client, {}, source.mirrors)
    answer = _read(keyless, "da_lmp", SUMMER, SUMMER)
    assert answer.frame.empty
    (problem,) = [problem for problem in answer.problems if problem.kind == "missing_key"]
    assert "set MISO_PRICING_KEY" in problem.message
    assert not [asked for asked in bad_server.asked if asked.path.startswith("/pricing")]


def test_a_refused_key_is_told_and_never_shown(bad_server: BadServer, source: PublicSource) -> None:
    miso.DataExchange(bad_server, _around(SUMMER))
    wrong = PublicSource(source.client, {"MISO_PRICING_KEY": "y3sterday"}, source.mirrors)
    answer = _read(wrong, "da_lmp", SUMMER, SUMMER)
    assert "refused" in {problem.kind for problem in answer.problems}
    assert "y3sterday" not in repr((answer, wrong))


def test_keys_are_in_no_address_and_in_no_file_of_the_archive(
    bad_server: BadServer, source: PublicSource, tmp_path: Path
) -> None:
    miso.DataExchange(bad_server, _around(SUMMER))
    for measure in ("da_lmp", "rt_load"):
        assert len(_read(source, measure, SUMMER, SUMMER).frame) == 24
    kept = [path.read_text() for path in (tmp_path / "raw").rglob("answers.jsonl")]
    assert "apim.misoenergy.org" in kept[0] or "lmp-expost" in kept[0]
    for secret in KEYS.values():
        assert not any(secret in text for text in kept)
        assert not any(secret in str(asked.query) for asked in bad_server.asked)


def test_what_was_answered_can_be_read_again_offline(
    bad_server: BadServer, source: PublicSource, archive: Archive
) -> None:
    miso.DataExchange(bad_server, _around(SUMMER))
    before = {measure: _read(source, measure, SUMMER, SUMMER) for measure in ("da_lmp", "da_load", "rt_load")}
    bad_server.close()
    replayed = PublicSource(ReplayClient(archive), dict.fromkeys(KEYS, ""), source.mirrors)
    for measure, answer in before.items():
        pd.testing.assert_frame_equal(_read(replayed, measure, SUMMER, SUMMER).frame, answer.frame)


@pytest.mark.parametrize(
    "body",
    ["<html>", "[]", '{"data": 1, "page": {"totalPages": 1}}', '{"data": [{}], "page": {"totalPages": 1}}'],
)
def test_another_body_is_not_answered(bad_server: BadServer, source: PublicSource, body: str) -> None:
    for day in _around(SUMMER):
        bad_server.on(f"/pricing/v1/day-ahead/{day}/lmp-expost", bad_server.good(body, "application/json"))
    answer = _read(source, "da_lmp", SUMMER, SUMMER)
    assert answer.frame.empty
    assert len(answer.unanswered) == 1 + (SUMMER.month == 7)
    assert "unanswered" in {problem.kind for problem in answer.problems}


@pytest.mark.parametrize(
    ("measure", "zones", "name"),
    [
        pytest.param(
            *("da_load", "FORECAST_ZONES", "Z4"), marks=pytest.mark.names_gone("miso_api.read_forecasts")
        ),
        pytest.param(
            *("rt_load", "ZONES", "LRZ4"), marks=pytest.mark.names_gone("miso_api.read_actual_loads")
        ),
    ],
)
def test_a_zone_that_is_gone_is_named_with_the_new_ones(
    bad_server: BadServer,
    source: PublicSource,
    monkeypatch: pytest.MonkeyPatch,
    measure: str,
    zones: str,
    name: str,
) -> None:
    monkeypatch.setattr(miso, zones, (f"{name[:-1]}1", f"{name}A", f"{name}B"))
    miso.DataExchange(bad_server, _around(SUMMER))
    answer = _read(source, measure, SUMMER, SUMMER)
    (problem,) = [problem for problem in answer.problems if problem.kind == "missing_name"]
    assert f"no longer has {name!r}; it has names that are not known here: {name}" in problem.message


@pytest.mark.parametrize(
    ("measure", "final"),
    [
        pytest.param(*("da_lmp", False), marks=pytest.mark.names_gone("miso_api.read_day_ahead_prices")),
        pytest.param(*("rt_lmp", True), marks=pytest.mark.names_gone("miso_api.read_final_prices")),
        pytest.param(*("rt_lmp", False), marks=pytest.mark.names_gone("miso_api.read_preliminary_prices")),
    ],
)
def test_a_node_that_is_gone_is_named_and_the_others_go_on(
    bad_server: BadServer, source: PublicSource, measure: str, final: bool
) -> None:
    days = _around(SUMMER)
    miso.DataExchange(bad_server, days, final=days if final else set())
    answer = _read(source, measure, SUMMER, SUMMER, "INDIANA.HUB", "AMIL.IP")
    assert len(values_of(answer, "INDIANA.HUB")) == 24
    assert "AMIL.IP" not in set(answer.frame["location"])
    gone = [problem for problem in answer.problems if problem.kind == "missing_name"]
    assert {problem.location for problem in gone} == {"AMIL.IP"}
    assert "no longer has 'AMIL.IP'" in gone[0].message


def test_an_unknown_measure_of_miso_is_refused(source: PublicSource) -> None:
    with pytest.raises(SourceError):
        _read(source, "no_such_measure", SUMMER, SUMMER)


def test_a_replay_of_files_alone_needs_no_answer_of_the_service(
    bad_server: BadServer, source: PublicSource, archive: Archive
) -> None:
    header = "Node,Type,Value," + ",".join(f"HE {hour}" for hour in range(1, 25))
    for day in _around(SUMMER):
        text = f"{header}\nAMIL.CIPS,Loadzone,LMP," + ",".join(["31.5"] * 24)
        bad_server.on(f"/marketreports/{day:%Y%m%d}_da_expost_lmp.csv", bad_server.good(text))
    _read(PublicSource(source.client, {}, source.mirrors), "da_lmp", SUMMER, SUMMER)
    replayed = PublicSource(ReplayClient(archive), dict.fromkeys(KEYS, ""), source.mirrors)
    answer = _read(replayed, "da_lmp", SUMMER, SUMMER)
    assert answer.frame["value"].tolist() == [31.5] * 24
    assert (answer.problems, answer.unanswered) == ((), ())
