"""The doctor and a dry run open the files of a folder: zones, hours, gaps, and names that are not known."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from lib.pipeline.console import Exit
from lib.pipeline.doctor.checks import DoctorOptions, check_source
from lib.pipeline.doctor.files import MOST_PROBLEMS, check_files
from lib.pipeline.doctor.finding import Finding, Health
from lib.pipeline.runner.cli import main
from lib.sources.files import FilesSource

HOURS = pd.date_range("2024-07-01 04:00", periods=48, freq="h", tz="UTC")


def _write(folder: Path, measure: str, lines: list[str], iso: str = "nyiso") -> None:
    (folder / iso).mkdir(exist_ok=True)
    text = "\n".join(["zone,interval_start_utc,value", *lines])
    (folder / iso / f"{measure}.csv").write_text(text, encoding="utf-8")


def _lines(zone: str, value: str = "21.5") -> list[str]:
    return [f"{zone},{hour.isoformat()},{value}" for hour in HOURS]


def _check(folder: Path) -> list[Finding]:
    return list(check_files(FilesSource.open(str(folder))))


def test_zones_hours_and_gaps_of_each_measure_are_shown(tmp_path: Path) -> None:
    _write(tmp_path, "da_lmp", [*_lines("WEST"), *_lines("N.Y.C.")[:10], *_lines("N.Y.C.")[13:]])
    (finding,) = _check(tmp_path)
    assert finding.health is Health.OK
    assert "2 of 11 zones and hubs, 2024-07-01 00:00 to 2024-07-02 23:00, 93 hours, 3 missing" in finding.what
    assert "without CAPITL, CENTRL," in finding.what and "WEST" not in finding.what


def test_a_name_that_is_not_known_is_shown_with_the_nearest(tmp_path: Path) -> None:
    _write(tmp_path, "da_lmp", [*_lines("WEST"), *_lines("NYC")])
    (tmp_path / "nysio").mkdir()
    (tmp_path / "notes").mkdir()
    misspelt, good, unknown = _check(tmp_path)
    assert misspelt.health is Health.WARNING and "did you mean nyiso?" in misspelt.what
    assert good.health is Health.OK
    assert "unknown zone" in unknown.what and "did you mean 'N.Y.C.'?" in unknown.what


def test_text_where_numbers_belong_is_a_failure_that_names_the_file(tmp_path: Path) -> None:
    _write(tmp_path, "da_lmp", _lines("WEST", "high"))
    _write(tmp_path, "rt_lmp", _lines("WEST"))
    found = _check(tmp_path)
    assert next(one.health for one in found if "da_lmp" in one.what) is Health.FAILURE
    assert any("high" in one.what for one in found)
    assert any(one.health is Health.OK and "NYISO rt_lmp" in one.what for one in found)


def test_a_file_that_cannot_be_read_is_a_failure_and_the_others_are_checked(tmp_path: Path) -> None:
    _write(tmp_path, "da_lmp", _lines("WEST"))
    (tmp_path / "nyiso" / "rt_lmp.csv").write_text("zone,value\nWEST,1\n", encoding="utf-8")
    found = {one.health: one.what for one in _check(tmp_path)}
    assert "'interval_start_utc' is missing" in found[Health.FAILURE]
    assert "NYISO da_lmp: 1 of 11" in found[Health.OK]


def test_many_problems_are_counted(tmp_path: Path) -> None:
    names = [f"X{number}" for number in range(MOST_PROBLEMS + 3)]
    _write(tmp_path, "da_lmp", [*_lines("WEST"), *(line for name in names for line in _lines(name)[:1])])
    found = _check(tmp_path)
    assert len(found) == 1 + MOST_PROBLEMS + 1
    assert found[-1].what == "NYISO da_lmp: 3 problems more"


def test_the_doctor_opens_the_files_of_its_source(tmp_path: Path) -> None:
    _write(tmp_path, "da_lmp", _lines("WEST"))
    (finding,) = check_source(DoctorOptions(f"files:{tmp_path}", [], None, None))
    assert finding.what.startswith("NYISO da_lmp: 1 of 11 zones and hubs")


def test_a_dry_run_opens_the_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EPD_RUNS", str(tmp_path / "runs"))
    _write(tmp_path, "da_lmp", [*_lines("WEST"), *_lines("NYC")])
    code = main(["--dry-run", "--source", f"files:{tmp_path}", "--iso", "NYISO", "--notebook", "fetch"])
    out = capsys.readouterr().out
    assert code == Exit.DONE
    assert "ok       NYISO da_lmp: 1 of 11 zones and hubs" in out and "did you mean 'N.Y.C.'?" in out
