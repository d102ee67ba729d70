from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from lib.present import charts
from lib.present.charts import forward_charts

MONTHS = pd.date_range("2026-02-01", periods=3, freq="MS")


def _prices() -> pd.DataFrame:
    rows = [
        {"location": zone, "delivery_month": month, "block_type": block, "cost_to_serve": float(price)}
        for zone, start in (("WEST", 0), ("EAST", 100))
        for block, step in (("5x16", 20), ("7x8", 10))
        for price, month in zip(range(start + step, start + step + 3), MONTHS, strict=True)
    ]
    return pd.DataFrame(rows)


def test_every_month_has_its_width_the_last_one_too() -> None:
    ax = Figure().subplots()
    prices = _prices()
    forward_charts.plot_blocks(ax, prices[prices["location"] == "WEST"], "cost_to_serve")
    peak = ax.lines[0]
    assert list(peak.get_ydata()) == [20, 21, 22, 22]
    assert pd.Timestamp(peak.get_xdata()[-1]) == pd.Timestamp("2026-05-01")


def test_the_table_of_the_blocks_has_a_row_for_each_zone_and_month() -> None:
    chart = charts.block_curves(_prices(), "cost_to_serve", "Cost to serve", "c")
    texts = chart.table().formatted()
    assert len(texts) == 6
    assert texts.iloc[0].tolist() == ["EAST", "2026-02", "120.00", "–", "110.00"]  # noqa: RUF001 - no 2x16 given
    assert "Highest: 122.00 for EAST 5x16 in April 2026" in chart.alt


def test_the_panels_are_called_what_they_are() -> None:
    zones = charts.block_curves(_prices(), "cost_to_serve", "Cost to serve", "c")
    hubs = charts.block_curves(
        _prices().rename(columns={"location": "hub"}), "cost_to_serve", "Forwards", "c", panel_column="hub"
    )
    assert [next(iter(chart.table().formatted())) for chart in (zones, hubs)] == ["Zone", "Hub"]
    assert "One panel for each zone: 2. Highest: 122.00 for EAST 5x16 in April 2026" in zones.alt
    assert "One panel for each hub: 2. Highest: 122.00 for EAST 5x16 in April 2026" in hubs.alt


def test_the_map_of_prices_has_months_down_and_hours_across() -> None:
    ax = Figure().subplots()
    table = pd.DataFrame([[1.0, 2.0], [3.0, np.nan]], index=[8, 9], columns=["2026-02", "2026-03"])
    forward_charts.plot_hours(ax, table, Normalize(0, 4))
    image = np.ma.filled(ax.images[0].get_array(), np.nan)
    np.testing.assert_array_equal(image, [[1, 3], [2, np.nan]])


def test_the_map_of_prices_is_the_darker_the_dearer() -> None:
    ax = Figure().subplots()
    forward_charts.plot_hours(ax, pd.DataFrame([[1.0, 2.0, 3.0, 4.0]], index=[8]), Normalize(1, 4))
    colours = ax.images[0].cmap(np.linspace(0, 1, 9))[:, :3]
    lightness = colours @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(lightness) < 0).all()


def test_the_table_of_the_map_has_every_hour_and_month() -> None:
    cells = pd.DataFrame({"he": [8, 9], "block_type": "5x16", "hpfc": [40.0, 41.5]})
    cells = cells.merge(pd.Series(MONTHS, name="delivery_month"), "cross")
    chart = charts.price_heatmap(cells, "hpfc", "Prices of WEST", "c")
    assert chart.table().formatted().to_dict("list") == {
        "Block": ["5x16"] * 2,
        "HE": ["8", "9"],
        **{f"{month:%Y-%m}": ["40.00", "41.50"] for month in MONTHS},
    }
    assert "Highest: 41.50 in February 2026, 5x16, HE 9" in chart.alt
