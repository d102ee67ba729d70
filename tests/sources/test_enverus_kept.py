"""The licensed source from its kept answers: no network, any window, and the latest answer counts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial

import pandas as pd
import pytest

from lib.hours import utc_bounds
from lib.sources import SourceError, Unanswered
from lib.sources.enverus import EnverusSource, answers, open_enverus
from lib.sources.enverus.kept import read_kept
from lib.sources.enverus.symbols import symbols
from lib.web import Archive
from tests.standins.gvsi import Gvsi, Response

Open = Callable[..., EnverusSource]

ISO, MEASURE = "NYISO", "da_lmp"
PLACES = ["WEST", "CAPITL", "CENTRL"]
JANUARY = date(2024, 1, 1), date(2024, 1, 31)


@pytest.fixture
def kept(archive: Archive) -> EnverusSource:
    return EnverusSource(partial(read_kept, archive))


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
    ],
    ids=["an error", "impossible days", "nothing"],
)
def test_a_later_answer_that_is_no_good_hides_no_earlier_one(
    gvsi: Gvsi, enverus: Open, kept: EnverusSource, spoil: Callable[..., object]
) -> None:
    window = utc_bounds(ISO, *JANUARY)
    live = enverus().read(ISO, MEASURE, ["WEST"], *window).frame
    gvsi.spoil = spoil
    try:
        enverus().read(ISO, MEASURE, ["WEST"], *window)
    except SourceError as error:
        assert "try again later" in str(error)
    again = kept.read(ISO, MEASURE, ["WEST"], *window)
    pd.testing.assert_frame_equal(again.frame, live)
    assert again.problems == again.unanswered == ()


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
    with pytest.raises(SourceError, match="does not have the column close"):
        enverus().read(ISO, MEASURE, ["WEST"], *window)
    n_asked = len(gvsi.asked)
    monkeypatch.setattr(answers, "CLOSE", "settle")
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
