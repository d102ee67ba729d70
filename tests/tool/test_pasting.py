"""Cells from a spreadsheet's clipboard."""

from __future__ import annotations

import pytest

from lib.calc.scaling import BadInput
from lib.tool.pasting import parse_cell, read_paste

ROWS = [(1, 7, "7x8"), (1, 8, "5x16"), (1, 9, "5x16")]
ZONES = ["WEST", "N.Y.C."]


@pytest.mark.parametrize(
    ("typed", "uom", "number"),
    [
        ("1.2", "%", 0.012),
        ("1.2 %", "%", 0.012),
        ("1,25%", "%", 0.0125),
        ("0,125", "$/MWh", 0.125),
        ("$1,234.50", "$/MWh", 1234.5),
        ("1.234,5", "$/MWh", 1234.5),
        ("1 234,5", "$/MWh", 1234.5),
        ("1,234,567.8", "factor", None),
        ("(3.5)", "$/MWh", -3.5),
        ("\N{MINUS SIGN}3,5", "$/MWh", -3.5),
        ("1.234", "factor", 1.234),
        ("2e-3", "factor", 0.002),
    ],
)
def test_a_number_is_read_as_spreadsheets_write_it(typed: str, uom: str, number: float | None) -> None:
    if number is None:
        with pytest.raises(BadInput, match="no cell is larger"):
            parse_cell(typed, uom)
    else:
        assert parse_cell(typed, uom) == pytest.approx(number, rel=1e-15)


@pytest.mark.parametrize(
    ("typed", "uom", "why"),
    [
        ("abc", "%", "no number"),
        ("#N/A", "%", "no number"),
        ("nan", "%", "no number"),
        ("1,234", "$/MWh", "may be the decimal sign"),
        ("1.2.3", "$/MWh", "no number"),
        ("5 %", "$/MWh", "not in"),
        ("$5", "%", "not in"),
    ],
)
def test_a_cell_that_is_no_number_or_two_is_refused(typed: str, uom: str, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        parse_cell(typed, uom)


def test_another_cell_tells_what_a_comma_is() -> None:
    paste = read_paste("1,234\t0,5", ROWS, ZONES, "$/MWh")
    assert paste.edit is not None
    assert paste.edit.values == ((1.234, 0.5),)
    assert not paste.refused


def test_a_block_sets_its_cells_and_refuses_the_others_by_name() -> None:
    paste = read_paste("1\t\r\n2\tx\r\n3\t4\t5\r\n6\r\n", ROWS, ZONES, "$/MWh")
    assert paste.n_cells == 4
    assert paste.edit is not None
    assert (paste.edit.rows, paste.edit.zones) == (tuple(ROWS), tuple(ZONES))
    assert paste.edit.values == ((1.0, None), (2.0, None), (3.0, 4.0))
    assert paste.refused == (
        ("Jan HE 8 5x16, N.Y.C.", "x", "it is no number"),
        ("row 3, column 3 of the paste", "5", "it lies beyond the table"),
        ("row 4, column 1 of the paste", "6", "it lies beyond the table"),
    )


def test_nothing_and_far_too_much_are_refused() -> None:
    for text in ("", " \n", "1\t" * 600_000):
        with pytest.raises(BadInput):
            read_paste(text, ROWS, ZONES, "%")
    assert read_paste("x", ROWS, ZONES, "%").edit is None
