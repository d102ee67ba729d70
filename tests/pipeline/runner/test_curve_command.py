"""The command `epd curve` prints plain lines, and ends with the exit codes of docs/running.md."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from lib import store
from lib.pipeline.console import Exit
from lib.pipeline.runner.cli import main, parser
from lib.store import Database
from lib.store.curve_versions import keep_curve_reference

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(demo_database: Database, capsys: pytest.CaptureFixture[str]) -> Run:
    """A function that runs `epd curve` on a database, and returns exit code, output and errors."""

    def run_(*arguments: str) -> tuple[int, str, str]:
        action, *others = arguments
        code = main(["curve", action, "--database", demo_database.url, *others])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run_


def test_an_empty_database_has_no_versions(run: Run) -> None:
    code, out, _ = run("list")
    assert code == Exit.DONE
    assert out.startswith("No such version is stored in database")


@pytest.mark.parametrize("arguments", [("show", "7"), ("diff", "7", "8"), ("reproduce", "7")])
def test_an_unknown_version_is_refused_with_the_way_out(run: Run, arguments: tuple[str, ...]) -> None:
    code, out, err = run(*arguments)
    assert code == Exit.REFUSED
    assert not out and "has no version 7 of a curve: `epd curve list` lists them" in err


@pytest.mark.parametrize(
    "arguments",
    [["curve"], ["curve", "list", "--iso", "NOWHERE"], ["curve", "show", "x"], ["curve", "diff", "1"]],
)
def test_wrong_usage_ends_with_two(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == Exit.REFUSED
    assert "usage: " in capsys.readouterr().err


def test_the_help_of_a_run_names_the_command() -> None:
    assert " curve --help: list, show, compare and reproduce versions of curves." in parser().format_help()


def test_a_version_is_listed_and_shown(run: Run, demo_database: Database) -> None:
    _enter_version(demo_database)
    code, out, _ = run("list", "--iso", "nyiso", "--curve", "vlr", "--status", "official", "--last", "5")
    assert code == Exit.DONE
    caption, heading, row = out.splitlines()
    assert caption == "1 version, the latest first:"
    assert heading.split(" | ")[:2] == ["Version", "Curve"]
    assert [cell.strip() for cell in row.split(" | ")][:5] == ["1", "vlr", "NYISO", "official", "yes"]
    assert run("list", "--curve", "shaping")[1].startswith("No such version")
    code, out, _ = run("show", "1")
    assert code == Exit.DONE
    shown = dict(line.split(":", 1) for line in out.splitlines())
    assert shown["Window"].strip() == "2025-01-01 to 2025-12-31"
    assert shown["Code"].strip() == "abc" and shown["Figure"].strip() == "its cells were deleted"


def test_what_cannot_be_reproduced_ends_with_one(run: Run, demo_database: Database) -> None:
    _enter_version(demo_database)
    code, _, err = run("reproduce", "1")
    assert code == Exit.FAILED
    assert "the series of version 1, the official vlr curve of NYISO, are not stored any more" in err


def test_no_run_is_started(run: Run, demo_database: Database, tmp_path: Path) -> None:
    run("list")
    with demo_database.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM pipeline_run")).scalar() == 0


def _enter_version(database: Database) -> None:
    """Enter a version whose series and cells are gone."""
    with database.arrow_connection() as connection:
        sha256 = keep_curve_reference(connection)
    with database.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO pipeline_run (source, as_of, parameters, versions, host, pid, git_revision) "
                "VALUES ('demo', '2026-01-01', '{}', '{}', 'here', 1, 'abc')"
            )
        )
        connection.execute(
            text(
                "INSERT INTO curve_version (curve, market_id, window_start, window_end, parameters, "
                "series_ids, fingerprint, run_id, status, reference_sha256) "
                "SELECT 'vlr', market_id, '2025-01-01', '2025-12-31', "
                "'{\"holidays\": \"nerc\"}', '{99}', 'f', 1, 'official', :sha256 FROM market "
                "WHERE iso = 'NYISO'"
            ),
            {"sha256": sha256},
        )
    assert store.read_latest_version(database, "vlr", "NYISO") == 1
