"""What a session keeps when its curve changes."""

from __future__ import annotations

import re

from lib.tool import pricing_files
from lib.tool.session import Session
from tests.tool.conftest import act


def test_months_that_the_new_curve_lacks_are_no_longer_chosen_and_the_message_says_so(
    opened: Session,
) -> None:
    scoped = act(
        act(opened, "scope", months="1", hes="", blocks=""), "calculate", lmps="25", month="12", block=""
    )
    name, content = pricing_files.render_pricing_file(opened.state, "csv")
    delivered = re.sub(rb"(?m)^(\d+)(?=,\d+,)", lambda month: b"2026-%02d" % int(month[1]), content)
    uploaded = act(scoped, "upload", delivered, name=name)
    assert uploaded.scope.months is None and uploaded.calculator_scope.months is None
    assert uploaded.state.message is not None
    assert "Edits now apply to all months." in uploaded.state.message.text
    assert "The calculator is about all months." in uploaded.state.message.text
