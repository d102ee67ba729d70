from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from lib.pipeline.doctor import machine
from lib.pipeline.doctor.finding import Health
from lib.settings import setting_names

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


def test_a_misspelt_setting_is_found_and_the_right_name_offered() -> None:
    (finding,) = machine.check_settings({"EPD_RUNZ": "x", "HOME": "/"}, {"EPD_RUNS", "DATABASE_URL"})
    assert finding.health is Health.WARNING
    assert finding.what == "EPD_RUNZ is no setting and has no effect"
    assert finding.remedy == "did you mean EPD_RUNS?"


@pytest.mark.parametrize("slip", ["DATABSE_URL", "ENVERUS_PASSWRD", "ICE_USERNAM", "MAILTO"])
def test_a_slip_is_found_without_our_prefix_too(slip: str) -> None:
    (finding,) = machine.check_settings({slip: "x"}, setting_names())
    assert finding.health is Health.WARNING and "did you mean" in finding.remedy


def test_what_is_no_business_of_ours_is_left_alone() -> None:
    others = dict.fromkeys(("HOME", "PATH", "PGHOST", "MAIL", "DB_DRIVER", "HTTP_PROXY", "LC_NAME"), "x")
    (finding,) = machine.check_settings(
        {**others, "EPD_RUNS": "x", "SMTP_PASSWORD_FILE": "x"}, setting_names()
    )
    assert finding.health is Health.OK


def test_a_folder_that_cannot_be_made_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (finding,) = machine.check_disks({"EPD_RAW": tmp_path / "file" / "raw"})
    assert finding.health is Health.FAILURE and "EPD_RAW" in finding.remedy


@pytest.mark.parametrize(
    ("free_gb", "health"),
    [(0.5, Health.FAILURE), (1, Health.WARNING), (4.9, Health.WARNING), (5, Health.OK)],
)
def test_a_disk_is_looked_at_where_the_folder_will_be_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free_gb: float, health: Health
) -> None:
    asked = []

    def usage(path: Path) -> object:
        asked.append(path)
        return type("Usage", (), {"free": free_gb * 1e9})

    monkeypatch.setattr(machine.shutil, "disk_usage", usage)
    (finding,) = machine.check_disks({"EPD_RUNS": tmp_path / "not" / "yet"})
    assert asked == [tmp_path]
    assert finding.health is health
    assert finding.remedy == "" if health is Health.OK else "EPD_RUNS" in finding.remedy


@pytest.mark.parametrize(
    ("skew", "health"),
    [
        (timedelta(seconds=-9), Health.OK),
        (timedelta(seconds=10), Health.WARNING),
        (timedelta(minutes=-5), Health.FAILURE),
    ],
)
def test_the_clock_is_compared_with_others(skew: timedelta, health: Health) -> None:
    (finding,) = machine.check_clock(NOON, {"the database": NOON + skew})
    assert finding.health is health


def test_a_clock_that_cannot_be_compared_is_not_called_right() -> None:
    (finding,) = machine.check_clock(NOON, {})
    assert finding.health is Health.WARNING


def test_the_rules_of_all_time_zones_are_here() -> None:
    (finding,) = machine.check_time_zones()
    assert finding.health is Health.OK
    assert "America/Chicago" in finding.what
