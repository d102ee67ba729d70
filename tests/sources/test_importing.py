"""Files as analysts have them, written from known hours in UTC, and what the importer makes of them."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.hours import market_hours
from lib.sources.importing import BadImport, Choices, guess_iso, read_file
from lib.sources.importing.numbers import read_numbers

ZONES = ("WEST", "N.Y.C.")
SPRING, AUTUMN = (date(2024, 3, 9), date(2024, 3, 11)), (date(2024, 11, 2), date(2024, 11, 4))


@pytest.fixture(scope="module", params=["spring", "autumn"])
def truth(request: pytest.FixtureRequest) -> pd.DataFrame:
    """Three days around a clock change: location, interval_start, labels of the hour, and four numbers."""
    hours = market_hours("NYISO", *(SPRING if request.param == "spring" else AUTUMN))
    grid = pd.concat([hours.assign(location=zone) for zone in ZONES], ignore_index=True)
    random = np.random.default_rng(7)
    grid["da_lmp"] = random.normal(40, 30, len(grid)).round(2)
    grid["rt_lmp"] = random.normal(40, 60, len(grid)).round(2)
    grid["da_load"] = random.normal(2500, 300, len(grid)).round(1)
    grid["rt_load"] = random.normal(2500, 300, len(grid)).round(1)
    local = grid["interval_start"].dt.tz_convert("America/New_York")
    return grid.assign(
        local=local, he_label=grid["he"].astype(str) + grid["is_repeated_hour"].map({True: "X", False: ""})
    )


def _text(frame: pd.DataFrame, separator: str = ",", title: str = "") -> bytes:
    return (title + frame.to_csv(index=False, sep=separator, lineterminator="\r\n")).encode()


def _check(
    read: dict[str, pd.DataFrame], truth: pd.DataFrame, *measures: str, without: pd.Series | None = None
) -> None:
    assert set(read) == set(measures)
    kept = truth if without is None else truth[~without]
    for measure in measures:
        expected = kept.set_index(["location", "interval_start"])[measure].sort_index()
        got = read[measure].set_index(["location", "interval_start"])["value"].sort_index()
        pd.testing.assert_series_equal(got, expected, check_names=False, check_index_type=False)


def _money(values: pd.Series) -> pd.Series:
    return values.map(lambda value: f"(${-value:,.2f})" if value < 0 else f"${value:,.2f}")


def _comma(values: pd.Series) -> pd.Series:
    return values.map(lambda value: f"{value:,.2f}".replace(",", " ").replace(".", ",").replace(" ", "."))


def _long_he(t: pd.DataFrame) -> bytes:
    return _text(
        pd.DataFrame(
            {
                "Date": t["local"].dt.strftime("%m/%d/%Y"),
                "HE": t["he_label"],
                "Zone": t["location"],
                "DA LMP": t["da_lmp"],
                "RT LMP": t["rt_lmp"],
            }
        )
    )


def _european(t: pd.DataFrame) -> bytes:
    return _text(
        pd.DataFrame(
            {
                "Datum": t["local"].dt.strftime("%d.%m.%Y"),
                "Hour Ending": t["he_label"],
                "Load Zone": t["location"],
                "Day-Ahead Price ($/MWh)": _comma(t["da_lmp"]),
            }
        ).rename(columns={"Datum": "Date"}),
        ";",
    )


def _money_signs(t: pd.DataFrame) -> bytes:
    return _text(
        pd.DataFrame(
            {
                "zone": t["location"].str.lower(),
                "Delivery Date": t["local"].dt.strftime("%Y-%m-%d"),
                "Hour Ending": t["he_label"],
                "Real-Time LMP": _money(t["rt_lmp"]),
            }
        ),
        title="Prices of the desk\r\n\r\n",
    )


def _offsets(t: pd.DataFrame) -> bytes:
    return _text(
        pd.DataFrame(
            {
                "timestamp": t["local"].map(lambda stamp: stamp.isoformat()),
                "location": t["location"],
                "metered MW": t["rt_load"],
            }
        ),
        "\t",
    )


def _utc(t: pd.DataFrame) -> bytes:
    return _text(
        pd.DataFrame(
            {
                "Interval Start UTC": t["interval_start"].dt.strftime("%Y-%m-%d %H:%M:%S"),
                "node": t["location"],
                "forecast MW": t["da_load"],
            }
        )
    )


def _time_zone_column(t: pd.DataFrame) -> bytes:
    return _text(
        pd.DataFrame(
            {
                "Time Stamp": t["local"].dt.strftime("%m/%d/%Y %H:%M:%S"),
                "Time Zone": t["local"].map(lambda s: s.tzname()),
                "Name": t["location"],
                "Actual Load": t["rt_load"],
            }
        ).rename(columns={"Time Stamp": "Time"})
    )


def _named_stamps(t: pd.DataFrame) -> bytes:
    return _text(
        pd.DataFrame(
            {
                "time": t["local"].map(lambda s: f"{s:%Y-%m-%d %I:%M %p} {s.tzname()}"),
                "zone": t["location"],
                "rt_lmp": t["rt_lmp"],
            }
        )
    )


def _kilowatts(t: pd.DataFrame) -> bytes:
    return _text(
        pd.DataFrame(
            {
                "Date": t["local"].dt.strftime("%d-%b-%Y"),
                "HE": t["he_label"],
                "Zone": t["location"],
                "Forecast kW": (t["da_load"] * 1000).map("{:,.0f}".format),
            }
        )
    )


def _flags(t: pd.DataFrame) -> bytes:
    return _text(
        pd.DataFrame(
            {
                "DeliveryDate": t["local"].dt.strftime("%m/%d/%Y"),
                "HourEnding": t["he"].map("{:02d}:00".format),
                "RepeatedHourFlag": t["is_repeated_hour"].map({True: "Y", False: "N"}),
                "SettlementPoint": t["location"],
                "SPP RT": t["rt_lmp"],
            }
        )
    )


def _measure_column(t: pd.DataFrame) -> bytes:
    parts = [
        pd.DataFrame(
            {
                "Date": t["local"].dt.strftime("%Y%m%d"),
                "HE": t["he_label"],
                "zone": t["location"],
                "type": name,
                "value": t[column],
            }
        )
        for name, column in (("Day-Ahead LMP", "da_lmp"), ("Real-Time LMP", "rt_lmp"))
    ]
    return _text(pd.concat(parts))


def _utf_16(t: pd.DataFrame) -> bytes:
    return _long_he(t).decode().encode("utf-16")


def _windows(t: pd.DataFrame) -> bytes:
    return "Preise in \u20ac, B\u00f6rse\r\n".encode("cp1252") + _long_he(t)


def _zones_as_columns(t: pd.DataFrame) -> bytes:
    wide = t.pivot(index="interval_start", columns="location", values="da_lmp")
    labels = t.drop_duplicates("interval_start").set_index("interval_start")
    wide.insert(0, "HE", labels["he_label"])
    wide.insert(0, "Date", labels["local"].dt.strftime("%Y-%m-%d"))
    return _text(wide, title="Day-ahead LMP, $/MWh\r\n")


def _hours_as_columns(t: pd.DataFrame) -> bytes:
    day = t["local"].dt.strftime("%m/%d/%Y")
    wide = t.assign(Date=day, column="HE" + t["he_label"]).pivot(
        index=["Date", "location"], columns="column", values="rt_load"
    )
    order = [f"HE{n}" for n in range(1, 25)] + (["HE2X"] if "HE2X" in wide else [])
    wide = (
        wide.reindex(columns=order[:2] + order[24:] + order[2:24])
        .reset_index()
        .rename(columns={"location": "Zone"})
    )
    return _text(wide, title="Metered load MW\r\n")


def _hours_to_25(t: pd.DataFrame) -> bytes:
    day = t["local"].dt.strftime("%m/%d/%Y")
    nth = t.groupby(["location", day])["interval_start"].rank().astype(int)
    wide = t.assign(Date=day, column=nth).pivot(index=["Date", "location"], columns="column", values="da_lmp")
    wide = (
        wide.reindex(columns=range(1, 26))
        .rename(columns="HE{}".format)
        .reset_index()
        .rename(columns={"location": "Zone"})
    )
    return _text(wide, title="DA LMP\r\n")


def _hour_beginning(t: pd.DataFrame) -> bytes:
    # The repeated hour is the second of two rows.
    return _text(
        pd.DataFrame(
            {
                "date": t["local"].dt.strftime("%Y-%m-%d"),
                "hour": t["he"] - 1,
                "zone": t["location"],
                "da lmp": t["da_lmp"],
            }
        )
    )


def _stamps(t: pd.DataFrame) -> bytes:
    return _text(
        pd.DataFrame(
            {
                "Hour Beginning": t["local"].dt.strftime("%m/%d/%Y %H:%M"),
                "zone": t["location"],
                "da_lmp": t["da_lmp"],
            }
        ).rename(columns={"Hour Beginning": "Interval Start"})
    )


def _stamps_of_ends(t: pd.DataFrame) -> bytes:
    ends = (t["interval_start"] + pd.Timedelta(hours=1)).dt.tz_convert("America/New_York")
    labels = t["local"].dt.tz_localize(None) + pd.Timedelta(hours=1)  # HE 2 of the autumn day comes twice
    is_spring = ends.dt.month.iloc[0] == 3
    stamp = ends.dt.tz_localize(None) if is_spring else labels
    return _text(
        pd.DataFrame(
            {
                "Interval Ending": stamp.dt.strftime("%Y-%m-%d %H:%M"),
                "zone": t["location"],
                "rt_lmp": t["rt_lmp"],
            }
        )
    )


def _wall_clock_ends(t: pd.DataFrame) -> bytes:
    ends = (
        (t["interval_start"] + pd.Timedelta(hours=1)).dt.tz_convert("America/New_York").dt.tz_localize(None)
    )
    return _text(
        pd.DataFrame(
            {
                "Interval Ending": ends.dt.strftime("%Y-%m-%d %H:%M"),
                "zone": t["location"],
                "rt_lmp": t["rt_lmp"],
            }
        )
    )


def _newest_first(t: pd.DataFrame) -> bytes:
    plain = t.assign(he_label=t["he"].astype(str))
    return _long_he(plain.iloc[::-1])


def _unit_column(t: pd.DataFrame) -> bytes:
    return _text(
        pd.DataFrame(
            {
                "Market Day": t["local"].dt.strftime("%m/%d/%Y"),
                "HE": t["he_label"],
                "Zone": t["location"],
                "Metered load": t["rt_load"] * 1000,
                "UoM": "kWh",
            }
        )
    )


def _two_clocks(t: pd.DataFrame) -> bytes:
    return _text(
        pd.DataFrame(
            {
                "datetime_beginning_ept": t["local"].dt.strftime("%m/%d/%Y %I:%M:%S %p"),
                "datetime_beginning_utc": t["interval_start"].dt.strftime("%m/%d/%Y %I:%M:%S %p"),
                "zone": "RTO",
                "pnode_name": t["location"],
                "system_energy_price_da": 31.5,
                "total_lmp_da": t["da_lmp"],
                "congestion_price_da": 0.5,
            }
        )
    )


def _standard(t: pd.DataFrame) -> bytes:
    standard = t["interval_start"] - pd.Timedelta(hours=5)
    return _text(
        pd.DataFrame(
            {
                "Date (EST)": standard.dt.strftime("%Y-%m-%d"),
                "HE": standard.dt.hour + 1,
                "zone": t["location"],
                "DA load MW": t["da_load"],
            }
        )
    )


def _excel(t: pd.DataFrame) -> bytes:
    book = openpyxl.Workbook()
    book.active.title = "About"
    book.active["A1"] = "Made by the desk"
    for zone, rows in t.groupby("location", sort=False):
        sheet = book.create_sheet(str(zone))
        sheet.append(["Date", "Hr_End", "DA_Demand", "RT_Demand", "DA_LMP", "RT_LMP"])
        for row in rows.itertuples():
            sheet.append(
                [
                    row.market_date.to_pydatetime(),
                    row.he_label,
                    row.da_load,
                    row.rt_load,
                    row.da_lmp,
                    row.rt_lmp,
                ]
            )
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _nyiso_page(t: pd.DataFrame) -> bytes:
    frame = pd.DataFrame(
        {
            "Time Stamp": t["local"].dt.strftime("%m/%d/%Y %H:%M"),
            "Name": t["location"],
            "PTID": 61752,
            "LBMP ($/MWHr)": t["da_lmp"],
            "Marginal Cost Losses ($/MWHr)": 1.5,
            "Marginal Cost Congestion ($/MWHr)": -2.25,
        }
    )
    return frame.to_csv(index=False, quoting=csv.QUOTE_NONNUMERIC).encode()


FILES: dict[str, tuple[str, Callable[[pd.DataFrame], bytes], Choices, tuple[str, ...]]] = {
    "long with HE": ("prices.csv", _long_he, Choices(), ("da_lmp", "rt_lmp")),
    "European": ("preise.csv", _european, Choices(), ("da_lmp",)),
    "dollars and parentheses": ("p.csv", _money_signs, Choices(), ("rt_lmp",)),
    "offsets, tabs": ("load.tsv", _offsets, Choices(), ("rt_load",)),
    "UTC": ("x.csv", _utc, Choices(), ("da_load",)),
    "a column of EST and EDT": ("pal.csv", _time_zone_column, Choices(), ("rt_load",)),
    "stamps with AM, PM and EDT": ("p.csv", _named_stamps, Choices(), ("rt_lmp",)),
    "kilowatts, named months": ("f.csv", _kilowatts, Choices(), ("da_load",)),
    "a flag of the repeated hour": ("spp.csv", _flags, Choices(), ("rt_lmp",)),
    "a column of measures": ("all.csv", _measure_column, Choices(), ("da_lmp", "rt_lmp")),
    "UTF-16": ("prices.txt", _utf_16, Choices(), ("da_lmp", "rt_lmp")),
    "Windows-1252": ("prices.csv", _windows, Choices(), ("da_lmp", "rt_lmp")),
    "zones as columns": ("wide.csv", _zones_as_columns, Choices(), ("da_lmp",)),
    "hours as columns with 02X": ("hours.csv", _hours_as_columns, Choices(), ("rt_load",)),
    "hours as columns to 25": ("hours.csv", _hours_to_25, Choices(), ("da_lmp",)),
    "hours from 0": ("h.csv", _hour_beginning, Choices(), ("da_lmp",)),
    "stamps of beginnings": ("s.csv", _stamps, Choices(), ("da_lmp",)),
    "stamps of ends": ("s.csv", _stamps_of_ends, Choices(), ("rt_lmp",)),
    "ends by the clock on the wall": ("s.csv", _wall_clock_ends, Choices(), ("rt_lmp",)),
    "the newest hour first": ("n.csv", _newest_first, Choices(), ("da_lmp", "rt_lmp")),
    "a column of units": ("u.csv", _unit_column, Choices(), ("rt_load",)),
    "local time beside UTC": ("pjm.csv", _two_clocks, Choices(), ("da_lmp",)),
    "standard time": ("e.csv", _standard, Choices(), ("da_load",)),
    "a sheet for each zone": ("smd.xlsx", _excel, Choices(), ("da_lmp", "rt_lmp", "da_load", "rt_load")),
    "the publisher's own file": (
        "20240309damlbmp_zone.csv",
        _nyiso_page,
        Choices(measure="da_lmp"),
        ("da_lmp",),
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_as_analysts_have_it_gives_every_hour(truth: pd.DataFrame, tmp_path: Path, name: str) -> None:
    file, write, choices, measures = FILES[name]
    path = tmp_path / file
    path.write_bytes(write(truth))
    imported = read_file(path, "NYISO", choices)
    _check(imported.frames, truth, *measures)
    assert imported.problems == []
    assert guess_iso(path) == "NYISO"


def _rows(*lines: str) -> bytes:
    return "\n".join(lines).encode()


REFUSED = {
    "hours that begin or end": (
        _rows("date,hour,zone,da_lmp", "2024-07-01,7,WEST,20", "2024-07-01,8,WEST,21"),
        "--hours",
    ),
    "days or months": (_rows("date,HE,zone,da_lmp", "3-4-2024,7,WEST,20"), "--dates mdy or --dates dmy"),
    "decimals or thousands": (_rows("date;HE;zone;da_load", "2024-07-01;7;WEST;1,234"), "--decimal"),
    "no measure": (_rows("date,HE,zone,price", "2024-07-01,7,WEST,20"), "--measure"),
    "no zone": (_rows("date,HE,da_lmp", "2024-07-01,7,20"), "--zone"),
    "another market": (_rows("date,HE,zone,da_lmp", "2024-07-01,7,WESTT,20"), "did you mean 'WEST'"),
    "an hour of no day": (
        _rows("date,HE,zone,da_lmp", "2024-07-01,7,WEST,20", "2024-07-01,31,WEST,20"),
        "row 3",
    ),
    "a date of no month": (_rows("date,HE,zone,da_lmp", "2024-13-45,7,WEST,20"), "is no date"),
    "half an hour": (_rows("time,zone,da_lmp", "2024-07-01 07:30,WEST,20"), "no full hour"),
    "no time": (_rows("zone,da_lmp", "WEST,20", "WEST,21"), "no column of times"),
    "no table": (b"hello", "no table"),
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "no text"),
    "half a workbook": (b"PK\x03\x04rest", "cannot be read"),
    "a decimal comma among commas": (_rows("date,HE,zone,da_lmp", "2024-07-01,7,WEST,20,5"), "row 2"),
    "no clock of this name": (_rows("date,HE,zone,da_lmp", "2024-07-01,7,WEST,20"), "no clock has this name"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_could_mean_two_things_is_refused_with_the_way_out(tmp_path: Path, name: str) -> None:
    content, says = REFUSED[name]
    path = tmp_path / "given.csv"
    path.write_bytes(content)
    choices = Choices(clock="Mars/Olympus") if "clock" in name else Choices()
    with pytest.raises(BadImport, match=says):
        read_file(path, "NYISO", choices)


def test_what_is_left_out_is_counted_with_its_row(tmp_path: Path) -> None:
    path = tmp_path / "given.csv"
    lines = (
        "date,HE,zone,DA LMP,note",
        "2024-07-01,1,WEST,20,a",
        "2024-07-01,2,WEST,n/a,",
        "2024-07-01,3,WEST,soon,",
    )
    path.write_bytes(_rows(*lines, "2024-07-01,4,WESTEROS,20,", "2024-07-01,24,WEST,25,"))
    read = read_file(path, "NYISO")
    assert len(read.frames["da_lmp"]) == 2
    shown = "\n".join(read.notes)
    assert "1 values left out: 'soon' is no number (row 4)" in shown
    assert "'WESTEROS' is no zone of NYISO (did you mean 'WEST'?)" in shown
    assert "columns not used: 'note'" in shown


def test_two_different_values_of_an_hour_count_for_none(tmp_path: Path) -> None:
    path = tmp_path / "given.csv"
    path.write_bytes(
        _rows(
            "date,HE,zone,da_lmp",
            *(f"2024-07-01,{he},WEST,{v}" for he, v in ((1, 2), (2, 3), (2, 4), (24, 5))),
        )
    )
    read = read_file(path, "NYISO")
    assert read.frames["da_lmp"]["value"].tolist() == [2, 5]
    assert len(read.problems) == 1


def test_miso_publishes_in_standard_time_and_a_file_of_summer_is_read_so(tmp_path: Path) -> None:
    path = tmp_path / "given.csv"
    zone = "AMIL.CIPS"
    path.write_bytes(_rows("date,HE,zone,da_lmp", *(f"2024-07-01,{he},{zone},{he}" for he in range(1, 25))))
    read = read_file(path, guess_iso(path))
    assert read.iso == "MISO"
    assert read.frames["da_lmp"]["interval_start"].iloc[0] == pd.Timestamp("2024-07-01 05:00", tz="UTC")
    as_chosen = read_file(path, "MISO", Choices(clock="prevailing"))
    assert as_chosen.frames["da_lmp"]["interval_start"].iloc[0] == pd.Timestamp("2024-07-01 04:00", tz="UTC")


@given(
    st.lists(st.floats(-9999, 9999).map(lambda value: round(value, 2)), min_size=1, max_size=20),
    st.sampled_from([_money, _comma, pd.Series.map]),
)
def test_numbers_come_back_in_whatever_way_they_are_written(
    numbers: list[float], write: Callable[..., pd.Series]
) -> None:
    values = pd.Series(numbers, dtype=float)
    texts = write(values, str) if write is pd.Series.map else write(values)
    read = read_numbers(texts)
    assert not read.is_unreadable.any()
    pd.testing.assert_series_equal(read.values, values + 0.0, check_names=False)


def test_a_publishers_file_gives_the_hours_of_the_prepared_data(shared_data: Path) -> None:
    expected = pd.read_parquet(shared_data / "nyiso" / "da_lmp.parquet").set_index(
        ["zone", "interval_start_utc"]
    )
    for file in sorted((shared_data / "raw" / "nyiso").glob("*damlbmp_zone.csv")):
        frame = read_file(file, "NYISO", Choices(measure="da_lmp")).frames["da_lmp"]
        stored = expected["value"].loc[list(zip(frame["location"], frame["interval_start"], strict=True))]
        assert len(frame) == 11 * (25 if "1103" in file.name else 23 if "0308" in file.name else 24)
        np.testing.assert_allclose(frame["value"], stored)


def test_a_filler_of_the_short_day_is_no_hour_and_proves_no_standard_time(shared_data: Path) -> None:
    read = read_file(shared_data / "raw" / "isone" / "2017_smd_hourly.xls", "ISONE")
    maine = read.frames["da_lmp"].query("location == 'MAINE'").set_index("interval_start")["value"]
    day = [maine[pd.Timestamp("2017-03-12 05:00", tz="UTC") + pd.Timedelta(hours=n)] for n in range(4)]
    assert day == [56.99, 58.25, 55.85, 55.91]  # HE 1, the row called HE 3, HE 4, HE 5
    assert len(maine) == 2879
    assert set(read.frames) == {"da_lmp", "rt_lmp", "da_load", "rt_load"}
    assert sum("fill the hour" in note for note in read.notes) == 9


def test_two_lines_of_headings_units_below_them_and_totals_are_read(tmp_path: Path) -> None:
    path = tmp_path / "given.csv"
    lines = (
        "Our prices",
        ",,WEST,,N.Y.C.,",
        "Date,HE,DA LMP,RT LMP,DA LMP,RT LMP",
        ",,$/MWh,$/MWh,$/MWh,$/MWh",
    )
    rows = (f"2024-07-01,{he},{he},{he + 100},{he + 200},{he + 300}" for he in range(1, 25))
    path.write_bytes(_rows(*lines, *rows, "Average,,12.5,112.5,212.5,312.5"))
    frames = read_file(path, "NYISO").frames
    first = {
        (m, row.location): row.value
        for m, frame in frames.items()
        for row in frame.itertuples()
        if row.value % 100 == 1
    }
    assert first == {
        ("da_lmp", "WEST"): 1,
        ("rt_lmp", "WEST"): 101,
        ("da_lmp", "N.Y.C."): 201,
        ("rt_lmp", "N.Y.C."): 301,
    }
    assert {len(frame) for frame in frames.values()} == {48}


def test_numbers_that_rise_evenly_are_no_fillers(tmp_path: Path) -> None:
    path = tmp_path / "given.csv"
    hours = pd.date_range("2024-03-09 05:00", "2024-03-12 03:00", freq="h", tz="UTC")
    for clock, heading in ((None, "UTC time"), ("America/New_York", "time")):
        stamps = hours if clock is None else hours.tz_convert(clock)
        lines = (f"{stamp:%Y-%m-%d %H:%M},WEST,{n}" for n, stamp in enumerate(stamps))
        path.write_bytes(_rows(f"{heading},zone,da_lmp", *lines))
        frame = read_file(path, "NYISO").frames["da_lmp"]
        assert frame["interval_start"].tolist() == hours.tolist()
        assert frame["value"].tolist() == list(range(len(hours)))
