from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date

import psycopg2
import pytest

from lib.store import DATABASE_VARIABLE, Database, read_sql
from lib.store.url import database_name
from lib.tool import app, viewer
from lib.tool.app import ScalingTool
from lib.tool.data import ToolData
from lib.tool.panels import PANELS
from lib.tool.session import Session
from tests.support.waiting import wait_until
from tests.tool.conftest import act


@pytest.fixture
def tool(opened: Session) -> ScalingTool:
    """The page, with every panel drawn."""
    tool = ScalingTool("files")
    tool.show(opened)
    return tool


@pytest.fixture
def unreachable(server: str, published: Database, tool: ScalingTool) -> Iterator[None]:
    """Make the database refuse connections once the page is there."""
    allow = f"ALTER DATABASE {database_name(published.url)} ALLOW_CONNECTIONS"
    with closing(psycopg2.connect(server)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute(f"{allow} false")
        yield
        cursor.execute(f"{allow} true")


def _send(tool: ScalingTool, action: str, **values: object) -> None:
    tool._on_message(None, {"action": action, "values": values, "number": 1}, ())


def _panels(tool: ScalingTool) -> dict[str, str]:
    return {panel.name: getattr(tool, panel.name) for panel in PANELS}


def test_a_panel_that_cannot_be_drawn_leaves_the_page_unchanged_and_the_tool_goes_on(
    tool: ScalingTool, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def draw(session: Session) -> str:
        return str({7: "July"}[session.month])  # type: ignore[index]

    broken = [replace(panel, render=draw) if panel.name == "pivot" else panel for panel in PANELS]
    before = _panels(tool)
    monkeypatch.setattr(app, "PANELS", broken)
    with pytest.raises(KeyError):
        _send(tool, "scale", zone="WEST", value="90")
    assert "Nothing was changed" in tool.message["text"]
    assert "KeyError: 1" in caplog.text
    assert _panels(tool) == before
    monkeypatch.undo()
    _send(tool, "set", zone="CAPITL", value="2")
    assert not tool.message["is_error"]
    assert "WEST: 90" not in tool.scaling, "what could not be drawn was not done"
    assert tool.pivot != before["pivot"]


def test_the_same_message_is_shown_again(tool: ScalingTool) -> None:
    said: list[object] = []
    tool.observe(lambda change: said.append(change["new"]["text"]), "message")
    for _ in range(2):
        _send(tool, "scale", zone="WEST", value="9999")
    assert len(said) == 2
    assert said[0] == said[1]


def test_an_error_message_goes_once_another_action_succeeds(tool: ScalingTool) -> None:
    _send(tool, "scale", zone="WEST", value="9999")
    _send(tool, "look_for_newer_run")
    assert tool.message["is_error"], "the page asks this by itself"
    _send(tool, "show_month", value="12")
    assert not tool.message["is_error"]


@pytest.mark.usefixtures("unreachable")
def test_the_page_shows_the_error_of_a_database_that_does_not_answer(tool: ScalingTool) -> None:
    _send(tool, "relation", value="nyiso_vlr")
    assert tool.message["is_error"]
    assert "not currently accepting connections" in tool.message["text"]
    _send(tool, "scale", zone="WEST", value="90")
    assert not tool.message["is_error"], "curves are in memory"


def test_the_page_reports_once_that_it_cannot_look_for_a_newer_run(
    tool: ScalingTool, unreachable: None
) -> None:
    _send(tool, "look_for_newer_run")
    assert tool.message["is_error"]
    assert "not currently accepting connections" in tool.message["text"]
    _send(tool, "scale", zone="WEST", value="90")
    done = tool.message
    _send(tool, "look_for_newer_run")
    assert tool.message == done


def test_a_refresh_reads_while_the_tool_goes_on_and_shows_its_progress(
    tool: ScalingTool, opened: Session
) -> None:
    _send(tool, "refresh")
    assert "await_refresh" in tool.head
    _send(tool, "scale", zone="WEST", value="90")
    assert tool.message["text"].startswith("WEST: 90")
    reading = tool._session.refresh  # type: ignore[union-attr]
    reading.result()  # type: ignore[union-attr]
    n_curves = sum(len(opened.data.curves(iso)) for iso in opened.data.isos())
    assert f"({n_curves} of {n_curves})" in reading.progress  # type: ignore[union-attr]
    _send(tool, "await_refresh")
    assert tool.message["text"].startswith("The newer data is read")
    assert "await_refresh" not in tool.head
    assert tool._session.viewer is not opened.viewer  # type: ignore[union-attr]


@pytest.fixture
def end_reads(server: str, published: Database) -> Callable[[], None]:
    """A function that ends the connections of slow reads."""

    def end() -> None:
        query = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                   WHERE wait_event = 'PgSleep' AND datname = %s"""
        with closing(psycopg2.connect(server)) as connection, connection.cursor() as cursor:
            connection.autocommit = True
            while cursor.rowcount < 1:
                cursor.execute(query, [database_name(published.url)])

    return end


def _read_long(db: Database) -> None:
    read_sql(db, "SELECT 1 AS n FROM pg_sleep(600)")


def test_a_lost_connection_ends_a_refresh_with_a_message_and_changes_nothing(
    tool: ScalingTool, opened: Session, end_reads: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ToolData, "refresh", lambda data, _: _read_long(data.db))
    _send(tool, "refresh")
    end_reads()
    wait_until(tool._session.refresh.is_done)  # type: ignore[union-attr]
    _send(tool, "await_refresh")
    assert tool.message["is_error"]
    assert "connection to the database was lost" in tool.message["text"]
    assert tool._session.data is opened.data  # type: ignore[union-attr]
    assert "await_refresh" not in tool.head


@pytest.mark.usefixtures("no_wait")
def test_a_lost_connection_ends_a_search_with_a_message_and_changes_nothing(
    tool: ScalingTool, opened: Session, end_reads: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(viewer, "with_rows", lambda *_: _read_long(opened.data.db))
    _send(tool, "relation", value="nyiso_vlr")
    assert "await_work" in tool.viewer
    end_reads()
    wait_until(tool._session.jobs["rows"].call.is_done)  # type: ignore[union-attr]
    _send(tool, "await_work")
    assert tool.message["is_error"]
    assert "connection to the database was lost" in tool.message["text"]
    assert tool._session.viewer is opened.viewer  # type: ignore[union-attr]
    assert "await_work" not in tool.viewer


def test_an_unexpected_error_ends_a_search_and_is_logged(
    tool: ScalingTool, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(viewer, "with_rows", lambda *_: {}["no such key"])
    _send(tool, "relation", value="nyiso_vlr")
    assert "Nothing was changed" in tool.message["text"]
    assert "KeyError: 'no such key'" in caplog.text
    assert "await_work" not in tool.viewer


def test_a_refresh_reports_that_the_range_is_no_longer_available(opened: Session) -> None:
    choice = replace(opened.state.choice, start=date(2001, 1, 1))
    source = replace(opened.state.source, is_published=False)
    outdated = replace(opened, state=replace(opened.state, choice=choice, source=source))
    begun = act(outdated, "refresh")
    assert begun.refresh is not None
    begun.refresh.result()
    refreshed = act(begun, "await_refresh")
    assert refreshed.state.message is not None and refreshed.state.message.is_error
    assert "2001-01-01" in refreshed.state.message.text


@pytest.mark.usefixtures("unreachable")
def test_a_page_that_opened_without_a_database_opens_again_once_there_is_one(
    published: Database, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(DATABASE_VARIABLE, published.url)
    tool = ScalingTool("files")
    tool.open_session()
    assert tool.message["is_error"]
    assert "not currently accepting connections" in tool.message["text"]
    assert 'data-action="open"' in tool.head
    _send(tool, "look_for_newer_run")
    assert tool.message["is_error"], "it is tried again"
    with closing(psycopg2.connect(server)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute(f"ALTER DATABASE {database_name(published.url)} ALLOW_CONNECTIONS true")
    _send(tool, "open")
    assert tool.message["text"].startswith("Ready: VLR of NYISO")
    assert "WEST" in tool.scaling
    _send(tool, "open")
    assert not tool.message["is_error"]


@pytest.mark.parametrize(
    "content",
    [
        {"number": 7},
        {"action": "undo", "number": 7},
        {"action": "undo", "values": {"zone": ["WEST"]}, "number": 7},
        {"action": "undo", "values": {}, "number": 7, "code": "1 + 1"},
    ],
)
def test_a_malformed_message_is_refused_and_answered(
    content: dict[str, object],
    tool: ScalingTool,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    sent: list[object] = []
    monkeypatch.setattr(tool, "send", sent.append)
    before = tool._session
    tool._on_message(None, content, ())
    assert tool.message["is_error"]
    assert "Reload the page" in tool.message["text"]
    assert tool._session is before
    assert sent == [{"finished": 7}]
    assert [line.exc_info for line in caplog.records] == [None]
