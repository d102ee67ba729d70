from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd
import pytest

from lib.calc.checks import InvariantBroken, check_rows, check_shaping, check_vlr
from lib.calc.covariance import load_weighted_parts
from lib.calc.grid import VALUES, build_grid
from lib.calc.shaping import shape_factors
from lib.calc.vlr import CHAIN, hourly_vlr, vlr_curve
from lib.hours import market_hours
from lib.markets import SETTLED_COLUMN

Hourly = Callable[[str], pd.DataFrame]

PARTS = pd.DataFrame(
    {"flat_price": [45.0], "load_shape": 0.25, "covariance": 1.5, "load_weighted_price": 46.75}
)
"""The load-weighted price of one zone."""


def test_real_results_keep_their_invariants(real_hourly: Hourly) -> None:
    for iso in ("NYISO", "ERCOT"):
        hourly = real_hourly(iso)
        vlr = check_vlr(hourly, vlr_curve(hourly))
        shaping = check_shaping(shape_factors(hourly), load_weighted_parts(hourly))
        assert (vlr["worst"] <= vlr["tolerance"]).all()
        assert (shaping["worst"] <= shaping["tolerance"]).all()
        assert (vlr["n_checked"] > 0).all()


def test_a_wrong_unitized_cost_is_caught_with_its_row(real_hourly: Hourly) -> None:
    hourly = real_hourly("NYISO").copy()
    curve = vlr_curve(hourly)
    hourly.loc[hourly.index[5000], "unitized_cost"] += 0.01
    with pytest.raises(InvariantBroken, match=r"unitized cost = .* 1 of \d+ rows fail"):
        check_vlr(hourly, curve)


def test_a_lost_hour_is_caught(real_hourly: Hourly) -> None:
    hourly = real_hourly("NYISO")
    curve = vlr_curve(hourly)
    curve.loc[7, "n_hours"] -= 1
    with pytest.raises(InvariantBroken, match="hours of the window"):
        check_vlr(hourly, curve)


@pytest.mark.parametrize("method", ["pooled", "year_mean"])
def test_a_factor_that_drifts_is_caught(method: str, real_hourly: Hourly) -> None:
    factors = shape_factors(real_hourly("NYISO"))
    factors.loc[3, method] *= 1.001
    with pytest.raises(InvariantBroken, match=f"{method}: hour-weighted mean"):
        check_shaping(factors, PARTS)


@pytest.fixture(scope="module")
def made_up() -> pd.DataFrame:
    """Hourly VLR of two zones in two months, one with an hour that occurs twice; some values are missing."""
    hours = market_hours("PJM", date(2025, 10, 1), date(2025, 11, 30))
    dice = np.random.default_rng(7)
    frames = [
        pd.DataFrame(dice.uniform(20, 60, (len(hours), 4)), columns=VALUES).assign(
            location=zone, interval_start=hours["interval_start"]
        )
        for zone in ("A", "B")
    ]
    values = pd.concat(frames, ignore_index=True)
    values.loc[::97, "rt_load_mw"] = np.nan
    return hourly_vlr(build_grid(values, hours, ["A", "B"]))


def test_what_was_checked_is_told_with_its_tolerance(made_up: pd.DataFrame) -> None:
    checks = check_vlr(made_up, vlr_curve(made_up))
    assert checks["check"].tolist() == [
        "unitized cost = (1 - DA load / RT load) x spread",
        "hours used + hours excluded = hours of the window, in every month and block",
        "the cells' cost adds up to the hours' cost",
    ]
    n_used = int(made_up["unitized_cost"].notna().sum())
    assert checks["n_checked"].tolist() == [n_used, 2 * 2 * 3, 2]
    assert checks["tolerance"].tolist() == [1e-9, 0, 1e-9]
    assert (checks["worst"] <= checks["tolerance"]).all()
    shapes = check_shaping(shape_factors(made_up), load_weighted_parts(made_up))
    assert shapes["check"].tolist() == [
        "pooled: hour-weighted mean of the factors is 1",
        "year_mean: hour-weighted mean of the factors is 1",
        "flat price + load shape + covariance = load-weighted price",
    ]
    assert shapes["n_checked"].tolist() == [12, 12, 2]
    assert shapes["tolerance"].tolist() == [1e-12, 1e-12, 1e-9]


