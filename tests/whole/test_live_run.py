"""Whole runs on a licensed service that stands on loopback: first day, same day, next day, bad day."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lib.sources.enverus.queries import symbols
from lib.store import Database, read_relation
from tests.conftest import RunAll
from tests.standins import postbox
from tests.standins.bad_server import BadServer
from tests.standins.gvsi import Gvsi, Query, Response, Spoil, closes, serving
from tests.support.databases import copy_of

WINDOW = ("--start", "2026-10-25", "--end", "2026-11-10")  # the clocks go back on 1 November
ISOS = ("--iso", "NYISO", "--iso", "ERCOT")
FETCH = ("--source", "enverus", "--notebook", "fetch", *ISOS)
FETCH_NYISO = FETCH[:-2]
TABLES = {"da_lmp": "da_lmps", "rt_lmp": "rt_lmps", "da_load": "da_load", "rt_load": "rt_load"}


def _settings(service: Gvsi, others: BadServer, raw: Path) -> dict[str, str]:
    """Return the environment of a run that finds the licensed service, and nothing on the ISOs' own sites."""
    hosts = ("mis.nyiso.com", "www.ercot.com", "api.ercot.com")
    return {
        "ENVERUS_URL": service.address,
        "ENVERUS_USERNAME": service.username,
        "ENVERUS_PASSWORD": service.password,
        "EPD_PUBLIC_MIRRORS": json.dumps(dict.fromkeys(hosts, others.url)),
        "EPD_RAW": str(raw),
    }


@pytest.fixture
def gvsi(monkeypatch: pytest.MonkeyPatch, bad_server: BadServer, tmp_path: Path) -> Iterator[Gvsi]:
    """The licensed service; the ISOs' own sites have nothing."""
    with serving(Gvsi()) as service:
        for name, value in _settings(service, bad_server, tmp_path / "raw").items():
            monkeypatch.setenv(name, value)
        yield service


@contextmanager
def _after_first_day(server: str, template: Database, folder: Path, spoil: Spoil | None) -> Iterator[RunAll]:
    """run_all.py with what the run of the first day has left; beside the reports is what was answered."""
    with copy_of(server, template) as database:
        run_all = RunAll(database, folder / "runs")
        others = BadServer()
        with serving(Gvsi(spoil=spoil)) as service, pytest.MonkeyPatch.context() as patch:
            for name, value in _settings(service, others, folder / "raw").items():
                patch.setenv(name, value)
            run_all.run(*FETCH, *WINDOW, "--as-of", "2026-11-11")
        others.close()
        yield run_all


@contextmanager
def _copied(server: str, former: RunAll, folder: Path) -> Iterator[RunAll]:
    """A copy of the database, of the reports and of what was answered, for another run to go on with."""
    shutil.copytree(former.runs.parent, folder, dirs_exist_ok=True, symlinks=True)
    with copy_of(server, former.database) as database:
        yield RunAll(database, folder / "runs")


@pytest.fixture(scope="module")
def first_day(
    server: str, templates: dict[str, Database], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunAll]:
    """What the first day has left, when the service had everything; only to be read."""
    folder = tmp_path_factory.mktemp("first_day")
    with _after_first_day(server, templates["files"], folder, None) as run_all:
        yield run_all


@pytest.fixture(scope="module")
def bad_first_day(
    server: str, templates: dict[str, Database], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunAll]:
    """What the first day has left, when the service did not know one symbol; only to be read."""
    folder = tmp_path_factory.mktemp("bad_first_day")
    with _after_first_day(server, templates["files"], folder, _without_west) as run_all:
        yield run_all


@pytest.fixture
def next_day(server: str, first_day: RunAll, tmp_path: Path) -> Iterator[RunAll]:
    """run_all.py on the day after the first."""
    with _copied(server, first_day, tmp_path) as run_all:
        yield run_all


@pytest.fixture
def day_after_bad(server: str, bad_first_day: RunAll, tmp_path: Path) -> Iterator[RunAll]:
    """run_all.py on the day after the first, which lacked a symbol."""
    with _copied(server, bad_first_day, tmp_path) as run_all:
        yield run_all


