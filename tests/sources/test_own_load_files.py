"""The desk's own load: what people produce is read, what could mean two things is refused."""

from __future__ import annotations

from datetime import date

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.hours import market_hours
from lib.sources.own_load import BadOwnLoad, OwnLoad, own_isos, own_specs, read_own_load

ZONE = "WEST"
JULY = (date(2024, 7, 1), date(2024, 7, 31))


@pytest.fixture
def read(tmp_path):
    """Write texts as files of one ISO's folder, and read its own load."""

    def read_files(files: dict[str, str | bytes], iso: str = "NYISO", days=JULY) -> OwnLoad:
        folder = tmp_path / iso.lower()
        folder.mkdir(exist_ok=True)
        for name, content in files.items():
            is_text = isinstance(content, str)
            (folder / name).write_bytes(content.encode() if is_text else content)
        return read_own_load(tmp_path, iso, *days)

    return read_files


def loads_of(own: OwnLoad, measure: str = "rt_load", zone: str = ZONE) -> dict[str, float]:
    rows = own.loads[(own.loads["location"] == zone) & (own.loads["measure"] == measure)]
    return dict(zip(rows["interval_start"].dt.strftime("%m-%d %H"), rows["value"], strict=True))


LONG = "zone,time,forecast MW,metered MW\nWEST,2024-07-01T05:00:00Z,100,110\nWEST,2024-07-01T06:00:00Z,90,\n"


def test_a_long_file_has_both_measures_and_no_value_where_a_cell_is_empty(read):
    own = read({"hourly.csv": LONG})
    assert loads_of(own, "da_load") == {"07-01 05": 100.0, "07-01 06": 90.0}
    assert loads_of(own) == {"07-01 05": 110.0}
    assert own_specs(own, "NYISO")[0].basis == "own"
    assert {spec.source for spec in own_specs(own, "NYISO")} == {"own_load"}


SAME = {"07-01 04": 1.5, "07-01 05": 2.5}
"""HE 1 and HE 2 of 2024-07-01 in New York."""


@pytest.mark.parametrize(
    "text",
    [
        "zone,time,metered MW\nWEST,2024-07-01T00:00:00-04:00,1.5\nWEST,2024-07-01T01:00:00-04:00,2.5\n",
        "zone,interval_start_utc,metered MW\nWEST,2024-07-01T04:00:00,1.5\nWEST,2024-07-01 05:00,2.5\n",
        "zone,hour ending utc,metered MW\nWEST,2024-07-01T05:00:00,1.5\nWEST,2024-07-01 06:00,2.5\n",
        "zone,date,HE,metered MW\nwest,2024-07-01,1,1.5\nwest,2024-07-01,2,2.5\n",
        'zone,Flow Date,Hour Ending,Actual (kWh)\nWest,7/1/2024,HE01,1500\nWest,7/1/2024,HE02,"2,500"\n',
        "Load Zone;Date;HourEnding;Usage kW\nWEST;2024-07-01;01:00;1500.0\nWEST;2024-07-01;02:00;2500.0\n",
        "date\tHE\tWEST metered MWh\n2024-07-01\t1\t1.5\n2024-07-01\t2\t2.5\n",
        "date,HE,unit,WEST metered\n2024-07-01,1,MW,1.5\n2024-07-01,2,kW,2500\n",
        "date,HE,measure,WEST MW\n2024-07-01,1,metered,1.5\n2024-07-01,2,actual load,2.5\n",
        "zone,date,hour,load MW\nWEST,2024-07-01,0,1.5\nWEST,2024-07-01,1,2.5\n",
        "\ufeffCustomers\n\nzone,date,HE,load MW,\nWEST,2024-07-01,1,1.5,\n\nWEST,2024-07-01,2,2.5,\n",
        "zone,date,measure,unit," + ",".join(f"HE{i}" for i in range(1, 25)) + "\n"
        "WEST,2024-07-01,metered,MW,1.5,2.5" + ",NA" * 22 + "\n",
        "zone,date,measure,unit," + ",".join(f"{i:02}" for i in range(1, 25)) + "\n"
        "WEST,2024-07-01,metered,kWh,1500,2500" + "," * 22 + "\n",
    ],
    ids=[
        *("offset", "UTC in the heading", "UTC hour ending", "HE", "US date and kWh", "semicolons", "tabs"),
        *(
            "column of units",
            "column of measures",
            "hour from 0",
            "titles and blank lines",
            "by hours",
            "numbers",
        ),
    ],
)
def test_the_same_two_hours_are_read_from_whatever_people_produce(read, text):
    assert loads_of(read({"hourly_2024.csv": text})) == SAME


