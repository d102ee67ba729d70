"""Official curves and studies: what a view shows, what a run works with, and how a status is withdrawn."""

from __future__ import annotations

import getpass
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pandas as pd
import pytest

from lib.hours import BLOCK_TYPE
from lib.markets import MARKETS
from lib.store import (
    CurveVersion,
    Database,
    NewVersion,
    NotOfficial,
    RunTask,
    read_curve,
    read_latest_version,
    read_relation,
    read_sql,
    save_curve,
    start_run,
    withdraw_version,
)
from lib.store.published import read_latest_studies, read_latest_versions
from lib.store.run_diff import read_curve_versions, read_vlr_changes
from tests.support.cost_curves import cost_curve

WINDOW = (date(2021, 1, 1), date(2025, 12, 31))
ELEVEN_DAYS = (date(2025, 6, 10), date(2025, 6, 20))

Save = Callable[..., CurveVersion]


def _vlr(dollars: float) -> dict[str, pd.DataFrame]:
    """A VLR curve of one cell."""
    cell = {"location": "WEST", "month": 1, "he": 8, "mean_ratio": 0.0, "cost_weighted": dollars / 100}
    sums = {
        "cost_per_mwh": dollars,
        "unitized_cost_usd": dollars * 9,
        "da_value_usd": 9.0,
        "rt_load_mwh": 9.0,
        "priced": dollars,
        "priced_pct": 0.0,
    }
    counts = {"n_hours": 21, "n_days": 21, "n_years": 1, "n_excluded": 0}
    row = {**cell, **sums, **counts, "is_thin": False, "is_near_zero": False, "block_type": "5x16"}
    return {"vlr": pd.DataFrame([row]).astype({"block_type": BLOCK_TYPE})}


@pytest.fixture
def new_run(database: Database) -> Callable[..., int]:
    """A function that enters a run."""

    def enter(*, is_official: bool = False) -> int:
        days = {"as_of": date(2026, 1, 1), "window_start": None, "window_end": None}
        return start_run(database, source="files", **days, is_official=is_official)  # type: ignore[arg-type]

    return enter


@pytest.fixture
def save(database: Database, new_run: Callable[..., int]) -> Save:
    """A function that saves the VLR curve of a figure, as a run of its own: official, or a study and why."""

    def save_(dollars: float, study: str | None = None, run_id: int | None = None) -> CurveVersion:
        window = ELEVEN_DAYS if study else WINDOW
        task = RunTask(run_id or new_run(), "vlr", "NYISO")
        key = f"{dollars} {window}"
        return save_curve(
            database, NewVersion("vlr", "NYISO", *window, {}, [1], key, study=study), _vlr(dollars), task
        )

    return save_


def _shown(database: Database) -> list[float]:
    return read_relation(database, "nyiso_vlr")["cost_per_mwh"].tolist()


def test_a_study_after_an_official_curve_changes_nothing_that_is_official(
    database: Database, save: Save
) -> None:
    official, study = save(1.0), save(9.0, "its window has 11 days")
    assert _shown(database) == read_curve(database, "vlr", "NYISO")["cost_per_mwh"].tolist() == [1.0]
    assert read_latest_version(database, "vlr", "NYISO") == official.version_id
    assert read_latest_versions(database)["version_id"].tolist() == [official.version_id]
    assert read_latest_studies(database)["version_id"].tolist() == [study.version_id]
    versions = read_relation(database, "curve_version").set_index("version_id")
    assert versions["status"].to_dict() == {1: "official", 2: "study"}
    assert versions["study_reason"].to_dict() == {1: None, 2: "its window has 11 days"}


def test_an_official_curve_is_compared_with_official_ones_only(database: Database, save: Save) -> None:
    first = save(1.0)
    study = save(9.0, "short")
    assert save(1.0) == CurveVersion(first.version_id, False, save(1.0).counts)
    assert save(9.0, "short").version_id == study.version_id
    again = save(1.0, run_id=None)
    assert not again.is_new
    assert save(2.0).is_new and _shown(database) == [2.0]


def test_a_run_works_with_what_it_made_or_found_and_else_with_official_curves(
    database: Database, save: Save, new_run: Callable[..., int]
) -> None:
    official, study = save(1.0), save(9.0, "short")
    stranger, run_id = new_run(), new_run()
    assert save(9.0, "short", run_id).version_id == study.version_id  # found unchanged
    assert read_latest_version(database, "vlr", "NYISO", run_id) == study.version_id
    assert read_latest_version(database, "vlr", "NYISO", stranger) == official.version_id
    (own,) = read_curve_versions(database, run_id).to_dict("records")
    assert (own["version_id"], own["status"], own["is_new"], own["figure"]) == (2, "study", False, 9.0)
    assert read_curve_versions(database, stranger)["version_id"].tolist() == [official.version_id]


def test_a_version_is_compared_with_the_official_one_before_it(database: Database, save: Save) -> None:
    save(1.0)
    save(9.0, "short")
    third = save(2.0)
    run_id = int(
        read_relation(database, "curve_version", where={"version_id": third.version_id})["run_id"][0]
    )
    moved = read_vlr_changes(database, run_id)
    assert moved[["before", "now"]].to_numpy().tolist() == [[1.0, 2.0]]


