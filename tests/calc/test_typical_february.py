"""The case that typical lines are for: February in ERCOT, after the winter storm of 2021."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from lib.calc.block_ratios import modelled_errors, ratios_by_year
from lib.calc.cost_curve import block_prices
from lib.calc.delivery import count_cells, delivery_hours, quote_weights
from lib.calc.history_tables import adjustment_by_month, adjustment_by_year, basis_by_year
from lib.calc.hub_forwards import hub_forwards
from lib.calc.hub_history import PriceHistory, block_means, da_rt_adjustment, zone_basis
from lib.calc.line_notices import add_block_ratios, large_lines
from lib.events import is_event
from lib.hub_map import hub_contracts, zone_hubs

NORTH = "ERCOT North RT"
QUOTES = pd.DataFrame(
    {
        "hub": NORTH,
        "block": ["5x16", "7x8"],
        "strip": pd.Timestamp("2025-02-01"),
        "settlement_price": [52.0, 33.0],
    }
)


@pytest.fixture(scope="module")
def history(ercot_years: PriceHistory) -> PriceHistory:
    return replace(ercot_years, is_event=is_event("ERCOT", ercot_years.hours["market_date"]))


@pytest.fixture(scope="module")
def zones() -> pd.DataFrame:
    every = zone_hubs("ERCOT")
    return every[every["hub"] == NORTH].reset_index(drop=True)


@pytest.fixture(scope="module")
def blocks(history: PriceHistory, zones: pd.DataFrame) -> pd.DataFrame:
    hours = delivery_hours("ERCOT", date(2025, 1, 15), n_months=1)
    hubs = zones.drop_duplicates("hub")
    contracts = hub_contracts().merge(hubs[["hub"]])
    forwards = hub_forwards(QUOTES, contracts, block_means(history, hubs), quote_weights(hours))
    adjustment, basis = da_rt_adjustment(history, hubs), zone_basis(history, zones)
    return block_prices(zones, count_cells(hours), forwards, adjustment, basis)


def test_the_forwards_stay_what_the_market_says(blocks: pd.DataFrame) -> None:
    north = blocks[blocks["location"] == "NORTH ZONE"].set_index("block_type")
    hub = north["forward_price"] + north["da_rt_adjustment"]
    # The means of the same years made 26.40 of 52 and 7.05 of 33.
    assert hub["5x16"] == pytest.approx(52, abs=1)
    assert hub["7x8"] == pytest.approx(33, abs=1)
    # 2x16 is modelled; its mean made 17.85 of the quotes of 52 and 33, and the adjustment 68.57 of that.
    assert 30 < north.loc["2x16", "forward_price"] < 45
    assert abs(north.loc["2x16", "da_rt_adjustment"]) < 3
    assert large_lines(blocks).empty
    assert not blocks["is_thin"].any()


def test_the_storm_counted_in_would_be_noticed(history: PriceHistory, zones: pd.DataFrame) -> None:
    with_storm = replace(history, is_event=None)
    hubs = zones.drop_duplicates("hub")
    adjustment, usual = (
        adjustment_by_year(one, hubs).set_index(["block_type", "year"])["2"] for one in (with_storm, history)
    )
    assert adjustment["7x8", 2021] < -100
    assert abs(usual["7x8", 2021]) < 20
    assert usual["7x8"].index.tolist() == [2020, 2021, 2022, 2023, 2024]
    errors = [
        adjustment_by_month(da_rt_adjustment(one, hubs), block_means(one, hubs), hubs)
        .set_index("block_type")
        .loc["7x8", "standard_error"]
        for one in (history, with_storm)
    ]
    assert errors[0] < errors[1]
    typical = da_rt_adjustment(history, hubs).set_index(["month", "block_type"])
    assert typical.loc[(2, "7x8"), "n_years"] == 5


def test_the_basis_of_each_year_is_shown(history: PriceHistory, zones: pd.DataFrame) -> None:
    years = basis_by_year(replace(history, is_event=None), zones).set_index(["location", "block_type"])
    west = years.loc[("WEST ZONE", "5x16"), ["2020", "2021", "2022", "2023", "2024"]]
    assert [round(float(value), 2) for value in west] == [-2.07, -4.81, -6.52, -0.80, 1.20]
    basis = zone_basis(replace(history, is_event=None), zones)
    basis = basis.set_index(["location", "block_type"]).sort_index()
    errors = basis.loc[("WEST ZONE", "5x16"), "standard_error"].unique()
    assert years.loc[("WEST ZONE", "5x16"), "standard_error"] == pytest.approx(errors[0])


def test_the_blocks_keep_their_typical_ratio(history: PriceHistory, zones: pd.DataFrame) -> None:
    means = block_means(history, zones.drop_duplicates("hub"))
    february = means[means["month"] == 2].set_index("block_type")["block_mean"]
    assert february["5x16"] > february["2x16"] > february["7x8"] > 5
    assert february["5x16"] < 60


def test_the_modelled_block_is_noticed_with_the_error_of_its_ratio(
    history: PriceHistory, zones: pd.DataFrame, blocks: pd.DataFrame
) -> None:
    hubs = zones.drop_duplicates("hub")
    lines = add_block_ratios(blocks, modelled_errors(history, hubs, blocks))
    (row,) = large_lines(lines).to_dict("records")
    assert (row["price_part"], row["place"], row["block_type"]) == ("block ratio", NORTH, "2x16")
    # 2x16 follows from 5x16 of 52.00; its ratio of each month of five years, computed here by hand.
    assert (row["forward_price"], row["value"] < -13) == (52.0, True)
    hours = history.hours[~history.is_event]
    rt = history.rt["HB_NORTH"][hours.index]
    means = rt.groupby([hours["year"], hours["month"], hours["block_type"].astype(str)]).mean().unstack()
    ratio = (means["2x16"] / means["5x16"]).dropna()
    assert row["standard_error"] == pytest.approx(52 * 1.2533 * ratio.std() / len(ratio) ** 0.5)
    years = ratios_by_year(history, hubs).set_index("block_type")
    whole = rt.groupby([hours["year"], hours["month"]]).mean()
    assert years.loc["2x16", "2024"] == pytest.approx((means["2x16"] / whole)[2024].median())
    assert years["standard_error"].gt(0).all()
