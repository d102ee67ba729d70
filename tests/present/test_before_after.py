from __future__ import annotations

import math
import re
from typing import Any

import pandas as pd
import pytest
from bs4 import BeautifulSoup

from lib.present.charts.before_after import MAX_ZONES, before_after, render_legend
from lib.present.display import Chart
from lib.present.formats import Format

PERCENT = Format("%", "{:,.3f}", 100.0)


def _frame(by: str, places: list[Any], **zones: list[float]) -> pd.DataFrame:
    rows = [
        {by: place, "zone": zone, "before": value, "after": value * 1.5}
        for zone, values in zones.items()
        for place, value in zip(places, values, strict=True)
    ]
    return pd.DataFrame(rows)


def _draw(frame: pd.DataFrame, by: str = "month") -> Chart:
    return before_after(frame, by, PERCENT, "By month", "How it is read.")


def _points(chart: Chart, of: str, number: int) -> list[tuple[str, float, float]]:
    path = BeautifulSoup(chart.svg, "html.parser").select(f"g.{of} path")[number]["d"]
    return [(kind, float(x), float(y)) for kind, x, y in re.findall(r"([ML])([\d.]+) ([\d.]+)", str(path))]


def test_each_zone_has_a_line_before_and_one_after_that_follow_its_values() -> None:
    chart = _draw(_frame("month", [1, 2, 3], WEST=[0.01, 0.02, 0.015], CAPITL=[0.03, 0.01, 0.02]))
    before, after = _points(chart, "before", 0), _points(chart, "after", 0)
    heights = [y for _, _, y in before]
    assert heights[1] < heights[2] < heights[0], "a larger value stands higher"
    assert all(high[2] < low[2] for high, low in zip(after, before, strict=True))
    assert len(_points(chart, "after", 1)) == 3


def test_a_line_is_in_proportion_to_the_ticks() -> None:
    chart = _draw(_frame("month", [1, 2], WEST=[0.01, 0.02]))
    ticks = re.findall(r'y="([\d.]+)" text-anchor="end">([\d.]+)<', chart.svg)
    (low_y, low), (high_y, high) = ((float(y) - 4, float(text)) for y, text in (ticks[0], ticks[-1]))
    for (_, _, y), value in zip(_points(chart, "before", 0), (1.0, 2.0), strict=True):
        assert y == pytest.approx(low_y + (value - low) / (high - low) * (high_y - low_y), abs=0.11)


def test_a_line_is_broken_where_there_is_no_value() -> None:
    chart = _draw(_frame("month", [1, 2, 3, 4], WEST=[0.01, math.nan, 0.02, 0.03]))
    assert [kind for kind, _, _ in _points(chart, "after", 0)] == ["M", "M", "L"]


def test_a_value_without_neighbours_is_a_dot_after_and_a_ring_before() -> None:
    for values, n_lone in (([0.01], 1), ([0.01, math.nan, 0.02, 0.03], 1), ([0.01, 0.02], 0)):
        chart = _draw(_frame("month", list(range(1, len(values) + 1)), WEST=values))
        html = BeautifulSoup(chart.svg, "html.parser")
        assert len(html.select("g.before circle")) == n_lone
        assert len(html.select("g.after circle")) == sum(value == value for value in values)


def test_a_ring_is_seen_around_a_dot_in_the_same_place() -> None:
    html = BeautifulSoup(_draw(_frame("month", [7], WEST=[0.01])).svg, "html.parser")
    ring, dot = (float(str(html.select(f"g.{name} circle")[0]["r"])) for name in ("before", "after"))
    assert ring > dot


def test_its_table_and_its_text_carry_the_numbers() -> None:
    chart = _draw(_frame("month", [1, 7], WEST=[0.01, 0.02]))
    assert chart.table().formatted().values.tolist() == [
        ["WEST", "Jan", "1.000", "1.500"],
        ["WEST", "Jul", "2.000", "3.000"],
    ]
    assert "WEST after: highest 3.000 at Jul (before 2.000), lowest 1.500 at Jan." in chart.alt


def test_nothing_to_draw_is_said() -> None:
    chart = _draw(_frame("month", [1, 2], WEST=[math.nan, math.nan]))
    assert "nothing to draw" in chart.svg
    assert "WEST has no value." in chart.alt


@pytest.mark.parametrize(
    ("by", "places", "names"),
    [
        ("month", list(range(1, 13)), ["Jan", "Feb"]),
        ("he", list(range(1, 25)), ["1", "3"]),
        ("month", [f"2026-{month:02}" for month in range(1, 13)], ["2026-01", "2026-03"]),
    ],
)
def test_places_are_named_as_people_do_and_without_touching(
    by: str, places: list[Any], names: list[str]
) -> None:
    chart = _draw(_frame(by, places, WEST=[0.01] * len(places)), by)
    assert re.findall(r'text-anchor="middle">([\w-]+)<', chart.svg)[:2] == names


def test_the_legend_names_as_many_zones_as_there_are_colours_and_escapes_them() -> None:
    html = render_legend(["<b>", *"ABCD"])
    assert "&lt;b&gt;" in html
    assert html.count("<li>") == MAX_ZONES + 2
