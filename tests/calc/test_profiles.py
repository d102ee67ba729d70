from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from lib.calc.profiles import CellWeights, profile
from lib.calc.scaling import INDEX, scale_edit, value_edit
from lib.calc.vlr import estimate, hourly_vlr, vlr_curve
from lib.hours import BLOCK_TYPE

NAN = float("nan")


def _frame(values: list[float]) -> pd.DataFrame:
    """One zone, HE 8 and 9 of January and July."""
    keys = pd.DataFrame([(m, he, "5x16") for m in (1, 7) for he in (8, 9)], columns=INDEX)
    return pd.DataFrame(
        {"A": values}, index=pd.MultiIndex.from_frame(keys.astype({"block_type": BLOCK_TYPE}))
    )


def _wide(cells: pd.DataFrame, column: str) -> pd.DataFrame:
    return cells.set_index([*INDEX, "location"])[column].unstack("location")


def test_a_mean_weighs_cells_and_edits_change_the_amounts() -> None:
    cells, hours = _frame([0.01, 0.02, 0.03, 0.04]), CellWeights(_frame([1.0, 3.0, 1.0, 1.0]), "by hours")
    edits = (scale_edit(200, months=[1]), value_edit(0.1, months=[7], blocks=["5x16"]))
    months = profile(cells, edits, hours, ["month"])
    assert months.columns.tolist() == ["month", "zone", "before", "after"]
    assert months["before"].tolist() == pytest.approx([0.0175, 0.035])
    assert months["after"].tolist() == pytest.approx([0.035, 0.1])
    by_hour = profile(cells, (), hours, ["he"])
    assert by_hour["before"].tolist() == pytest.approx([0.02, 0.025])
    assert by_hour["after"].tolist() == by_hour["before"].tolist()
    whole = profile(cells, (), hours, [])
    assert whole["before"].tolist() == pytest.approx([(0.01 + 0.06 + 0.03 + 0.04) / 6])


def test_an_empty_cell_does_not_count_until_it_is_filled() -> None:
    cells, hours = _frame([0.01, NAN, NAN, NAN]), CellWeights(_frame([1.0, 1.0, 1.0, 1.0]), "by hours")
    january = profile(cells, (value_edit(0.03, months=[1]),), hours, ["month"])
    assert january.loc[0, ["before", "after"]].tolist() == pytest.approx([0.01, 0.03])
    assert january.loc[1, ["before", "after"]].isna().all()


def test_a_value_set_on_cells_without_hours_weighs_like_the_mean_cell_of_its_zone() -> None:
    load = CellWeights(_frame([NAN, 2.0, 4.0, NAN]), "by load", amounts=_frame([NAN, 20.0, 60.0, NAN]))
    cells = _frame([NAN, 10.0, 15.0, NAN])
    assert profile(cells, (), load, [])["after"].item() == pytest.approx(80 / 6)
    filled = (value_edit(40.0, months=[1], blocks=["5x16"]),)  # one cell is empty, the other of 2 MWh
    assert profile(cells, filled, load, [])["after"].item() == pytest.approx((40 * 3 + 40 * 2 + 60) / 9)
    nothing = CellWeights(_frame([NAN] * 4), "by load")
    assert profile(_frame([NAN] * 4), (value_edit(2.5),), nothing, ["month"])["after"].tolist() == [2.5, 2.5]


def test_a_figure_on_prices_far_below_zero_stands() -> None:
    costs, value, load = (_frame([number] * 4) for number in (1.0, -5.0, 1.0))
    weights = CellWeights(value, "cost over value", amounts=costs, loads=load)
    assert profile(_frame([-0.2] * 4), (), weights, [])["before"].item() == pytest.approx(-0.2)


def test_a_cell_that_is_null_for_its_price_still_counts_with_its_amount() -> None:
    cells, costs, value = (_frame(four) for four in ([NAN, 0.1] * 2, [1.0, 10.0] * 2, [0.5, 100.0] * 2))
    weights = CellWeights(value, "cost over value", amounts=costs, loads=_frame([1.0] * 4))
    assert profile(cells, (), weights, [])["before"].item() == pytest.approx(22 / 201)


def test_months_and_blocks_can_be_chosen() -> None:
    cells, hours = _frame([0.01, 0.02, 0.03, 0.04]), CellWeights(_frame([1.0] * 4), "by hours")
    assert profile(cells, (), hours, [], months=[7])["after"].tolist() == pytest.approx([0.035])
    assert profile(cells, (), hours, [], blocks=["7x8"])["after"].isna().all()


