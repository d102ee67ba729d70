from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from lib.calc.checks import InvariantBroken, check_shaping, check_vlr
from lib.calc.shaping import shape_factors
from lib.calc.vlr import vlr_curve

Hourly = Callable[[str], pd.DataFrame]


def test_real_results_keep_their_invariants(real_hourly: Hourly) -> None:
    for iso in ("NYISO", "ERCOT"):
        hourly = real_hourly(iso)
        vlr = check_vlr(hourly, vlr_curve(hourly))
        shaping = check_shaping(shape_factors(hourly))
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
        check_shaping(factors)
