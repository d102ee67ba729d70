from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lib.hub_map import SETTLEMENT_KEY
from lib.store import (
    Database,
    ImplausibleCorrection,
    InvalidValues,
    ReportFile,
    RunTask,
    SettlementCounts,
    read_largest_changes,
    read_last_trade_date,
    read_last_trade_dates,
    read_relation,
    read_report_files,
    read_settlements,
    read_sql,
    write_settlements,
)
from tests.support.hashes import sha256_of

DAY, BEFORE = date(2025, 12, 30), date(2025, 12, 29)
FEBRUARY = pd.Timestamp("2026-02-01")


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


@pytest.fixture
def write(database: Database, task: RunTask) -> Callable[..., SettlementCounts]:
    """A function that stores a frame as the file of a day."""

    def write_it(
        frame: pd.DataFrame,
        version: str = "first",
        day: date = DAY,
        report: str = "icecleared_power",
        n_rejected: int = 0,
    ) -> SettlementCounts:
        file = ReportFile(day, report, f"{report}.dat", sha256_of(version), len(frame), 0, n_rejected)
        return write_settlements(database, file, frame, task)

    return write_it


def test_what_is_written_is_read_back(database: Database, write: Callable[..., SettlementCounts]) -> None:
    frame = _frame([60.0, -3.25, 1234.5])
    assert write(frame) == SettlementCounts(3, 3, 0)
    stored = read_settlements(database, DAY)
    assert stored["settlement_price"].tolist() == [60.0, -3.25, 1234.5]
    assert stored["report"].unique().tolist() == ["icecleared_power"]
    assert stored[["strike", "net_change", "expiration_date"]].isna().all(axis=None)
    assert (stored["strip"] == frame["strip"]).all()
    assert stored["contract"].tolist() == ["PMI"] * 3


def test_options_and_strips_of_days_are_left_out_where_only_months_are_wanted(
    database: Database, write: Callable[..., SettlementCounts]
) -> None:
    days = _frame([1.0, 2.0]).assign(strip=pd.to_datetime(["2026-01-02", "2026-03-31"]), contract="DAY")
    write(pd.concat([_frame([60.0, 61.0]), _frame([5.0], strikes=[50.0]), days]))
    assert len(read_settlements(database, DAY)) == 5
    assert read_settlements(database, DAY, monthly_only=True)["settlement_price"].tolist() == [60.0, 61.0]


def test_a_second_load_writes_nothing(database: Database, write: Callable[..., SettlementCounts]) -> None:
    frame = pd.concat([_frame([1.0, 2.0]), _frame([3.0, 4.0], strikes=[50.0, 60.0])])
    assert write(frame).written == 4
    count = "ice_settlement", "settlement_report"
    before = [read_relation(database, name) for name in count]
    assert write(frame) == SettlementCounts(4, 0, 0)
    for name, former in zip(count, before, strict=True):
        pd.testing.assert_frame_equal(read_relation(database, name), former)


def test_a_corrected_file_revises_what_differs_and_adds_what_is_new(
    database: Database, write: Callable[..., SettlementCounts]
) -> None:
    write(_frame([1.0, 2.0]))
    corrected = _frame([1.0, 2.5, 3.0]).assign(net_change=[np.nan, 0.5, np.nan])
    assert write(corrected, "second") == SettlementCounts(3, 1, 1)
    assert read_settlements(database, DAY)["settlement_price"].tolist() == [1.0, 2.5, 3.0]
    assert [file.sha256 for file in read_report_files(database, [DAY])] == [sha256_of("second")]


def test_a_missing_number_differs_from_a_present_one(
    write: Callable[..., SettlementCounts],
) -> None:
    write(_frame([1.0]).assign(net_change=0.5))
    assert write(_frame([1.0]), "second").revised == 1
    assert write(_frame([1.0]), "third").revised == 0


