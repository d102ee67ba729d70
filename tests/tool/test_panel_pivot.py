"""The cells of the curve as a table."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from bs4 import BeautifulSoup

from lib.present.formats import MISSING, Format
from lib.tool.panels import pivot
from lib.tool.panels.pivot import render_rows
from lib.tool.session import Session
from tests.tool.conftest import act, html_of

PERCENT = Format("%", "{:,.3f}", 100.0)


def test_another_curve_starts_at_its_first_row(opened: Session) -> None:
    scrolled = act(act(opened, "show_month", value=""), "show_rows", row="40")
    assert scrolled.first_row == 40
    assert act(scrolled, "scale", zone="CAPITL", value="90").first_row == 40
    assert act(scrolled, "choose", field="curve", value="shaping").first_row == 0


def test_cells_have_their_digits_and_edited_cells_are_marked() -> None:
    index = pd.MultiIndex.from_tuples([(1, 8, "5x16"), (1, 9, "5x16")], names=["month", "he", "block_type"])
    source = pd.DataFrame({"<A>": [0.01, math.nan], "B": [0.02, 12.3456]}, index)
    rows = render_rows(source.assign(B=[0.02, 12.5]), source, PERCENT)
    cells = [[cell.text for cell in row.select("td")] for row in BeautifulSoup(rows, "lxml").select("tr")]
    assert cells == [["1.000", "2.000"], [MISSING, "1,250.000"]]
    assert rows.count("<td class=e>") == 1


def test_a_large_curve_is_shown_in_pieces(opened: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pivot, "MAX_CELLS", 30 * len(opened.state.zones))
    everything = act(opened, "show_month", value="")
    n_rows, shown = len(everything.state.shown), 0
    while shown < n_rows:
        piece = len(html_of(everything, "pivot").select("tbody tr"))
        assert 0 < piece <= 30
        shown += piece
        everything = act(everything, "show_rows", row=str(shown))
    assert shown == n_rows
