from __future__ import annotations

import math
import re

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.calc.scaling import BadInput
from lib.calc.scenarios import MAX_LMP_USD_PER_MWH, MAX_LMPS, parse_lmps, parse_typed_number, scenarios

FIGURES = pd.Series({"WEST": 0.02, "NORTH": -0.01})


@pytest.mark.parametrize(
    ("quantity", "costs", "prices"),
    [
        ("share", [0.8, -0.4, 1.2, -0.6], [40.8, 39.6, 61.2, 59.4]),
        ("adder", [0.02, -0.01, 0.02, -0.01], [40.02, 39.99, 60.02, 59.99]),
        ("factor", [-39.2, -40.4, -58.8, -60.6], [0.8, -0.4, 1.2, -0.6]),
    ],
)
def test_each_kind_of_number_makes_its_price_of_an_lmp(
    quantity: str, costs: list[float], prices: list[float]
) -> None:
    table = scenarios(FIGURES, [40.0, 60.0], quantity)
    assert table["lmp_usd_per_mwh"].tolist() == [40, 40, 60, 60]
    assert table["zone"].tolist() == ["WEST", "NORTH"] * 2
    assert table["cost_usd_per_mwh"].tolist() == pytest.approx(costs)
    assert table["price_usd_per_mwh"].tolist() == pytest.approx(prices)


def test_a_price_is_not_priced_again() -> None:
    with pytest.raises(BadInput, match=r"^this curve is a price already: choose VLR or shaping to .* with$"):
        scenarios(FIGURES, [40.0], "price")


@pytest.mark.parametrize(
    "text", ["25, 40; 60", "25 40\n60", " 25;;40,,60 ", "25.0, 4e1,+60", "25, 25 40 60.0 40"]
)
def test_lmps_are_separated_by_whatever_people_type(text: str) -> None:
    assert parse_lmps(text) == (25.0, 40.0, 60.0)


@pytest.mark.parametrize("text", ["$25, $40 $60", "25 $/MWh, 40 $/MWh; 60$/mwh", "25 $/MWh 40 $60 $/MWh"])
def test_lmps_are_read_with_their_unit(text: str) -> None:
    assert parse_lmps(text) == (25.0, 40.0, 60.0)


def test_as_many_and_as_large_lmps_as_allowed_are_read() -> None:
    assert len(parse_lmps(" ".join(map(str, range(MAX_LMPS))))) == MAX_LMPS
    assert parse_lmps("-100000; 100000") == (-MAX_LMP_USD_PER_MWH, MAX_LMP_USD_PER_MWH)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "^give at least one LMP in "),
        (" ,; ", r"LMP in \$/MWh, for example 25, 40, 60$"),
        ("1,000", "'1,000' has two meanings"),
        ("1,000, 2,000", "and write one LMP like 1000 or 25.5$"),
        ("40; 25,5", "'25,5' has two meanings"),
        ("25,40,60", "put a space after it"),
        ("1," * 3000 + "1", "two meanings"),
        ("9" * 5000 + ",5", f"the comma in '{'9' * 20}' has two meanings"),
        ("25, forty", "^an LMP of 'forty' is no number"),
        ("25, 40%", "^'40%' is not in .*, the unit of an LMP"),
        ("nan", "'nan' is no number"),
        ("25, inf", "'inf' is no number"),
        ("1e999", "no number"),
        ("1_000", "no number"),
        ("٢٥", "no number"),
        ("25406000", "beyond every market"),
        (" ".join(["1"] * (MAX_LMPS + 1)), "up to 50"),
        ("9" * 5000, "no number"),
    ],
)
def test_a_list_that_is_none_gets_a_sentence(text: str, reason: str) -> None:
    with pytest.raises(BadInput, match=reason) as refused:
        parse_lmps(text)
    assert len(str(refused.value)) < 150


@pytest.mark.parametrize(
    ("text", "number"),
    [("110", 110), (" 110 % ", 110), ("-.5", -0.5), ("1,000,000", 1e6)],
)
def test_numbers_are_read_as_people_write_them(text: str, number: float) -> None:
    assert parse_typed_number(text, "the scale", "%") == number


@pytest.mark.parametrize("text", ["$1,234.50", "1234.5 $/MWh", "$1234.5 $/MWh"])
def test_an_amount_is_read_with_and_without_its_unit(text: str) -> None:
    assert parse_typed_number(text, "the value", "$/MWh") == 1234.5


@pytest.mark.parametrize(
    ("text", "uom"),
    [("110 %", "$/MWh"), ("$5", "%"), ("5 $/MWh", "%"), ("$5 %", "%"), ("110 %", "factor"), ("$1", "factor")],
)
def test_a_number_in_another_unit_is_refused(text: str, uom: str) -> None:
    with pytest.raises(BadInput, match=re.escape(f"'{text}' is not in {uom}, the unit of the value")):
        parse_typed_number(text, "the value", uom)


def test_a_zero_has_no_minus() -> None:
    assert math.copysign(1, parse_typed_number("-0", "the value", "%")) == 1


@pytest.mark.parametrize("text", ["", "abc", "0,5", "1,0000", "--5", "5 5", "nan", "0x10"])
def test_what_is_no_number_is_named(text: str) -> None:
    with pytest.raises(BadInput, match="the scale of"):
        parse_typed_number(text, "the scale", "%")


@given(st.lists(st.floats(-99_999, 99_999), min_size=1, max_size=MAX_LMPS))
def test_lmps_written_out_are_read_back(prices: list[float]) -> None:
    assert parse_lmps("; ".join(map(repr, prices))) == tuple(dict.fromkeys(prices))
