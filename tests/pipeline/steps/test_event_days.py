"""The days of events in a window, and the hours outside them."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from lib.pipeline.steps.context import Context, open_context
from lib.pipeline.steps.event_days import describe_events, select_hours
from lib.store import Database


@pytest.fixture
def open_ercot(demo_database: Database, monkeypatch: pytest.MonkeyPatch) -> Context:
    monkeypatch.setenv("EPD_DATABASE", demo_database.url)
    return open_context("vlr", "ERCOT", "demo", "2021-02-18", "2021-03-31", "2026-01-01", 0, False)


def test_an_event_that_the_window_touches_is_named(open_ercot: Context) -> None:
    assert describe_events(open_ercot) == "Winter Storm Uri (2021-02-12 to 2021-02-20)"


def test_a_window_after_the_event_has_none(demo_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EPD_DATABASE", demo_database.url)
    context = open_context("vlr", "ERCOT", "demo", "2021-02-21", "2021-03-31", "2026-01-01", 0, False)
    assert describe_events(context) == ""


def test_the_days_of_an_event_are_kept_or_left_out() -> None:
    days = pd.DataFrame({"market_date": pd.date_range(date(2021, 2, 10), date(2021, 2, 22))})
    assert select_hours("ERCOT", days, "kept") is days
    left = select_hours("ERCOT", days, "left_out")["market_date"].dt.day.tolist()
    assert left == [10, 11, 21, 22]
