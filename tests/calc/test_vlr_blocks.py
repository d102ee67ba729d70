"""Months and blocks with what is known of them fit the curve, the band and the hours of real markets."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from lib.calc.band import BAND, Band, fit_band, left_out_errors, sums_by_year, zone_skill
from lib.calc.bias_swing import PARTS
from lib.calc.interval import INTERVAL, MIN_INTERVAL_DAYS, bootstrap
from lib.calc.priced_vlr import BLOCK, add_priced
from lib.calc.resampling import day_sums
from lib.calc.vlr import count_exclusions, estimate, vlr_curve
from lib.calc.vlr_blocks import (
    HELPS,
    NO_HELP,
    add_cell_bands,
    blocks_without_interval,
    coming_year,
    count_block_exclusions,
    vlr_blocks,
)

Real = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame, Band]


@pytest.fixture(scope="module", params=["ERCOT", "NYISO"])
def real(request: pytest.FixtureRequest, real_hourly: Callable[[str], pd.DataFrame]) -> Real:
    """Hours, curve, blocks, errors and band of a market with one year of NYISO, and two of ERCOT."""
    hourly = real_hourly(request.param)
    intervals, draws = bootstrap(day_sums(hourly), resamples=50)
    errors = left_out_errors(sums_by_year(hourly))
    band = fit_band(errors)
    curve = add_cell_bands(add_priced(vlr_curve(hourly)), intervals, band)
    return hourly, curve, vlr_blocks(hourly, curve, draws, errors, band), errors, band


def test_a_block_has_the_figures_of_its_hours(real: Real) -> None:
    hourly, _, blocks, _, band = real
    figures = estimate(hourly, BLOCK)
    pd.testing.assert_frame_equal(blocks[BLOCK], figures[BLOCK])
    for name in ("n_hours", "n_days", "n_years", "n_excluded"):
        assert blocks[name].tolist() == figures[name].tolist()
    assert blocks["cost_per_mwh"].tolist() == pytest.approx(figures["cost_per_mwh"].tolist(), nan_ok=True)
    parts = blocks[list(PARTS)].sum(axis=1, skipna=False)
    assert parts.tolist() == pytest.approx(blocks["cost_per_mwh"].tolist(), abs=1e-9, nan_ok=True)
    assert (blocks["n_residuals"] == band.n_found).all()
    assert blocks["interval_mid"].isna().tolist() == (blocks["n_days"] < MIN_INTERVAL_DAYS).tolist()


def test_the_cells_of_a_block_average_its_band(real: Real) -> None:
    _, curve, blocks, _, band = real
    assert band.n > 36
    known = curve.dropna(subset="priced")
    load = known["rt_load_mwh"]
    keys = [known[key] for key in BLOCK]
    for level in (*BAND, "priced"):
        mean = (known[level] * load).groupby(keys, observed=True).sum() / load.groupby(
            keys, observed=True
        ).sum()
        wanted = blocks.set_index(BLOCK)[level].reindex(mean.index)
        assert mean.tolist() == pytest.approx(wanted.tolist(), abs=1e-9)
    assert curve[INTERVAL].isna().all(axis=1).tolist() == (curve["n_days"] < MIN_INTERVAL_DAYS).tolist()


def test_the_reasons_of_blocks_add_up_to_those_of_zones(real: Real) -> None:
    hourly, _, blocks, _, _ = real
    counts = count_block_exclusions(hourly)
    by_zone = counts.groupby(["location", "reason"], observed=True)["n_hours"].sum()
    pd.testing.assert_series_equal(
        by_zone, count_exclusions(hourly).set_index(["location", "reason"])["n_hours"], check_index_type=False
    )
    assert counts["n_hours"].sum() == blocks["n_excluded"].sum()


def test_a_coming_year_is_between_its_bands_and_says_what_priced_vlr_was_worth(real: Real) -> None:
    _, _, blocks, errors, band = real
    year = coming_year(blocks, errors, band)
    assert len(year) == blocks["location"].nunique()
    for kind in ("dependent", "independent"):
        assert (year[f"{kind}_low"] < year["priced"]).all()
        assert (year[f"{kind}_high"] > year["priced"]).all()
    skill = zone_skill(errors).set_index("location")["skill"].reindex(year["location"])
    assert year["verdict"].tolist() == np.where(skill > 0, HELPS, NO_HELP).tolist()
    assert coming_year(blocks, errors, band).equals(year)


def test_blocks_on_few_days_are_named_once() -> None:
    blocks = pd.DataFrame(
        [(zone, month, block, 9 if block == "2x16" or month == 7 else 99)
         for zone in "AB" for month in (6, 7, 8) for block in ("5x16", "2x16")],
        columns=[*BLOCK, "n_days"],
    )  # fmt: skip
    table = blocks_without_interval(blocks)
    assert table.to_numpy().tolist() == [["A, B", "2x16", "06 to 08", 3, 9], ["A, B", "5x16", "07", 1, 9]]
    assert blocks_without_interval(blocks.assign(n_days=99)).empty
