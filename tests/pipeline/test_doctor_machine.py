from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from lib.pipeline.doctor import machine
from lib.pipeline.doctor.finding import Health

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


def test_a_misspelt_setting_is_found_and_the_right_name_offered() -> None:
    (finding,) = machine.settings({"EPD_RUNZ": "x", "HOME": "/"}, {"EPD_RUNS", "DATABASE_URL"})
    assert finding.health is Health.WARNING
    assert finding.what == "EPD_RUNZ is no setting and has no effect"
    assert finding.mend == "did you mean EPD_RUNS?"


def test_settings_that_are_known_are_fine() -> None:
    (finding,) = machine.settings({"EPD_RUNS": "x"}, {"EPD_RUNS"})
    assert finding.health is Health.OK


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
    (finding,) = machine.disks({"EPD_RUNS": tmp_path / "not" / "yet"})
    assert asked == [tmp_path]
    assert finding.health is health
    assert finding.mend == "" if health is Health.OK else "EPD_RUNS" in finding.mend


@pytest.mark.parametrize(
    ("skew", "health"),
    [
        (timedelta(seconds=-9), Health.OK),
        (timedelta(seconds=10), Health.WARNING),
        (timedelta(minutes=-5), Health.FAILURE),
    ],
)
def test_the_clock_is_compared_with_others(skew: timedelta, health: Health) -> None:
    (finding,) = machine.clock(NOON, {"the database": NOON + skew})
    assert finding.health is health


def test_a_clock_that_cannot_be_compared_is_not_called_right() -> None:
    (finding,) = machine.clock(NOON, {})
    assert finding.health is Health.WARNING


def test_the_rules_of_all_time_zones_are_here() -> None:
    (finding,) = machine.time_zones()
    assert finding.health is Health.OK
    assert "America/Chicago" in finding.what
