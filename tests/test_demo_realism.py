"""The simulated market is held to the figures of real ones, and real ones to the same figures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.demo_realism import (
    FIGURES,
    FIGURES_MARK,
    FORWARDS_MARK,
    PAGE,
    demo_markets,
    format_forwards,
    format_table,
    hub_forwards,
    read_table,
    real_markets,
    targets,
    zone_figures,
)
from lib.calc.vlr import hourly_vlr
from lib.hours import market_hours
from lib.markets import MARKETS

REAL = {"ERCOT": "ercot_years", "ISONE": "isone_years", "NYISO": ""}
"""The folders of real data with prices and loads of the same territories, by ISO."""


def outside(iso: str, zones: pd.DataFrame) -> list[str]:
    """Return the figures of a market whose median lies outside its target."""
    its_targets = targets()
    its_targets = its_targets[its_targets["iso"] == iso].set_index("figure")
    median = zones.median()[its_targets.index]
    is_outside = ~median.between(its_targets["low"], its_targets["high"])
    return [
        f"{name} {median[name]:.3f}, {row.low} to {row.high}"
        for name, row in its_targets[is_outside].iterrows()
    ]


@pytest.fixture(scope="module")
def demo() -> dict[str, pd.DataFrame]:
    """The figures of the demo's markets."""
    return demo_markets()


@pytest.fixture(scope="module")
def real(shared_data: Path) -> dict[str, pd.DataFrame]:
    """The figures of the real markets."""
    return real_markets([f"{iso}={shared_data / folder}" for iso, folder in REAL.items()])


@pytest.mark.parametrize("iso", MARKETS)
def test_the_demo_lies_within_the_targets(iso: str, demo: dict[str, pd.DataFrame]) -> None:
    assert outside(iso, demo[f"demo {iso}"]) == []


def test_real_markets_lie_within_the_same_targets(real: dict[str, pd.DataFrame]) -> None:
    found = {column.split()[0]: outside(column.split()[0], zones) for column, zones in real.items()}
    assert list(found) == list(REAL)
    # Cleared demand is off by habit, so ISO-NE's error is nearly the same a day later.
    assert [figure.split()[0] for figure in found.pop("ISONE")] == ["error_after_a_day"]
    assert not any(found.values()), found


def test_the_page_has_the_table_that_the_command_makes(
    real: dict[str, pd.DataFrame], demo: dict[str, pd.DataFrame]
) -> None:
    assert read_table(PAGE.read_text(encoding="utf-8"), FIGURES_MARK) == format_table(real | demo)


def test_forwards_lie_near_the_history_of_their_hubs() -> None:
    forwards = hub_forwards()
    assert set(forwards["quote"]) == {"5x16", "2x16", "7x8", "off-peak"}
    assert forwards["ratio"].between(0.85, 1.1).all(), forwards.to_string()
    assert read_table(PAGE.read_text(encoding="utf-8"), FORWARDS_MARK) == format_forwards(forwards)


def test_the_targets_name_figures_and_markets() -> None:
    its_targets = targets()
    assert set(its_targets["figure"]) <= set(FIGURES)
    assert set(its_targets["iso"]) == set(MARKETS)
    assert (its_targets["low"] < its_targets["high"]).all()


def test_the_figures_of_four_hours() -> None:
    """Four Mondays at noon, worked by hand: the covariance of docs/method.md, and a VLR of two hours."""
    hours = market_hours("NYISO", pd.Timestamp("2025-09-08"), pd.Timestamp("2025-09-29"))
    noon = hours[(hours["he"] == 12) & (hours["market_date"].dt.dayofweek == 0)].reset_index(drop=True)
    values = {
        "da_lmp_usd_per_mwh": [30.0, 35.0, 45.0, 70.0],
        "rt_lmp_usd_per_mwh": [30.0, 25.0, 45.0, 1070.0],
        "da_load_mw": [900.0, 900.0, 1100.0, 1190.0],
        "rt_load_mw": [900.0, 1000.0, 1100.0, 1200.0],
    }
    figures = zone_figures(hourly_vlr(noon.assign(location="WEST", is_event=False, **values)))
    expected = {
        "da_mean": 45,
        "da_premium": -990 / 4,
        "spread_sd": np.std([0, -10, 0, 1000], ddof=1),
        "above_1000_percent": 25,
        "vlr_percent": 100 * (10 * 1000 - 100 * 10) / (30 * 900 + 35 * 1000 + 45 * 1100 + 70 * 1200),
        "negative_months_percent": 0,
        "negative_cells_percent": 0,
        "covariance_percent": 3.439153,
        "da_high_hours": 0,
        "rt_high_hours": 0,
    }
    assert {name: figures[name] for name in expected} == pytest.approx(expected, rel=1e-6)
