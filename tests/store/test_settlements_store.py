from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lib.store import (
    Database,
    InvalidValues,
    ReportFile,
    Task,
    WriteCounts,
    largest_changes,
    last_trade_date,
    read_relation,
    read_report_files,
    read_settlements,
    send_once,
    write_settlements,
)

DAY, BEFORE = date(2025, 12, 30), date(2025, 12, 29)


def _frame(prices: list[float], day: date = DAY, strikes: list[float] | None = None) -> pd.DataFrame:
    n = len(prices)
    return pd.DataFrame(
        {
            "trade_date": pd.Timestamp(day),
            "hub": "PJM WH Real Time",
            "product": "Peak",
            "strip": pd.date_range("2026-01-01", periods=n, freq="MS"),
            "contract": "PMI",
            "contract_type": "F" if strikes is None else "C",
            "strike": np.nan if strikes is None else strikes,
            "settlement_price": prices,
            "net_change": np.nan,
            "expiration_date": pd.NaT,
            "product_id": "1481",
        }
    )


def _file(n_rows: int, sha256: str = "aa", day: date = DAY) -> ReportFile:
    return ReportFile(day, "icecleared_power", "icecleared_power.dat", sha256, n_rows, 0, 0)


@pytest.fixture
def write(database: Database, task: Task) -> Callable[..., WriteCounts]:
    """A function that stores a frame as the file of a day."""

    def write_it(frame: pd.DataFrame, sha256: str = "aa", day: date = DAY) -> WriteCounts:
        return write_settlements(database, _file(len(frame), sha256, day), frame, task)

    return write_it


def test_what_is_written_is_read_back(database: Database, write: Callable[..., WriteCounts]) -> None:
    frame = _frame([60.0, -3.25, 1234.5])
    assert write(frame) == WriteCounts(3, 3, 0)
    stored = read_settlements(database, DAY)
    assert stored["settlement_price"].tolist() == [60.0, -3.25, 1234.5]
    assert stored["report"].unique().tolist() == ["icecleared_power"]
    assert stored[["strike", "net_change", "expiration_date"]].isna().all(axis=None)
    assert (stored["strip"] == frame["strip"]).all()
    assert read_settlements(database, DAY, ["XYZ"]).empty
    assert len(read_settlements(database, DAY, ["PMI", "XYZ"])) == 3


def test_a_second_load_writes_nothing(database: Database, write: Callable[..., WriteCounts]) -> None:
    frame = pd.concat([_frame([1.0, 2.0]), _frame([3.0, 4.0], strikes=[50.0, 60.0])])
    assert write(frame).written == 4
    count = "ice_settlement", "settlement_report"
    before = [read_relation(database, name) for name in count]
    assert write(frame) == WriteCounts(4, 0, 0)
    for name, former in zip(count, before, strict=True):
        pd.testing.assert_frame_equal(read_relation(database, name), former)


def test_a_corrected_file_revises_what_differs_and_adds_what_is_new(
    database: Database, write: Callable[..., WriteCounts]
) -> None:
    write(_frame([1.0, 2.0]))
    corrected = _frame([1.0, 2.5, 3.0]).assign(net_change=[np.nan, 0.5, np.nan])
    assert write(corrected, "bb") == WriteCounts(3, 1, 1)
    assert read_settlements(database, DAY)["settlement_price"].tolist() == [1.0, 2.5, 3.0]
    assert [file.sha256 for file in read_report_files(database, [DAY])] == ["bb"]


def test_an_absent_number_differs_from_a_present_one(
    write: Callable[..., WriteCounts],
) -> None:
    write(_frame([1.0]).assign(net_change=0.5))
    assert write(_frame([1.0]), "bb").revised == 1
    assert write(_frame([1.0]), "cc").revised == 0