def test_an_option_and_its_future_are_two_settlements(
    database: Database, write: Callable[..., SettlementCounts]
) -> None:
    both = pd.concat([_frame([1.0]), _frame([2.0], strikes=[50.0]).assign(contract_type="F")])
    assert write(both).written == 2
    assert read_settlements(database, DAY)["strike"].dropna().tolist() == [50.0]


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    first=st.lists(st.floats(-1e5, 1e5), min_size=1, max_size=12),
    second=st.lists(st.floats(-1e5, 1e5), min_size=1, max_size=12),
)
def test_the_counts_say_what_changed_and_what_is_stored_is_the_file_or_the_one_before(
    first: list[float], second: list[float], database: Database, write: Callable[..., SettlementCounts]
) -> None:
    with database.engine.begin() as connection:
        connection.exec_driver_sql("TRUNCATE ice_settlement")
    write(_frame(first))
    n_lacking = max(len(first) - len(second), 0)
    if n_lacking > 0.2 * len(first):
        with pytest.raises(ImplausibleCorrection):
            write(_frame(second), "second")
        assert read_settlements(database, DAY)["settlement_price"].tolist() == first
        return
    counts = write(_frame(second), "second")
    shared = list(zip(first, second, strict=False))
    assert counts.revised == sum(old != new for old, new in shared)
    assert counts.written == len(second) - len(shared)
    assert counts.withdrawn == n_lacking
    assert read_settlements(database, DAY)["settlement_price"].tolist() == second


def test_what_a_corrected_file_no_longer_has_is_deleted_counted_and_noted(
    database: Database, write: Callable[..., SettlementCounts]
) -> None:
    write(_frame([1.0] * 5, BEFORE), day=BEFORE)
    write(_frame([1.0] * 5))
    write(_frame([1.0]).assign(contract="ALQ"), report="icecleared_gas")
    assert write(_frame([1.0] * 4), "second") == SettlementCounts(4, 0, 0, 1)
    # That of another report stays.
    assert read_settlements(database, DAY)["contract"].value_counts().to_dict() == {"PMI": 4, "ALQ": 1}
    assert len(read_settlements(database, BEFORE)) == 5  # another day
    noted = read_sql(database, "SELECT report, n_withdrawn FROM settlement_report WHERE n_withdrawn > 0")
    assert noted.to_numpy().tolist() == [["icecleared_power", 1]]


def test_a_file_that_lacks_more_than_a_correction_does_is_refused_and_changes_nothing(
    database: Database, write: Callable[..., SettlementCounts]
) -> None:
    write(_frame([1.0] * 10))
    complaint = r"icecleared_power\.dat lacks 3 of the 10 settlements.*cut short.*2025-12-30"
    with pytest.raises(ImplausibleCorrection, match=complaint):
        write(_frame([2.0] * 7), "second")
    assert read_settlements(database, DAY)["settlement_price"].tolist() == [1.0] * 10
    assert [file.sha256 for file in read_report_files(database, [DAY])] == [sha256_of("first")]


def test_a_file_that_is_read_better_is_noted_anew(
    database: Database, write: Callable[..., SettlementCounts]
) -> None:
    write(_frame([1.0]), n_rejected=2)
    write(_frame([1.0]), n_rejected=1)
    assert [file.n_rejected for file in read_report_files(database, [DAY])] == [1]


def test_the_key_is_that_of_the_table(database: Database) -> None:
    primary = read_sql(
        database,
        """
        SELECT attname FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY (indkey)
        WHERE indrelid = 'ice_settlement'::regclass AND indisprimary
        """,
    )
    assert set(primary["attname"]) == set(SETTLEMENT_KEY)


@pytest.mark.parametrize(
    ("frame", "complaint"),
    [
        (pd.concat([_frame([1.0]), _frame([2.0])]), "given twice"),
        (_frame([1.0]).drop(columns="hub"), "missing hub"),
        (_frame([1.0]).assign(surplus=1), "unknown surplus"),
    ],
)
def test_a_frame_that_does_not_fit_is_refused_and_leaves_nothing(
    frame: pd.DataFrame, complaint: str, database: Database, write: Callable[..., SettlementCounts]
) -> None:
    with pytest.raises(InvalidValues, match=complaint):
        write(frame)
    assert read_relation(database, "ice_settlement").empty
    assert read_relation(database, "settlement_report").empty