def test_a_workbook_with_dates_and_times_is_read_like_the_csv(read, tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["zone", "interval start UTC", "metered MW", "forecast MW"])
    for hour, load in ((4, 1.5), (5, 2.5)):
        book.active.append(["WEST", pd.Timestamp(2024, 7, 1, hour).to_pydatetime(), load, 2 * load])
    book.create_sheet("empty")
    path = tmp_path / "hourly.xlsx"
    book.save(path)
    own = read({"hourly.xlsx": path.read_bytes()})
    assert loads_of(own) == SAME
    assert loads_of(own, "da_load") == {hour: 2 * load for hour, load in SAME.items()}


def test_several_files_and_zones_are_put_together_and_equal_rows_count_once(read):
    other = "zone,time,metered MW\nWEST,2024-07-01T05:00:00Z,110\nN.Y.C.,2024-07-01T05:00:00Z,7\n"
    own = read({"hourly_a.csv": LONG, "hourly_b.csv": other, "notes.txt": "x", "readme.csv": "x"})
    assert loads_of(own) == {"07-01 05": 110.0} and loads_of(own, zone="N.Y.C.") == {"07-01 05": 7.0}
    assert [note.split()[0] for note in own.notes[:2]] == ["notes.txt", "readme.csv"]


NOVEMBER = (
    "zone,date,HE,metered MW{}\nWEST,2024-11-03,1,1{}\nWEST,2024-11-03,2,2{}\n{}WEST,2024-11-03,3,3{}\n"
)


@pytest.mark.parametrize(
    "text",
    [
        NOVEMBER.format("", "", "", "WEST,2024-11-03,2,2.5\n", ""),
        NOVEMBER.format("", "", "", "WEST,2024-11-03,02X,2.5\n", ""),
        NOVEMBER.format(",RepeatedHourFlag", ",N", ",N", "WEST,2024-11-03,2,2.5,Y\n", ",N"),
        "zone,date,measure,unit,HE1,HE2,HE2X," + ",".join(f"HE{i}" for i in range(3, 25)) + "\n"
        "WEST,2024-11-03,metered,MW,1,2,2.5,3" + "," * 21 + "\n",
    ],
    ids=["two rows", "02X", "flag", "HE2X"],
)
def test_the_november_day_has_two_hours_ending_2(read, text):
    expected = {"11-03 04": 1.0, "11-03 05": 2.0, "11-03 06": 2.5, "11-03 07": 3.0}
    assert loads_of(read({"hourly.csv": text})) == expected


def test_a_single_hour_ending_2_of_november_is_neither_hour(read):
    own = read({"hourly.csv": NOVEMBER.format("", "", "", "", "")})
    assert loads_of(own) == {"11-03 04": 1.0, "11-03 07": 3.0}
    assert any("left out are 1 values: hours ending 2" in note for note in own.notes)


def test_hour_ending_3_of_march_is_left_out_and_counted_unless_it_is_a_filler_of_0(read):
    text = "zone,date,HE,metered MW\nWEST,2024-03-10,2,2\nWEST,2024-03-10,3,{}\nWEST,2024-03-10,4,4\n"
    own = read({"hourly.csv": text.format("3")})
    assert loads_of(own) == {"03-10 06": 2.0, "03-10 07": 4.0}
    assert any("hours ending 3" in note for note in own.notes)
    assert not any("left out" in note for note in read({"hourly.csv": text.format("0")}).notes)


