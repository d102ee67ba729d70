from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from lib.present.pricing_file import of_cells, read_pricing_file
from lib.store import Database, read_curve
from lib.tool import state as tool
from lib.tool.data import NoSuchCurve, ToolData
from lib.tool.state import Notice, State

ZONES = ("WEST", "GENESE")


@pytest.fixture
def state(data: ToolData) -> State:
    return tool.start(data)


def _file(state: State, kind: str = "csv") -> pd.DataFrame:
    name, content = tool.download(state, kind)
    return read_pricing_file(name, content).cells


def test_it_starts_with_the_first_curve_as_published(state: State) -> None:
    choice = state.choice
    assert (choice.iso, choice.curve, choice.estimator) == ("NYISO", "vlr", "cost_weighted")
    assert (choice.start, choice.end) == (date(2024, 12, 1), date(2025, 1, 31))
    assert state.months == (1, 12)
    assert len(state.zones) == 11
    pd.testing.assert_frame_equal(state.shown, state.source.values)


def test_nothing_published_is_said(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EPD_DATABASE", database.url)
    with pytest.raises(NoSuchCurve, match="make run"):
        tool.start(ToolData("files"))


def test_a_range_keeps_the_edits_and_another_curve_lets_them_go_and_says_so(
    state: State, data: ToolData
) -> None:
    edited = tool.scale(tool.scale(state, 110), "120", ["WEST"])
    ranged = tool.choose(edited, data, start=date(2024, 11, 25))
    assert ranged.edits == edited.edits
    assert 11 in ranged.months
    other = tool.choose(ranged, data, curve="shaping")
    assert other.edits == ()
    assert other.choice.estimator == "year_mean"
    assert other.choice.start == date(2024, 12, 1)
    assert other.notice == Notice("2 changes belong to the curve that was shown before, and went with it.")
    assert tool.choose(other, data, estimator="pooled").notice is None


@pytest.mark.parametrize(
    "changed",
    [{"iso": "PJM"}, {"curve": "cost_curve"}, {"start": date(2025, 2, 1)}, {"end": date(2030, 1, 1)}],
)
def test_a_choice_that_cannot_be_had_changes_nothing_and_gets_a_sentence(
    state: State, data: ToolData, changed: dict[str, object]
) -> None:
    after = tool.choose(tool.scale(state, 110), data, **changed)
    assert after.choice == state.choice
    assert len(after.edits) == 1
    assert after.notice is not None
    assert after.notice.is_error


def test_scale_set_undo_and_reset(state: State) -> None:
    scaled = tool.scale(state, "150 %", ["WEST"])
    assert scaled.shown["WEST"].tolist() == pytest.approx((1.5 * state.shown["WEST"]).tolist(), nan_ok=True)
    valued = tool.set_value(scaled, "0.5 %", ZONES, [1], ["5x16"])
    peak = valued.shown.xs((1, "5x16"), level=("month", "block_type"))
    assert (peak[list(ZONES)] == 0.005).all(axis=None)
    pd.testing.assert_frame_equal(tool.undo(valued).shown, scaled.shown)
    pd.testing.assert_frame_equal(tool.reset(valued).shown, state.source.values)
    assert tool.undo(state).notice == Notice("There is nothing to undo.")
    assert tool.changes(valued).set_index("zone").loc["WEST", "n_set"] == 16


@pytest.mark.parametrize("typed", ["", "abc", "1001", "-1", "nan", "1e400"])
def test_a_scale_that_is_none_changes_nothing_and_gets_a_sentence(state: State, typed: str) -> None:
    after = tool.scale(state, typed)
    assert after.edits == ()
    assert after.notice is not None
    assert after.notice.is_error
    assert after.notice.text.endswith(".")


def test_a_value_that_is_none_changes_nothing(state: State) -> None:
    after = tool.set_value(state, "a lot")
    assert after.edits == ()
    assert after.notice is not None
    assert after.notice.is_error


def test_the_calculator_prices_with_the_edited_curve(state: State) -> None:
    edited = tool.set_value(state, 0.02)
    table = tool.calculate(edited, "25, 40; 60", months=[1], blocks=["7x8"])
    assert isinstance(table, pd.DataFrame)
    assert len(table) == 33
    west = table[table["zone"] == "WEST"]
    assert west["cost_usd_per_mwh"].tolist() == pytest.approx([0.5, 0.8, 1.2])
    assert tool.calculate(edited, "cheap") == Notice(
        "An LMP of 'cheap' is no number: write it like 12.5.", is_error=True
    )


def test_profiles_are_of_the_zones_that_were_chosen(state: State) -> None:
    means = tool.profile(tool.scale(state, 200), ["month"], ZONES)
    assert means.groupby("zone").size().to_dict() == {"WEST": 2, "GENESE": 2}
    known = means.dropna()
    np.testing.assert_allclose(known["after"], 2 * known["before"])


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_download_is_the_pricing_file_of_what_is_shown(
    state: State, published: Database, kind: str
) -> None:
    cells = read_curve(published, "vlr", "NYISO")
    expected = of_cells(cells, "NYISO", "vlr", "cost_weighted").cells
    assert tool.download(state, kind)[0] == f"nyiso_vlr_cost_weighted_2024-12-01_2025-01-31.{kind}"
    pd.testing.assert_frame_equal(_file(state, kind), expected, check_dtype=False)
    doubled = tool.scale(state, 200)
    assert tool.download(doubled, kind)[0].endswith(f"_edited.{kind}")
    twice = of_cells(cells.assign(cost_weighted=2 * cells["cost_weighted"]), "NYISO", "vlr", "cost_weighted")
    pd.testing.assert_frame_equal(_file(doubled, kind), twice.cells, check_dtype=False)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_uploaded_file_is_worked_on_likewise_and_put_away(state: State, data: ToolData, kind: str) -> None:
    per_mwh = tool.choose(state, data, estimator="cost_per_mwh")
    name, content = tool.download(per_mwh, kind)
    uploaded = tool.upload(tool.scale(state, 50), data, name, content)
    assert uploaded.upload == name
    assert uploaded.edits == ()
    assert (uploaded.source.uom, uploaded.source.quantity) == ("$/MWh", "adder")
    np.testing.assert_allclose(uploaded.shown, per_mwh.shown, atol=5.1e-7)
    doubled = tool.scale(uploaded, 200)
    np.testing.assert_allclose(_file(doubled, kind)["GENESE"], 2 * _file(per_mwh)["GENESE"], atol=1.1e-6)
    assert tool.download(doubled, "csv")[0] == name.replace(f".{kind}", "_edited.csv")
    assert isinstance(tool.calculate(uploaded, "40"), pd.DataFrame)
    back = tool.close_upload(uploaded, data)
    assert back.upload is None
    pd.testing.assert_frame_equal(back.shown, state.shown)


def test_hours_of_the_calendar_weigh_an_uploaded_file(state: State, data: ToolData) -> None:
    uploaded = tool.upload(state, data, *tool.download(state, "csv"))
    weights = uploaded.source.weights
    assert "2024-12-01 to 2025-01-31" in weights.words
    hours = weights.base["WEST"].groupby(level="month").sum()
    assert hours.to_dict() == {1: 744, 12: 744}


def test_a_bad_upload_changes_nothing_and_gets_a_sentence(state: State, data: ToolData) -> None:
    edited = tool.scale(state, 110)
    after = tool.upload(edited, data, "curve.csv", b"Month,He\n1,2\n")
    assert after.edits == edited.edits
    assert after.upload is None
    assert after.notice is not None
    assert after.notice.is_error
    pd.testing.assert_frame_equal(after.shown, edited.shown)


def test_delivery_months_are_weighed_by_their_own_hours(state: State, data: ToolData) -> None:
    name, content = tool.download(state, "csv")
    text = content.decode().replace("\r\n1,", "\r\n2027-03,").replace("\r\n12,", "\r\n2027-11,")
    text = text.replace("VLR COST", "COST TO SERVE")
    uploaded = tool.upload(state, data, name, text.encode())
    assert uploaded.notice is not None
    assert not uploaded.notice.is_error, uploaded.notice.text
    assert uploaded.months == ("2027-03", "2027-11")
    hours = uploaded.source.weights.base["WEST"].groupby(level="month").sum()
    assert hours.to_dict() == {"2027-03": 743, "2027-11": 721}
