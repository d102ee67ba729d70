from __future__ import annotations

import pandas as pd
import pytest

from lib.present import key_figures


@pytest.fixture
def parts() -> pd.DataFrame:
    """Two zones with a price for every hour, one with on-peak prices only, and one that has none."""
    return pd.DataFrame(
        {
            "location": ["HUD VL", "WEST", "LONGIL", "MILLWD"],
            "forward_price": 50.0,
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
    assert key_figures.cost_curves("WEST", parts).figures[2:4] == [
        ("Dearest zone", "WEST", f"$60.00/MWh, {among}"),
        ("Cheapest zone", "HUD VL", f"$58.13/MWh, {among}"),
    ]
    assert (
        key_figures.describe_incomparable(parts)
        == "; 2 of 4 have fewer hours with a price, and do not compare"
    )


def test_zones_that_lack_as_much_compare(parts: pd.DataFrame) -> None:
    alike = parts.assign(cost_to_serve=[1.0, 2.0, 3.0, 4.0], n_priced=36, n_hours=12_192, n_excluded=14_112)
    assert key_figures.cost_curves("WEST", alike).figures[2:4] == [
        ("Dearest zone", "MILLWD", "$4.00/MWh"),
        ("Cheapest zone", "HUD VL", "$1.00/MWh"),
    ]
    assert key_figures.describe_incomparable(alike) == ""
