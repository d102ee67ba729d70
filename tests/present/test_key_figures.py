"""The key figures of each page, and which zones of a cost curve compare."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lib.calc import aggregate, vlr
from lib.present import key_figures
from lib.present.formats import MISSING

NULL = np.nan


YEAR = pd.DataFrame(
    {"location": ["WEST"], "priced": [0.214], "dependent_low": [-0.05], "dependent_high": [0.6]}
)
"""The band of a coming year."""


def test_vlr_at_a_glance_names_the_dearest_zone_and_month() -> None:
    whole = pd.DataFrame(
        {"cost_weighted": [0.00541], "cost_per_mwh": [0.2251], "n_hours": [482064], "n_excluded": [3]}
    )
    zones = pd.DataFrame({"location": ["WEST", "NORTH", "LONGIL"], "cost_per_mwh": [0.2, 0.3, NULL]})
    months = pd.DataFrame({"month": [1, 12], "cost_per_mwh": [-0.1, 0.4]})
    shown = key_figures.vlr(whole, zones, months, YEAR, ["There is something to know."])
    assert list(shown.messages) == ["There is something to know."]
    assert shown.figures == [
        ("VLR, all zones", "0.541 %", "of the day-ahead cost"),
        ("The same per MWh", "$0.2251", "of load served"),
        ("Zone with the highest VLR", "NORTH", "$0.3000/MWh"),
        ("Month with the highest VLR", "Dec", "$0.4000/MWh"),
        ("A coming year, 9 times in 10", "-0.05 to 0.60", "$/MWh in WEST, at past prices; $0.21 is priced"),
        ("Zone-hours used", "482,064", "3 left out"),
    ]


def test_the_whole_is_rolled_up_from_the_sums_of_its_zones(hourly: pd.DataFrame) -> None:
    zones = vlr.estimate(hourly, ["location"])
    whole = aggregate.estimate_from_cells(zones.assign(iso="NYISO"), ["iso"])
    months = aggregate.estimate_from_cells(vlr.estimate(hourly, ["location", "month"]), ["month"])
    figures = {name: figure for name, figure, _ in key_figures.vlr(whole, zones, months, YEAR).figures}
    cost = (hourly["unitized_cost"] * hourly["rt_load_mw"]).sum() / hourly["rt_load_mw"].sum()
    assert figures["The same per MWh"] == f"${cost:,.4f}"


def test_shaping_at_a_glance_names_the_extreme_hours_and_the_largest_premium() -> None:
    factors = pd.DataFrame(
        {
            "month": [7, 7, 1],
            "he": [18, 9, 4],
            "block_type": ["5x16", "5x16", "7x8"],
            "year_mean": [1.3, 0.7, NULL],
        }
    )
    premiums = pd.DataFrame({"location": ["A", "B"], "block_type": "5x16", "premium": [0.02, 0.041]})
    assert key_figures.shaping("HUB", factors, premiums).figures == [
        ("Highest factor of HUB", "1.300", "times its block's mean: Jul, 5x16, HE 18"),
        ("Lowest factor of HUB", "0.700", "times its block's mean: Jul, 5x16, HE 9"),
        ("Largest load-shape premium", "4.10 %", "B, 5x16"),
    ]


def test_where_nothing_has_a_value_the_glance_says_so() -> None:
    whole = pd.DataFrame(
        {"cost_weighted": [NULL], "cost_per_mwh": [NULL], "n_hours": [0], "n_excluded": [24]}
    )
    empty = pd.DataFrame({"location": ["WEST"], "month": [1], "cost_per_mwh": [NULL]})
    no_band = YEAR.assign(dependent_low=NULL, dependent_high=NULL)
    figures = [figure for _, figure, _ in key_figures.vlr(whole, empty, empty, no_band).figures]
    assert figures == [MISSING] * 5 + ["0"]


def test_what_was_fetched_is_counted_and_missing_hours_are_named() -> None:
    counts = pd.DataFrame({"n_written": [24, 0], "n_revised": [0, 2]})
    days = pd.to_datetime(["2024-06-10", "2024-06-11", "2024-06-12"])
    coverage = pd.DataFrame({"market_date": days, "n_expected": 24, "n_stored": [24, 23, 0]})
    figures = key_figures.fetch(counts, coverage, 1).figures
    assert [figure for _, figure, _ in figures] == ["2024-06-11", "25", "24", "2", "1"]


def test_the_nearest_month_of_a_hub_stands_for_its_curve() -> None:
    months = pd.to_datetime(["2026-02-01", "2026-01-01", "2026-01-01"])
    curves = pd.DataFrame(
        {
            "hub": "East",
            "block": ["5x16", "5x16", "7x8"],
            "strip": months,
            "settlement_price": [60.0, 65.43, 40.0],
        }
    )
    assert key_figures.forward_curves(curves).figures == [("East", "$65.43/MWh", "5x16, Jan 2026")]


def test_each_iso_has_its_figure() -> None:
    frame = pd.DataFrame(
        {"iso": ["PJM", "MISO"], "cost_weighted": [0.005, NULL], "cost_per_mwh": [0.2, NULL]}
    )
    assert key_figures.vlr_by_iso(frame).figures == [
        ("VLR of PJM", "$0.2000/MWh", "0.500 % of the day-ahead cost"),
        ("VLR of MISO", MISSING, f"{MISSING} of the day-ahead cost"),
    ]


def test_cost_to_serve_at_a_glance_names_its_forward_and_the_extreme_zones() -> None:
    parts = pd.DataFrame(
        {
            "location": ["A", "B", "C"],
            "forward_price": [60.0, 50.0, NULL],
            "covariance": [1.234, 0.5, NULL],
            "vlr": [0.25, 0.25, NULL],
            "cost_to_serve": [64.74, 41.0, NULL],
            "n_priced": [36, 18, 0],
            "n_months": 36,
            "n_hours": [26304, 13152, 0],
            "n_excluded": [0, 13152, 26304],
        }
    )
    assert key_figures.cost_curves("A", parts).figures == [
        (
            "Cost to serve A (energy)",
            "$64.74/MWh",
            "wholesale energy, over 36 months, weighted with its load",
        ),
        ("The hub's forward", "$60.00/MWh", "of it: mean over hours"),
        (
            "Covariance",
            "$1.23/MWh",
            "of it: on dear days the load is high; VLR is $0.25/MWh",
        ),
        ("Dearest zone", "A", "$64.74/MWh, among 1 of 3 zones: the others have fewer hours"),
        ("Cheapest zone", "A", "$64.74/MWh, among 1 of 3 zones: the others have fewer hours"),
        ("Zone-hours without a price", "39,456", "of 78,912"),
    ]
    (_, _, note), *_ = key_figures.cost_curves("B", parts).figures
    assert note == "wholesale energy, over 18 of 36 months, 13,152 of 26,304 hours, weighted with its load"
    without = key_figures.cost_curves("C", parts[parts["location"] == "C"], ["No prices <yet>."])
    assert without.render_html() == '<div class="notice"><p>No prices &lt;yet&gt;.</p></div>'


def test_what_must_be_known_stands_right_below_the_figures() -> None:
    parts = pd.DataFrame(
        {
            "location": ["A"],
            "forward_price": [60.0],
            "covariance": [1.0],
            "vlr": [0.25],
            "cost_to_serve": [64.0],
            "n_priced": [36],
            "n_months": [36],
            "n_hours": [26304],
            "n_excluded": [0],
        }
    )
    shown = key_figures.cost_curves("A", parts, ["The forwards are old."])
    assert shown.render_html().startswith('<dl class="glance">')
    assert shown.render_html().endswith('</dl><div class="notice"><p>The forwards are old.</p></div>')
    bundle, _ = shown._repr_mimebundle_()
    first, *_, last = bundle["text/plain"].splitlines()
    assert (
        first
        == "Cost to serve A (energy): $64.00/MWh wholesale energy, over 36 months, weighted with its load"
    )
    assert last == "The forwards are old."


@pytest.fixture
def parts() -> pd.DataFrame:
    """Two zones with a price for every hour, one with on-peak prices only, and one that has none."""
    return pd.DataFrame(
        {
            "location": ["HUD VL", "WEST", "LONGIL", "MILLWD"],
            "forward_price": 50.0,
            "covariance": 1.0,
            "vlr": 0.25,
            "cost_to_serve": [58.13, 60.0, 79.91, float("nan")],
            "n_priced": [36, 36, 36, 0],
            "n_months": 36,
            "n_hours": [26_304, 26_304, 12_192, 0],
            "n_excluded": [0, 0, 14_112, 26_304],
        }
    )


def test_figures_say_over_how_many_months_and_hours_they_are(parts: pd.DataFrame) -> None:
    assert key_figures.describe_hours("WEST", parts) == "36 months"
    assert key_figures.describe_hours("LONGIL", parts) == "36 months, 12,192 of 26,304 hours"
    assert key_figures.describe_hours("MILLWD", parts) == "0 of 36 months, 0 of 26,304 hours"


def test_a_zone_with_fewer_hours_is_neither_the_dearest_nor_the_cheapest(parts: pd.DataFrame) -> None:
    among = "among 2 of 4 zones: the others have fewer hours"
    assert key_figures.cost_curves("WEST", parts).figures[3:5] == [
        ("Dearest zone", "WEST", f"$60.00/MWh, {among}"),
        ("Cheapest zone", "HUD VL", f"$58.13/MWh, {among}"),
    ]
    assert (
        key_figures.describe_incomparable(parts)
        == "; 2 of 4 have fewer hours with a price, and do not compare"
    )


def test_zones_that_lack_as_much_compare(parts: pd.DataFrame) -> None:
    alike = parts.assign(cost_to_serve=[1.0, 2.0, 3.0, 4.0], n_priced=36, n_hours=12_192, n_excluded=14_112)
    assert key_figures.cost_curves("WEST", alike).figures[3:5] == [
        ("Dearest zone", "MILLWD", "$4.00/MWh"),
        ("Cheapest zone", "HUD VL", "$1.00/MWh"),
    ]
    assert key_figures.describe_incomparable(alike) == ""
