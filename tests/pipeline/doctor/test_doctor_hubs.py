"""The desk's hubs in a settlement report: what the doctor finds, and the list of texts."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

import pytest
from rich.console import Console

from lib.pipeline.console import Exit
from lib.pipeline.doctor.finding import Health
from lib.pipeline.doctor.hubs import check_stored_hubs, print_hubs
from lib.pipeline.errors import ConfigurationError
from lib.pipeline.runner.cli import parser
from lib.settlements import REPORTS, DemoPublisher, parse_report
from lib.store import Database, ReportFile, RunTask, start_run, write_settlements

DAY = date(2025, 12, 31)


def _body() -> bytes:
    body = DemoPublisher().fetch(REPORTS[0], DAY, "dat")
    assert body is not None
    return body


def _store(db: Database, body: bytes) -> None:
    parsed = parse_report(body, "dat", DAY)
    file = ReportFile(DAY, REPORTS[0].name, "x.dat", "0" * 64, len(parsed.frame), 0, 0)
    run_id = start_run(db, source="demo", as_of=DAY, window_start=None, window_end=None)
    write_settlements(db, file, parsed.frame, RunTask(run_id, "ice_settlements", ""))


def _printed(what: str, url: str | None = None) -> str:
    stream = io.StringIO()
    assert print_hubs(what, "demo", url, Console(file=stream, width=80)) is Exit.DONE
    return stream.getvalue()


def test_a_report_with_the_hubs_is_fine_and_what_is_not_needed_is_no_warning(demo_database: Database) -> None:
    assert [finding.health for finding in check_stored_hubs(demo_database)] == [Health.UNUSED]
    _store(demo_database, _body())
    findings = list(check_stored_hubs(demo_database))
    assert [finding.health for finding in findings] == [Health.OK, Health.UNUSED]
    assert findings[0].what == "the settlements of 2025-12-31 have 18 of 29 hubs and 36 of 62 contracts"


def test_a_hub_and_a_contract_that_are_missing_are_named_with_the_way_out(demo_database: Database) -> None:
    body = _body().replace(b"|NYISO G", b"|Hudson Valley").replace(b"North 345KV Hub RT 7x8", b"North Nights")
    _store(demo_database, body)
    found = {finding.health: finding for finding in check_stored_hubs(demo_database)}
    assert found[Health.FAILURE].what.startswith(
        "none of NYISO Zone G DA (5x16, off-peak): HUB must be 'NYISO G'"
    )
    assert found[Health.WARNING].what.startswith("no contract fits ERCOT North RT 7x8.")
    assert "lib/reference/ice_hubs.csv" in found[Health.FAILURE].remedy


@pytest.mark.parametrize("name", ["icecleared_power_2025_12_31.dat", "from mail.dat"])
def test_the_texts_of_a_file_are_listed_with_months_and_the_contract_of_the_desk(
    name: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(_body())
    printed = _printed(str(tmp_path / name))
    lines = [[field.strip() for field in line.split("|")] for line in printed.splitlines()]
    assert lines[0] == ["2,204 settlements of 2025-12-31"]
    assert lines[1][:3] == ["HUB", "PRODUCT", "CONTRACT"]
    assert [
        "ERCOT North 345KV Hub RT 7x8", "Off-Peak 7x8 Futures (1 MW) (DEMO)", "ECI", "60", "2025-12",
        "2030-11", "ERCOT North RT 7x8",
    ] in lines  # fmt: skip


def test_the_texts_of_a_stored_day_are_listed(
    demo_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EPD_DATABASE", demo_database.url)
    with pytest.raises(ConfigurationError, match="no settlements of any day are stored"):
        _printed("")
    _store(demo_database, _body())
    assert _printed("") == _printed("2025-12-31")
    with pytest.raises(ConfigurationError, match="no settlements of 2025-12-30"):
        _printed("2025-12-30")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("x.csv", b"", "is no settlement report: known are dat, xlsx"),
        ("x.dat", b"oops", "neither its name nor its first line has a trade date"),
        ("x_2025_12_31.dat", b"oops", "the header lacks TRADE DATE"),
    ],
)
def test_what_is_no_report_is_refused(name: str, content: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ConfigurationError, match=said):
        _printed(str(tmp_path / name))


def test_a_word_that_is_neither_a_file_nor_a_date_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"--list-hubs 'nowhere\.dat' is no date"):
        _printed("nowhere.dat")


def test_the_option_may_stand_alone() -> None:
    assert parser().parse_args([]).list_hubs is None
    assert parser().parse_args(["--list-hubs"]).list_hubs == ""
    assert parser().parse_args(["--list-hubs", "2025-12-31"]).list_hubs == "2025-12-31"
