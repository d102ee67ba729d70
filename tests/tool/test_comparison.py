"""An uploaded file against the published curve."""

from __future__ import annotations

import pandas as pd
import pytest

from lib.tool import editing, pricing_files
from lib.tool.comparison import Comparison, compare_file
from lib.tool.data import ToolData
from lib.tool.session import Session
from lib.tool.state import CurveState
from tests.tool.conftest import act, html_of


def _compare(state: CurveState, data: ToolData, content: bytes) -> Comparison | str:
    uploaded = pricing_files.upload(state, data, "a.csv", content)
    assert uploaded.file is not None, uploaded.message
    estimator = pricing_files.estimator_of_file(uploaded.file)
    return compare_file(uploaded.file, uploaded.source, estimator, data)


def _csv(state: CurveState) -> bytes:
    return pricing_files.render_pricing_file(state, "csv")[1]


def test_a_download_does_not_differ_from_what_it_was_made_of(state: CurveState, data: ToolData) -> None:
    compared = _compare(state, data, _csv(state))
    assert isinstance(compared, Comparison)
    assert compared.n_different == 0
    assert compared.n_cells == state.shown.size
    assert compared.by_zone.empty


def test_what_differs_is_named_with_its_place_and_size(state: CurveState, data: ToolData) -> None:
    edited = editing.set_value(state, "=1.5 %", ["N.Y.C."], [1], ["5x16"], hes=[9])
    compared = _compare(state, data, _csv(editing.scale(edited, "50", ["WEST"], [1], ["2x16"])))
    assert isinstance(compared, Comparison)
    assert compared.by_zone["zone"].tolist() == ["WEST", "N.Y.C."]
    assert compared.by_zone["n_different"].tolist() == [16, 1]
    assert compared.n_different == 17
    row = compared.by_zone.iloc[1]
    changed = 0.015 - state.shown.at[(1, 9, "5x16"), "N.Y.C."]
    assert row["largest_difference"] == pytest.approx(changed, abs=1e-6)
    assert row["mean_difference"] == pytest.approx(changed / len(state.shown), abs=1e-6)
    assert row["where"] == "Jan HE 9 5x16"


def test_zones_and_months_of_one_of_the_two_are_named(state: CurveState, data: ToolData) -> None:
    lines = _csv(state).decode().replace(",WEST", ",WSET").splitlines()
    january = "\n".join([*lines[:10], *(line for line in lines[10:] if line.startswith("1,"))]).encode()
    compared = _compare(state, data, january)
    assert isinstance(compared, Comparison)
    assert compared.notes == (
        "NYISO has no zone WSET (nearest: WEST): correct the name in the file",
        "the file has no WEST",
        "the file has no Dec",
    )
    told = pricing_files.upload(state, data, "a.csv", january).message
    assert told is not None and "NYISO has no zone WSET (nearest: WEST)." in told.text


def test_a_file_in_percent_where_fractions_belong_is_said(state: CurveState, data: ToolData) -> None:
    file = pricing_files.upload(state, data, "a.csv", _csv(state)).file
    assert file is not None
    lines = _csv(state).decode().splitlines()
    times_hundred = [
        ",".join([*row[:3], *(str(float(text) * 100) if text else "" for text in row[3:])])
        for row in (line.split(",") for line in lines[10:])
    ]
    compared = _compare(state, data, "\n".join([*lines[:10], *times_hundred]).encode())
    assert isinstance(compared, Comparison)
    assert "its numbers are about 100 times the published ones" in compared.notes[-1]


def test_a_curve_that_is_not_published_is_compared_with_nothing(state: CurveState, data: ToolData) -> None:
    pjm = _csv(state).replace(b"NYISO", b"PJM")
    assert str(_compare(state, data, pjm)).startswith("The file is compared with nothing: no VLR of PJM")
    lines = _csv(state).splitlines()
    delivery = b"\n".join([*lines[:7], lines[7].replace(b",VLR", b",VLR (delivery)"), *lines[8:]])
    assert "no curve of this kind is stored" in str(_compare(state, data, delivery))


def test_the_page_shows_the_zones_that_differ(opened: Session) -> None:
    content = _csv(editing.scale(opened.state, "200", ["WEST"]))
    page = html_of(act(opened, "upload", content, name="a.csv"), "files")
    n_known = int(opened.state.shown["WEST"].notna().sum())
    assert f"{n_known} of {opened.state.shown.size} cells differ" in page.text
    (row,) = page.select("table tbody tr")
    n_rows = len(opened.state.shown)
    assert [cell.text for cell in row.select("th, td")][:3] == ["WEST", str(n_known), str(n_rows)]
    assert not html_of(opened, "files").select("table")


@pytest.mark.parametrize(
    ("change", "is_warned"),
    [("=2000", "far above"), ("=0.0001", "far below"), ("=0", ""), ("=1", ""), ("+0.01", "")],
)
def test_a_number_far_from_the_size_of_the_curve_is_warned_of_and_taken(
    change: str, is_warned: str, state: CurveState
) -> None:
    edited = editing.set_value(state, change, ["N.Y.C."])
    assert len(edited.edits) == 1
    assert edited.message is not None and not edited.message.is_error
    assert ("Look again" in edited.message.text) == bool(is_warned)
    assert is_warned in edited.message.text


def test_an_empty_curve_has_no_size(state: CurveState) -> None:
    source = state.source.values
    empty = CurveState(
        state.choice, state.source.__class__(**{**state.source.__dict__, "values": source * float("nan")})
    )
    assert editing.set_value(empty, "=2000").message is not None
    assert pd.isna(empty.shown).all(axis=None)
