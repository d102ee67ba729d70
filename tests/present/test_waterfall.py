from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from lib.present import charts
from lib.present.charts import waterfall

PARTS = ["forward_price", "da_rt_adjustment", "load_shape"]
PRICES = pd.DataFrame(
    [{"forward_price": 50.0, "da_rt_adjustment": -1.25, "load_shape": 2.0, "cost_to_serve": 50.75}]
)


def _spans(ax: Axes) -> list[tuple[float, float]]:
    return [(bar.get_y(), bar.get_y() + bar.get_height()) for bar in ax.patches if isinstance(bar, Rectangle)]


def test_each_part_begins_where_the_one_before_ends() -> None:
    ax = Figure().subplots()
    waterfall.plot_parts(ax, np.array([50.0, -20.0, 5.0]), 35)
    assert sorted(_spans(ax)) == [(0, 35), (0, 50), (30, 35), (50, 30)]
    assert ax.get_ylim()[0] == 0
    assert [text.get_text() for text in ax.texts] == ["50.00", "-20.00", "+5.00", "35.00"]


def test_on_a_broken_axis_no_bar_stands_and_the_break_is_said() -> None:
    ax = Figure().subplots()
    waterfall.plot_parts(ax, np.array([62.42, 2.09, 0.23]), 64.74)
    bottom = ax.get_ylim()[0]
    assert bottom > 0
    assert [np.round(span, 2).tolist() for span in _spans(ax)] == [[62.42, 64.51], [64.51, 64.74]]
    (levels,) = ax.collections
    assert isinstance(levels, LineCollection)
    assert [segment[0][1] for segment in levels.get_segments()] == [62.42, 64.74]
    said = [text.get_text() for text in ax.texts]
    assert f"The axis is broken: it begins at {bottom:.2f}, not at 0" in said
    assert {"62.42", "+2.09", "+0.23", "64.74"} < set(said)


def test_the_table_adds_up_as_the_bars_do() -> None:
    chart = charts.cost_waterfall(PRICES, PARTS, "cost_to_serve", "Price of WEST", "c")
    texts = chart.table().formatted()
    assert texts["Part"].tolist() == ["Forward", "DA-RT adjustment", "Load shape"]
    assert texts["Adds up to, $/MWh"].tolist() == ["50.00", "48.75", "50.75"]
    assert chart.alt == (
        "Price of WEST. Forward 50.00, DA-RT adjustment -1.25, Load shape +2.00: "
        "Cost to serve (energy) 50.75 $/MWh."
    )


def test_parts_that_miss_a_cent_when_rounded_are_said_to_be_rounded() -> None:
    prices = pd.DataFrame([{"forward_price": 52.875, "load_shape": -0.694, "cost_to_serve": 52.181}])
    chart = charts.cost_waterfall(prices, ["forward_price", "load_shape"], "cost_to_serve", "Price", "How.")
    assert chart.table().formatted().iloc[1].tolist() == ["Load shape", "-0.69", "52.18"]
    assert chart.table().formatted().iloc[0, 1] == "+52.88"
    assert chart.caption == "How. Each number is rounded by itself: the sum may differ by a cent."


@pytest.mark.parametrize(
    ("levels", "starts_at_zero"),
    [([50, 48.75, 50.75], False), ([20, 17, 32], True), ([2, 1, 9], True), ([-5, -4, -6], False)],
)
def test_the_axis_shows_every_step_and_leaves_zero_out_only_where_steps_are_small(
    levels: list[float], starts_at_zero: bool
) -> None:
    bottom, top = waterfall._axis_limits(np.array(levels, dtype=float))
    assert bottom <= min(levels)
    assert max(levels) <= top
    assert (bottom == 0) == starts_at_zero


def test_a_market_whose_price_is_missing_has_nothing_to_draw() -> None:
    chart = charts.cost_waterfall(PRICES * np.nan, PARTS, "cost_to_serve", "Price", "c")
    assert "nothing to draw" in chart.svg
    no_zone = charts.cost_waterfall(PRICES.head(0), PARTS, "cost_to_serve", "Price", "c")
    assert "nothing to draw" in no_zone.svg
