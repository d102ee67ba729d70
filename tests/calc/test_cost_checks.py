from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from lib.calc.checks import InvariantBroken
from lib.calc.cost_checks import check_cost_curve
from lib.calc.cost_curve import expand_to_hours
from lib.calc.delivery import count_cells, delivery_hours, quote_weights
from lib.markets import BLOCKS

HOURS = delivery_hours("PJM", date(2026, 11, 1), n_months=1)


@pytest.fixture
def cells() -> pd.DataFrame:
    """November 2026 of a zone at a flat 20."""
    flat = {"forward_price": 22.0, "da_rt_adjustment": 0.0, "zone_basis": -2.0, "hpfc": 20.0}
    flat |= {"covariance": 0.5, "vlr_priced": 0.4, "vlr_cost_per_mwh": 0.3, "risk": 0.1}
    flat |= {"cost_to_serve": 21.0}
    return count_cells(HOURS).assign(location="Z", **flat)


@pytest.fixture
def forwards() -> pd.DataFrame:
    """The blocks of its hub."""
    quotes = {"5x16": "5x16", "2x16": "off-peak", "7x8": "off-peak"}
    rows = pd.DataFrame({"block_type": list(BLOCKS), "quote": [quotes[block] for block in BLOCKS]})
    month = HOURS["delivery_month"].iloc[0]
    return rows.assign(
        hub="H",
        delivery_month=month,
        weights="days",
        quoted_price=22.0,
        forward_price=22.0,
        is_modelled=False,
    )


def _check(cells: pd.DataFrame, forwards: pd.DataFrame, *zones: str) -> pd.DataFrame:
    expanded = expand_to_hours(cells, HOURS)
    return check_cost_curve(cells, HOURS, expanded, zones or ("Z",), forwards, quote_weights(HOURS))


def test_what_is_right_passes(cells: pd.DataFrame, forwards: pd.DataFrame) -> None:
    checks = _check(cells, forwards)
    assert checks["n_checked"].tolist() == [3, 2, 40, 1]
    assert checks["check"].tolist() == [
        "the hours of a block average forward + DA-RT adjustment + basis",
        "the blocks of a quote average it",
        "hourly price + covariance + VLR + risk = cost to serve (energy)",
        "every zone has every cell and every hour of the months of delivery",
    ]
    assert checks["tolerance"].tolist() == [1e-9, 1e-9, 1e-9, 0]


def test_a_zone_without_any_cell_is_found_with_its_name(cells: pd.DataFrame, forwards: pd.DataFrame) -> None:
    with pytest.raises(InvariantBroken, match=r"every zone .*: 1 of 2 rows fail") as caught:
        _check(cells, forwards, "Z", "LOST")
    assert "LOST" in str(caught.value)


def test_a_price_that_is_a_millionth_off_is_found(cells: pd.DataFrame, forwards: pd.DataFrame) -> None:
    cells.loc[7, "hpfc"] += 1e-6
    with pytest.raises(InvariantBroken, match="the hours of a block average"):
        _check(cells, forwards)


@pytest.mark.parametrize("line", ["covariance", "vlr_priced", "risk"])
def test_a_line_that_does_not_add_up_is_found(line: str, cells: pd.DataFrame, forwards: pd.DataFrame) -> None:
    cells.loc[7, line] += 1e-6
    with pytest.raises(InvariantBroken, match=r"hourly price \+ covariance .*: 1 of 40 rows fail"):
        _check(cells, forwards)


def test_a_price_that_lacks_a_part_is_found(cells: pd.DataFrame, forwards: pd.DataFrame) -> None:
    with pytest.raises(InvariantBroken, match="the hours of a block average"):
        _check(cells.assign(forward_price=20.0, zone_basis=float("nan")), forwards)


def test_a_split_that_does_not_average_its_quote_is_found(
    cells: pd.DataFrame, forwards: pd.DataFrame
) -> None:
    forwards.loc[1, "forward_price"] += 1e-6
    with pytest.raises(InvariantBroken, match="the blocks of a quote average it"):
        _check(cells, forwards)


def test_a_cell_that_is_missing_is_found(cells: pd.DataFrame, forwards: pd.DataFrame) -> None:
    with pytest.raises(InvariantBroken, match="every cell and every hour"):
        _check(cells.drop(index=3).assign(hpfc=20.0), forwards)


def test_an_hour_that_is_missing_is_found(cells: pd.DataFrame, forwards: pd.DataFrame) -> None:
    lacking = expand_to_hours(cells, HOURS).drop(index=5)
    with pytest.raises(InvariantBroken, match="every cell and every hour"):
        check_cost_curve(cells, HOURS, lacking, ["Z"], forwards, quote_weights(HOURS))


def test_a_zone_that_is_missing_is_found(cells: pd.DataFrame, forwards: pd.DataFrame) -> None:
    with pytest.raises(InvariantBroken, match=r"every cell and every hour.*: 1 of 2 rows fail"):
        _check(cells, forwards, "Y", "Z")


def test_prices_that_are_not_there_are_not_checked(cells: pd.DataFrame, forwards: pd.DataFrame) -> None:
    empty = cells.assign(hpfc=float("nan"), cost_to_serve=float("nan"))
    nothing = forwards.assign(quoted_price=float("nan"), forward_price=float("nan"))
    assert _check(empty, nothing)["n_checked"].tolist() == [0, 0, 0, 1]
