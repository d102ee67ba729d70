"""The choice of a curve, and the edits that are kept for each."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from lib.store import Database
from lib.tool import editing
from lib.tool import state as tool_state
from lib.tool.curve import NoSuchCurve
from lib.tool.data import ToolData
from lib.tool.messages import Message
from lib.tool.state import CurveState


def test_it_starts_with_the_first_curve_as_published(state: CurveState) -> None:
    choice = state.choice
    assert (choice.iso, choice.curve, choice.estimator) == ("NYISO", "vlr", "priced_pct")
    assert (choice.start, choice.end) == (date(2024, 12, 1), date(2025, 1, 31))
    assert state.months == (1, 12)
    assert len(state.zones) == 11
    pd.testing.assert_frame_equal(state.shown, state.source.values)


def test_a_database_without_curves_is_reported(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EPD_DATABASE", database.url)
    with pytest.raises(NoSuchCurve, match="make run"):
        tool_state.first_state(ToolData("files"))


def test_each_curve_keeps_its_edits_until_its_return(state: CurveState, data: ToolData) -> None:
    edited = editing.scale(editing.scale(state, 110), "120", ["WEST"])
    ranged = tool_state.choose(edited, data, start=date(2024, 11, 25))
    assert ranged.edits == edited.edits
    assert ranged.message == Message("VLR of NYISO, priced, at past prices, 2024-11-25 to 2025-01-31.")
    assert 11 in ranged.months
    shaping = tool_state.choose(ranged, data, curve="shaping")
    assert shaping.edits == ()
    assert shaping.choice.estimator == "year_mean"
    assert shaping.choice.start == date(2024, 12, 1)
    assert shaping.message == Message(
        "2 changes are kept for VLR of NYISO, priced, at past prices. Shaping of NYISO, mean of the years."
    )
    other = tool_state.choose(editing.set_value(shaping, 1.5), data, estimator="pooled")
    assert other.message == Message(
        "1 change is kept for Shaping of NYISO, mean of the years. Shaping of NYISO, pooled."
    )
    back = tool_state.choose(other, data, curve="vlr")
    assert back.edits == edited.edits
    assert back.message == Message("VLR of NYISO, priced, at past prices: 2 changes from before.")
    pd.testing.assert_frame_equal(back.shown, edited.shown)
    again = tool_state.choose(back, data, curve="shaping")
    assert again.edits == editing.set_value(shaping, 1.5).edits


def test_a_reset_removes_the_edits_of_the_shown_curve_only(state: CurveState, data: ToolData) -> None:
    shaping = editing.scale(tool_state.choose(editing.scale(state, 110), data, curve="shaping"), 90)
    back = tool_state.choose(editing.reset(shaping), data, curve="vlr")
    assert len(back.edits) == 1
    assert tool_state.choose(back, data, curve="shaping").edits == ()
    gone = tool_state.choose(tool_state.choose(editing.reset(back), data, curve="shaping"), data, curve="vlr")
    assert gone.edits == ()


@pytest.mark.parametrize(
    "changed",
    [{"iso": "PJM"}, {"curve": "cost_curve"}, {"start": date(2025, 2, 1)}, {"end": date(2030, 1, 1)}],
)
def test_an_impossible_choice_changes_nothing_and_is_explained(
    state: CurveState, data: ToolData, changed: dict[str, object]
) -> None:
    after = tool_state.choose(editing.scale(state, 110), data, **changed)
    assert after.choice == state.choice
    assert len(after.edits) == 1
    assert after.message is not None
    assert after.message.is_error
