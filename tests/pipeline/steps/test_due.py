"""No success without data: what a source has had and does not give any more fails the fetch, by name."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lib.hours import HOUR, market_hours
from lib.markets import MEASURES, locations
from lib.pipeline.steps.due import DUE, DueNotCome
from lib.pipeline.steps.fetch import (
    FetchReport,
    check_fetched,
    find_warning,
    problem_rows,
    update_stored_series,
)
from lib.sources import Problem, SeriesResult, SeriesSpec, Unanswered, open_source
from lib.store import Database, RunTask, finish_run, finish_task, read_relation, start_run
from tests.support.databases import copy_of

ISO = "NYISO"
FIRST, LAST, NEXT = date(2024, 6, 1), date(2024, 6, 3), date(2024, 6, 4)
ZONES = sorted(place.name for place in locations(ISO, "zone"))
TIME = "interval_start_utc"
Change = Callable[[pd.DataFrame], pd.DataFrame]


def rows_of(measure: str, last: date = LAST) -> pd.DataFrame:
    """The rows of a measure from the first to the last day."""
    hours = market_hours(ISO, FIRST, last)["interval_start"]
    rows = pd.DataFrame(
        {"zone": np.repeat(ZONES, len(hours)), "interval_start_utc": np.tile(hours, len(ZONES))}
    )
    rows["interval_start_utc"] = rows["interval_start_utc"].astype("datetime64[us, UTC]")
    return rows.assign(value=np.arange(len(rows)) + 0.5 + 1000 * list(MEASURES).index(measure))


def write_folder(folder: Path, last: date = LAST) -> Path:
    """A folder with loads of the day ahead as CSV, and its prices as Parquet."""
    (folder / "nyiso").mkdir(parents=True)
    rows_of("da_load", last).to_csv(folder / "nyiso/da_load.csv", index=False)
    rows_of("da_lmp", last).to_parquet(folder / "nyiso/da_lmp.parquet", row_group_size=264, index=False)
    return folder


def fetch(database: Database, folder: Path, last: date = LAST) -> FetchReport:
    """What a run does to bring the folder's series up to date."""
    run_id = start_run(database, source="files", as_of=NEXT, window_start=FIRST, window_end=last)
    task = RunTask(run_id, "fetch", ISO)
    report = update_stored_series(database, open_source(f"files:{folder}"), ISO, FIRST, last, NEXT, task)
    finish_task(database, task, "done")
    finish_run(database, run_id, "done")
    return report