@pytest.mark.parametrize("error", [1e-6, -1e-6])
def test_a_unitized_cost_that_is_a_little_off_is_caught(made_up: pd.DataFrame, error: float) -> None:
    curve, broken = vlr_curve(made_up), made_up.copy()
    broken.loc[broken.index[500], "unitized_cost"] += error
    with pytest.raises(InvariantBroken, match=r"unitized cost = .* 1 of \d+ rows fail"):
        check_vlr(broken, curve)


def _tuesday(da_lmp: float, rt_lmp: float, load: float) -> pd.DataFrame:
    """Hourly VLR of a zone whose load was bought exactly as it came."""
    hours = market_hours("PJM", date(2025, 7, 15), date(2025, 7, 15))
    values = pd.DataFrame({"location": "A", "interval_start": hours["interval_start"]})
    values[VALUES] = [da_lmp, rt_lmp, load, load]
    return hourly_vlr(build_grid(values, hours, ["A"]))


@pytest.mark.parametrize(("price", "error"), [(0.0, 8e-10), (0.5, 8e-10), (-200.0, 1.6e-7)])
def test_an_error_is_measured_in_prices_but_never_in_less_than_a_dollar(price: float, error: float) -> None:
    hourly = _tuesday(da_lmp=price, rt_lmp=price, load=1000.0)
    hourly["unitized_cost"] += error
    checks = check_vlr(hourly, vlr_curve(hourly))
    assert checks["worst"].tolist() == pytest.approx([8e-10, 0, 0], rel=1e-6, abs=1e-12)


def test_a_weekday_alone_and_a_zone_without_values_pass(made_up: pd.DataFrame) -> None:
    tuesday = made_up[made_up["market_date"] == "2025-10-14"].copy()
    tuesday.loc[tuesday["location"] == "B", [*VALUES, "unitized_cost"]] = np.nan
    checks = check_vlr(tuesday, vlr_curve(tuesday))
    assert checks["n_checked"].tolist() == [tuesday["unitized_cost"].notna().sum(), 2 * 2, 1]
    shapes = check_shaping(shape_factors(tuesday), PARTS)  # a day is no usable year: no year_mean
    assert shapes["n_checked"].tolist() == [2, 0, 1]


def test_years_with_a_half_life_are_checked_with_it(made_up: pd.DataFrame) -> None:
    hourly = made_up.assign(year=made_up["year"] - (made_up["month"] == 10))
    assert check_vlr(hourly, vlr_curve(hourly, 2.0), 2.0)["n_checked"].iloc[-1] == 2
    with pytest.raises(InvariantBroken, match="the cells' cost"):
        check_vlr(hourly, vlr_curve(hourly, 2.0))


def test_a_cost_of_nothing_is_compared_in_dollars() -> None:
    hourly = _tuesday(da_lmp=40.0, rt_lmp=60.0, load=1000.0)
    curve = vlr_curve(hourly)
    assert check_vlr(hourly, curve)["worst"].tolist() == [0, 0, 0]
    curve.loc[0, "unitized_cost_usd"] += 8e-10
    assert check_vlr(hourly, curve)["worst"].tolist() == [0, 0, 8e-10]


@pytest.mark.parametrize("column", ["n_hours", "n_excluded"])
def test_an_hour_too_many_is_caught_with_its_block(made_up: pd.DataFrame, column: str) -> None:
    curve = vlr_curve(made_up)
    curve.loc[7, column] += 1
    with pytest.raises(InvariantBroken, match=r"hours of the window, .*: 1 of 12 rows fail"):
        check_vlr(made_up, curve)


def test_a_cells_cost_that_the_hours_do_not_have_is_caught_with_its_place(made_up: pd.DataFrame) -> None:
    curve = vlr_curve(made_up)
    curve.loc[7, "unitized_cost_usd"] += 0.01
    with pytest.raises(InvariantBroken, match="the cells' cost adds up to the hours' cost: 1 of 2 rows fail"):
        check_vlr(made_up, curve)


