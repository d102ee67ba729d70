"""Files with every defect that people make: each is refused with a clear error, or counted and left out."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lib.hours import UTC_HOUR, market_hours
from lib.markets import locations
from lib.sources import SeriesResult, SourceError, UnknownSource, open_source
from lib.sources.files import tables

HOUR = pd.Timestamp("2024-01-15 12:00", tz="UTC")
START, END = HOUR.normalize(), HOUR.normalize() + pd.Timedelta(days=2)
ZONES = [place.name for place in locations("NYISO")]

FORMATS = pytest.mark.parametrize("suffix", ["parquet", "csv"])


def read(folder: Path, measure: str = "da_lmp", iso: str = "NYISO") -> SeriesResult:
    return open_source(f"files:{folder}").read(iso, measure, ZONES, START, END)


def values(answer: SeriesResult) -> dict[tuple[str, pd.Timestamp], float]:
    return answer.frame.set_index(["location", "interval_start"])["value"].to_dict()


def later(n_hours: float) -> pd.Timestamp:
    return HOUR + pd.Timedelta(hours=n_hours)


@FORMATS
def test_a_good_file_is_read_as_it_stands(write, tmp_path, suffix):
    rows = [("WEST", later(1), 21.5), ("WEST", HOUR, -3.25), ("CAPITL", HOUR, 0.0)]
    write(rows, f"nyiso/da_lmp.{suffix}")
    answer = read(tmp_path)
    assert answer.problems == ()
    assert values(answer) == {("CAPITL", HOUR): 0.0, ("WEST", HOUR): -3.25, ("WEST", later(1)): 21.5}
    assert answer.frame["location"].tolist() == ["CAPITL", "WEST", "WEST"]
    assert answer.frame["interval_start"].dtype == UTC_HOUR


@FORMATS
def test_only_the_window_and_the_zones_asked_for_are_given(write, tmp_path, suffix):
    rows = [("WEST", START, 1.0), ("WEST", END, 2.0), ("WEST", later(-24), 3.0), ("NORTH", HOUR, 4.0)]
    write(rows, f"nyiso/da_lmp.{suffix}")
    answer = open_source(f"files:{tmp_path}").read("NYISO", "da_lmp", ["WEST"], START, END)
    assert values(answer) == {("WEST", START): 1.0}
    assert answer.problems == ()


@FORMATS
def test_a_repeated_row_counts_once_and_is_reported(write, tmp_path, suffix):
    write([("WEST", HOUR, 21.0), ("WEST", HOUR, 21.0), ("NORTH", HOUR, 5.0)], f"nyiso/da_lmp.{suffix}")
    answer = read(tmp_path)
    assert values(answer) == {("NORTH", HOUR): 5.0, ("WEST", HOUR): 21.0}
    (problem,) = answer.problems
    assert (problem.kind, problem.location, problem.n_hours) == ("duplicate", "WEST", 1)
    assert (problem.first, problem.last) == (HOUR, HOUR)


@FORMATS
def test_of_two_values_for_one_hour_none_is_trusted(write, tmp_path, suffix):
    rows = [("WEST", HOUR, 21.0), ("WEST", HOUR, 22.0), ("WEST", HOUR, 21.0), ("WEST", later(1), 5.0)]
    write(rows, f"nyiso/da_lmp.{suffix}")
    answer = read(tmp_path)
    assert values(answer) == {("WEST", later(1)): 5.0}
    kinds = {problem.kind: problem.n_hours for problem in answer.problems}
    assert kinds == {"duplicate": 1, "conflict": 2}


@FORMATS
def test_what_is_no_finite_number_is_left_out_and_counted(write, tmp_path, suffix):
    bad = [float("nan"), float("inf"), float("-inf")]
    rows = [("WEST", later(n), value) for n, value in enumerate([*bad, 7.0])]
    write(rows, f"nyiso/da_lmp.{suffix}")
    answer = read(tmp_path)
    assert values(answer) == {("WEST", later(3)): 7.0}
    (problem,) = answer.problems
    assert (problem.kind, problem.n_hours, problem.first, problem.last) == ("not_a_number", 3, HOUR, later(2))


@FORMATS
@pytest.mark.parametrize("text", ["n/a", "", "1 000", "31,5", "$30", "True", "1e", "0x1F", "1_000"])
def test_text_in_place_of_a_number_is_left_out_and_shown(write, tmp_path, suffix, text):
    write(
        [("WEST", HOUR, text), ("WEST", later(1), " 30.5 "), ("NORTH", HOUR, "1e2")], f"nyiso/da_lmp.{suffix}"
    )
    answer = read(tmp_path)
    assert values(answer) == {("NORTH", HOUR): 100.0, ("WEST", later(1)): 30.5}
    (problem,) = answer.problems
    assert (problem.kind, problem.location, problem.n_hours) == ("not_a_number", "WEST", 1)
    assert repr(text) in problem.message


def test_a_decimal_comma_without_quotes_does_not_become_another_number(tmp_path, write):
    path = write([("WEST", HOUR, 31.5), ("WEST", later(1), 5.0)], "nyiso/da_lmp.csv")
    path.write_text(path.read_text().replace("31.5", "31,5"))
    answer = read(tmp_path)
    assert values(answer) == {("WEST", later(1)): 5.0}
    (problem,) = answer.problems
    assert (problem.kind, problem.n_hours) == ("malformed_line", 1)
    assert "31,5" in problem.message


@FORMATS
def test_an_unknown_zone_is_named_and_the_others_go_on(write, tmp_path, suffix):
    rows = [("CAPITAL", HOUR, 1.0), ("CAPITAL", later(1), 1.0), ("PARIS", HOUR, 2.0), ("WEST", HOUR, 3.0)]
    write(rows, f"nyiso/da_lmp.{suffix}")
    answer = read(tmp_path)
    assert values(answer) == {("WEST", HOUR): 3.0}
    capital, paris = answer.problems
    assert (capital.kind, capital.location, capital.n_hours) == ("unknown_zone", "CAPITAL", 2)
    assert "did you mean 'CAPITL'?" in capital.message
    assert (paris.location, paris.n_hours) == ("PARIS", 1)
    assert "CENTRL" in paris.message


@FORMATS
def test_a_file_of_thousands_of_nodes_is_one_problem(write, tmp_path, suffix):
    write([(f"NODE {n}", HOUR, 1.0) for n in range(2500)] + [("WEST", HOUR, 3.0)], f"nyiso/da_lmp.{suffix}")
    answer = read(tmp_path)
    assert values(answer) == {("WEST", HOUR): 3.0}
    (problem,) = answer.problems
    assert (problem.kind, problem.location, problem.n_hours) == ("unknown_zone", None, 2500)
    assert "2500 unknown zones, such as NODE 0, NODE 1" in problem.message


@FORMATS
def test_a_row_without_a_zone_is_counted(write, tmp_path, suffix):
    write([(None, HOUR, 1.0), ("WEST", HOUR, 3.0)], f"nyiso/da_lmp.{suffix}")
    answer = read(tmp_path)
    assert values(answer) == {("WEST", HOUR): 3.0}
    assert [(problem.kind, problem.n_hours) for problem in answer.problems] == [("unknown_zone", 1)]


@FORMATS
@pytest.mark.parametrize("column", ["zone", "interval_start_utc", "value"])
def test_a_missing_column_is_named_with_the_file_and_what_is_expected(write, tmp_path, suffix, column):
    path = write([("WEST", HOUR, 1.0)], f"nyiso/da_lmp.{suffix}")
    frame = pd.DataFrame({"zone": ["WEST"], "interval_start_utc": [HOUR], "value": [1.0]})
    frame = frame.rename(columns={column: "Something Else"})
    frame.to_csv(path, index=False) if suffix == "csv" else frame.to_parquet(path)
    with pytest.raises(SourceError) as caught:
        read(tmp_path)
    message = str(caught.value)
    assert f"column '{column}' is missing" in message
    assert str(path) in message
    assert "'Something Else'" in message
    assert "expected are the columns zone, interval_start_utc, value" in message


def test_a_column_that_occurs_twice_is_refused(tmp_path, write):
    path = write([("WEST", HOUR, 1.0)], "nyiso/da_lmp.csv")
    path.write_text(f"zone,interval_start_utc,value,value\nWEST,{HOUR.isoformat()},1,2\n")
    with pytest.raises(SourceError, match="'value' occurs more than once"):
        read(tmp_path)


@FORMATS
def test_a_column_that_is_not_known_is_refused_by_name(write, tmp_path, suffix):
    path = write([("WEST", HOUR, 1.0)], f"nyiso/da_lmp.{suffix}")
    frame = pd.DataFrame({"zone": ["WEST"], "interval_start_utc": [HOUR], "value": [1.5], "note\x07": ["x"]})
    frame.to_csv(path, index=False) if suffix == "csv" else frame.to_parquet(path)
    with pytest.raises(SourceError, match=f"column 'note ' of {path} is not known; expected are the columns"):
        read(tmp_path)


def test_the_index_that_pandas_writes_along_is_not_read(write, tmp_path):
    path = write([("WEST", HOUR, 1.5)], "nyiso/da_lmp.parquet")
    pd.read_parquet(path).set_axis([7]).to_parquet(path)
    assert "__index_level_0__" in pq.read_schema(path).names
    answer = read(tmp_path)
    assert values(answer) == {("WEST", HOUR): 1.5} and answer.problems == ()


@FORMATS
def test_another_order_does_not_matter(write, tmp_path, suffix):
    path = write([("WEST", HOUR, 1.0)], f"nyiso/da_lmp.{suffix}")
    frame = pd.DataFrame({"value": [1.5], "interval_start_utc": [HOUR], "zone": ["WEST"]})
    frame.to_csv(path, index=False) if suffix == "csv" else frame.to_parquet(path)
    answer = read(tmp_path)
    assert values(answer) == {("WEST", HOUR): 1.5}
    assert answer.problems == ()


@FORMATS
def test_times_without_a_time_zone_are_refused_instead_of_guessed(write, tmp_path, suffix):
    write([("WEST", HOUR.tz_localize(None), 1.0)], f"nyiso/da_lmp.{suffix}")
    with pytest.raises(SourceError, match=r"guessing one would move hours; write"):
        read(tmp_path)


def test_single_times_without_an_offset_are_counted(write, tmp_path):
    write([("WEST", "2024-01-15T12:00:00", 1.0), ("WEST", "2024-01-15T13:00:00Z", 2.0)], "nyiso/da_lmp.csv")
    answer = read(tmp_path)
    assert values(answer) == {("WEST", later(1)): 2.0}
    assert [(problem.kind, problem.n_hours) for problem in answer.problems] == [("no_utc_offset", 1)]


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
@pytest.mark.parametrize(
    "time", ["yesterday", "", "15.01.2024 12:00+00:00", "2204-01-15T12:00Z", "0024-01-15T12:00Z"]
)
def test_a_time_that_cannot_be_read_or_meant_is_counted(write, tmp_path, suffix, time):
    write([("WEST", time, 1.0), ("WEST", "2024-01-15T12:00:00+00:00", 2.0)], f"nyiso/da_lmp.{suffix}")
    answer = read(tmp_path)
    assert values(answer) == {("WEST", HOUR): 2.0}
    (problem,) = answer.problems
    assert problem.kind in ("unreadable_time", "no_utc_offset")
    assert problem.n_hours == 1
    assert repr(time) in problem.message


def test_a_missing_time_in_a_typed_column_is_counted(write, tmp_path):
    write([("WEST", None, 1.0), ("WEST", HOUR, 2.0)])
    answer = read(tmp_path)
    assert values(answer) == {("WEST", HOUR): 2.0}
    assert [(problem.kind, problem.n_hours) for problem in answer.problems] == [("unreadable_time", 1)]


@FORMATS
def test_times_off_the_hour_are_left_out_and_counted(write, tmp_path, suffix):
    write([("WEST", later(0.25), 1.0), ("WEST", later(1), 2.0)], f"nyiso/da_lmp.{suffix}")
    answer = read(tmp_path)
    assert values(answer) == {("WEST", later(1)): 2.0}
    (problem,) = answer.problems
    assert (problem.kind, problem.n_hours, problem.first) == ("off_the_hour", 1, later(0.25))


@pytest.mark.parametrize(
    "text",
    [
        "2024-01-15T12:00:00+00:00",
        "2024-01-15 12:00:00+00",
        "2024-01-15T06:00-06:00",
        "2024-01-15T12:00Z",
        "2024-01-15 12:00:00.000+0000",
        " 2024-01-15T07:00:00-05:00 ",
    ],
)
def test_every_spelling_of_an_offset_means_the_same_hour(write, tmp_path, text):
    write([("WEST", text, 1.0)], "nyiso/da_lmp.csv")
    answer = read(tmp_path)
    assert values(answer) == {("WEST", HOUR): 1.0}
    assert answer.problems == ()


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_every_unit_and_zone_of_a_typed_time_means_the_same_hour(tmp_path, unit):
    times = pd.Series([HOUR]).dt.tz_convert("America/Chicago").astype(f"datetime64[{unit}, America/Chicago]")
    frame = pd.DataFrame({"zone": pd.Categorical(["WEST"]), "interval_start_utc": times, "value": [7]})
    (tmp_path / "NYISO").mkdir()
    frame.to_parquet(tmp_path / "NYISO/da_lmp.parquet")
    assert values(read(tmp_path)) == {("WEST", HOUR): 7.0}


def test_local_offsets_of_a_csv_carry_it_over_both_clock_changes(tmp_path):
    for day, n_hours in ((date(2024, 3, 10), 23), (date(2024, 11, 3), 25)):
        hours = market_hours("NYISO", day, day)["interval_start"]
        local = hours.dt.tz_convert("America/New_York").map(pd.Timestamp.isoformat)
        assert local.str[-6:].nunique() == 2
        (tmp_path / "nyiso").mkdir(exist_ok=True)
        frame = pd.DataFrame({"zone": "WEST", "interval_start_utc": local, "value": range(n_hours)})
        frame.to_csv(tmp_path / "nyiso/rt_load.csv", index=False)
        source = open_source(f"files:{tmp_path}")
        answer = source.read("NYISO", "rt_load", ZONES, hours.min(), hours.max() + pd.Timedelta(hours=1))
        assert answer.frame["interval_start"].tolist() == hours.tolist()
        assert answer.frame["value"].tolist() == list(range(n_hours))
        assert source.extent("NYISO") == (day, day)


def test_a_byte_order_mark_and_windows_line_ends_do_not_matter(write, tmp_path):
    path = write([("WEST", HOUR, 1.0)], "nyiso/da_lmp.csv")
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert values(read(tmp_path)) == {("WEST", HOUR): 1.0}


@pytest.mark.parametrize(
    "content", [b"", b"\x00" * 100, b"PAR1 and then nothing", "zone;value".encode("utf-16")]
)
@FORMATS
def test_a_corrupt_or_empty_file_is_refused_by_name(tmp_path, suffix, content):
    path = tmp_path / f"nyiso/da_lmp.{suffix}"
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(SourceError) as caught:
        read(tmp_path)
    assert str(path) in str(caught.value)
    assert "NYISO da_lmp" in str(caught.value)


def test_a_file_that_is_cut_off_or_scrambled_is_refused_or_read_as_it_was(write, tmp_path):
    rows = [(zone, later(n), float(n)) for zone in ZONES for n in range(-12, 30)]
    path = write(rows)
    whole = path.read_bytes()
    good = values(read(tmp_path))
    n_refused = 0
    for position in range(0, len(whole), 7):
        path.write_bytes(whole[:position])
        with pytest.raises(SourceError):
            read(tmp_path)
        path.write_bytes(whole[:position] + bytes(16) + whole[position + 16 :])
        try:
            read(tmp_path)
        except SourceError:
            n_refused += 1
    assert n_refused > 10
    path.write_bytes(whole)
    assert values(read(tmp_path)) == good


def test_a_csv_that_is_not_utf8_is_refused(write, tmp_path):
    path = write([("WEST", HOUR, 1.0)], "nyiso/da_lmp.csv")
    path.write_bytes(path.read_bytes().replace(b"WEST", b"W\xc9ST"))
    with pytest.raises(SourceError, match="cannot be read"):
        read(tmp_path)


@FORMATS
def test_a_file_without_rows_is_reported(write, tmp_path, suffix):
    write([], f"nyiso/da_lmp.{suffix}") if suffix == "csv" else _write_empty(tmp_path)
    answer = read(tmp_path)
    assert answer.frame.empty
    assert answer.frame.dtypes.astype(str).to_dict() == {
        "location": "object", "interval_start": UTC_HOUR, "value": "float64"
    }  # fmt: skip
    assert [problem.kind for problem in answer.problems] == ["no_rows"]


def _write_empty(folder: Path) -> None:
    schema = pa.schema(
        [("zone", pa.string()), ("interval_start_utc", pa.timestamp("us", "UTC")), ("value", pa.float64())]
    )
    (folder / "nyiso").mkdir()
    pq.write_table(schema.empty_table(), folder / "nyiso/da_lmp.parquet")


@FORMATS
@pytest.mark.parametrize(
    ("measure", "good", "bad"), [("da_lmp", -99_999.0, -100_001.0), ("rt_load", 9_000_000.0, 2.0e7)]
)
def test_an_absurd_value_is_left_out_and_counted(write, tmp_path, suffix, measure, good, bad):
    write([("WEST", HOUR, bad), ("WEST", later(1), good)], f"nyiso/{measure}.{suffix}")
    answer = read(tmp_path, measure)
    assert values(answer) == {("WEST", later(1)): good}
    assert [(problem.kind, problem.n_hours) for problem in answer.problems] == [("out_of_range", 1)]


def test_a_load_of_zero_or_less_is_kept_as_it_is(write, tmp_path):
    write([("WEST", HOUR, 0.0), ("WEST", later(1), -5.0)], "nyiso/rt_load.parquet")
    answer = read(tmp_path, "rt_load")
    assert values(answer) == {("WEST", HOUR): 0.0, ("WEST", later(1)): -5.0}
    assert answer.problems == ()


@pytest.mark.parametrize("value", [pa.array([True]), pa.array([b"1"]), pa.array([[1.0]])])
def test_a_value_of_a_type_that_is_no_number_is_refused(tmp_path, value):
    times = pa.array([HOUR.to_pydatetime()], pa.timestamp("us", "UTC"))
    (tmp_path / "nyiso").mkdir()
    table = pa.table({"zone": ["WEST"], "interval_start_utc": times, "value": value})
    pq.write_table(table, tmp_path / "nyiso/da_lmp.parquet")
    with pytest.raises(SourceError, match=r"column 'value' .* has the type .*; expected is double"):
        read(tmp_path)


def test_a_missing_file_names_what_is_expected_where(write, tmp_path):
    write([("WEST", HOUR, 1.0)])
    with pytest.raises(
        SourceError, match=r"rt_lmp: the file is missing; expected rt_lmp.parquet or rt_lmp.csv in"
    ):
        read(tmp_path, "rt_lmp")


def test_a_missing_iso_is_refused_by_name(write, tmp_path):
    write([("WEST", HOUR, 1.0)])
    source = open_source(f"files:{tmp_path}")
    for ask in (source.series, source.extent):
        with pytest.raises(SourceError, match="PJM: there is no folder"):
            ask("PJM")


def test_the_folder_may_be_in_either_case_but_not_in_both(write, tmp_path):
    write([("WEST", HOUR, 1.0)], "NYISO/da_lmp.parquet")
    assert values(read(tmp_path)) == {("WEST", HOUR): 1.0}
    write([("WEST", HOUR, 2.0)], "nyiso/da_lmp.parquet")
    with pytest.raises(SourceError, match="are both its folder; keep one of them"):
        read(tmp_path)


def test_of_two_formats_the_typed_one_is_read_and_the_other_reported(write, tmp_path):
    write([("WEST", HOUR, 1.0)], "nyiso/da_lmp.parquet")
    write([("WEST", HOUR, 2.0)], "nyiso/da_lmp.csv")
    answer = read(tmp_path)
    assert values(answer) == {("WEST", HOUR): 1.0}
    (problem,) = answer.problems
    assert (problem.kind, problem.n_hours, problem.location) == ("two_files", 0, None)
    assert "da_lmp.csv was not" in problem.message


def test_the_extent_spans_all_files_that_can_be_read(write, tmp_path):
    write([("WEST", pd.Timestamp("2024-01-15 03:00", tz="UTC"), 1.0)], "nyiso/da_lmp.parquet")
    write(
        [("WEST", pd.Timestamp("2024-02-01 05:00", tz="UTC"), 1.0), ("WEST", "never", 1.0)],
        "nyiso/rt_lmp.csv",
    )
    write([("WEST", pd.Timestamp("1970-01-01", tz="UTC"), 1.0)], "nyiso/rt_load.parquet")
    (tmp_path / "nyiso/da_load.parquet").write_bytes(b"broken")
    assert open_source(f"files:{tmp_path}").extent("NYISO") == (date(2024, 1, 14), date(2024, 2, 1))


def test_an_iso_without_any_usable_hour_says_why(write, tmp_path):
    write([("WEST", HOUR.tz_localize(None), 1.0)], "nyiso/da_lmp.csv")
    with pytest.raises(
        SourceError, match=r"NYISO: .* has no hour with a UTC time; .*rt_lmp: the file is missing"
    ):
        open_source(f"files:{tmp_path}").extent("NYISO")


def test_all_zones_are_expected_but_only_the_hubs_that_the_files_name(write, tmp_path):
    write([("NORTH ZONE", HOUR, 1.0), ("HB_NORTH", HOUR, 1.0)], "ercot/da_lmp.parquet")
    for name in ("rt_lmp.csv", "da_load.csv", "rt_load.parquet"):
        write([("NORTH ZONE", HOUR, 1.0)], f"ercot/{name}")
    series = open_source(f"files:{tmp_path}").series("ERCOT")
    by_measure = {
        measure: {spec.location for spec in series if spec.measure == measure}
        for measure in ("da_lmp", "rt_lmp", "da_load", "rt_load")
    }
    zones = {place.name for place in locations("ERCOT", "zone")}
    assert by_measure == {
        "da_lmp": zones | {"HB_NORTH"}, "rt_lmp": zones, "da_load": zones, "rt_load": zones
    }  # fmt: skip
    assert {spec.basis for spec in series if spec.measure == "da_load"} == {"forecast"}


@pytest.mark.parametrize(
    "spec", ["", "demo:x", "files", "files:", "files:no/such/folder", "vendor", "FILES:."]
)
def test_an_unknown_source_says_what_is_allowed(spec):
    with pytest.raises(UnknownSource, match=r"'demo', 'files:DIR'|is no folder"):
        open_source(spec)


@FORMATS
def test_a_number_is_read_to_its_last_bit(write, tmp_path, suffix):
    exact = [10.729999999999999, 30.709999999999997, -161.92666666666665]
    write([("WEST", later(n), value) for n, value in enumerate(exact)], f"nyiso/da_lmp.{suffix}")
    assert read(tmp_path).frame["value"].tolist() == exact


def test_a_measure_without_a_file_is_no_series_of_the_folder(write, tmp_path):
    write([("WEST", HOUR, 1.0)], "nyiso/da_lmp.parquet")
    write([("WEST", HOUR, 1.0)], "nyiso/rt_lmp.csv")
    series = open_source(f"files:{tmp_path}").series("NYISO")
    assert {spec.measure for spec in series} == {"da_lmp", "rt_lmp"}


def test_a_folder_without_any_file_of_a_measure_says_what_is_expected(tmp_path):
    (tmp_path / "nyiso").mkdir()
    with pytest.raises(SourceError, match=r"NYISO: .* has no file; expected is any of da_lmp, rt_lmp"):
        open_source(f"files:{tmp_path}").series("NYISO")


@pytest.mark.parametrize("start", ["", "\ufeff"], ids=["plain", "byte order mark"])
def test_a_folder_states_what_its_loads_measure(write, tmp_path, start):
    for measure in ("da_lmp", "da_load", "rt_load"):
        write([("WEST", HOUR, 1.0)], f"nyiso/{measure}.parquet")
    (tmp_path / "nyiso/bases.csv").write_text(f"{start}measure,basis\nda_load, cleared\n", "utf-8")
    series = open_source(f"files:{tmp_path}").series("NYISO")
    bases = {spec.measure: spec.basis for spec in series}
    assert bases == {"da_lmp": "actual", "da_load": "cleared", "rt_load": "actual"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"measure,basis\nda_load,clered\n", "'clered' of da_load; known are cleared, forecast, proxy"),
        (b"measure,basis\nrt_load,forecast\n", "'forecast' of rt_load; known are actual, proxy"),
        (b"measure,basis\nda_lmp,actual\n", "a basis of 'da_lmp'; only da_load and rt_load have a choice"),
        (b"measure,basis\nda_load,cleared\nda_load,proxy\n", "states the basis of da_load twice"),
        (b"measure,basis\nda_load\n", "a row without exactly a measure and a basis"),
        (b"measure,basis\nda_load,cleared,x\n", "a row without exactly a measure and a basis"),
        (b"da_load,cleared\n", "begins with da_load,cleared; write measure,basis as its first line"),
        (b"", "begins with nothing; write measure,basis as its first line"),
        (b"measure,basis\n\xff\xfe", "cannot be read .*; write measure,basis as its first line"),
    ],
)
def test_stated_bases_that_no_load_has_are_refused_when_the_source_is_opened(write, tmp_path, text, message):
    write([("WEST", HOUR, 1.0)])
    (tmp_path / "nyiso/bases.csv").write_bytes(text)
    with pytest.raises(UnknownSource, match=f"bases.csv .*{message}|bases.csv {message}"):
        open_source(f"files:{tmp_path}")


def test_the_price_on_which_metered_load_settles_is_a_series_of_the_zones_that_its_file_names(
    write, tmp_path
):
    write([("WEST", HOUR, 1.0)], "nyiso/rt_lmp.parquet")
    write([("NORTH", HOUR, 2.0)], "nyiso/rt_lmp_settled.csv")
    source = open_source(f"files:{tmp_path}")
    settled = [spec for spec in source.series("NYISO") if spec.basis == "settled"]
    assert [(spec.location, spec.measure) for spec in settled] == [("NORTH", "rt_lmp")]
    assert values(source.read("NYISO", "rt_lmp", ["NORTH"], START, END, "settled")) == {("NORTH", HOUR): 2.0}
    assert values(read(tmp_path, "rt_lmp")) == {("WEST", HOUR): 1.0}


@FORMATS
def test_a_file_of_more_than_any_market_has_is_refused_before_it_is_read(
    write, tmp_path, suffix, monkeypatch
):
    write([("WEST", later(n), 1.0) for n in range(50)], f"nyiso/da_lmp.{suffix}")
    monkeypatch.setattr(tables, "MAX_BYTES", 300)
    with pytest.raises(SourceError, match="300 bytes are the most that is read"):
        read(tmp_path)


def test_thirty_million_rows_in_a_few_bytes_are_refused_by_what_the_file_says_of_itself(tmp_path):
    (tmp_path / "nyiso").mkdir()
    path = tmp_path / "nyiso/da_lmp.parquet"
    rows = pa.table(
        {
            "zone": pa.array(["WEST"] * 1000).dictionary_encode(),
            "interval_start_utc": pa.array([HOUR] * 1000, pa.timestamp("us", "UTC")),
            "value": [1.0] * 1000,
        }
    )
    with pq.ParquetWriter(path, rows.schema) as writer:
        for _ in range(20):
            writer.write_table(pa.concat_tables([rows] * 600))
    assert path.stat().st_size < 400_000
    with pytest.raises(SourceError, match=r"da_lmp\.parquet has 12,000,000 rows"):
        read(tmp_path)


@FORMATS
def test_names_of_a_megabyte_and_control_characters_stay_short_in_every_message(write, tmp_path, suffix):
    name = "\x1b[31m" + "W" * 1_000_000
    write([(name, HOUR, 1.0), ("WEST", HOUR, 2.0)], f"nyiso/da_lmp.{suffix}")
    (problem,) = read(tmp_path).problems
    assert problem.location is not None
    assert len(problem.location) < 120
    assert len(problem.message) < 5_000
    assert problem.location.isprintable() and problem.message.isprintable()


def test_a_stray_quote_costs_its_line(write, tmp_path):
    path = write([("WEST", later(n), float(n)) for n in range(20)], "nyiso/da_lmp.csv")
    lines = path.read_text().splitlines()
    lines[5] = f'"{lines[5]}'
    path.write_text("\n".join(lines))
    answer = read(tmp_path)
    assert len(answer.frame) == 19
    assert [problem.kind for problem in answer.problems] == ["malformed_line"]