def test_one_block_alone_has_its_own_mean() -> None:
    keys = [(1, he, block) for he, block in ((8, "5x16"), (8, "2x16"), (1, "7x8"))]
    index = pd.MultiIndex.from_frame(pd.DataFrame(keys, columns=INDEX).astype({"block_type": BLOCK_TYPE}))
    cells, hours = (pd.DataFrame({"A": values}, index=index) for values in ([3.0, 2.0, 1.0], [1.0] * 3))
    blocks = profile(cells, (), CellWeights(hours, "by hours"), ["block_type"])
    assert blocks[["block_type", "before"]].to_numpy().tolist() == [["5x16", 3], ["2x16", 2], ["7x8", 1]]
    alone = profile(cells, (), CellWeights(hours, "by hours"), ["block_type"], blocks=["2x16"])
    assert alone[["block_type", "before"]].to_numpy().tolist() == [["2x16", 2]]


def test_every_zone_has_its_own_means_in_the_order_of_the_zones() -> None:
    cells = _frame([1.0] * 4).assign(B=[4.0, 4.0, 6.0, 6.0])
    hours = CellWeights(pd.DataFrame(1.0, cells.index, cells.columns), "by hours")
    months = profile(cells, (scale_edit(200, ["B"]),), hours, ["month"])
    assert months.to_numpy().tolist() == [[1, "A", 1, 1], [7, "A", 1, 1], [1, "B", 4, 8], [7, "B", 6, 12]]
    whole = profile(cells, (), hours, [])
    assert whole.to_numpy().tolist() == [["A", 1, 1], ["B", 5, 5]]


def test_a_figure_on_a_price_of_one_dollar_stands() -> None:
    costs, dollar = _frame([0.5] * 4), _frame([1.0] * 4)
    weights = CellWeights(dollar, "cost over value", amounts=costs, loads=dollar)
    assert profile(_frame([0.5] * 4), (), weights, [])["before"].item() == 0.5


def test_a_figure_on_prices_near_zero_is_blank() -> None:
    costs, value, load = (
        _frame([1.0, 1.0, 5.0, 5.0]),
        _frame([0.5, 0.5, 90.0, 60.0]),
        _frame([1.0, 1.0, 2.0, 3.0]),
    )
    weights = CellWeights(value, "cost over value", amounts=costs, loads=load)
    months = profile(_frame([NAN, NAN, 5 / 90, 5 / 60]), (scale_edit(50),), weights, ["month"])
    assert months.loc[0, ["before", "after"]].isna().all()
    assert months.loc[1, ["before", "after"]].tolist() == pytest.approx([10 / 150, 5 / 150])


@pytest.mark.parametrize("by", [["month"], ["he"], []])
@pytest.mark.parametrize(
    ("estimator", "base", "loads"),
    [("cost_weighted", "da_value_usd", True), ("cost_per_mwh", "rt_load_mwh", False)],
)
@pytest.mark.parametrize("iso", ["NYISO", "ERCOT"])
def test_before_is_the_figure_of_the_hours_and_after_is_scaled_with_it(
    iso: str,
    by: list[str],
    estimator: str,
    base: str,
    loads: bool,
    real_hourly: Callable[[str], pd.DataFrame],
) -> None:
    hourly = real_hourly(iso)
    cells = vlr_curve(hourly)
    rt_load = _wide(cells, "rt_load_mwh") if loads else None
    weights = CellWeights(_wide(cells, base), "", _wide(cells, "unitized_cost_usd"), rt_load)
    means = profile(_wide(cells, estimator), (scale_edit(130),), weights, by).set_index([*by, "zone"])
    expected = estimate(hourly, [*by, "location"]).set_index([*by, "location"])[estimator]
    expected.index.names = [*by, "zone"]
    expected = expected.reindex(means.index)
    np.testing.assert_allclose(means["before"], expected, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(means["after"], 1.3 * expected, rtol=1e-9, atol=1e-12)


def test_the_worked_hour_is_a_profile_of_itself() -> None:
    # 40, 1000 MW day-ahead; 60, 1100 MW real-time: $2,000 over 1,100 MWh, on a value of $44,000.
    hour = pd.DataFrame(
        [[40.0, 60.0, 1000.0, 1100.0]],
        columns=["da_lmp_usd_per_mwh", "rt_lmp_usd_per_mwh", "da_load_mw", "rt_load_mw"],
    )
    cost = hourly_vlr(hour).loc[0, "unitized_cost"] * 1100
    frame = lambda value: _frame([value] * 4)  # noqa: E731
    weights = CellWeights(frame(44_000.0), "", amounts=frame(cost), loads=frame(1100.0))
    assert profile(frame(cost / 44_000), (), weights, [])["before"].item() == pytest.approx(
        0.045455, abs=5e-7
    )


def test_the_weights_of_some_zones_are_those_of_their_columns() -> None:
    base = pd.DataFrame({"A": [1.0], "B": [2.0]})
    plain = CellWeights(base, "by hours").of(("B",))
    assert (plain.base.to_dict("list"), plain.words) == ({"B": [2.0]}, "by hours")
    assert plain.amounts is None and plain.loads is None
    priced = CellWeights(base, "by value", amounts=base * 10, loads=base * 100).of(["A"])
    assert priced.amounts is not None and priced.amounts.to_dict("list") == {"A": [10.0]}
    assert priced.loads is not None and priced.loads.to_dict("list") == {"A": [100.0]}