def test_a_withdrawn_version_stays_and_the_one_before_is_shown(database: Database, save: Save) -> None:
    first, second = save(1.0), save(2.0)
    (withdrawn,) = withdraw_version(database, second.version_id, "June had prices of the wrong hub")
    assert str(withdrawn) == "version 2, vlr of NYISO, is withdrawn: nyiso_vlr shows version 1"
    assert _shown(database) == [1.0]
    assert read_curve(database, "vlr", "NYISO", second.version_id)["cost_per_mwh"].tolist() == [2.0]
    (entry,) = read_relation(database, "curve_withdrawal").to_dict("records")
    assert entry["reason"] == "June had prices of the wrong hub"
    assert (entry["user_name"], entry["host"]) == (getpass.getuser(), socket.gethostname())
    assert abs(entry["withdrawn_at"] - pd.Timestamp.now("UTC")) < pd.Timedelta(minutes=5)
    (last,) = withdraw_version(database, first.version_id, "all of it")
    assert str(last).endswith("nyiso_vlr is empty, because no other version is official")
    assert _shown(database) == []


def test_what_cannot_be_withdrawn_is_said(database: Database, save: Save) -> None:
    save(1.0)
    save(9.0, "short")
    with pytest.raises(NotOfficial, match=r"^version 2, vlr of NYISO, is a study"):
        withdraw_version(database, 2, "x")
    with pytest.raises(NotOfficial, match=r"^there is no version 7"):
        withdraw_version(database, 7, "x")
    withdraw_version(database, 1, "the first reason")
    with pytest.raises(NotOfficial, match=r"version 1 is withdrawn already: .*the first reason"):
        withdraw_version(database, 1, "another")
    assert len(read_relation(database, "curve_withdrawal")) == 1


def test_a_withdrawn_curve_comes_back_only_by_official(
    database: Database, save: Save, new_run: Callable[..., int]
) -> None:
    save(1.0)
    save(2.0)
    withdraw_version(database, 2, "wrong hub")
    with pytest.raises(NotOfficial, match=r"version 2 again.*wrong hub\. Correct .* --official"):
        save(2.0)
    assert _shown(database) == [1.0]
    assert save(2.0, run_id=new_run(is_official=True)).version_id == 3
    assert _shown(database) == [2.0]
    save(3.0)
    assert save(2.0).is_new, "it was published again meanwhile"


@pytest.fixture
def priced(
    database: Database, save: Save, new_run: Callable[..., int]
) -> Callable[[int, float], CurveVersion]:
    """A function that saves an official cost curve made of a VLR version."""

    def save_(vlr_version: int, cost: float) -> CurveVersion:
        cell = _vlr(1.0)["vlr"][["location", "he", "block_type"]]
        cell = cell.assign(delivery_month=pd.Timestamp("2026-02-01"), n_hours=20)
        made = {"cost_curve": cost_curve(cell, [cost], [None])}
        task, parts = RunTask(new_run(), "cost_curves", "NYISO"), {"vlr_version": vlr_version}
        return save_curve(
            database, NewVersion("cost_curve", "NYISO", *WINDOW, parts, [1], f"{cost}"), made, task
        )

    return save_


def test_a_cost_curve_is_withdrawn_with_what_it_was_made_of(
    database: Database, save: Save, priced: Callable[[int, float], CurveVersion]
) -> None:
    old = priced(save(1.0).version_id, 50.0)
    vlr = save(2.0)
    new = priced(vlr.version_id, 60.0)
    assert read_relation(database, "nyiso_cost_curve")["data"].tolist() == [60.0]
    gone = withdraw_version(database, vlr.version_id, "wrong hub")
    assert [(one.version_id, one.shown_instead) for one in gone] == [(3, 1), (new.version_id, old.version_id)]
    assert read_relation(database, "nyiso_cost_curve")["data"].tolist() == [50.0]
    reasons = read_relation(database, "curve_withdrawal").set_index("version_id")["reason"]
    assert reasons[new.version_id] == "made of version 3, which was withdrawn: wrong hub"
    with pytest.raises(NotOfficial, match=r"made of version 3 \(vlr\), which is a study or was withdrawn"):
        priced(vlr.version_id, 70.0)


def test_curves_that_are_saved_at_once_are_each_a_version(
    database: Database, save: Save, new_run: Callable[..., int]
) -> None:
    save(1.0)
    run_id = new_run()
    figures = [(float(n), None if n % 2 else "short") for n in range(2, 10)]
    with ThreadPoolExecutor(len(figures)) as pool:
        saved = list(pool.map(lambda each: save(*each, run_id), figures))
    versions = read_relation(database, "curve_version").set_index("version_id")["status"]
    made = {one.version_id: figure for one, figure in zip(saved, figures, strict=True)}
    assert {number: versions[number] == "study" for number in made} == {
        number: study is not None for number, (_, study) in made.items()
    }
    last = max(number for number, (_, study) in made.items() if study is None)
    assert _shown(database) == [made[last][0]]


def test_every_view_of_a_curve_shows_official_versions(database: Database) -> None:
    views = read_sql(
        database, "SELECT viewname, definition FROM pg_views WHERE viewname ~ '_(vlr|shaping|cost_curve)$'"
    )
    curves = views[~views["viewname"].str.startswith("hourly") & (views["viewname"] != "labelled_vlr")]
    assert len(curves) == 3 * len(MARKETS)
    assert curves["definition"].str.contains("status = 'official'", regex=False).all()
