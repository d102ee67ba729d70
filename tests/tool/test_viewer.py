"""The data viewer: searches in the background, and what the panel shows of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from dataclasses import replace

import psycopg2
import pytest
from adbc_driver_postgresql import dbapi
from sqlalchemy import text

from lib.store import Database
from lib.store.browse import BadSelection
from lib.store.hierarchy import LOCATION_LEVELS
from lib.store.url import with_database
from lib.tool.session import Session
from lib.tool.viewer_state import PAGE_ROWS, open_viewer
from tests.support.waiting import wait_until
from tests.tool.conftest import act, finish_jobs, html_of


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Database]]:
    """The connections that the tool opens."""
    seen: list[Database] = []
    connect = Database.arrow_connection

    def counted(db: Database) -> AbstractContextManager[dbapi.Connection]:
        seen.append(db)
        return connect(db)

    monkeypatch.setattr(Database, "arrow_connection", counted)
    yield seen


@pytest.fixture
def let_rows_come(server: str, published: Database) -> Iterator[Callable[[], None]]:
    """A function that releases the lock for which the view `slow` waits."""
    with (
        closing(psycopg2.connect(with_database(server, published.name))) as holder,
        holder.cursor() as cursor,
    ):
        cursor.execute("SELECT pg_advisory_lock(7)")
        yield lambda: cursor.execute("SELECT pg_advisory_unlock_all()")


@pytest.fixture
def searching(
    published: Database, opened: Session, no_wait: None, let_rows_come: Callable[[], None]
) -> Iterator[Session]:
    """The tool during a search in a slow view."""
    with published.engine.begin() as connection:
        connection.execute(text("CREATE VIEW slow AS SELECT 7 AS n FROM pg_advisory_xact_lock_shared(7)"))
        connection.execute(text("GRANT SELECT ON slow TO epd_reader"))
        function = "FUNCTION pg_advisory_xact_lock_shared(bigint)"  # no reader may hold a lock of its own
        connection.execute(text(f"GRANT EXECUTE ON {function} TO epd_reader"))
    known = replace(opened, viewer=open_viewer(opened.data.db))
    yield act(known, "relation", value="slow")
    let_rows_come()
    with published.engine.begin() as connection:
        connection.execute(text("DROP VIEW slow"))


def test_the_tool_goes_on_during_a_search(searching: Session, let_rows_come: Callable[[], None]) -> None:
    assert searching.state.message is not None and "takes longer" in searching.state.message.text
    html = html_of(searching, "viewer")
    assert html.select_one("[data-poll=await_work]")
    assert html.select_one("[data-action=relation] [selected]").text == "curve_version"  # type: ignore[union-attr]
    scaled = act(searching, "scale", zone="WEST", value="90")
    let_rows_come()
    found = finish_jobs(scaled)
    assert found.viewer.rows["n"].tolist() == [7]
    assert found.state.edits == scaled.state.edits
    assert not html_of(found, "viewer").select("[data-poll]")


def test_a_search_that_is_replaced_or_stopped_is_cancelled(searching: Session) -> None:
    former = searching.jobs["rows"]
    replaced = act(searching, "relation", value="nyiso_vlr")
    assert replaced.state.message is not None
    assert "Looking for the rows of slow: stopped." in replaced.state.message.text
    found = finish_jobs(replaced)
    assert found.viewer.selection.relation == "nyiso_vlr"
    with pytest.raises(BadSelection):  # the server has stopped
        former.call.result()
    again = act(found, "relation", value="slow")
    stopped = act(again, "stop_work", key="rows")
    assert not stopped.jobs
    assert stopped.viewer is found.viewer
    assert act(stopped, "stop_work", key="rows") is stopped


def test_a_filter_added_during_a_search_adds_to_its_selection(
    searching: Session, let_rows_come: Callable[[], None]
) -> None:
    both = act(searching, "add_filter", column="n", operator="at least", operand="7")
    selection = both.jobs["rows"].selection  # type: ignore[attr-defined]
    assert (selection.relation, len(selection.filters)) == ("slow", 1)
    let_rows_come()
    assert finish_jobs(both).viewer.rows["n"].tolist() == [7]


def test_a_file_is_made_beside_a_search(opened: Session, no_wait: None) -> None:
    making = act(act(opened, "download_rows"), "relation", value="nyiso_vlr")
    assert set(making.jobs) == {"rows_file", "rows"}
    for job in making.jobs.values():
        wait_until(job.call.is_done)
    first = act(making, "await_work")
    second = act(replace(first, outbox=None), "await_work")
    assert not second.jobs
    assert [session.outbox is not None for session in (first, second)] == [True, False]
    assert second.viewer.selection.relation == "nyiso_vlr"


@pytest.mark.parametrize("waiting", ["wait_for_jobs", "no_wait"])
def test_an_impossible_selection_leaves_the_rows_unchanged(
    opened: Session, waiting: str, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue(waiting)
    shown = act(opened, "relation", value="nyiso_vlr")
    refused = act(finish_jobs(shown), "add_filter", column="he", operator="is", operand="noon")
    refused = finish_jobs(refused)
    assert refused.state.message is not None and refused.state.message.is_error
    assert refused.viewer.selection.filters == ()


def test_a_download_has_all_rows_of_the_selection(opened: Session) -> None:
    asked = act(act(opened, "relation", value="nyiso_vlr"), "level", level="load_zone", value="WEST")
    loaded = finish_jobs(act(asked, "download_rows"))
    assert loaded.outbox is not None
    assert loaded.outbox.name == "nyiso_vlr.csv"
    assert loaded.outbox.content.decode().count("\n") == (asked.viewer.n_rows or 0) + 1 > 50


def test_only_levels_that_narrow_the_relation_are_offered(opened: Session) -> None:
    prices = act(opened, "relation", value="da_lmps_nyiso")
    html = html_of(prices, "viewer")
    assert [tag["data-level"] for tag in html.select("[data-action=level]")] == list(LOCATION_LEVELS)


def test_a_selection_of_the_same_relation_takes_one_connection(
    opened: Session, connections: list[Database]
) -> None:
    asked = act(opened, "relation", value="nyiso_vlr")
    connections.clear()
    act(asked, "turn", pages="1")
    assert len(connections) == 1
    act(asked, "level", level="load_zone", value="WEST")
    assert len(connections) == 2


def test_the_viewer_turns_pages_and_a_refused_filter_changes_nothing(opened: Session) -> None:
    hours = act(opened, "relation", value="nyiso_vlr")
    turned = act(hours, "turn", pages="1")
    assert turned.viewer.offset == PAGE_ROWS
    assert not turned.viewer.rows.equals(hours.viewer.rows)
    assert act(hours, "turn", pages="-1").viewer.offset == 0
    refused = act(hours, "add_filter", column="month", operator="is", operand="July")
    assert refused.viewer == hours.viewer
    assert refused.state.message is not None and refused.state.message.is_error


def test_a_relation_with_lists_can_be_shown(opened: Session) -> None:
    assert opened.viewer.selection.relation == "curve_version"
    assert len(html_of(opened, "viewer").select("tbody tr")) == len(opened.viewer.rows) > 0


def test_a_filter_can_be_removed(opened: Session) -> None:
    asked = act(opened, "relation", value="nyiso_vlr")
    filtered = act(asked, "add_filter", column="month", operator="is", operand="1")
    assert 0 < (filtered.viewer.n_rows or 0) < (asked.viewer.n_rows or 0)
    assert act(filtered, "drop_filter", index="0").viewer.n_rows == asked.viewer.n_rows
