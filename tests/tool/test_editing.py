"""Edits of a curve, and the figures computed from it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

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