def _without_west(query: Query, table: pd.DataFrame) -> pd.DataFrame | Response:
    """Refuse what asks for the day-ahead price of WEST, as a service does that does not know a symbol."""
    is_asked = f"#{symbols('NYISO', 'da_lmp')['WEST'][0]}" in query.symbols
    return Response(body=b"Error: unknown symbol") if is_asked else table


def _stored(run_all: RunAll, iso: str, measure: str) -> pd.DataFrame:
    """Return what is stored of the licensed service: one column per location, one row per hour."""
    where = {"iso": iso, "source": "enverus"}
    values = read_relation(
        run_all.database, f"labelled_{TABLES[measure]}", ["location", "interval_start", "value"], where
    )
    return values.pivot(index="interval_start", columns="location", values="value")


def test_what_is_stored_is_what_the_service_has_at_each_hour_of_a_window_with_a_long_day(
    first_day: RunAll,
) -> None:
    for iso in ("NYISO", "ERCOT"):
        for measure in TABLES:
            stored = _stored(first_day, iso, measure)
            assert len(stored) == 17 * 24 + 1, "seventeen days, one of them with 25 hours"
            for location, parts in symbols(iso, measure).items():
                expected = sum(closes(symbol, stored.index) for symbol in parts)
                assert np.allclose(stored[location], expected), f"{iso} {measure} {location}"
    assert len(symbols("ERCOT", "rt_load")["WEST ZONE"]) == 2  # two weather zones, added up


def test_the_same_day_asks_for_what_may_change_and_writes_nothing(run_all: RunAll, gvsi: Gvsi) -> None:
    run_all.run(*FETCH, "--start", "2026-09-05", "--as-of", "2026-11-11")
    n_asked = len(gvsi.asked)
    second = run_all.run(*FETCH, "--start", "2026-09-05", "--as-of", "2026-11-11")
    assert second["totals"]["rows_written"] == second["totals"]["rows_revised"] == 0
    again = gvsi.asked[n_asked:]
    assert len(again) < n_asked
    assert min(query.start for query in again) >= pd.Timestamp("2026-09-12").date(), "60 days for loads"


def test_a_correction_is_stored_kept_told_and_mailed(
    next_day: RunAll, gvsi: Gvsi, monkeypatch: pytest.MonkeyPatch
) -> None:
    symbol = symbols("NYISO", "rt_lmp")["WEST"][0]

    def correct(query: Query, table: pd.DataFrame) -> pd.DataFrame:
        is_it = (table["symbol"] == f"#{symbol}") & table["tradedatetimeutc"].str.startswith("11/09/2026 03:")
        return table.assign(close=table["close"].where(~is_it, 99.5))

    gvsi.spoil = correct
    with postbox.serving("none") as box:
        assert box.server is not None
        for name, value in postbox.settings(box.server).items():
            monkeypatch.setenv(name, value)
        run = next_day.run(*FETCH, *WINDOW, "--as-of", "2026-11-12", "--mail")
    revisions = read_relation(next_day.database, "value_revision")
    assert revisions["new_value"].tolist() == [99.5, 99.5], "3 in the morning and 3 in the afternoon"
    assert run["totals"]["rows_revised"] == 2
    (mail,) = box.mails
    (page,) = mail.iter_attachments()
    for kind in ("plain", "html"):
        text = mail.get_body((kind,)).get_content()  # type: ignore[union-attr]
        assert "2 stored hours were revised, of 1 series." in text
    assert page.get_filename() == "digest.html" and "99.50" in page.get_content()


