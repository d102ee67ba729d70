"""The licensed source from its kept answers: no network, any window, and the latest answer counts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from lib.hours import utc_bounds
from lib.sources import SourceError, Unanswered
from lib.sources.enverus import EnverusSource, open_enverus, parse
from lib.sources.enverus.queries import symbols
from lib.sources.enverus.replay import replay_fetch
from lib.web import Archive
from tests.standins.gvsi import Gvsi, Response

Open = Callable[..., EnverusSource]

ISO, MEASURE = "NYISO", "da_lmp"
PLACES = ["WEST", "CAPITL", "CENTRL"]
JANUARY = date(2024, 1, 1), date(2024, 1, 31)


@pytest.fixture
def kept(archive: Archive) -> EnverusSource:
    return EnverusSource(replay_fetch(archive))


def test_what_was_answered_is_read_again_without_asking(
    gvsi: Gvsi, enverus: Open, kept: EnverusSource
) -> None:
    live = enverus().read(ISO, MEASURE, PLACES, *utc_bounds(ISO, date(2024, 1, 1), date(2024, 6, 30)))
    n_asked = len(gvsi.asked)
    again = kept.read(ISO, MEASURE, PLACES, *utc_bounds(ISO, date(2024, 1, 1), date(2024, 6, 30)))
    pd.testing.assert_frame_equal(again.frame, live.frame)
    assert again.problems == again.unanswered == ()
    assert len(gvsi.asked) == n_asked


def test_other_windows_and_fewer_symbols_than_were_asked_for_are_found(
    enverus: Open, kept: EnverusSource
) -> None:
    live = enverus().read(ISO, MEASURE, PLACES, *utc_bounds(ISO, *JANUARY)).frame
    start, end = utc_bounds(ISO, date(2024, 1, 10), date(2024, 1, 12))
    part = live[(live["location"] == "CENTRL") & live["interval_start"].between(start, end, inclusive="left")]
    again = kept.read(ISO, MEASURE, ["CENTRL"], start, end)
    pd.testing.assert_frame_equal(again.frame, part.reset_index(drop=True))


def test_of_an_hour_that_several_answers_have_the_latest_counts(
    gvsi: Gvsi, enverus: Open, kept: EnverusSource
) -> None:
    enverus().read(ISO, MEASURE, PLACES, *utc_bounds(ISO, *JANUARY))
    gvsi.spoil = lambda _, table: table.assign(close=1.0)
    enverus().read(ISO, MEASURE, PLACES, *utc_bounds(ISO, date(2024, 1, 20), date(2024, 1, 21)))
    frame = kept.read(ISO, MEASURE, PLACES, *utc_bounds(ISO, *JANUARY)).frame
    start, end = utc_bounds(ISO, date(2024, 1, 20), date(2024, 1, 21))
    is_late = frame["interval_start"].between(start, end, inclusive="left")
    assert (frame.loc[is_late, "value"] == 1).all()
    assert (frame.loc[~is_late, "value"] != 1).all()
    assert len(frame) == len(PLACES) * 31 * 24


@pytest.mark.parametrize(
    "spoil",
    [
        lambda *_: Response(body=b"Error: try again later"),
        lambda _, table: pd.concat([table, table.assign(close=5.0)]),
        lambda _, table: table[:0],
        lambda _, table: table.assign(close="N/A"),
        lambda _, table: table.assign(close="inf"),
    ],
    ids=["an error", "impossible days", "nothing", "text for each number", "no finite number"],
)
def test_a_later_answer_that_is_no_good_hides_no_earlier_one(
    gvsi: Gvsi, enverus: Open, kept: EnverusSource, spoil: Callable[..., object]
) -> None:
    window = utc_bounds(ISO, *JANUARY)
    live = enverus().read(ISO, MEASURE, ["WEST"], *window).frame
    gvsi.spoil = spoil
    assert enverus().read(ISO, MEASURE, ["WEST"], *window).frame.empty
    again = kept.read(ISO, MEASURE, ["WEST"], *window)
    pd.testing.assert_frame_equal(again.frame, live)
    assert again.problems == again.unanswered == ()


def test_an_hour_that_never_had_a_number_is_counted_once(
    gvsi: Gvsi, enverus: Open, kept: EnverusSource
) -> None:
    window = utc_bounds(ISO, *JANUARY)
    gvsi.spoil = lambda _, table: table.assign(close=["N/A", *table["close"].astype(str)[1:]])
    for _ in range(2):
        enverus().read(ISO, MEASURE, ["WEST"], *window)
    again = kept.read(ISO, MEASURE, ["WEST"], *window)
    assert len(again.frame) == 31 * 24 - 1
    assert [(problem.kind, problem.n_hours) for problem in again.problems] == [("not_a_number", 1)]


@pytest.mark.parametrize("harm", [Path.unlink, lambda path: path.write_bytes(b"x")], ids=["gone", "damaged"])
def test_an_answer_that_is_not_as_it_came_is_reported_and_costs_no_other(
    gvsi: Gvsi, enverus: Open, kept: EnverusSource, archive: Archive, harm: Callable[[Path], object]
) -> None:
    live = enverus().read(ISO, MEASURE, PLACES, *utc_bounds(ISO, *JANUARY)).frame
    day = utc_bounds(ISO, date(2024, 1, 20), date(2024, 1, 20))
    gvsi.spoil = lambda _, table: table.assign(close=1.0)
    enverus().read(ISO, MEASURE, ["WEST", "CAPITL"], *day)
    *_, latest = archive.entries("enverus")
    harm(latest.path)
    again = kept.read(ISO, MEASURE, ["WEST", "CENTRL"], *utc_bounds(ISO, *JANUARY))
    expected = live[live["location"].isin(["WEST", "CENTRL"])].reset_index(drop=True)
    pd.testing.assert_frame_equal(again.frame, expected)
    (problem,) = again.problems
    assert (problem.location, problem.kind, problem.n_hours) == ("WEST", "damaged_archive", 24)
    assert str(latest.path) in problem.message
    assert again.unanswered == (Unanswered("WEST", *day),), "it may have had other values"


def test_an_archive_that_cannot_be_listed_says_so_as_a_source_does(
    enverus: Open, kept: EnverusSource, archive: Archive
) -> None:
    enverus().read(ISO, MEASURE, ["WEST"], *utc_bounds(ISO, *JANUARY))
    (entry,) = archive.entries("enverus")
    (entry.path.parent / "answers.jsonl").write_text("no description\n")
    with pytest.raises(SourceError, match=r"answers\.jsonl cannot be read"):
        kept.read(ISO, MEASURE, ["WEST"], *utc_bounds(ISO, *JANUARY))


def test_an_archive_is_listed_once_for_all_that_is_read(
    enverus: Open, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    enverus().read(ISO, MEASURE, ["WEST"], *utc_bounds(ISO, *JANUARY))
    listed: list[str] = []
    entries = archive.entries
    monkeypatch.setattr(archive, "entries", lambda source: listed.append(source) or entries(source))
    kept = EnverusSource(replay_fetch(archive))
    for measure in ("da_lmp", "rt_lmp"):
        kept.read(ISO, measure, ["WEST"], *utc_bounds(ISO, *JANUARY))
    assert listed == ["enverus"]


def test_hours_that_were_never_answered_are_unanswered(enverus: Open, kept: EnverusSource) -> None:
    enverus().read(ISO, MEASURE, ["WEST"], *utc_bounds(ISO, *JANUARY))
    start, end = utc_bounds(ISO, date(2024, 1, 30), date(2024, 2, 2))
    again = kept.read(ISO, MEASURE, ["WEST", "CAPITL"], start, end)
    assert len(again.frame) == 48
    after_january = utc_bounds(ISO, *JANUARY)[1]
    assert set(again.unanswered) == {Unanswered("WEST", after_january, end), Unanswered("CAPITL", start, end)}
    assert {problem.kind for problem in again.problems} == {"not_kept"}


def test_a_reader_that_was_wrong_is_mended_without_asking_again(
    gvsi: Gvsi, enverus: Open, kept: EnverusSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    gvsi.spoil = lambda _, table: table.rename(columns={"close": "settle"})
    window = utc_bounds(ISO, *JANUARY)
    assert enverus().read(ISO, MEASURE, ["WEST"], *window).frame.empty
    n_asked = len(gvsi.asked)
    monkeypatch.setattr(parse, "CLOSE", "settle")
    assert len(kept.read(ISO, MEASURE, ["WEST"], *window).frame) == 31 * 24
    assert len(gvsi.asked) == n_asked


def test_an_account_is_needed_to_ask_and_not_to_read_again(
    enverus: Open, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    live = enverus().read(ISO, MEASURE, PLACES, *utc_bounds(ISO, *JANUARY)).frame
    monkeypatch.setenv("EPD_RAW", f"{tmp_path}/raw")
    again = open_enverus(replay=True).read(ISO, MEASURE, PLACES, *utc_bounds(ISO, *JANUARY))
    pd.testing.assert_frame_equal(again.frame, live)


def test_nothing_secret_is_kept(enverus: Open, archive: Archive) -> None:
    enverus().read(ISO, MEASURE, ["WEST"], *utc_bounds(ISO, *JANUARY))
    entries = list(archive.entries("enverus"))
    assert {symbols(ISO, MEASURE)["WEST"][0] in entry.request.url for entry in entries} == {True}
    assert not any("s3cret" in str(vars(entry)) or entry.request.secret_headers for entry in entries)
