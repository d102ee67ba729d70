"""Means over the cells of a curve equal the figures over their hours."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lib.calc.profiles import profile
from lib.store import Database, read_curve
from lib.tool.estimators import estimator_of, estimators_of, to_wide

SUMMED = [estimator.column for estimator in estimators_of("vlr") if estimator.amounts]


@pytest.fixture(scope="module")
def cells(published: Database) -> pd.DataFrame:
    """The cells of the published VLR curve."""
    return read_curve(published, "vlr", "NYISO").astype({"location": str})


@pytest.mark.parametrize("column", SUMMED)
def test_an_estimator_with_sums_is_their_quotient_in_every_cell(column: str, cells: pd.DataFrame) -> None:
    estimator = estimator_of("vlr", column)
    np.testing.assert_allclose(
        cells[column], cells[str(estimator.amounts)] / cells[estimator.base], rtol=1e-12
    )


@pytest.mark.parametrize(
    ("column", "base"), [("cost_weighted", "da_value_usd"), ("cost_per_mwh", "rt_load_mwh")]
)
def test_a_zones_figure_is_a_ratio_of_sums_over_its_hours(
    column: str, base: str, cells: pd.DataFrame
) -> None:
    zones = list(cells["location"].unique())
    values, weights = to_wide(cells, estimator_of("vlr", column), zones)
    found = profile(values, (), weights, []).set_index("zone")["before"]
    sums = cells.groupby("location")[["unitized_cost_usd", base]].sum()
    np.testing.assert_allclose(found, (sums["unitized_cost_usd"] / sums[base])[zones], rtol=1e-12)