BAD = {
    "no offset": ("zone,time,metered MW\nWEST,2024-07-01 00:00,1\n", "row 2, column 'time'", "offset"),
    "date in UTC": (
        "zone,UTC,load MW\nWEST,2024-07-01,1\n",
        "row 2, column 'UTC': '2024-07-01' has",
        "offset",
    ),
    "no unit": ("zone,date,HE,metered\nWEST,2024-07-01,1,1\n", "column 'metered'", "names no unit"),
    "no measure": ("zone,date,HE,MW\nWEST,2024-07-01,1,1\n", "column 'MW'", "forecast or metered"),
    "no zone": ("date,HE,metered MW\n2024-07-01,1,1\n", "column 'metered MW'", "a column called zone"),
    "unknown zone": (
        "zone,date,HE,metered MW\nWETS,2024-07-01,1,1\n",
        "row 2, column 'zone'",
        "did you mean 'WEST'",
    ),
    "unknown heading": (
        "date,HE,WETS metered MW\n2024-07-01,1,1\n",
        "column 'WETS metered MW'",
        "no zone of NYISO",
    ),
    "two zones": ("zone,date,HE,WEST metered MW\nWEST,2024-07-01,1,1\n", "'WEST metered MW'", "keep one"),
    "text": ("zone,date,HE,metered MW\nWEST,2024-07-01,1,n.v.\n", "row 2, column 'metered MW'", "'n.v.'"),
    "comma": ("zone;date;HE;metered MW\nWEST;2024-07-01;1;1,5\n", "row 2", "write 1234.5"),
    "extra cell": ("zone,date,HE,metered MW\nWEST,2024-07-01,1,1,5\n", "row 2", "decimals with a point"),
    "day first": ("zone,date,HE,metered MW\nWEST,31/7/2024,1,1\n", "row 2, column 'date'", "month first"),
    "short year": ("zone,date,HE,metered MW\nWEST,7/1/24,1,1\n", "row 2, column 'date'", "2024-01-31"),
    "HE 25": ("zone,date,HE,metered MW\nWEST,2024-07-01,25,1\n", "row 2, column 'HE'", "02X"),
    "HE 0": ("zone,date,HE,metered MW\nWEST,2024-07-01,0,1\n", "row 2, column 'HE'", "1 to 24"),
    "hour": ("zone,date,hour,metered MW\nWEST,2024-07-01,5,1\n", "column 'hour'", "begin or end"),
    "quarter": ("zone,time,metered MW\nWEST,2024-07-01T00:15Z,1\n", "row 2", "no full hour"),
    "no time": ("zone,metered MW\nWEST,1\n", "hourly.csv", "column of times"),
    "no load": ("zone,date,HE,colour\nWEST,2024-07-01,1,1\n", "hourly.csv", "column of loads"),
    "huge": ("zone,date,HE,metered GW\nWEST,2024-07-01,1,100000\n", "row 2", "check the unit"),
    "twice": ("zone,date,HE,metered MW\nWEST,2024-07-01,1,1\nWEST,2024-07-01,1,2\n", "row 3", "keep one"),
    "two columns": ("zone,date,HE,HE ending,day,metered MW\nWEST,2024-07-01,1,1,1,1\n", "'day'", "keep one"),
    "same heading": ("zone,date,HE,MW,MW\nWEST,2024-07-01,1,1,2\n", "'MW'", "more than once"),
    "two units": ("zone,date,HE,metered MW kW\nWEST,2024-07-01,1,1\n", "'metered MW kW'", "name one"),
    "unknown unit": (
        "zone,date,HE,unit,metered\nWEST,2024-07-01,1,J,1\n",
        "row 2, column 'unit'",
        "known are mw",
    ),
    "unknown measure": (
        "zone,date,HE,type,MW\nWEST,2024-07-01,1,x,1\n",
        "row 2, column 'type'",
        "forecast or",
    ),
    "flag": ("zone,date,HE,DSTFlag,metered MW\nWEST,2024-07-01,1,?,1\n", "row 2, column 'DSTFlag'", "1 or 0"),
    "empty": ("", "hourly.csv", "headings"),
    "headings only": ("zone,date,HE,metered MW\n", "hourly.csv", "no row"),
    "not text": ("zone,\0", "hourly.csv", "UTF-8"),
    "no values": ("zone,date,HE,metered MW\nWEST,2024-07-01,1,\n", "folder of NYISO", "no load"),
    "25 hours": (
        "zone,date,measure,unit," + ",".join(f"HE{i}" for i in range(1, 26)) + "\n"
        "WEST,2024-11-03,metered,MW" + ",1" * 25 + "\n",
        "row 2, column 'HE25'",
        "HE2X",
    ),
}


@pytest.mark.parametrize(("text", "place", "way_out"), BAD.values(), ids=BAD.keys())
def test_what_is_not_clear_is_refused_with_its_place_and_a_way_out(read, text, place, way_out):
    with pytest.raises(BadOwnLoad) as refused:
        read({"hourly.csv": text})
    assert place in str(refused.value) and way_out in str(refused.value)


