from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from lib.calc.history_tables import adjustment_by_month
from lib.calc.hub_history import PriceHistory, block_means, da_rt_adjustment, zone_basis
from lib.hours import market_hours
from lib.markets import BLOCKS

HUBS = pd.DataFrame(
    {"hub": ["On RT", "On DA"], "hub_location": ["R", "D"], "settlement_market": ["rt", "da"]}
)


@pytest.fixture(scope="module")
def history() -> PriceHistory:
    """A July of prices that are flat but for the nights; R is 5 dearer day-ahead than in real time."""
    hours = market_hours("PJM", date(2025, 7, 1), date(2025, 7, 31))
    night = np.where(hours["block_type"] == "7x8", 10.0, 0.0)
    da = pd.DataFrame({"R": 40 - night, "D": 30 - night, "Z": 42 - 2 * night})
    return PriceHistory(hours, da, da - pd.Series({"R": 5.0, "D": 7.0, "Z": 0.0}))


def test_the_basis_is_the_zone_above_its_hub_in_each_block(history: PriceHistory) -> None:
    zones = pd.DataFrame({"location": ["Z", "R"], "hub_location": ["R", "R"]})
    basis = zone_basis(history, zones).set_index(["location", "block_type"])
    assert basis.loc[("Z", "5x16"), ["zone_basis", "n_hours", "n_days"]].tolist() == [2, 352, 22]
    assert basis.loc[("Z", "7x8"), "zone_basis"] == -8
    assert (basis.loc["R", "zone_basis"] == 0).all()


def test_a_zone_has_a_basis_to_each_of_its_hubs_that_has_a_location(history: PriceHistory) -> None:
    zones = pd.DataFrame({"location": ["Z", "Z", "Z", "Z"], "hub_location": ["R", "D", None, "D"]})
    basis = zone_basis(history, zones)
    peak = basis[basis["block_type"] == "5x16"]
    assert peak[["location", "hub_location", "zone_basis"]].to_numpy().tolist() == [
        ["Z", "R", 2],
        ["Z", "D", 12],
    ]
    none = zone_basis(history, zones[zones["hub_location"].isna()])
    assert none.empty
    assert none.columns.tolist() == basis.columns.tolist()


def test_a_hub_without_a_location_has_no_history_and_does_not_stop_the_others(history: PriceHistory) -> None:
    bare = pd.DataFrame({"hub": ["Bare", "Bare 2"], "hub_location": None, "settlement_market": ["rt", "da"]})
    hubs = pd.concat([HUBS, bare], ignore_index=True)
    means = block_means(history, hubs).set_index("hub")["block_mean"]
    assert means.isna().groupby("hub").all().to_dict() == {
        "Bare": True, "Bare 2": True, "On DA": False, "On RT": False,
    }  # fmt: skip
    adjustment = da_rt_adjustment(history, hubs).set_index("hub")["da_rt_adjustment"]
    assert adjustment["Bare"].isna().all()
    assert (adjustment["Bare 2"] == 0).all()


def test_an_hour_without_one_of_the_prices_is_in_no_mean(history: PriceHistory) -> None:
    da = history.da.copy()
    da.loc[history.hours["day"] == 1, "R"] = np.nan
    da.loc[history.hours["day"] == 2, "Z"] = 9000.0
    da.loc[history.hours["day"] == 2, "R"] = np.nan
    basis = zone_basis(
        PriceHistory(history.hours, da, history.rt), pd.DataFrame({"location": ["Z"], "hub_location": ["R"]})
    )
    peak = basis.set_index("block_type").loc["5x16"]
    assert (peak["zone_basis"], peak["n_hours"], peak["n_days"]) == (2, 352 - 32, 20)


