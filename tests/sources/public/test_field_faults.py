"""Faults that publishers' files have had: each costs the part it is in, names it, and no other part."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from io import BytesIO
from typing import NoReturn

import openpyxl
import pandas as pd
import pytest

from lib.hours import utc_bounds
from lib.sources import SeriesResult
from lib.sources.public import PublicSource
from lib.sources.public import nyiso as nyiso_reader
from lib.web import HttpClient, Limits
from tests.sources.public.test_miso import NODES, _price, _prices, _publish
from tests.sources.public.test_miso import _read as read_miso
from tests.sources.public.test_zip_files import DIRECTORY, changed
from tests.standins import isone, nyiso
from tests.standins.bad_server import BadServer
from tests.support.series import values_of

Read = Callable[..., SeriesResult]
FIRST, SECOND, THIRD = DAYS = [date(2024, 6, day) for day in (1, 2, 3)]
KIND = "damlbmp_zone"
ARCHIVE = "/mis" + nyiso.archive_path(KIND, FIRST)
N_ZONES = len(nyiso.ZONES)


def read_june(server: BadServer, read: Read, body: bytes) -> SeriesResult:
    """The day-ahead prices of three days from an archive, without files of single days."""
    server.on(ARCHIVE, server.good(body, "application/zip"))
    return read("NYISO", "da_lmp", FIRST, THIRD)


def days_in(result: SeriesResult) -> set[date]:
    return set(result.frame["interval_start"].dt.tz_convert("America/New_York").dt.date)


def messages(result: SeriesResult, kind: str) -> list[str]:
    return [problem.message for problem in result.problems if problem.kind == kind]


def lost_days(result: SeriesResult) -> set[tuple[pd.Timestamp, pd.Timestamp]]:
    return {(stretch.start, stretch.end) for stretch in result.unanswered}


MEMBERS: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "deflate64": (lambda body: changed(body, DIRECTORY, 10, b"\x09\0", 1), "damaged|Deflate64"),
    "encrypted": (lambda body: changed(body, DIRECTORY, 8, b"\x01\0", 1), "encrypted"),
    "damaged": (lambda body: changed(body, b"PK\x03\x04", 90, bytes(9), 1), "damaged|error"),
}


@pytest.mark.parametrize("fault", MEMBERS)
def test_a_member_that_cannot_be_read_costs_its_day(bad_server: BadServer, read: Read, fault: str) -> None:
    change, cause = MEMBERS[fault]
    whole = nyiso.zipped(nyiso.month_files(KIND, DAYS))
    if fault == "deflate64":
        whole = changed(whole, b"PK\x03\x04", 8, b"\x09\0", 1)
    result = read_june(bad_server, read, change(whole))
    assert days_in(result) == {FIRST, THIRD}
    assert lost_days(result) == {utc_bounds("NYISO", SECOND, SECOND)}
    (message,) = messages(result, "unanswered")
    assert message.startswith("NYISO da_lmp: 2024-06-02 unanswered: '20240602damlbmp_zone.csv' in 20240601")
    assert any(word in message for word in cause.split("|"))


TABLES: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "its first line has 0 columns"),
    "a page": (b"<!DOCTYPE html><html>Sorry</html>", "is a page and no table"),
    "binary": (bytes(range(256)) * 20, "no row below"),
    "headings alone": (nyiso.day_file(KIND, SECOND).partition("\n")[0].encode(), "no row below them"),
    "another column": (nyiso.day_file(KIND, SECOND).replace("LBMP ($/MWHr)", "Price").encode(), "LBMP"),
    "a column twice": (nyiso.day_file(KIND, SECOND).replace("PTID", "Name").encode(), "more than once"),
    "merged headings": (b"Day-ahead prices,,,,,\n" + nyiso.day_file(KIND, SECOND).encode(), "no column"),
    "not UTF-8": (nyiso.day_file(KIND, SECOND).replace("H Q", "H\xc9Q").encode("latin-1"), "decode"),
    "thousands of columns": (b"," * 5000 + b"\n1\n", "5001 columns"),
    "half of UTF-16": (b"\xff\xfe" + "Time Stamp,Name".encode("utf-16-le")[:-1], "cannot be read"),
}


@pytest.mark.parametrize("fault", TABLES)
def test_a_day_that_is_no_table_costs_itself(bad_server: BadServer, read: Read, fault: str) -> None:
    content, cause = TABLES[fault]
    files: dict[str, str | bytes] = {**nyiso.month_files(KIND, DAYS), "20240602damlbmp_zone.csv": content}
    result = read_june(bad_server, read, nyiso.zipped(files))  # type: ignore[arg-type]
    assert days_in(result) == {FIRST, THIRD}
    assert lost_days(result) == {utc_bounds("NYISO", SECOND, SECOND)}
    (message,) = messages(result, "unanswered")
    assert "20240602damlbmp_zone.csv" in message
    assert cause in message


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_the_mark_of_an_encoding_is_understood(bad_server: BadServer, read: Read, encoding: str) -> None:
    content = nyiso.day_file(KIND, SECOND).replace("\n", "\r\n").encode(encoding)
    files = {**nyiso.month_files(KIND, DAYS), "20240602damlbmp_zone.csv": content}
    result = read_june(bad_server, read, nyiso.zipped(files))  # type: ignore[arg-type]
    assert len(result.frame) == 3 * 24 * N_ZONES
    assert result.problems == ()


def test_an_archive_without_a_file_of_a_day_is_not_taken_for_missing_hours(
    bad_server: BadServer, read: Read
) -> None:
    inner = nyiso.zipped(nyiso.month_files(KIND, DAYS))
    for files, shown in (({}, "no file"), ({"inner.zip": inner}, "inner.zip")):
        result = read_june(bad_server, read, nyiso.zipped(files))
        assert result.frame.empty
        assert len(result.unanswered) == N_ZONES
        assert f"has no file of a day; it has {shown}" in messages(result, "unanswered")[0]


STRAY = {
    "a stray quote": (lambda line: line.replace("WEST", '"WEST'), "line 12"),
    "a decimal comma": (lambda line: line.replace(".", ",", 1), "WEST"),
}


@pytest.mark.parametrize("fault", STRAY)
def test_a_damaged_line_costs_its_hour_and_is_shown(bad_server: BadServer, read: Read, fault: str) -> None:
    change, shown = STRAY[fault]
    lines = nyiso.day_file(KIND, SECOND).splitlines()
    number = next(n for n, line in enumerate(lines) if ",WEST," in line)
    lines[number] = change(lines[number])
    files = {**nyiso.month_files(KIND, DAYS), "20240602damlbmp_zone.csv": "\n".join(lines)}
    result = read_june(bad_server, read, nyiso.zipped(files))
    assert len(result.frame) == 3 * 24 * N_ZONES - 1
    (stretch,) = result.unanswered
    start, _ = utc_bounds("NYISO", SECOND, SECOND)
    assert (stretch.location, stretch.start) == ("WEST", start)
    (message,) = messages(result, "malformed_line")
    assert "1 lines of 20240602damlbmp_zone.csv are damaged" in message
    assert shown in message


def test_whatever_a_reader_raises_costs_its_part_and_names_the_file(
    bad_server: BadServer, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> NoReturn:
        raise RecursionError("too deep")

    monkeypatch.setattr(nyiso_reader, "PublishedZip", fail)
    result = read_june(bad_server, read, b"anything")
    assert result.frame.empty
    (message,) = messages(result, "unanswered")
    assert "20240601damlbmp_zone_csv.zip: the answer for 2024-06 cannot be read (RecursionError" in message


def test_a_disk_that_is_full_is_no_fault_of_a_part(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> NoReturn:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(nyiso_reader, "download", fail)
    with pytest.raises(OSError, match="No space left"):
        read("NYISO", "da_lmp", FIRST, FIRST)


def test_a_truth_value_and_a_list_are_no_prices(bad_server: BadServer, read: Read) -> None:
    """The values of JSON need not be numbers."""
    from lib.sources.clean import ProblemCounter, clean_values

    hours = pd.Series(pd.date_range("2024-06-01", periods=5, freq="h", tz="UTC", unit="us"))
    values = pd.Series([True, [1], {"a": 1}, 10**400, 7], dtype=object)
    rows = pd.DataFrame({"location": "WEST", "interval_start": hours, "value": values})
    counter = ProblemCounter("NYISO", "da_lmp")
    assert clean_values(rows, counter)["value"].tolist() == [7.0]
    assert [(problem.kind, problem.n_hours) for problem in counter.problems] == [("not_a_number", 4)]


# MISO


@pytest.fixture
def miso(bad_server: BadServer) -> PublicSource:
    client = HttpClient(Limits(attempts=2, backoff_s=0.001), None)
    return PublicSource(client, mirrors={"docs.misoenergy.org": bad_server.url})


@pytest.mark.parametrize("damaged", [["AMIL.CIPS"], ["AMIL.CIPS", "NODE7,"], ["NODE7,"]])
def test_a_stray_quote_costs_the_node_of_its_line(
    bad_server: BadServer, miso: PublicSource, damaged: list[str]
) -> None:
    text = _prices(FIRST)
    for node in damaged:
        text = text.replace(f"\n{node}", f'\n"{node}', 1)
    _publish(bad_server, FIRST, "da_expost_lmp", text)
    result = read_miso(miso, "da_lmp", FIRST, FIRST, *NODES)
    n_hours = 23  # the file of the day before, which is not there, has the first hour
    assert len(values_of(result, "INDIANA.HUB")) == n_hours
    is_lost = "AMIL.CIPS" in damaged
    assert len(values_of(result, "AMIL.CIPS")) == (0 if is_lost else n_hours)
    assert {stretch.location for stretch in result.unanswered} == ({"AMIL.CIPS"} if is_lost else set())
    (message,) = messages(result, "malformed_line")
    assert message.startswith(f"MISO da_lmp: {len(damaged)} lines of 20240601_da_expost_lmp.csv are damaged")


def test_a_node_without_all_its_hours_costs_itself(bad_server: BadServer, miso: PublicSource) -> None:
    text = _prices(FIRST)
    row = next(line for line in text.splitlines() if line.startswith("AMIL.CIPS,Loadzone,LMP"))
    _publish(bad_server, FIRST, "da_expost_lmp", text.replace(row, row.rpartition(",")[0]))
    result = read_miso(miso, "da_lmp", FIRST, FIRST, *NODES)
    assert values_of(result, "AMIL.CIPS") == {}
    assert values_of(result, "INDIANA.HUB") == {
        hour: _price("INDIANA.HUB", hour) for hour in values_of(result, "INDIANA.HUB")
    }
    assert {stretch.location for stretch in result.unanswered} == {"AMIL.CIPS"}
    assert "23 prices in 20240601_da_expost_lmp.csv; a day has 24" in messages(result, "unanswered")[0]


# ISO-NE


def publish_isone(server: BadServer, day: date, change: Callable[[str], str]) -> None:
    server.on("/isone" + isone.COOKIE_PAGE, server.good("<html></html>", "text/html"))
    text = change(isone.day_file("da_lmp", day))
    server.on("/isone" + isone.day_path("da_lmp", day), server.good(text))


def without_repeated_hour(text: str, node: str) -> str:
    return "".join(
        line for line in text.splitlines(keepends=True) if not (f'"{node}"' in line and '"02X"' in line)
    )


def test_a_foreign_node_without_its_repeated_hour_costs_nothing(bad_server: BadServer, read: Read) -> None:
    def with_foreign(text: str) -> str:
        lines = [
            line.replace(".Z.MAINE", ".I.HQ_P1_P2345")
            for line in without_repeated_hour(text, ".Z.MAINE").splitlines(keepends=True)
            if ".Z.MAINE" in line
        ]
        return text.replace('"T"', "".join(lines) + '"T"')

    publish_isone(bad_server, isone.AUTUMN, with_foreign)
    result = read("ISONE", "da_lmp", isone.AUTUMN, isone.AUTUMN)
    assert result.frame.groupby("location").size().tolist() == [25] * 9
    assert result.unanswered == ()


def test_a_zone_without_its_repeated_hour_costs_itself(bad_server: BadServer, read: Read) -> None:
    publish_isone(bad_server, isone.AUTUMN, lambda text: without_repeated_hour(text, ".Z.MAINE"))
    result = read("ISONE", "da_lmp", isone.AUTUMN, isone.AUTUMN)
    assert result.frame.groupby("location").size().tolist() == [25] * 8
    assert {stretch.location for stretch in result.unanswered} == {"MAINE"}
    assert any("MAINE" in message for message in messages(result, "unanswered"))


def test_a_file_of_prices_that_is_cut_off_loses_its_end(bad_server: BadServer, read: Read) -> None:
    publish_isone(bad_server, FIRST, lambda text: text[: text.rindex('"D"') + 60])
    result = read("ISONE", "da_lmp", FIRST, FIRST)
    assert len(result.frame) == 9 * 24 - 1
    assert [(stretch.location, stretch.end - stretch.start) for stretch in result.unanswered] == [
        ("NEMASSBOST", pd.Timedelta(hours=1))
    ]
    assert "the end, without which the file is cut off" in messages(result, "malformed_line")[0]


def test_a_column_renamed_in_one_sheet_costs_its_zone(bad_server: BadServer, read: Read) -> None:
    book = openpyxl.load_workbook(BytesIO(isone.workbook([FIRST])))
    for cell in book["ME"][1]:
        cell.value = {"RT_Demand": "RT Load"}.get(cell.value, cell.value)
    body = BytesIO()
    book.save(body)
    path = "/isone/static-assets/documents/100008/2024_smd_hourly.xlsx"
    bad_server.on(path, bad_server.good(body.getvalue()))
    result = read("ISONE", "rt_load", FIRST, FIRST)
    assert result.frame.groupby("location").size().tolist() == [24] * 7
    assert {stretch.location for stretch in result.unanswered} == {"MAINE"}
    (message,) = messages(result, "unanswered")
    assert "ISONE rt_load MAINE: 2024 unanswered: the sheet ME has no column RT_Demand or DEMAND" in message