@pytest.mark.parametrize("content", [b"PK\x03\x04broken", b"\xff\xfez\x00o\x00", b"zone,\xe9t\xe9 MW\n1,2\n"])
@pytest.mark.parametrize("name", ["hourly.xlsx", "hourly.csv"])
def test_a_damaged_file_is_refused_by_its_name(read, content, name):
    with pytest.raises(BadOwnLoad, match=name):
        read({name: content})


def test_a_workbook_with_two_filled_sheets_is_refused(read, tmp_path):
    book = openpyxl.Workbook()
    for sheet in (book.active, book.create_sheet("second")):
        sheet.append(["zone", "metered MW"])
    book.save(tmp_path / "hourly.xlsx")
    with pytest.raises(BadOwnLoad, match="'second'; keep one"):
        read({"hourly.xlsx": (tmp_path / "hourly.xlsx").read_bytes()})


def test_a_folder_without_files_of_an_iso_is_refused(tmp_path):
    with pytest.raises(BadOwnLoad, match="is no folder"):
        own_isos(tmp_path / "none", ["NYISO"])
    with pytest.raises(BadOwnLoad, match="put the files into one called nyiso"):
        own_isos(tmp_path, ["NYISO"])
    (tmp_path / "NYISO").mkdir()
    assert own_isos(tmp_path, ["NYISO", "PJM"]) == ["NYISO"]
    with pytest.raises(BadOwnLoad, match="the folder of NYISO has no load"):
        read_own_load(tmp_path, "NYISO", *JULY)


LOSSES = (
    "zone,from,distribution,transmission,unaccounted\nWEST,2024-07-01,5%,0.02,0.01\n"
    "WEST,2024-07-02,0.06,0.02,0.01\n"
)
TWO_DAYS = "zone,date,HE,metered MW\nWEST,2024-06-30,24,100\nWEST,2024-07-01,24,100\nWEST,2024-07-02,1,100\n"


def test_losses_multiply_from_their_day_on_and_nothing_is_guessed_before(read):
    own = read({"hourly.csv": TWO_DAYS, "losses.csv": LOSSES})
    assert loads_of(own) == pytest.approx({"07-02 03": 108.171, "07-02 04": 109.2012}, abs=1e-9)
    row = own.summary.iloc[0]
    assert (row["n_hours"], row["n_without_rates"], row["mwh_at_meter"]) == (2, 1, 200.0)
    assert row["mwh"] == pytest.approx(217.3722)


def test_without_a_file_of_losses_the_page_is_told_that_none_are_added(read):
    own = read({"hourly.csv": TWO_DAYS})
    assert own.summary["mwh"].tolist() == [300.0] and "no file losses" in own.notes[0]


def test_the_most_specific_row_of_rates_counts(read):
    hourly = "zone,rate class,time,metered MW\n" + "".join(
        f"{zone},{rate},2024-07-01T05:00Z,100\n" for zone in ("WEST", "N.Y.C.") for rate in ("res", "com")
    )
    losses = (
        "zone,rate class,from,distribution pct\nall,,2020-01-01,1\n,RES,2020-01-01,2\nWEST,,2020-01-01,3\n"
        "WEST,res,2020-01-01,4\n"
    )
    own = read({"hourly.csv": hourly, "losses.csv": losses})
    assert loads_of(own) == pytest.approx({"07-01 05": 104 + 103})
    assert loads_of(own, zone="N.Y.C.") == pytest.approx({"07-01 05": 102 + 101})


BAD_LOSSES = {
    "no from": ("zone,distribution\nWEST,0.05\n", "no column 'from'"),
    "percent": ("from,distribution\n2024-01-01,4.5\n", "row 2, column 'distribution'.*4.5%"),
    "negative": ("from,distribution\n2024-01-01,-0.05\n", "row 2, column 'distribution'"),
    "unknown": ("from,distribution,other\n2024-01-01,0.05,1\n", "column 'other'"),
    "no row": ("zone,from,distribution\nN.Y.C.,2024-01-01,0.05\n", "no row for zone WEST"),
    "twice": ("from,distribution\n2024-01-01,0.05\n1/1/2024,0.06\n", "row 3"),
    "no zone": ("zone,from,distribution\nWETS,2024-01-01,0.05\n", "row 2, column 'zone'.*WEST"),
}


