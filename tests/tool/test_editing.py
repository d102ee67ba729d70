"""Edits of a curve, and the figures computed from it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lib.calc.scaling import apply_edits, summarise_edits
from lib.tool import editing
from lib.tool.messages import Message
from lib.tool.state import CurveState

ZONES = ("WEST", "GENESE")


def test_scale_set_undo_and_reset(state: CurveState) -> None:
    scaled = editing.scale(state, "150 %", ["WEST"])
    assert scaled.shown["WEST"].tolist() == pytest.approx((1.5 * state.shown["WEST"]).tolist(), nan_ok=True)
    valued = editing.set_value(scaled, "0.5 %", ZONES, [1], ["5x16"])
    peak = valued.shown.xs((1, "5x16"), level=("month", "block_type"))
    assert (peak[list(ZONES)] == 0.005).all(axis=None)
    pd.testing.assert_frame_equal(editing.undo(valued).shown, scaled.shown)
    pd.testing.assert_frame_equal(editing.reset(valued).shown, state.source.values)
    assert editing.undo(state).message == Message("There is nothing to undo.")
    assert editing.count_changes(valued).set_index("zone").loc["WEST", "n_set"] == 16


@pytest.mark.parametrize("typed", ["", "abc", "1001", "-1", "nan", "1e400"])
def test_a_bad_scale_changes_nothing_and_is_explained(state: CurveState, typed: str) -> None:
    after = editing.scale(state, typed)
    assert after.edits == ()
    assert after.message is not None
    assert after.message.is_error
    assert after.message.text.endswith(".")


def test_a_bad_value_changes_nothing(state: CurveState) -> None:
    after = editing.set_value(state, "a lot")
    assert after.edits == ()
    assert after.message is not None
    assert after.message.is_error


def test_the_calculator_prices_with_the_edited_curve(state: CurveState) -> None:
    edited = editing.set_value(state, 0.02)
    table = editing.price_lmps(edited, "25, 40; 60", months=[1], blocks=["7x8"])
    assert isinstance(table, pd.DataFrame)
    assert len(table) == 33
    west = table[table["zone"] == "WEST"]
    assert west["cost_usd_per_mwh"].tolist() == pytest.approx([0.5, 0.8, 1.2])
    assert editing.price_lmps(edited, "cheap") == Message(
        "An LMP of 'cheap' is no number: write it like 12.5.", is_error=True
    )


def test_profiles_have_the_chosen_zones_in_the_order_of_the_choice(state: CurveState) -> None:
    scaled = editing.scale(editing.scale(state, 200), 300, ["N.Y.C."])
    means = editing.profile_edits(scaled, ["month"], ZONES)
    assert tuple(means["zone"].unique()) == ZONES != tuple(z for z in state.zones if z in ZONES)
    assert means.groupby("zone").size().to_dict() == {"WEST": 2, "GENESE": 2}
    known = means.dropna()
    np.testing.assert_allclose(known["after"], 2 * known["before"])


@pytest.mark.parametrize(
    ("typed", "percent"),
    [
        *(
            ("110", 110),
            ("110%", 110),
            ("110 %", 110),
            ("+10%", 110),
            ("+10 %", 110),
            ("-5%", 95),
            ("\u22125 %", 95),
        ),
        *(
            ("x1.1", 110),
            ("\u00d71.1", 110),
            ("*1.1", 110),
            ("1.1x", 110),
            ("X 0.5", 50),
            ("-100%", 0),
            ("0", 0),
        ),
    ],
)
def test_a_scale_means_what_it_says(state: CurveState, typed: str, percent: float) -> None:
    (edit,) = editing.scale(state, typed, ["WEST"]).edits
    assert edit.percent == pytest.approx(percent)


@pytest.mark.parametrize(
    ("typed", "way"), [("-5", "-5% for 5 % less"), ("+10", "+10% for 10 % more"), ("+0.50 $/MWh", "not in %")]
)
def test_a_scale_that_may_mean_two_things_is_refused_with_the_way_out(
    state: CurveState, typed: str, way: str
) -> None:
    after = editing.scale(state, typed)
    assert after.edits == () and after.message is not None and after.message.is_error
    assert way in after.message.text


def test_a_value_with_a_plus_is_added_to_the_cells_and_one_without_replaces_them(state: CurveState) -> None:
    source = state.source.values
    more = editing.set_value(state, "+0.5 %", ["WEST"])
    pd.testing.assert_series_equal(more.shown["WEST"], source["WEST"] + 0.005)
    assert more.message is not None and more.message.text.endswith(" more than the source.")
    less = editing.set_value(more, "less 0.25", ["WEST"])
    pd.testing.assert_series_equal(less.shown["WEST"], source["WEST"] - 0.0025)
    assert (editing.set_value(state, "=-0.5", ["WEST"]).shown["WEST"] == -0.005).all()
    others = [zone for zone in ZONES if zone != "WEST"]
    pd.testing.assert_frame_equal(less.shown[others], source[others])


def test_an_addition_leaves_empty_cells_empty(state: CurveState) -> None:
    source = state.source.values.copy()
    source.iloc[0, 0] = None
    edits = editing.set_value(state, "+1").edits
    pd.testing.assert_frame_equal(apply_edits(source, edits).isna(), source.isna())
    assert summarise_edits(source, edits)["n_empty"].sum() == source.isna().sum().sum() > 0


def test_a_value_with_a_minus_is_refused_with_both_ways(state: CurveState) -> None:
    after = editing.set_value(state, "-0.5")
    assert after.edits == () and after.message is not None
    assert "write =-0.5 to set the cells to it, or less 0.5 to take it off" in after.message.text


def test_a_reset_is_undone_and_what_was_undone_is_done_again(state: CurveState) -> None:
    first = editing.scale(state, "110", ["WEST"])
    second = editing.set_value(first, "0.5")
    after = editing.reset(second)
    assert after.edits == ()
    back = editing.undo(after)
    assert back.edits == second.edits
    assert editing.redo(back).edits == ()
    assert editing.undo(editing.redo(back)).edits == second.edits
    earlier = editing.undo(editing.undo(back))
    assert earlier.edits == ()
    again = editing.redo(editing.redo(earlier))
    assert again.edits == second.edits
    assert editing.redo(editing.redo(again)).message == Message("There is nothing to redo.")


def test_a_new_edit_after_a_reset_can_be_undone_and_then_the_reset(state: CurveState) -> None:
    first = editing.scale(state, "110", ["WEST"])
    new = editing.scale(editing.reset(first), "120")
    assert editing.undo(new).edits == ()
    assert editing.undo(editing.undo(new)).edits == first.edits
    assert editing.redo(new).message == Message("There is nothing to redo.")