@pytest.fixture(scope="module")
def after_first_day(
    server: str, templates: dict[str, Database], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """A database with three good days; no second day of these tests changes what it has."""
    with copy_of(server, templates["files"]) as database:
        check_fetched(fetch(database, write_folder(tmp_path_factory.mktemp("good"))))
        yield database


@pytest.fixture(scope="module")
def without_da_load(
    server: str, templates: dict[str, Database], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """A database that never had a load of the day ahead."""
    folder = write_folder(tmp_path_factory.mktemp("without"))
    (folder / "nyiso/da_load.csv").unlink()
    with copy_of(server, templates["files"]) as database:
        check_fetched(fetch(database, folder))
        yield database


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files of the same three days, to be spoilt."""
    return write_folder(tmp_path / "data")


def csv(change: Change) -> Callable[[Path], None]:
    """Change the rows of the CSV file."""

    def spoil(path: Path) -> None:
        change(pd.read_csv(path, dtype=str)).to_csv(path, index=False)

    return spoil


def content(change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    """Change the bytes of the file."""

    def spoil(path: Path) -> None:
        path.write_bytes(change(path.read_bytes()))

    return spoil


def _replaced(path: Path, make: Callable[[Path], object]) -> None:
    path.unlink()
    make(path)


FAULTS: dict[str, tuple[Callable[[Path], object], str]] = {
    "header only": (csv(lambda rows: rows[:0]), "has headings and no row below them"),
    "missing": (Path.unlink, "files had this series and has it no more"),
    "NaN": (csv(lambda rows: rows.assign(value="NaN")), "not finite numbers"),
    "text for numbers": (csv(lambda rows: rows.assign(value="n/a")), "such as 'n/a' (da_load.csv, row "),
    "decimal comma": (content(lambda body: body.replace(b".5\n", b",5\n")), "a decimal comma"),
    "renamed column": (csv(lambda rows: rows.rename(columns={"value": "MW"})), "column 'value' is missing"),
    "extra column": (csv(lambda rows: rows.assign(note="x")), "column 'note' of"),
    "a column twice": (content(lambda body: body.replace(b"zone,", b"zone,zone,", 1)), "more than once"),
    "naive times": (
        csv(lambda rows: rows.assign(**{TIME: rows[TIME].str[:19]})),
        "no time has an offset",
    ),
    "dates as serials": (
        csv(lambda rows: rows.assign(interval_start_utc="45444.25")),
        "no time has an offset",
    ),
    "other zones": (csv(lambda rows: rows.assign(zone="Z" + rows["zone"])), "unknown zone"),
    "absurd numbers": (csv(lambda rows: rows.assign(value="1e12")), "exceed 10,000,000 MW"),
    "a page": (content(lambda _: b"<!DOCTYPE html><html>Sign in</html>\n"), "is missing"),
    "empty": (content(lambda _: b""), "is empty"),
    "binary": (content(lambda _: bytes(range(256)) * 9), "da_load.csv"),
    "UTF-16": (content(lambda body: body.decode().encode("utf-16")), "cannot be read"),
    "compressed": (content(gzip.compress), "cannot be read"),
    "a folder": (lambda path: _replaced(path, Path.mkdir), "is a folder"),
    "a link to nothing": (
        lambda path: _replaced(path, lambda it: it.symlink_to("gone.csv")),
        "a link to none",
    ),
    "a pipe": (lambda path: _replaced(path, os.mkfifo), "is no file"),
    "semicolons": (content(lambda body: body.replace(b",", b";")), "is missing"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_file_that_had_rows_and_gives_none_fails_by_series_and_file(
    after_first_day: Database, folder: Path, fault: str
) -> None:
    spoil, cause = FAULTS[fault]
    spoil(folder / "nyiso/da_load.csv")
    report = fetch(after_first_day, folder)
    with pytest.raises(DueNotCome) as caught:
        check_fetched(report)
    message = str(caught.value)
    assert "11 series were due and did not come whole" in message
    assert "NYISO da_load CAPITL" in message
    assert cause in message
    assert {problem.measure for problem in report.problems if problem.kind == DUE} == {"da_load"}
    assert (find_warning(problem_rows(report.problems)) or "").startswith("NYISO da_load")


NEVER_HAD = sorted(set(FAULTS) - {"missing"})


@pytest.mark.parametrize("fault", NEVER_HAD)
def test_a_file_that_gives_nothing_fails_on_the_first_day_too(
    without_da_load: Database, folder: Path, fault: str
) -> None:
    spoil, cause = FAULTS[fault]
    spoil(folder / "nyiso/da_load.csv")
    with pytest.raises(DueNotCome) as caught:
        check_fetched(fetch(without_da_load, folder))
    assert cause in str(caught.value)


def _typed(change: Change) -> Callable[[Path], None]:
    def spoil(path: Path) -> None:
        change(pd.read_parquet(path)).to_parquet(path, index=False)

    return spoil


def _schema(**types: pa.DataType) -> Callable[[Path], None]:
    """Write the columns with other types."""

    def spoil(path: Path) -> None:
        table = pq.read_table(path)
        for name, kind in types.items():
            position = table.schema.get_field_index(name)
            table = table.set_column(position, name, pa.nulls(len(table), kind))
        pq.write_table(table, path)

    return spoil


PARQUET: dict[str, tuple[Callable[[Path], object], str]] = {
    "random bytes": (content(lambda body: np.random.default_rng(7).bytes(len(body))), "cannot be read"),
    "cut off": (content(lambda body: body[: len(body) // 2]), "cannot be read"),
    "no rows": (lambda path: pq.write_table(pq.read_table(path)[:0], path), "no row below them"),
    "NaN": (_typed(lambda rows: rows.assign(value=float("nan"))), "not finite numbers"),
    "naive": (_schema(interval_start_utc=pa.timestamp("us")), "times without a time zone"),
    "dates": (_schema(interval_start_utc=pa.date32()), "column 'interval_start_utc' of"),
    "numbers for times": (_schema(interval_start_utc=pa.int64()), "has the type int64"),
    "numbers for zones": (_schema(zone=pa.int32()), "column 'zone' of"),
    "truth values": (_schema(value=pa.bool_()), "has the type bool; expected is double"),
    "lists": (_schema(value=pa.list_(pa.float64())), "column 'value' of"),
    "nothing": (_schema(value=pa.null()), "column 'value' of"),
    "an index": (_typed(lambda rows: rows.rename(columns={"zone": "index"})), "'zone' is missing"),
}  # fmt: skip


@pytest.mark.parametrize("fault", PARQUET)
def test_a_typed_file_that_gives_nothing_fails(after_first_day: Database, folder: Path, fault: str) -> None:
    spoil, cause = PARQUET[fault]
    spoil(folder / "nyiso/da_lmp.parquet")
    with pytest.raises(DueNotCome) as caught:
        check_fetched(fetch(after_first_day, folder))
    assert "da_lmp" in str(caught.value)
    assert cause in str(caught.value)


def _without_west(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(value=rows["value"].where(rows["zone"] != "WEST", ""))


def _without_noon(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[~rows[TIME].str.match("2024-06-02 1[2-9]")]


PARTS: dict[str, tuple[Change, set[str], int]] = {
    "one zone is gone": (lambda rows: rows[rows["zone"] != "WEST"], {"WEST"}, 72),
    "one zone has another name": (lambda rows: rows.replace({"zone": {"WEST": "West NY"}}), {"WEST"}, 72),
    "one zone has no value": (_without_west, {"WEST"}, 72),
    "the last third is cut off": (lambda rows: rows[: len(rows) * 2 // 3], set(ZONES[7:]), 264),
    "half a day is gone": (_without_noon, set(ZONES), 88),
    "an hour has two values": (
        lambda rows: pd.concat([rows, rows[:1].assign(value="7")]),
        {"CAPITL"},
        1,
    ),
}


@pytest.mark.parametrize("fault", PARTS)
def test_hours_that_a_file_had_and_lacks_fail_by_series(
    after_first_day: Database, folder: Path, fault: str
) -> None:
    change, places, n_hours = PARTS[fault]
    csv(change)(folder / "nyiso/da_load.csv")
    report = fetch(after_first_day, folder)
    due = [problem for problem in report.problems if problem.kind == DUE]
    assert {problem.location for problem in due} == places
    assert sum(problem.n_hours for problem in due) == n_hours
    with pytest.raises(DueNotCome, match="da_load"):
        check_fetched(report)


HARMLESS: dict[str, Change] = {
    "unsorted": lambda rows: rows.sample(frac=1, random_state=7),
    "doubled": lambda rows: pd.concat([rows, rows]),
    "foreign nodes": lambda rows: pd.concat([rows, rows.assign(zone="HQ")]),
    "an hour of the next day": lambda rows: pd.concat(
        [rows, rows[:1].assign(**{TIME: "2024-06-04 05:00:00+00:00"})]
    ),
}


@pytest.mark.parametrize("change", HARMLESS)
def test_what_costs_no_hour_fails_nothing(after_first_day: Database, folder: Path, change: str) -> None:
    csv(HARMLESS[change])(folder / "nyiso/da_load.csv")
    check_fetched(fetch(after_first_day, folder))


def test_a_second_day_with_a_header_only_and_random_bytes_keeps_what_it_has_and_fails(
    server: str, after_first_day: Database, tmp_path: Path
) -> None:
    folder = write_folder(tmp_path / "next", NEXT)
    FAULTS["header only"][0](folder / "nyiso/da_load.csv")
    PARQUET["random bytes"][0](folder / "nyiso/da_lmp.parquet")
    with copy_of(server, after_first_day) as database:
        before = read_relation(database, "da_lmps"), read_relation(database, "da_load")
        report = fetch(database, folder, NEXT)
        after = read_relation(database, "da_lmps"), read_relation(database, "da_load")
    for old, new in zip(before, after, strict=True):
        pd.testing.assert_frame_equal(old, new)
    with pytest.raises(DueNotCome, match="22 series were due") as caught:
        check_fetched(report)
    assert "da_lmp.parquet cannot be read" in str(caught.value)
    assert "da_load.csv has headings and no row" in str(caught.value)
    assert (
        str(caught.value).count("were due and did not come:") == 2
    )  # series with one cause are named together


def test_a_damaged_group_of_rows_costs_itself(
    server: str, templates: dict[str, Database], folder: Path
) -> None:
    path = folder / "nyiso/da_lmp.parquet"
    start = pq.read_metadata(path).row_group(1).column(2).data_page_offset
    body = path.read_bytes()
    path.write_bytes(body[:start] + bytes(40) + body[start + 40 :])
    with copy_of(server, templates["files"]) as database:
        report = fetch(database, folder)
    assert report.counts["da_lmp"].written == 2 * 264
    with pytest.raises(DueNotCome, match=r"rows 2 of 3 groups of .*da_lmp\.parquet cannot be read"):
        check_fetched(report)


# Services


@dataclass
class Service:
    """A source with one measure, of which the days that are `silent` have no valid answer."""

    silent: set[date] = field(default_factory=set)
    places: tuple[str, ...] = ("CAPITL", "WEST")
    dead: tuple[str, ...] = ()
    name: str = "service"
    stored_as: tuple[str, ...] = ("service",)

    def revision_days(self, *_: object) -> int:
        return 1

    def corrected_hours(self, *_: object) -> dict[str, pd.DatetimeIndex]:
        return {}

    def series(self, iso: str) -> tuple[SeriesSpec, ...]:
        return tuple(SeriesSpec(iso, place, "rt_load", self.name, "actual") for place in self.places)

    def read(
        self,
        iso: str,
        measure: str,
        locations: Sequence[str],
        start: pd.Timestamp,
        end: pd.Timestamp,
        basis: str | None = None,  # noqa: ARG002 - there is one series of a measure
    ) -> SeriesResult:
        hours = pd.date_range(start, end, freq="h", inclusive="left", unit="us")
        is_silent = np.isin(hours.tz_convert("America/New_York").date, list(self.silent))
        rows = [(place, hour, 1.5) for place in locations for hour in hours[~is_silent]]
        frame = pd.DataFrame(rows, columns=["location", "interval_start", "value"])
        frame = frame.astype({"location": object, "interval_start": "datetime64[us, UTC]", "value": float})
        lost = hours[is_silent]
        unanswered = [Unanswered(place, hour, hour + HOUR) for place in locations for hour in lost]
        if not len(lost):
            return SeriesResult(frame[~frame["location"].isin(self.dead)])
        text = f"{iso} {measure}: day.csv cannot be read"
        problem = Problem(iso, measure, None, "unanswered", len(lost), lost[0], lost[-1], text)
        return SeriesResult(frame, (problem,), tuple(unanswered))


def ask(database: Database, service: Service, first: date, last: date) -> FetchReport:
    as_of = last + timedelta(days=1)
    run_id = start_run(database, source=service.name, as_of=as_of, window_start=first, window_end=last)
    task = RunTask(run_id, "fetch", ISO)
    report = update_stored_series(database, service, ISO, first, last, as_of, task)  # type: ignore[arg-type]
    finish_task(database, task, "done")
    finish_run(database, run_id, "done")
    return report


def test_a_day_without_a_valid_answer_fails_while_it_is_new_and_is_named_ever_after(
    database: Database,
) -> None:
    first, bad = date(2024, 5, 1), date(2024, 5, 3)
    report = ask(database, Service({bad}), first, date(2024, 6, 1))
    with pytest.raises(DueNotCome) as caught:
        check_fetched(report)
    assert "NYISO rt_load CAPITL, WEST: 24 hours from 2024-05-03 04:00 to 2024-05-04 04:00 UTC" in str(
        caught.value
    )
    assert "day.csv cannot be read" in str(caught.value)
    assert report.counts["rt_load"].written == 2 * 31 * 24
    again = ask(database, Service({bad}), first, date(2024, 6, 2))
    check_fetched(again)
    assert "day.csv cannot be read" in " ".join(problem.message for problem in again.problems)
    check_fetched(ask(database, Service(), first, date(2024, 6, 3)))
    with pytest.raises(DueNotCome, match="2024-06-04 04:00 to 2024-06-05"):
        check_fetched(ask(database, Service({date(2024, 6, 4)}), first, date(2024, 6, 4)))


def test_a_series_that_a_service_never_had_is_not_due(database: Database) -> None:
    check_fetched(ask(database, Service(dead=("WEST",)), FIRST, LAST))


def test_a_fetch_that_only_reports_fails_nothing(database: Database) -> None:
    service = Service({LAST})
    report = update_stored_series(database, service, ISO, FIRST, LAST, NEXT, None)  # type: ignore[arg-type]
    check_fetched(report)


def test_a_folder_that_never_had_a_measure_fails_nothing(without_da_load: Database, folder: Path) -> None:
    (folder / "nyiso/da_load.csv").unlink()
    check_fetched(fetch(without_da_load, folder))
