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


def test_chosen_cells_are_scaled_and_set_and_nothing_else(opened: Session) -> None:
    chosen = {"top": "2", "bottom": "4", "left": "1", "right": "2"}
    before = opened.state.shown
    scaled = act(opened, "edit_cells", **chosen, percent="+10%", value="")
    changed = scaled.state.shown.ne(before) & before.notna()
    assert changed.to_numpy().sum() == 6
    assert changed.iloc[2:5, 1:3].all(axis=None)
    both = act(scaled, "edit_cells", **chosen, percent="+10%", value="1")
    assert both.state.message is not None and both.state.message.is_error
    december = act(act(opened, "show_month", value="12"), "edit_cells", **chosen, percent="", value="2")
    rows = december.state.shown.xs(12, level="month", drop_level=False).iloc[2:5, 1:3]
    assert (rows == 0.02).all(axis=None)
    assert december.state.shown.eq(0.02).to_numpy().sum() == 6
    assert "GENESE" not in str(december.state.edits[0].zones)
    assert act(act(december, "undo"), "redo").state.edits == december.state.edits


def test_pasted_cells_are_shown_before_they_are_applied(opened: Session) -> None:
    pasted = act(opened, "paste", row="1", column="2", text="0,5\tabc\n1,5 %\t2")
    assert pasted.state.edits == ()
    shown = html_of(pasted, "pivot").select_one("[aria-label='Pasted cells']")
    assert shown is not None
    assert "3 cells from the clipboard; 1 is not used" in shown.text
    assert "abc \N{EN DASH} it is no number" in shown.text
    applied = act(pasted, "apply_paste")
    cells = applied.state.shown.xs(1, level="month").iloc[1:3, 2:4].to_numpy()
    assert cells[:, 0].tolist() == pytest.approx([0.005, 0.015])
    assert cells[1, 1] == pytest.approx(0.02)
    assert cells[0, 1] == opened.state.shown.xs(1, level="month").iloc[1, 3]
    assert not html_of(applied, "pivot").select("[aria-label='Pasted cells']")
    dropped = act(pasted, "drop_paste")
    assert (dropped.paste, dropped.state.edits) == (None, ())
    assert act(pasted, "choose", field="curve", value="shaping").paste is None, (
        "it was meant for another curve"
    )
