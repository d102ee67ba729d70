"""Studies in the tool: shown by choice, under a band that says so, and in files that say so."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pandas as pd
import pytest

from lib.present.pricing_file import parse_pricing_file
from lib.store import (
    DATABASE_VARIABLE,
    Database,
    NewVersion,
    RunTask,
    read_curve,
    read_relation,
    save_curve,
    start_run,
    withdraw_version,
)
from lib.tool.data import ToolData
from lib.tool.pricing_files import render_pricing_file
from lib.tool.session import Session
from lib.tool.snapshot import find_newer_run, read_snapshot
from lib.tool.state import first_state
from lib.tool.viewer_state import open_viewer
from tests.support.databases import copy_of
from tests.tool.conftest import act, html_of

ELEVEN_DAYS = (date(2024, 12, 10), date(2024, 12, 20))


def _add(database: Database, factor: float, study: str | None) -> int:
    """Store the VLR of the published curve times a factor, and return the version."""
    cells = read_curve(database, "vlr", "NYISO", 1).drop(columns="version_id")
    cells["cost_per_mwh"] *= factor
    days = {"as_of": date(2025, 3, 1), "window_start": None, "window_end": None}
    task = RunTask(start_run(database, source="files", **days), "vlr", "NYISO")  # type: ignore[arg-type]
    (ids,) = read_relation(database, "curve_version", ["series_ids"], {"version_id": 1})["series_ids"]
    version = NewVersion("vlr", "NYISO", *ELEVEN_DAYS, {"holidays": "nerc"}, list(ids), f"{factor}", study)
    return save_curve(database, version, {"vlr": cells}, task).version_id


@pytest.fixture
def with_study(
    server: str, published: Database, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Database, ToolData]]:
    """The published database with a study of ten times the VLR, and the tool's data on it."""
    with copy_of(server, published) as database:
        _add(database, 10.0, "its window has 11 days")
        monkeypatch.setenv(DATABASE_VARIABLE, database.url)
        yield database, ToolData("files")


@pytest.fixture
def session(with_study: tuple[Database, ToolData]) -> Session:
    """The tool just after it opened."""
    _, data = with_study
    return Session(data, first_state(data), open_viewer(data.db), month=1)


def test_a_study_leaves_what_the_tool_opens_with_unchanged(session: Session, opened: Session) -> None:
    pd.testing.assert_frame_equal(session.state.source.values, opened.state.source.values)
    assert not session.state.source.is_study and html_of(session, "head").select_one(".study") is None
    (status,) = html_of(session, "choice").select("[data-field=status]")
    assert [option["value"] for option in status.select("option[selected]")] == ["official"]


def test_a_study_is_shown_by_choice_and_says_so_on_page_and_files(session: Session) -> None:
    per_mwh = act(session, "choose", field="estimator", value="cost_per_mwh")
    study = act(per_mwh, "choose", field="status", value="study")
    ratio = study.state.source.values / per_mwh.state.source.values
    assert ratio.stack().dropna().tolist() == pytest.approx([10.0] * int(ratio.notna().to_numpy().sum()))
    band = html_of(study, "head").select_one(".study")
    assert band is not None and "STUDY" in band.text and "not for pricing" in band.text
    assert dict(study.state.source.inputs)["Study"].startswith("version 3")
    name, content = render_pricing_file(study.state, "csv")
    assert name.startswith("study_nyiso_vlr")
    assert parse_pricing_file(name, content).is_study
    back = act(study, "choose", field="status", value="official")
    pd.testing.assert_frame_equal(back.state.source.values, per_mwh.state.source.values)


def test_edits_of_a_study_are_not_those_of_the_official_curve(session: Session) -> None:
    official = session.state.choice
    study = act(session, "choose", field="status", value="study").state.choice
    assert official.key != study.key


def test_a_market_without_a_study_has_none_to_choose(opened: Session) -> None:
    (option,) = html_of(opened, "choice").select("[data-field=status] option[value=study]")
    assert option.has_attr("disabled")
    refused = act(opened, "choose", field="status", value="study")
    assert refused.state.choice == opened.state.choice
    assert refused.state.message is not None and "No study is stored" in refused.state.message.text


def test_a_withdrawal_is_noticed_and_a_refresh_shows_the_version_before(
    with_study: tuple[Database, ToolData],
) -> None:
    database, data = with_study
    newer = _add(database, 3.0, None)
    before = read_snapshot(data.db)
    assert find_newer_run(before, before) is None
    withdraw_version(database, newer, "wrong hub")
    now = read_snapshot(data.db)
    noticed = find_newer_run(before, now)
    assert noticed is not None and noticed.isos == ("NYISO",) and noticed.is_same_run
    assert now.versions["NYISO", "vlr"].version_id == 1
    assert now.studies["NYISO", "vlr"].version_id == newer