@pytest.mark.parametrize(("text", "message"), BAD_LOSSES.values(), ids=BAD_LOSSES.keys())
def test_rates_that_are_not_clear_are_refused(read, text, message):
    with pytest.raises(BadOwnLoad, match=message):
        read({"hourly.csv": TWO_DAYS, "losses.csv": text})


def test_an_hour_that_a_rate_class_lacks_is_left_out(read):
    text = "zone,class,date,HE,load MW\nWEST,a,2024-07-01,1,1\nWEST,a,2024-07-01,2,2\nWEST,b,2024-07-01,2,3\n"
    own = read({"hourly.csv": text})
    assert loads_of(own) == {"07-01 05": 5.0}
    assert own.summary[["n_classes", "n_partial"]].to_numpy().tolist() == [[2, 1]]


TYPICAL = "rate class,month,day type,HE,profile\n" + "".join(
    f"res,7,{day},{he},{(2 if day == 'WeekDay' else 1) * (3 if he == 18 else 1)}\n"
    for day in ("WeekDay", "WeekEnd")
    for he in range(1, 25)
)


def test_a_month_spreads_over_its_hours_as_the_profile_says(read):
    # July 2024 has 22 weekdays of weight 2 x 26 and 9 other days (the 4th among them) of weight 26: 1378.
    monthly = "zone,rate class,month,metered MWh\nWEST,res,2024-07,1378\n"
    own = read({"monthly.csv": monthly, "profiles.csv": TYPICAL})
    loads = loads_of(own)
    assert len(loads) == 744 and sum(loads.values()) == pytest.approx(1378)
    assert loads["07-01 05"] == pytest.approx(2) and loads["07-01 21"] == pytest.approx(6)
    assert loads["07-04 21"] == pytest.approx(3)


def test_classes_have_profiles_and_losses_of_their_own(read):
    profiles = "rate class,month,he,profile\n" + "".join(
        f"{name},7,{he},{1 if name == 'flat' or he > 12 else 0}\n"
        for name in ("flat", "late")
        for he in range(1, 25)
    )
    monthly = 'zone,rate class,month,usage kWh\nWEST,flat,Jul 2024,744000\nWEST,late,7/2024,"372,000"\n'
    losses = "rate class,from,distribution\nflat,2024-01-01,0.1\nlate,2024-01-01,0\n"
    loads = loads_of(read({"monthly.csv": monthly, "profiles.csv": profiles, "losses.csv": losses}))
    assert loads["07-01 04"] == pytest.approx(1.1) and loads["07-01 16"] == pytest.approx(2.1)


def test_a_dated_profile_is_exact_in_its_year_and_typical_in_others(read):
    days = market_hours("NYISO", date(2023, 7, 1), date(2023, 7, 31))
    dated = days.assign(
        date=days["market_date"].dt.strftime("%Y-%m-%d"), weight=days["day"].eq(4) * 1.0 + 1.0
    )
    profile = dated[["date", "he", "weight"]].to_csv(index=False)
    monthly = "zone,month,metered MWh\nWEST,2023-07,768\nWEST,2024-07,744\n"
    own = read({"monthly.csv": monthly, "profiles.csv": profile})
    rows = own.loads.assign(local=own.loads["interval_start"].dt.tz_convert("America/New_York"))
    by_day = rows.groupby(rows["local"].dt.strftime("%Y-%m-%d"))["value"].sum()
    assert by_day["2023-07-04"] == pytest.approx(48) and by_day["2023-07-05"] == pytest.approx(24)
    # In 2023 one of 11 weekend days of July was the 4th, at twice the weight of the others.
    assert by_day["2024-07-04"] / by_day["2024-07-05"] == pytest.approx(12 / 11)
    assert by_day["2024-07-01":"2024-07-31"].sum() == pytest.approx(744)
    assert any("744 hours have no value of their own" in note for note in own.notes)


def test_a_profile_that_stands_alone_is_a_load_of_1_mw(read):
    own = read({"profiles.csv": TYPICAL.replace("rate class", "zone").replace("res,", "WEST,")})
    loads = loads_of(own)
    assert len(loads) == 744 and sum(loads.values()) / 744 == pytest.approx(1)
    assert loads["07-01 21"] == pytest.approx(3 * loads["07-01 20"])


