"""The choice of curve and days."""

from __future__ import annotations

from lib.tool.session import Session
from tests.tool.conftest import act


def test_an_impossible_day_is_explained(opened: Session) -> None:
    refused = act(opened, "choose_day", field="start", value="2025-02-30")
    assert refused.state.message is not None and "2024-03-01" in refused.state.message.text
    assert refused.state.choice == opened.state.choice


def test_the_message_names_the_chosen_curve(opened: Session) -> None:
    chosen = act(opened, "choose", field="curve", value="shaping")
    assert chosen.state.message is not None
    assert chosen.state.message.text.startswith("Shaping of NYISO")
