"""Files exactly as NYISO and ISO-NE published them, served under their paths, beside the gathered series."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from io import BytesIO
from pathlib import Path

import pandas as pd
import pytest

from lib.hours import utc_bounds
from lib.sources import SeriesResult
from tests.standins import nyiso
from tests.standins.bad_server import BadServer

Read = Callable[..., SeriesResult]


def gathered(shared_data: Path, measure: str, first: date, last: date) -> pd.DataFrame:
    """The gathered series of NYISO for local days, as a series frame."""
    frame = pd.read_parquet(shared_data / "nyiso" / f"{measure}.parquet")
    frame = frame.set_axis(["location", "interval_start", "value"], axis=1)
    start, end = utc_bounds("NYISO", first, last)
    frame = frame[(frame["interval_start"] >= start) & (frame["interval_start"] < end)]
    return frame.sort_values(["location", "interval_start"], ignore_index=True)


@pytest.mark.parametrize(
    ("first", "last", "n_hours"),
    [(date(2019, 11, 2), date(2019, 11, 4), 73), (date(2020, 3, 7), date(2020, 3, 9), 71)],
    ids=["autumn", "spring"],
)
@pytest.mark.parametrize("is_zipped", [True, False], ids=["archive", "gridstatus"])
def test_day_ahead_prices_read_to_the_numbers_of_the_gathered_series(
    bad_server: BadServer,
    read: Read,
    shared_data: Path,
    is_zipped: bool,
    first: date,
    last: date,
    n_hours: int,
) -> None:
    days = [day.date() for day in pd.date_range(first, last)]
    files = {f"{day:%Y%m%d}damlbmp_zone.csv": day for day in days}
    texts = {name: (shared_data / "raw" / "nyiso" / name).read_text() for name in files}
    if is_zipped:
        path = "/mis" + nyiso.archive_path("damlbmp_zone", first)
        bad_server.on(path, bad_server.good(nyiso.zipped(texts)))
    else:
        for name, day in files.items():
            bad_server.on("/oasis" + nyiso.day_path("damlbmp_zone", day), bad_server.good(texts[name]))
    answer = read("NYISO", "da_lmp", first, last)
    assert len(answer.frame) == 11 * n_hours
    assert answer.problems == ()
    pd.testing.assert_frame_equal(
        answer.frame, gathered(shared_data, "da_lmp", first, last), check_exact=True
    )


@pytest.mark.parametrize(
    ("first", "last", "n_hours"),
    [(date(2019, 11, 2), date(2019, 12, 1), 30 * 24 + 1), (date(2020, 3, 2), date(2020, 4, 1), 31 * 24 - 1)],
    ids=["autumn", "spring"],
)
def test_forecasts_read_to_the_numbers_of_the_gathered_series(
    bad_server: BadServer, read: Read, shared_data: Path, first: date, last: date, n_hours: int
) -> None:
    name = f"{first:%Y%m}01isolf_csv.zip"
    body = (shared_data / "raw" / "nyiso" / name).read_bytes()
    bad_server.on("/mis" + nyiso.archive_path("isolf", first), bad_server.good(body))
    answer = read("NYISO", "da_load", first, last, "forecast")
    assert len(answer.frame) == 11 * n_hours
    assert answer.problems == ()
    pd.testing.assert_frame_equal(
        answer.frame, gathered(shared_data, "da_load", first, last), check_exact=True
    )


@pytest.fixture(scope="session")
def workbook(shared_data: Path) -> bytes:
    """The SMD workbook of January to April 2017."""
    return (shared_data / "raw" / "isone" / "2017_smd_hourly.xls").read_bytes()


@pytest.mark.parametrize(
    ("measure", "column"),
    [("da_lmp", "DA_LMP"), ("rt_lmp", "RT_LMP"), ("da_load", "DA_DEMD"), ("rt_load", "DEMAND")],
)
def test_the_workbook_reads_to_each_hour_once_and_to_no_hour_that_the_clocks_skipped(
    bad_server: BadServer, read: Read, workbook: bytes, measure: str, column: str
) -> None:
    path = "/isone/static-assets/documents/2017/02/2017_smd_hourly.xls"
    bad_server.on(path, bad_server.good(workbook, "application/vnd.ms-excel"))
    frame = read("ISONE", measure, date(2017, 1, 1), date(2017, 4, 30)).frame
    sizes = frame.groupby("location").size()
    assert set(sizes) == {2879}
    assert len(sizes) == (9 if measure.endswith("lmp") else 8)
    maine = frame[frame["location"] == "MAINE"]
    local = maine["interval_start"].dt.tz_convert("America/New_York").dt.tz_localize(None)
    assert local.is_unique
    assert pd.Timestamp("2017-03-12 02:00") not in set(local)
    table = pd.read_excel(BytesIO(workbook), sheet_name="ME")
    is_mean = (table["Date"] == pd.Timestamp("2017-03-12")) & (table["Hour"] == 2)
    assert maine["value"].tolist() == table.loc[~is_mean, column].tolist()


def test_hour_ending_2_of_the_short_day_is_the_mean_that_the_workbooks_notes_say_it_is(
    workbook: bytes,
) -> None:
    sheets = pd.read_excel(BytesIO(workbook), sheet_name=None)
    notes = " ".join(sheets.pop("Notes").astype(str).to_numpy().ravel())
    assert "averaging of the hour ending '01' data and the hour ending '03' data" in notes
    for name, sheet in sheets.items():
        day = sheet[sheet["Date"] == pd.Timestamp("2017-03-12")].set_index("Hour")
        market = day[["DA_DEMD", "DEMAND", "DA_LMP", "DA_EC", "DA_CC", "DA_MLC", "RT_LMP", "RT_EC", "RT_CC"]]
        mean = (market.loc[1] + market.loc[3]) / 2
        assert (market.loc[2] - mean).abs().max() <= 0.0051, name