def test_a_mail_that_cannot_be_sent_has_an_exit_code_of_its_own(
    run_all: RunAll, gvsi: Gvsi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMTP_HOST", "127.0.0.1")
    monkeypatch.setenv("SMTP_PORT", "9")
    monkeypatch.setenv("SMTP_SECURITY", "none")
    monkeypatch.setenv("MAIL_FROM", "desk@example.com")
    monkeypatch.setenv("MAIL_TO", "all@example.com")
    run = run_all.run(*FETCH_NYISO, *WINDOW, "--as-of", "2026-11-11", "--mail", exit_code=5)
    assert run["outcome"] == "done"
    assert (run_all.runs / "latest" / "digest.html").exists()


def test_one_bad_symbol_costs_itself_and_heals_the_next_day(
    bad_first_day: RunAll, day_after_bad: RunAll, gvsi: Gvsi
) -> None:
    assert "WEST" not in _stored(bad_first_day, "NYISO", "da_lmp")
    assert len(_stored(bad_first_day, "NYISO", "da_lmp").columns) == 10
    report = (bad_first_day.runs / "latest" / "nyiso_fetch.html").read_text()
    assert "Error: unknown symbol" in report
    problems = read_relation(bad_first_day.database, "pipeline_problem", where={"location": "WEST"})
    assert "missing_hours" in set(problems["kind"])
    day_after_bad.run(*FETCH, *WINDOW, "--as-of", "2026-11-12")
    assert _stored(day_after_bad, "NYISO", "da_lmp")["WEST"].notna().all()


def test_a_symbol_that_stays_bad_keeps_no_other_from_coming_day_after_day(
    day_after_bad: RunAll, gvsi: Gvsi
) -> None:
    gvsi.spoil = _without_west
    day_after_bad.run(*FETCH, "--start", "2026-10-25", "--as-of", "2026-11-12")
    stored = _stored(day_after_bad, "NYISO", "da_lmp")
    assert len(stored.columns) == 10
    assert stored.index[-1] == pd.Timestamp("2026-11-12 04:00", tz="UTC")
    assert stored.notna().all(axis=None)


def test_a_service_that_answers_nothing_fails_the_fetch(run_all: RunAll, gvsi: Gvsi) -> None:
    gvsi.spoil = lambda *_: Response(404)
    run = run_all.run(*FETCH_NYISO, *WINDOW, "--as-of", "2026-11-11", exit_code=1)
    (task,) = run["tasks"]
    assert (task["iso"], task["error"]["name"]) == ("NYISO", "FetchFailed")
    assert "nothing could be read from the source enverus" in task["error"]["sentence"]


def test_series_that_stopped_coming_fail_after_what_came_is_stored(run_all: RunAll, gvsi: Gvsi) -> None:
    gvsi.published_until = pd.Timestamp("2026-10-28", tz="UTC")
    run = run_all.run(*FETCH, *WINDOW, "--as-of", "2026-11-11", exit_code=1)
    errors = {task["iso"]: task["error"] for task in run["tasks"]}
    assert {error["name"] for error in errors.values()} == {"StaleSeries"}
    assert (
        "da_lmp CAPITL (enverus, actual): the last hour is 2026-10-27 23:00 UTC"
        in errors["NYISO"]["sentence"]
    )
    assert len(_stored(run_all, "NYISO", "da_lmp")) == 2 * 24 + 20  # to midnight UTC


def test_a_refused_account_is_named_and_its_password_stands_nowhere(
    run_all: RunAll, gvsi: Gvsi, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ENVERUS_PASSWORD", "wrong-and-secret")
    run = run_all.run(*FETCH_NYISO, *WINDOW, "--as-of", "2026-11-11", exit_code=1)
    assert all("ENVERUS_PASSWORD" in task["error"]["sentence"] for task in run["tasks"])
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files and not any(b"wrong-and-secret" in path.read_bytes() for path in files)


def test_what_was_answered_can_be_read_again_without_the_service(
    next_day: RunAll, gvsi: Gvsi, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ENVERUS_USERNAME", "ENVERUS_PASSWORD", "ENVERUS_URL"):
        monkeypatch.delenv(name)
    replay = ("--source", "replay:enverus", *FETCH[2:])
    run = next_day.run(*replay, *WINDOW, "--as-of", "2026-11-11")
    assert run["totals"]["rows_read"] > 0
    assert run["totals"]["rows_written"] == run["totals"]["rows_revised"] == 0
    assert gvsi.asked == []
