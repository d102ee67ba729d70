from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from lib.present import charts, waterfall

PARTS = ["forward_price", "da_rt_adjustment", "load_shape"]
PRICES = pd.DataFrame(
    [{"forward_price": 50.0, "da_rt_adjustment": -1.25, "load_shape": 2.0, "cost_to_serve": 50.75}]
)


def test_each_part_begins_where_the_one_before_ends() -> None:
    ax = Figure().subplots()
    waterfall.plot_parts(ax, np.array([50.0, -1.25, 2.0]), 50.75)
    spans = [(bar.get_y(), bar.get_y() + bar.get_height()) for bar in ax.patches]
    assert spans == [(0, 50), (50, 48.75), (48.75, 50.75), (0, 50.75)]
    assert [text.get_text() for text in ax.texts] == ["50.00", "-1.25", "+2.00", "50.75"]


def test_the_table_adds_up_as_the_bars_do() -> None:
    chart = charts.waterfall(PRICES, PARTS, "cost_to_serve", "Price of WEST", "c")
    texts = chart.table().texts()
    assert texts["Part"].tolist() == ["Forward", "DA-RT shift", "Load shape"]
    assert texts["Adds up to, $/MWh"].tolist() == ["50.00", "48.75", "50.75"]
    assert chart.alt == (
        "Price of WEST. Forward 50.00, DA-RT shift -1.25, Load shape +2.00: Cost to serve 50.75 $/MWh."
    )


@pytest.mark.parametrize(
    ("levels", "starts_at_zero"), [([50, 48.75, 50.75], False), ([2, 1, 9], True), ([-5, -4, -6], False)]
)
def test_the_axis_shows_every_step_and_leaves_zero_out_only_where_steps_are_small(
    levels: list[float], starts_at_zero: bool
) -> None:
    bottom, top = waterfall._reach(np.array(levels, dtype=float))
    assert bottom <= min(levels)
    assert max(levels) <= top
    assert (bottom == 0) == starts_at_zero


def test_a_market_whose_price_is_missing_has_nothing_to_draw() -> None:
    chart = charts.waterfall(PRICES * np.nan, PARTS, "cost_to_serve", "Price", "c")
    assert "nothing to draw" in chart.svg
    no_zone = charts.waterfall(PRICES.head(0), PARTS, "cost_to_serve", "Price", "c")
    assert "nothing to draw" in no_zone.svg