def test_an_option_and_its_future_are_two_settlements(
    database: Database, write: Callable[..., WriteCounts]
) -> None:
    both = pd.concat([_frame([1.0]), _frame([2.0], strikes=[50.0]).assign(contract_type="F")])
    assert write(both).written == 2
    assert read_settlements(database, DAY)["strike"].dropna().tolist() == [50.0]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    first=st.lists(st.floats(-1e5, 1e5), min_size=1, max_size=6),
    second=st.lists(st.floats(-1e5, 1e5), min_size=1, max_size=6),
)
def test_the_counts_say_what_changed(
    first: list[float], second: list[float], database: Database, write: Callable[..., WriteCounts]
) -> None:
    with database.engine.begin() as connection:
        connection.exec_driver_sql("TRUNCATE ice_settlement")
    write(_frame(first))
    counts = write(_frame(second), "bb")
    shared = list(zip(first, second, strict=False))
    assert counts.revised == sum(old != new for old, new in shared)
    assert counts.written == len(second) - len(shared)
    assert read_settlements(database, DAY)["settlement_price"].tolist() == second + first[len(second) :]


@pytest.mark.parametrize(
    ("frame", "complaint"),
    [
        (pd.concat([_frame([1.0]), _frame([2.0])]), "given twice"),
        (_frame([1.0]).drop(columns="hub"), "missing hub"),
        (_frame([1.0]).assign(surplus=1), "unknown surplus"),
    ],
)
def test_a_frame_that_does_not_fit_is_refused_and_leaves_nothing(
    frame: pd.DataFrame, complaint: str, database: Database, write: Callable[..., WriteCounts]
) -> None:
    with pytest.raises(InvalidValues, match=complaint):
        write(frame)
    assert read_relation(database, "ice_settlement").empty
    assert read_relation(database, "settlement_report").empty


def test_a_price_that_is_not_finite_is_refused_with_its_file(
    database: Database, write: Callable[..., WriteCounts]
) -> None:
    with pytest.raises(Exception, match="ice_settlement_settlement_price_check"):
        write(_frame([np.inf]))
    assert read_relation(database, "settlement_report").empty


def test_trade_dates_are_found_latest_first(database: Database, write: Callable[..., WriteCounts]) -> None:
    assert last_trade_date(database) is None
    for day in (BEFORE, DAY):
        write(_frame([1.0], day), day=day)
    assert last_trade_date(database) == DAY
    assert last_trade_date(database, before=DAY) == BEFORE
    assert last_trade_date(database, before=BEFORE) is None


def test_the_largest_changes_are_those_relative_to_the_price_one_of_each_contract(
    database: Database, write: Callable[..., WriteCounts]
) -> None:
    def day(prices: list[float], day: date) -> pd.DataFrame:
        parts = [_frame([price, price + 1], day).assign(contract=f"C{i}") for i, price in enumerate(prices)]
        return pd.concat(parts)

    write(day([100.0, 10.0, 0.1], BEFORE), day=BEFORE)
    write(day([104.0, 12.0, 0.15], DAY))
    changes = largest_changes(database, DAY, BEFORE, limit=2)
    assert changes["contract"].tolist() == ["C1", "C2"]  # C2 moved by a half of almost nothing
    assert changes["change"].tolist() == pytest.approx([2.0, 0.05])
    assert changes["former_price"].tolist() == pytest.approx([10.0, 0.1])
    assert largest_changes(database, DAY, None, limit=2).empty


def test_a_mail_is_sent_once_for_each_content(database: Database) -> None:
    sent: list[str] = []

    def send(content: str) -> bool:
        return send_once(database, "settlements", "2025-12-30", content, lambda: sent.append(content))

    assert [send("one"), send("one"), send("two"), send("one")] == [True, False, True, False]
    assert sent == ["one", "two"]


def test_a_mail_that_could_not_be_sent_is_tried_again(database: Database) -> None:
    def fail() -> None:
        raise ConnectionRefusedError

    with pytest.raises(ConnectionRefusedError):
        send_once(database, "settlements", "2025-12-30", "one", fail)
    assert send_once(database, "settlements", "2025-12-30", "one", lambda: None)