def test_a_place_without_prices_has_no_basis_and_does_not_stop_the_others(history: PriceHistory) -> None:
    zones = pd.DataFrame({"location": ["Z", "NOWHERE"], "hub_location": ["R", "R"]})
    basis = zone_basis(history, zones).set_index("location")
    assert basis.loc["NOWHERE", "zone_basis"].isna().all()
    assert (basis.loc["NOWHERE", ["n_hours", "n_days"]] == 0).all(axis=None)
    assert basis.loc["Z", "zone_basis"].notna().all()


def test_only_a_hub_that_settles_on_real_time_prices_is_adjusted(history: PriceHistory) -> None:
    adjustment = da_rt_adjustment(history, HUBS)
    july = adjustment[adjustment["month"] == 7]
    assert july.groupby("hub")["da_rt_adjustment"].unique().map(list).to_dict() == {
        "On RT": [5.0],
        "On DA": [0.0],
    }


def test_a_hub_that_settles_on_day_ahead_prices_is_never_adjusted_not_even_without_history(
    history: PriceHistory,
) -> None:
    bare = PriceHistory(history.hours, history.da.drop(columns="D"), history.rt.drop(columns="D"))
    adjustment = da_rt_adjustment(bare, HUBS).set_index("hub")
    on_da = adjustment.loc["On DA"]
    assert len(on_da) == 12 * 3
    assert (on_da["da_rt_adjustment"] == 0).all()
    assert on_da["n_days"].isna().all()
    on_rt = adjustment.loc["On RT"]
    assert set(on_rt.loc[on_rt["da_rt_adjustment"].notna(), "month"]) == {7}


def test_the_level_of_a_block_is_that_of_the_market_it_settles_on(history: PriceHistory) -> None:
    means = block_means(history, HUBS).set_index(["hub", "block_type"])["block_mean"]
    assert means["On RT", "5x16"] == 35
    assert means["On DA", "5x16"] == 30
    assert means["On DA", "7x8"] == 20


def test_the_adjustment_stands_beside_the_price_it_adjusts(history: PriceHistory) -> None:
    table = adjustment_by_month(da_rt_adjustment(history, HUBS), block_means(history, HUBS), HUBS)
    assert table[["hub", "block_type"]].to_numpy().tolist() == [["On RT", block] for block in BLOCKS]
    peak = table.set_index("block_type").loc["5x16"]
    assert (peak["7"], peak["share"]) == (5, 5 / 35)  # of a typical price of 35
    assert peak[[str(month) for month in range(1, 13) if month != 7]].isna().all()
    on_da = HUBS[HUBS["settlement_market"] == "da"]
    assert adjustment_by_month(da_rt_adjustment(history, on_da), block_means(history, on_da), on_da).empty


@pytest.mark.parametrize(("level", "has_share"), [(1.0, True), (0.99, False), (0.0, False), (-30.0, False)])
def test_an_adjustment_of_a_price_near_zero_has_no_share(level: float, has_share: bool) -> None:
    key = {"hub": "On RT", "month": 7, "block_type": "7x8"}
    adjustment = pd.DataFrame([{**key, "da_rt_adjustment": 5.0, "standard_error": 1.5}])
    table = adjustment_by_month(adjustment, pd.DataFrame([{**key, "block_mean": level}]), HUBS)
    assert table[["7", "standard_error"]].to_numpy().tolist() == [[5.0, 1.5]]
    assert table["share"].notna().tolist() == [has_share]


def test_the_share_is_that_of_the_month_in_which_the_adjustment_is_largest() -> None:
    key = {"hub": "On RT", "block_type": "7x8"}
    months = [{**key, "month": 1, "block_mean": 40.0}, {**key, "month": 2, "block_mean": 10.0}]
    adjustment = pd.DataFrame(months).drop(columns="block_mean")
    adjustment = adjustment.assign(da_rt_adjustment=[5.0, -4.0], standard_error=1.5)
    table = adjustment_by_month(adjustment, pd.DataFrame(months), HUBS)
    assert table[["1", "2", "share"]].to_numpy().tolist() == [[5.0, -4.0, -0.4]]
