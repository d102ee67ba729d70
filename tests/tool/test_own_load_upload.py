"""Own load that a person uploads: compared with its zone, refused with the way out, and never stored."""

from __future__ import annotations

from io import BytesIO
from zipfile import ZipFile

import openpyxl
import pandas as pd
import pytest

from lib.hours import HOUR
from lib.store import OFFICIAL, list_series, read_sql
from lib.tool import own_load
from lib.tool.data import ToolData
from lib.tool.session import Session
from tests.tool.conftest import ISO, act, finish_jobs, html_of

ZONE = "N.Y.C."


@pytest.fixture(scope="module")
def zone_hours(data: ToolData) -> pd.DataFrame:
    return data.zone_hours(ISO, OFFICIAL, [ZONE])


def _table(hours: pd.DataFrame, metered: pd.Series | float, forecast: pd.Series | float) -> pd.DataFrame:
    times = (hours["interval_start"] + HOUR).dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    loads = {"forecast MW": forecast, "metered MW": metered}
    return pd.DataFrame({"zone": ZONE, "hour ending UTC": times}).assign(**loads)


def _csv(table: pd.DataFrame) -> bytes:
    return table.to_csv(index=False).encode()


def _xlsx(table: pd.DataFrame) -> bytes:
    buffer = BytesIO()
    table.to_excel(buffer, index=False)
    return buffer.getvalue()


def _upload(session: Session, content: bytes, name: str = "mine.csv") -> Session:
    return act(session, "upload_own_load", content, name=name)


def _error(session: Session) -> str:
    message = session.state.message
    assert message is not None and message.is_error and session.own is None
    return message.text


@pytest.mark.parametrize(("write", "name"), [(_csv, "mine.csv"), (_xlsx, "mine.xlsx")])
def test_the_zones_load_has_the_zones_figures_and_nothing_is_stored(
    opened: Session, zone_hours: pd.DataFrame, write: object, name: str
) -> None:
    before = list_series(opened.data.db, ISO, ["files"])
    scaled = [3 * zone_hours[column] for column in ("rt_load_mw", "da_load_mw")]
    shown = _upload(opened, write(_table(zone_hours, *scaled)), name)  # type: ignore[operator]
    own = shown.own
    assert own is not None and (own.name, own.iso) == (name, ISO)
    assert own.lines["price_part"].tolist() == ["VLR", "covariance", "load shape"]
    assert own.lines["own_less_zone"].abs().max() < 1e-9
    assert own.premiums["added"].abs().max() < 1e-9
    assert own.counts["n_hours"].tolist() == [len(zone_hours)] and own.counts["n_estimated"].tolist() == [0]
    page = html_of(shown, "own_load")
    assert name in page.text and "2024-12-01 to 2025-01-31" in page.text and len(page.select("table")) == 3
    pd.testing.assert_frame_equal(list_series(opened.data.db, ISO, ["files"]), before)
    assert read_sql(opened.data.db, "SELECT count(*) AS n FROM curve_version")["n"].tolist() == [2]


def test_a_flat_load_has_neither_covariance_nor_shape(opened: Session, zone_hours: pd.DataFrame) -> None:
    own = _upload(opened, _csv(_table(zone_hours, 1.0, 1.0))).own
    assert own is not None
    figures = own.lines.set_index("price_part")["own_per_mwh"]
    assert figures.tolist() == pytest.approx([0, 0, 0], abs=1e-9)
    assert own.premiums["own_premium"].abs().max() < 1e-9 < own.premiums["zone_premium"].abs().max()


def test_hours_outside_the_window_are_counted(opened: Session, zone_hours: pd.DataFrame) -> None:
    late = zone_hours.assign(interval_start=zone_hours["interval_start"] + pd.Timedelta(days=365))
    both = pd.concat([zone_hours, late], ignore_index=True)
    own = _upload(opened, _csv(_table(both, 1.0, 1.0))).own
    assert own is not None
    assert any(f"{2 * len(late):,} values of the file lie outside" in note for note in own.notes)
    assert "send load of these days" in _error(_upload(opened, _csv(_table(late, 1.0, 1.0))))


def _far() -> bytes:
    book = openpyxl.Workbook()
    book.active.cell(1, 16_000, "metered MW")
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _of_huge_texts() -> bytes:
    buffer = BytesIO()
    with ZipFile(buffer, "w") as archive:
        archive.writestr("xl/sharedStrings.xml", '<sst uniqueCount="4000000000"/>')
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("mine.csv", b"\xff\xfe", "save it as CSV in UTF-8"),
        ("mine.csv", b"zone,metered MW\nN.Y.C.,5\n", "mine.csv"),
        ("mine.pdf", b"%PDF", "neither CSV nor XLSX"),
        ("mine.xlsx", b"PK no book", "save it anew"),
        ("mine.xlsx", _far(), "at most 100,000 rows and 200 columns"),
        ("mine.xlsx", _of_huge_texts(), "no spreadsheet writes"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_way_out(
    opened: Session, name: str, content: bytes, said: str
) -> None:
    text = _error(_upload(opened, content, name))
    assert said in text and "hourly." not in text


def test_an_upload_is_bounded(opened: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_load, "MAX_BYTES", 10)
    assert "an upload at most 10" in _error(_upload(opened, b"zone,metered MW"))
    monkeypatch.undo()
    monkeypatch.setattr(own_load, "MAX_UNPACKED_BYTES", 10)
    assert "--own-load DIR" in _error(_upload(opened, _far(), "mine.xlsx"))


def test_simulated_load_beside_a_real_market_is_refused(opened: Session, zone_hours: pd.DataFrame) -> None:
    content = b"DEMO: simulated\n" + _csv(_table(zone_hours, 1.0, 1.0))
    assert "DEMO" in _error(_upload(opened, content))


@pytest.mark.usefixtures("no_wait")
def test_the_tool_goes_on_meanwhile_and_a_comparison_is_closed(
    opened: Session, zone_hours: pd.DataFrame
) -> None:
    reading = _upload(opened, _csv(_table(zone_hours, 1.0, 1.0)))
    assert html_of(reading, "own_load").select_one("[data-poll=await_work]")
    shown = finish_jobs(reading)
    assert shown.own is not None
    closed = act(shown, "close_own_load")
    assert closed.own is None and not html_of(closed, "own_load").select("table")
