from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import AbstractContextManager

import numpy as np
import pandas as pd
import pytest
from adbc_driver_postgresql import dbapi
from bs4 import BeautifulSoup

from lib.store import Database
from lib.store.hierarchy import PLACE_LEVELS
from lib.tool import state as tool_state
from lib.tool.data import ToolData
from lib.tool.panels import ACTIONS
from lib.tool.panels.viewer import PANEL, csv_of
from lib.tool.session import Session
from lib.tool.viewing import open_viewing


@pytest.fixture(scope="module")
def opened(data: ToolData) -> Session:
    return Session(data, tool_state.start(data), open_viewing(data.db), month=1)


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Database]]:
    """The connections that are opened."""
    seen: list[Database] = []
    connect = Database.arrow_connection

    def counted(db: Database) -> AbstractContextManager[dbapi.Connection]:
        seen.append(db)
        return connect(db)

    monkeypatch.setattr(Database, "arrow_connection", counted)
    yield seen


def _do(session: Session, action: str, **values: object) -> Session:
    return ACTIONS[action](session, values, ())


def test_texts_that_a_spreadsheet_would_act_on_are_harmless_in_a_download() -> None:
    rows = pd.DataFrame(
        {
            "hub": ["=1+1", "+x", "-y", "@z", "WEST", None],
            "price": [-1.5, 2.0, np.nan, 0.0, 1.0, 3.0],
            "ids": [np.array([1, 2])] * 6,
        }
    )
    read = list(csv.reader(io.StringIO(csv_of(rows).decode())))
    assert read[0] == ["hub", "price", "ids"]
    assert [row[0] for row in read[1:]] == ["'=1+1", "'+x", "'-y", "'@z", "WEST", ""]
    assert [row[1] for row in read[1:3]] == ["-1.5", "2.0"], "a number is no text"
    assert read[1][2] == "1, 2"


def test_a_download_without_rows_has_the_names_of_the_columns() -> None:
    assert csv_of(pd.DataFrame({"a": pd.Series(dtype=object), "b": pd.Series(dtype=float)})) == b"a,b\n"


def test_a_download_has_all_rows_of_what_is_shown(opened: Session) -> None:
    asked = _do(_do(opened, "relation", value="nyiso_vlr"), "level", level="load_zone", value="WEST")
    loaded = _do(asked, "download_rows")
    assert loaded.outbox is not None
    assert loaded.outbox.name == "nyiso_vlr.csv"
    assert loaded.outbox.content.decode().count("\n") == (asked.viewing.n_rows or 0) + 1 > 50


def test_only_levels_that_narrow_what_is_shown_are_offered(opened: Session) -> None:
    prices = _do(opened, "relation", value="da_lmps_nyiso")
    html = BeautifulSoup(PANEL.html(prices), "html.parser")
    assert [tag["data-level"] for tag in html.select("[data-action=level]")] == list(PLACE_LEVELS)


def test_a_question_about_the_same_relation_takes_one_connection(
    opened: Session, connections: list[Database]
) -> None:
    asked = _do(opened, "relation", value="nyiso_vlr")
    connections.clear()
    _do(asked, "turn", pages="1")
    assert len(connections) == 1
    _do(asked, "level", level="load_zone", value="WEST")
    assert len(connections) == 2