@pytest.mark.parametrize("method", ["pooled", "year_mean"])
def test_a_factor_that_is_a_little_off_is_caught(made_up: pd.DataFrame, method: str) -> None:
    factors = shape_factors(made_up)
    factors.loc[3, method] += 1e-6
    with pytest.raises(InvariantBroken) as caught:
        check_shaping(factors, PARTS)
    first, heading, *_ = str(caught.value).splitlines()
    assert first == f"{method}: hour-weighted mean of the factors is 1: 1 of 12 rows fail"
    assert heading.split() == [method, "error"]


def test_a_factor_without_hours_or_value_weighs_nothing(made_up: pd.DataFrame) -> None:
    factors = shape_factors(made_up)
    extra = factors.iloc[[0, 1]].assign(n_hours=[0, 5], pooled=[9.0, np.nan], year_mean=[9.0, np.nan])
    assert check_shaping(pd.concat([factors, extra]), PARTS)["n_checked"].tolist() == [12, 12, 1]


@pytest.mark.parametrize("part", list(PARTS))
def test_parts_of_a_price_that_do_not_add_up_are_caught(made_up: pd.DataFrame, part: str) -> None:
    for wrong in (1e-6, np.nan):
        with pytest.raises(InvariantBroken, match="covariance = load-weighted price: 1 of 1 rows fail"):
            check_shaping(shape_factors(made_up), PARTS.assign(**{part: PARTS[part] + wrong}))


def test_the_largest_errors_in_size_are_told_up_to_the_tolerance() -> None:
    rows = pd.DataFrame({"place": ["A", "B"]})
    passed = check_rows("sums", pd.Series([0.5, -1.0]), rows, 1.0)
    assert passed == {"check": "sums", "n_checked": 2, "worst": 1.0, "tolerance": 1.0}
    nothing = check_rows("sums", pd.Series(dtype=float), rows.iloc[:0], 1.0)
    assert nothing["n_checked"] == 0
    assert np.isnan(nothing["worst"])  # type: ignore[call-overload]


def test_rows_that_fail_are_shown_five_of_them_and_a_missing_error_is_one() -> None:
    rows = pd.DataFrame({"place": list("ABCDEFG")})
    error = pd.Series([0.0, np.nan, 2.0, -2.0, 3.0, 4.0, 5.0])
    with pytest.raises(InvariantBroken) as caught:
        check_rows("sums", error, rows, 1.0)
    first, heading, *shown = str(caught.value).splitlines()
    assert first == "sums: 6 of 7 rows fail"
    assert heading.split() == ["place", "error"]
    assert [line.split()[1:] for line in shown] == [
        ["B", "NaN"], ["C", "2.0"], ["D", "-2.0"], ["E", "3.0"], ["F", "4.0"],
    ]  # fmt: skip


def test_with_a_settled_price_the_identity_names_it_and_a_wrong_one_is_caught(made_up: pd.DataFrame) -> None:
    inputs = made_up.drop(columns=[name for name in CHAIN if name in made_up])
    settled = inputs["rt_lmp_usd_per_mwh"] + 1.5
    hourly = hourly_vlr(inputs.assign(**{SETTLED_COLUMN: settled}))
    curve = vlr_curve(hourly)
    checks = check_vlr(hourly, curve)
    law = "unitized cost = (1 - DA load / RT load) x spread, and settled less own RT price"
    assert checks["check"].iloc[0] == law
    assert (checks["worst"] <= checks["tolerance"]).all()
    with pytest.raises(InvariantBroken, match="settled less own RT price"):
        check_vlr(hourly.assign(**{SETTLED_COLUMN: settled + 0.01}), curve)


@pytest.mark.parametrize("part", ["flat_price", "load_shape", "covariance"])
def test_a_part_of_the_price_that_is_a_little_off_is_caught(part: str, made_up: pd.DataFrame) -> None:
    with pytest.raises(InvariantBroken):
        check_shaping(shape_factors(made_up), PARTS.assign(**{part: PARTS[part] + 1e-3}))