def test_a_price_that_is_not_finite_is_refused_with_its_file(
    database: Database, write: Callable[..., SettlementCounts]
) -> None:
    with pytest.raises(Exception, match="ice_settlement_settlement_price_check"):
        write(_frame([np.inf]))
    assert read_relation(database, "settlement_report").empty


def test_trade_dates_are_found_latest_first(
    database: Database, write: Callable[..., SettlementCounts]
) -> None:
    assert read_last_trade_date(database) is None
    for day in (BEFORE, DAY):
        write(_frame([1.0], day), day=day)
    assert read_last_trade_date(database) == DAY
    assert read_last_trade_date(database, before=DAY) == BEFORE
    assert read_last_trade_date(database, before=BEFORE) is None


def test_a_future_was_last_settled_on_the_last_day_that_has_one_of_the_strips(
    database: Database, write: Callable[..., SettlementCounts]
) -> None:
    write(_frame([1.0, 2.0], BEFORE), day=BEFORE)
    write(pd.concat([_frame([1.0]), _frame([3.0], strikes=[50.0]).assign(strip=FEBRUARY)]))

    def days(strip: pd.Timestamp, since: date | None = None, until: date = DAY) -> list[date]:
        found = read_last_trade_dates(database, [strip], since, until)
        assert found["contract"].tolist() == ["PMI"] * len(found)
        return [day.date() for day in found["trade_date"]]

    january = pd.Timestamp("2026-01-01")
    assert days(january) == [DAY]
    assert days(january, until=BEFORE) == [BEFORE]
    assert days(FEBRUARY) == [BEFORE]  # the later one is an option's
    assert days(FEBRUARY, since=DAY) == []
    (every,) = read_last_trade_dates(database, [january], None, DAY).to_dict("records")
    assert (every["hub"], every["product"]) == ("PJM WH Real Time", "Peak")


def test_the_largest_changes_are_those_relative_to_the_price_one_of_each_contract(
    database: Database, write: Callable[..., SettlementCounts]
) -> None:
    def day(prices: list[float], day: date) -> pd.DataFrame:
        parts = [_frame([price, price + 1], day).assign(contract=f"C{i}") for i, price in enumerate(prices)]
        return pd.concat(parts)

    write(day([100.0, 10.0, 0.1], BEFORE), day=BEFORE)
    write(day([104.0, 12.0, 0.15], DAY))
    changes = read_largest_changes(database, DAY, BEFORE, limit=2)
    assert changes["contract"].tolist() == ["C1", "C2"]  # C2 moved by a half of almost nothing
    assert changes["change"].tolist() == pytest.approx([2.0, 0.05])
    assert changes["former_price"].tolist() == pytest.approx([10.0, 0.1])
    assert read_largest_changes(database, DAY, None, limit=2).empty


def test_a_settlement_in_two_reports_is_no_revision(
    database: Database, write: Callable[..., SettlementCounts]
) -> None:
    shared, own = _frame([60.0, 61.0]), _frame([3.0]).assign(contract="GAS")
    assert write(shared).written == 2
    both = pd.concat([shared.assign(settlement_price=[60.0, 99.0]), own])
    for version in ("first", "second"):
        counts = write(both, version, report="icecleared_gas")
        assert (counts.revised, counts.withdrawn) == (0, 0)
        (contradiction,) = counts.contradictions
        assert contradiction.endswith(": 99 here and 61 in icecleared_power, which stays")
        counts = write(shared, version)
        assert (counts.revised, counts.contradictions) == (0, ())
    stored = read_settlements(database, DAY).set_index("contract")
    assert stored.loc["PMI", "settlement_price"].tolist() == [60.0, 61.0]
    assert stored.loc["PMI", "report"].unique().tolist() == ["icecleared_power"]
    assert read_relation(database, "settlement_revision").empty


def test_contradictions_of_two_reports_are_counted_and_the_first_are_named(
    write: Callable[..., SettlementCounts],
) -> None:
    write(_frame([60.0] * 9))
    counts = write(_frame([61.0] * 9), report="icecleared_gas")
    assert len(counts.contradictions) == 6
    assert counts.contradictions[-1] == "and 4 more prices that another report has otherwise"
    assert all("61 here and 60 in icecleared_power" in text for text in counts.contradictions[:-1])
