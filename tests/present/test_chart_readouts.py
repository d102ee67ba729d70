from __future__ import annotations

import json
import re

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup

from lib.present import charts
from lib.present.charts.panels import new_panels
from lib.present.charts.readout import show_cells, show_values
from lib.present.charts.style import new_figure, to_svg

NAMES = ["EAST & <CO>", "WEST"]


@pytest.fixture(scope="module")
def drawn() -> BeautifulSoup:
    """Two panels of two lines, of which the second panel's have no label."""
    with new_panels(NAMES, 3, 2) as panels:
        for ax, rise, labels in zip(panels.axes, (1, 2), (("first", "second"), ("", "")), strict=True):
            ax.plot([1, 2, 3], [0, rise, 2 * rise], color="#0b62a4", label=labels[0])
            ax.plot([1, 2, 3], [1, float("nan"), 3], color="#cf4f12", label=labels[1])
            ax.axhline(0, color="#0b62a4")
        return BeautifulSoup(panels.to_html("hour", "$/MWh"), "html.parser")


def _readouts(svg: object) -> list[dict[str, object]]:
    return json.loads(svg.select_one("metadata").text)  # type: ignore[attr-defined]


def test_each_panel_is_a_drawing_with_its_name_and_shows_its_own_place(drawn: BeautifulSoup) -> None:
    svgs = drawn.select(".panels > svg")
    assert [svg["data-panel"] for svg in svgs] == NAMES
    assert [svg["viewbox"] for svg in svgs] == ["0 0 216 144", "0 144 216 144"]
    assert [[text.text for text in svg.select("text")][-1] for svg in svgs] == NAMES
    assert all(len(svg.select("text")) > 5 for svg in svgs), "each panel has its own tick labels"


def test_what_a_panel_uses_is_in_the_page_once(drawn: BeautifulSoup) -> None:
    text = str(drawn)
    ids = re.findall(r' id="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r"url\(#([^)]+)\)", text)) <= set(ids)
    classes = {name for tag in drawn.select("svg [class^=c]") for name in tag["class"]}
    styles = "".join(style.text for style in drawn.select("style"))
    assert classes
    assert all(f".{name}{{" in styles for name in classes)


def test_a_line_without_a_label_belongs_to_the_series_of_its_colour(drawn: BeautifulSoup) -> None:
    for svg, rise in zip(drawn.select(".panels > svg"), (1, 2), strict=True):
        assert len(svg.select(".series-0")) == len(svg.select(".series-1")) == 1
        (readout,) = _readouts(svg)
        assert readout["names"] == ["1", "2", "3"]
        assert readout["series"] == [[0, "first", [0, rise, 2 * rise]], [1, "second", [1, None, 3]]]


def test_the_legend_names_each_series_once_with_its_colour(drawn: BeautifulSoup) -> None:
    entries = drawn.select(".legend li")
    assert [(entry["data-series"], entry.text) for entry in entries] == [("0", "first"), ("1", "second")]
    assert "var(--orange" in str(entries[1])


def test_positions_are_those_of_the_drawing(drawn: BeautifulSoup) -> None:
    for above, svg in zip((0, 144), drawn.select(".panels > svg"), strict=True):
        line = svg.select_one(".series-0 path")
        assert line is not None
        drawn_at = [float(x) for x in re.findall(r"[ML] (\S+) ", str(line["d"]))]
        (readout,) = _readouts(svg)
        assert readout["at"] == pytest.approx(drawn_at, abs=0.06)
        left, top, right, bottom = readout["box"]  # type: ignore[misc]
        assert 0 < left < min(drawn_at) and max(drawn_at) < right < 216
        assert above < top < bottom < above + 144


def test_bars_and_cells_say_what_they_show() -> None:
    with new_figure(4, 2) as fig:
        left, right = fig.subplots(1, 2)
        left.barh([0, 1], [3, 4])
        show_values(left, [0, 1], ["a", "b & <c>"], {"cost": [3.0, 1 / 3]}, along="y")
        right.imshow(np.eye(2))
        show_cells(right, ["r1", "r2"], ["c1", "c2"], np.array([[1.0, np.nan], [0.0, 1.0]]))
        svg = BeautifulSoup(to_svg(fig), "html.parser")
    bars, cells = _readouts(svg)
    assert (bars["names"], bars["series"]) == (["a", "b & <c>"], [[-1, "cost", [3.0, 0.33333]]])
    assert bars["at"][0] > bars["at"][1]  # type: ignore[index]
    assert cells["cells"] == [[1.0, None], [0.0, 1.0]]


def test_a_step_has_the_value_from_its_beginning_and_a_date_is_a_month() -> None:
    months = pd.date_range("2026-01-01", periods=3, freq="MS")
    curves = pd.DataFrame({"hub": "A", "block": "5x16", "strip": months, "settlement_price": [1.0, 2.0, 3.0]})
    chart = charts.forward_curves(curves, "Forwards", "c")
    (readout,) = _readouts(BeautifulSoup(chart.svg, "html.parser"))
    assert readout["step"] is True
    assert readout["names"] == ["2026-01", "2026-02", "2026-03"]
    assert readout["series"] == [[0, "5x16", [1.0, 2.0, 3.0]]]
