"""The predictive band: the worked examples, what the method keeps, and next years made up and real."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.calc.band import (
    BAND,
    MIN_RESIDUALS,
    Band,
    add_band,
    fit_band,
    left_out_errors,
    sums_by_year,
    zone_skill,
)
from lib.calc.priced_vlr import BLOCK, priced_blocks
from lib.calc.term_band import term_bands
from lib.calc.vlr import SUMS

WORKED = np.array([(i - 20) / 1000 for i in range(1, 40)])


def _errors(residuals: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame({"residual": residuals})


def _rows(priced: list[float], prices: list[float]) -> pd.DataFrame:
    return pd.DataFrame({"priced": priced, "block_price": prices})


def _sums(
    costs: np.ndarray, prices: np.ndarray, loads: np.ndarray, zones: int, years: int, months: int
) -> pd.DataFrame:
    """Return the sums of zones x years x months of one block from $/MWh, $/MWh and MWh."""
    key = pd.MultiIndex.from_product(
        [[f"Z{zone}" for zone in range(zones)], range(1, months + 1), ["5x16"], range(2001, 2001 + years)],
        names=[*BLOCK, "year"],
    )
    values = {"unitized_cost_usd": costs * loads, "da_value_usd": prices * loads, "rt_load_mwh": loads}
    return pd.DataFrame(values, key).reset_index()


def _market(random: np.random.Generator, zones: int, years: int, months: int = 12) -> pd.DataFrame:
    size = zones * years * months
    prices = random.uniform(15, 90, size)
    costs = 0.2 + 0.05 * prices**0.5 * random.standard_t(4, size)
    return _sums(costs, prices, random.uniform(50, 200, size), zones, years, months)


def test_the_worked_example_of_a_month_and_block() -> None:
    found = add_band(_rows([0.243850], [49.0]), fit_band(_errors(WORKED[::-1]))).iloc[0]
    expected = [0.117850, 0.369850, 0.313850, 0.369850, 0.373350]
    assert found[BAND].tolist() == pytest.approx(expected, abs=1e-9)
    assert len(fit_band(_errors(WORKED)).tail) == 2


def test_fewer_residuals_than_36_are_no_band() -> None:
    band = fit_band(_errors(np.append(WORKED[: MIN_RESIDUALS - 1], np.nan)))
    assert (band.n, band.n_found) == (0, MIN_RESIDUALS - 1)
    assert add_band(_rows([0.2], [49.0]), band)[BAND].isna().all(axis=None)
    assert fit_band(_errors(WORKED[:MIN_RESIDUALS])).n == MIN_RESIDUALS


def test_what_no_quantile_reaches_is_null() -> None:
    band = fit_band(_errors(WORKED))
    assert band.quantile(0.975) == WORKED[-1]
    assert np.isnan(band.quantile(0.99))
    assert np.isnan(band.quantile(0.01))


def test_a_price_under_a_dollar_counts_as_a_dollar_and_what_is_not_known_is_null() -> None:
    found = add_band(_rows([0.1, 0.1, 0.1, np.nan], [1.0, -30.0, np.nan, 30.0]), fit_band(_errors(WORKED)))
    assert found["band_low"].tolist()[:2] == pytest.approx([0.082, 0.082])
    assert found[BAND].isna().all(axis=1).tolist() == [False, False, True, True]


def test_the_worked_example_of_a_residual() -> None:
    # January costs 0.5, 0.1 and 0.2 at 36, 25 and 49; June 0.1 at 25 in all years.
    costs = np.array([0.5, 0.1, 0.2, 0.1, 0.1, 0.1])
    errors = left_out_errors(_sums(costs, np.array([36.0, 25, 49, 25, 25, 25]), np.ones(6), 1, 3, 2))
    first = errors.iloc[0]
    # Without the first year January costs 0.15 at 37, and the block (0.1 + 0.2 + 0.1 + 0.1) / 4 at 31.
    predicted = 0.25 * 0.15 * (36 / 37) ** 0.5 + 0.75 * 0.125 * (36 / 31) ** 0.5
    assert first["predicted"] == pytest.approx(predicted, abs=1e-12)
    assert [predicted, first["residual"]] == pytest.approx([0.138018, 0.060330], abs=5e-7)


def test_one_year_leaves_out_one_month() -> None:
    costs, prices = np.array([0.5, 0.1, 0.3]), np.array([36.0, 25, 49])
    errors = left_out_errors(_sums(costs, prices, np.ones(3), 1, 1, 3))
    assert errors["is_month_left_out"].all()
    assert errors["predicted"].iloc[0] == pytest.approx(0.2 * (36 / 37) ** 0.5)


def test_a_year_left_out_is_priced_as_the_curve_of_the_other_years() -> None:
    sums = _market(np.random.default_rng(3), zones=2, years=4)
    errors = left_out_errors(sums)
    for year in (2001, 2003):
        own = errors[errors["year"] == year].reset_index(drop=True)
        priced = priced_blocks(sums[sums["year"] != year], own[[*BLOCK, "block_price"]])["priced"]
        assert own["predicted"].tolist() == pytest.approx(priced.tolist(), rel=1e-9)


def test_what_has_no_other_month_has_no_residual() -> None:
    errors = left_out_errors(_sums(np.array([0.5]), np.array([30.0]), np.ones(1), 1, 1, 1))
    assert errors["residual"].isna().all()
    assert fit_band(errors).n_found == 0


@given(seed=st.integers(0, 2**32 - 1), factor=st.floats(0.01, 100))
@settings(max_examples=30)
def test_loads_do_not_matter_and_zones_have_no_sequence(seed: int, factor: float) -> None:
    random = np.random.default_rng(seed)
    sums = _market(random, zones=2, years=3)
    band = fit_band(left_out_errors(sums))
    scaled = sums.assign(**{name: sums[name] * factor for name in SUMS})
    assert fit_band(left_out_errors(scaled)).residuals.tolist() == pytest.approx(band.residuals.tolist())
    shuffled = sums.sample(frac=1, random_state=seed % 1000)
    again = fit_band(left_out_errors(shuffled)).residuals
    assert again.tolist() == pytest.approx(band.residuals.tolist(), abs=1e-9)
    empty = sums.assign(location="EMPTY", **dict.fromkeys(SUMS, 0.0))
    with_empty = fit_band(left_out_errors(pd.concat([sums, empty])))
    assert with_empty.residuals.tolist() == pytest.approx(band.residuals.tolist())


@given(residuals=st.lists(st.floats(-1, 1), min_size=36, max_size=80), price=st.floats(-50, 500))
def test_the_levels_have_their_sequence_and_grow_with_the_root_of_the_price(
    residuals: list[float], price: float
) -> None:
    band = fit_band(_errors(np.array(residuals)))
    once, four = (add_band(_rows([0.0], [p]), band).iloc[0] for p in (max(price, 1), 4 * max(price, 1)))
    assert once["band_low"] <= once["p75"] <= once["p95"] <= once["cvar95"] + 1e-12
    assert once["p95"] == once["band_high"]
    assert (2 * once[BAND]).tolist() == pytest.approx(four[BAND].tolist())


def test_no_spread_between_the_markets_is_a_band_of_nothing() -> None:
    sums = _market(np.random.default_rng(1), zones=2, years=3).assign(unitized_cost_usd=0.0)
    band = fit_band(left_out_errors(sums))
    assert add_band(_rows([0.0], [30.0]), band)[BAND].eq(0.0).all(axis=None)


def test_the_band_holds_the_next_year_of_a_made_up_market() -> None:
    held = []
    for seed in range(20):
        sums = _market(np.random.default_rng(seed), zones=3, years=6)
        past, coming = sums[sums["year"] < 2006], sums[sums["year"] == 2006].reset_index(drop=True)
        coming["block_price"] = coming["da_value_usd"] / coming["rt_load_mwh"]
        found = add_band(priced_blocks(past, coming), fit_band(left_out_errors(past)))
        actual = found["unitized_cost_usd"] / found["rt_load_mwh"]
        held.append(actual.between(found["band_low"], found["band_high"]).mean())
    assert 0.85 <= np.mean(held) <= 0.95


def test_the_skill_of_a_zone_is_what_it_saves_of_no_vlr() -> None:
    errors = pd.DataFrame(
        {
            "location": ["A", "A", "B", "B"],
            "actual": [0.4, 0.2, -0.1, np.nan],
            "predicted": [0.3, 0.3, 0.3, 0.1],
            "residual": [0.1, -0.1, -0.4, np.nan],
            "rt_load_mwh": [1.0, 3.0, 2.0, 2.0],
        }
    )
    skill = zone_skill(errors).set_index("location")
    assert skill.loc["A", "skill"] == pytest.approx(1 - 0.1 / 0.25)
    assert skill.loc["B", "skill"] == pytest.approx(-3.0)
    assert skill["n_residuals"].tolist() == [2, 1]


@pytest.mark.parametrize("iso", ["ERCOT", "ISONE"])
def test_a_real_market_has_residuals_of_all_its_zones_and_months(
    iso: str, years_hourly: Callable[[str], pd.DataFrame]
) -> None:
    errors = left_out_errors(sums_by_year(years_hourly(iso)))
    band = fit_band(errors)
    assert band.n == len(errors) > 400
    assert errors.groupby("location", observed=True).size().nunique() == 1
    # Leaving out one year, the residuals lie on both sides, and the dear ones farther out.
    assert band.quantile(0.05) < 0 < band.quantile(0.75) < band.quantile(0.95) < band.cvar95


def _term(priced: list[float], prices: list[float], weights: list[float]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "location": "A",
            "month": range(1, len(priced) + 1),
            "block_type": "7x8",
            "priced": priced,
            "block_price": prices,
            "weight": weights,
        }
    )


def _of_term(rows: pd.DataFrame, band: Band) -> pd.DataFrame:
    return term_bands(rows, band, ["location"], ["month", "block_type"]).set_index("dependence")


def test_the_worked_example_of_a_term() -> None:
    bands = _of_term(_term([0.2, 0.4, np.nan], [49.0, 100.0, 30.0], [1, 3, 5]), fit_band(_errors(WORKED)))
    dependent, independent = bands.loc["dependent"], bands.loc["independent"]
    assert dependent["n_blocks"] == 2
    assert dependent["priced"] == pytest.approx(0.35)
    # One residual moves both: (1 x 7 + 3 x 10) / 4 = 9.25 of it.
    assert dependent[BAND].tolist() == pytest.approx(
        [0.35 + 9.25 * r for r in (-0.018, 0.018, 0.010, 0.018, 0.0185)]
    )
    # Each with its own: the variances add up, and (1 x 7)^2 + (3 x 10)^2 is 30.8^2 rather than 37^2.
    width = independent["band_high"] - independent["band_low"]
    assert 0.75 < width / (dependent["band_high"] - dependent["band_low"]) < 0.9
    assert independent["cvar95"] < dependent["cvar95"]


def test_two_coins_add_up_as_two_coins() -> None:
    coin = np.repeat([-0.01, 0.01], 50)
    bands = _of_term(_term([0.0] * 2, [1.0] * 2, [1.0] * 2), fit_band(_errors(coin)))
    assert bands.loc["dependent", ["band_low", "p75", "band_high"]].tolist() == [-0.01, 0.01, 0.01]
    # Both heads one time in four: the level of 75 % is just at the edge, those of 5 and 95 % are not.
    assert bands.loc["independent", ["band_low", "band_high"]].tolist() == [-0.01, 0.01]
    many = _of_term(_term([0.0] * 100, [1.0] * 100, [1.0] * 100), fit_band(_errors(coin)))
    assert many.loc["independent", "band_high"] == pytest.approx(0.00165, abs=0.0003)


def test_a_term_of_one_month_and_block_has_its_band_and_zones_share_their_draw() -> None:
    band = fit_band(_errors(WORKED))
    one = _of_term(_term([0.243850], [49.0], [5.0]), band)
    assert one[BAND].drop_duplicates().values.tolist() == [
        pytest.approx([0.117850, 0.369850, 0.313850, 0.369850, 0.373350])
    ]
    two = pd.concat([_term([0.2, 0.4], [49.0, 100.0], [1, 3]).assign(location=zone) for zone in "AB"])
    together = term_bands(two.assign(iso="X"), band, ["iso"], ["month", "block_type"])
    alone = term_bands(two[two["location"] == "A"], band, ["location"], ["month", "block_type"])
    assert together[BAND].to_numpy() == pytest.approx(alone[BAND].to_numpy(), abs=1e-12)


def test_a_term_without_a_band_or_without_a_price_is_null() -> None:
    none = _of_term(_term([0.2, 0.4], [49.0, 100.0], [1, 3]), fit_band(_errors(WORKED[:10])))
    assert none[BAND].isna().all(axis=None)
    assert none["priced"].tolist() == pytest.approx([0.35, 0.35])
    assert _of_term(_term([np.nan], [30.0], [1.0]), fit_band(_errors(WORKED))).empty
