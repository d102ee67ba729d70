"""The calculator's tables."""

from __future__ import annotations

import pytest

from lib.tool.session import Session
from tests.tool.conftest import act, html_of


@pytest.mark.parametrize(
    ("lmps", "heads"),
    [
        ("25, 25", ["LMP 25"]),
        ("40.00001, 40.000012", ["LMP 40.00001", "LMP 40.000012"]),
        ("100000; -5", ["LMP 100000", "LMP -5"]),
    ],
)
def test_each_lmp_has_one_column_with_its_own_head(lmps: str, heads: list[str], opened: Session) -> None:
    priced = act(opened, "calculate", lmps=lmps, month="", block="")
    assert priced.state.message is not None and not priced.state.message.is_error
    table = html_of(priced, "calculator").select_one("table")
    assert table is not None
    assert [head.text for head in table.select("thead th")] == ["Zone", *heads]


def test_a_percent_says_near_which_prices_it_holds(opened: Session) -> None:
    hint = html_of(opened, "calculator").select_one(".hint")
    assert hint is not None and "grows with the square root of the price" in hint.text
    in_usd = act(opened, "choose", field="estimator", value="cost_per_mwh")
    assert html_of(in_usd, "calculator").select_one(".hint") is None