BAD_PROFILES = {
    "no profile": ({"monthly.csv": "zone,month,MWh\nWEST,2024-07,1\n"}, "no profile to spread it"),
    "no class": (
        {"monthly.csv": "zone,class,month,MWh\nWEST,com,2024-07,1\n", "profiles.csv": TYPICAL},
        "no profile for zone WEST, rate class com",
    ),
    "alone without zone": ({"profiles.csv": TYPICAL}, "no zone.*monthly.csv"),
    "no energy": (
        {"monthly.csv": "zone,month,MWh\nWEST,2024-07,NA\n", "profiles.csv": TYPICAL},
        "monthly.csv: has no month with energy",
    ),
    "no values": ({"profiles.csv": "zone,month,HE,profile\nWEST,7,1,\n"}, "profiles.csv: has no value"),
    "MW": ({"monthly.csv": "zone,month,MW\nWEST,2024-07,1\n", "profiles.csv": TYPICAL}, "is no energy"),
    "month": (
        {"monthly.csv": "zone,month,MWh\nWEST,7,1\n", "profiles.csv": TYPICAL},
        "row 2, column 'month'",
    ),
    "negative": (
        {"monthly.csv": "zone,month,MWh\nWEST,2024-07,1\n", "profiles.csv": "month,HE,profile\n7,1,-1\n"},
        "row 2, column 'profile'.*negative",
    ),
    "day type": (
        {
            "monthly.csv": "zone,month,MWh\nWEST,2024-07,1\n",
            "profiles.csv": "month,day type,HE,profile\n7,Sat,1,1\n",
        },
        "row 2, column 'day type'",
    ),
}


@pytest.mark.parametrize(("files", "message"), BAD_PROFILES.values(), ids=BAD_PROFILES.keys())
def test_profiles_and_months_that_are_not_clear_are_refused(read, files, message):
    with pytest.raises(BadOwnLoad, match=message):
        read(files)


def test_a_month_that_the_profile_does_not_cover_is_left_out_and_counted(read):
    monthly = "zone,rate class,month,MWh\nWEST,res,2024-07,744\nWEST,res,2024-08,744\n"
    own = read({"monthly.csv": monthly, "profiles.csv": TYPICAL})
    assert own.summary["n_hours"].tolist() == [744]
    assert any("744 hours of months are left out" in note for note in own.notes)


@settings(max_examples=20, deadline=None)
@given(
    year=st.integers(2015, 2025),
    month=st.integers(1, 12),
    iso=st.sampled_from(["NYISO", "ERCOT", "MISO"]),
    energy=st.floats(0.001, 1e6),
)
def test_the_hours_of_a_month_add_up_to_its_energy_with_either_clock_change(
    tmp_path_factory, year, month, iso, energy
):
    zone = {"NYISO": "WEST", "ERCOT": "North", "MISO": "AMIL.IP"}[iso]
    folder = tmp_path_factory.mktemp("own")
    (folder / iso).mkdir()
    profile = "month,he,profile\n" + "".join(f"{m},{he},{he}\n" for m in range(1, 13) for he in range(1, 25))
    (folder / iso / "profiles.csv").write_text(profile)
    (folder / iso / "monthly.csv").write_text(f"zone,month,MWh\n{zone},{year}-{month:02},{energy!r}\n")
    own = read_own_load(folder, iso, *JULY)
    days = pd.Period(f"{year}-{month:02}").days_in_month
    assert own.loads["value"].sum() == pytest.approx(energy)
    assert len(own.loads) == 24 * days + {3: -1, 11: 1}.get(month, 0)


def test_a_real_year_written_by_hours_ending_comes_back_as_it_was(read, shared_data):
    zone_load = pd.read_parquet(shared_data / "nyiso" / "rt_load.parquet")
    load = zone_load[zone_load["zone"] == ZONE].sort_values("interval_start_utc")
    local = load["interval_start_utc"].dt.tz_convert("America/New_York")
    text = pd.DataFrame(
        {
            "zone": ZONE,
            "date": local.dt.strftime("%-m/%-d/%Y"),
            "hour ending": local.dt.hour + 1,
            "metered kWh": load["value"] * 1000,
        }
    ).to_csv(index=False)
    own = read({"hourly.csv": text})
    assert len(own.loads) == 8784
    assert own.loads["value"].to_numpy() == pytest.approx(load["value"].to_numpy(), rel=1e-12)
    assert (own.loads["interval_start"].to_numpy() == load["interval_start_utc"].to_numpy()).all()
