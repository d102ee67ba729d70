"""The lines of what was quoted and what came, and the figures at the top of the page."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from lib.present import charts, key_figures
from lib.present.charts.quoted_lines import plot_sides
from lib.present.charts.style import NOTHING

DAYS = pd.DataFrame(
    {
        "market_date": pd.date_range("2025-06-01", periods=3),
        "quoted_cost": [np.nan, 40.0, 41.0],
        "realised_cost": [30.0, 55.5, np.nan],
    }
)


def test_a_day_without_a_value_breaks_its_line() -> None:
    ax = Figure().subplots()
    plot_sides(ax, DAYS)
    quoted, realised = ax.lines
    assert quoted.get_label() == "Quoted" and realised.get_label() == "Realised"
    np.testing.assert_array_equal(np.asarray(quoted.get_ydata()), [np.nan, 40.0, 41.0])
    np.testing.assert_array_equal(np.asarray(realised.get_xdata()), [1, 2, 3])
    assert ax.get_xlabel() == "Day of June 2025"


def test_the_text_for_those_who_do_not_see_the_chart_has_its_extremes() -> None:
    chart = charts.quoted_and_realised(DAYS, "By day", "How to read it.")
    assert "Realised: Highest: 55.50 on 2025-06-02; lowest: 30.00 on 2025-06-01" in chart.alt
    assert list(chart.data) == ["market_date", "quoted_cost", "realised_cost"]
    none = charts.quoted_and_realised(DAYS.assign(quoted_cost=np.nan, realised_cost=np.nan), "By day", "")
    assert NOTHING in none.alt.lower()


def test_the_answer_stands_first() -> None:
    day = pd.DataFrame({"quoted_cost": [40.0], "realised_cost": [38.5], "difference": [-1.5]})
    month = pd.DataFrame({"quoted_cost": [41.0], "realised_cost": [52.25], "difference": [11.25]})
    month = month.assign(n_hours=100, n_left_out=20)
    zones = pd.DataFrame({"location": ["A", "B"], "difference": [3.0, -4.5]})
    assert key_figures.realised(day, month, zones, ["It was dear."]).figures == [
        ("The day: realised less quoted", "-1.50 $/MWh", "came $38.50, quoted $40.00; all zones"),
        ("Month to date", "+11.25 $/MWh", "came $52.25, quoted $41.00; all zones"),
        ("Farthest zone, month to date", "B", "-4.50 $/MWh"),
        ("Zone-hours compared", "100", "of 120 of the month to date"),
    ]


def test_where_nothing_is_compared_only_the_messages_show() -> None:
    nothing = pd.DataFrame({"difference": [np.nan]})
    shown = key_figures.realised(nothing, nothing, nothing, ["There was no curve."])
    assert shown.figures == [] and shown.messages == ["There was no curve."]
