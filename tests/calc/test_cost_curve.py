from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.calc.cost_checks import check_cost_curve
from lib.calc.cost_curve import BLOCK, COLUMNS, REASONS, block_prices, cost_curve, expand
from lib.calc.delivery import count_cells, delivery_hours, quote_weights
from lib.calc.hub_forwards import hub_forwards
from lib.calc.hub_history import History, block_means, da_rt_adjustment, zone_basis
from lib.calc.shaping import shape_factors
from lib.calc.vlr import vlr_curve
from lib.hours import BLOCK_TYPE
from lib.hub_map import hub_blocks, zone_hubs

JULY = pd.Timestamp("2026-07-01")
NOVEMBER = pd.Timestamp("2026-11-01")


@pytest.fixture(scope="module")
def hours() -> pd.DataFrame:
    """The hours of 36 months of delivery in the East."""
    return delivery_hours("PJM", date(2026, 1, 1))


@pytest.fixture(scope="module")
def counts(hours: pd.DataFrame) -> pd.DataFrame:
    return count_cells(hours)


@pytest.fixture(scope="module")
def curves(counts: pd.DataFrame) -> pd.DataFrame:
    """The cells of a zone's shaping and VLR curves: flat, and 50 cents of VLR."""
    cells = counts[["delivery_month", "he", "block_type"]].assign(month=counts["delivery_month"].dt.month)
    cells = cells.drop(columns="delivery_month").drop_duplicates()
    return cells.assign(
        location="Z", year_mean=1.0, additive=0.0, is_additive=False, cost_per_mwh=0.5, cost_weighted=0.01
    )


def _blocks(counts: pd.DataFrame, price: float | np.ndarray = 25.0) -> pd.DataFrame:
    months = counts[["delivery_month", "block_type"]].drop_duplicates(ignore_index=True)
    parts = {"hub": "H", "quote": "5x16", "is_modelled": False, "quoted_price": 30.0, "forward_price": price}
    return months.assign(
        location="Z", month=months["delivery_month"].dt.month, **parts,
        da_rt_adjustment=0.5, basis=-2.0, block_price=price - 1.5,
    )  # fmt: skip


def test_the_price_of_a_block_is_the_sum_of_its_parts_by_hand() -> None:
    key = {"hub": "H", "block_type": "7x8"}
    forwards = pd.DataFrame([{**key, "delivery_month": NOVEMBER, "forward_price": 24.911661}])
    adjustment = pd.DataFrame([{**key, "month": 11, "da_rt_adjustment": 0.5, "n_hours": 241}])
    basis = pd.DataFrame(
        [{"location": "Z", "block_type": "7x8", "month": 11, "zone_basis": -2.0, "n_hours": 9}]
    )
    in_order = {"block_type": BLOCK_TYPE}
    (row,) = block_prices(
        pd.DataFrame({"location": ["Z"], "hub": ["H"]}),
        forwards,
        adjustment.astype(in_order),
        basis.astype(in_order),
    ).to_dict("records")
    assert row["block_price"] == pytest.approx(23.411661)


def test_a_month_with_a_repeated_hour_by_hand(counts: pd.DataFrame, curves: pd.DataFrame) -> None:
    # HE 2 has the factor 0.8 and, in November, 31 hours; the other seven have 1.2 / 7 more and 30.
    factor = np.where(curves["he"] == 2, 0.8, 1 + 0.2 / 7)
    night = cost_curve(_blocks(counts), counts, curves.assign(year_mean=factor), curves)
    night = night[(night["delivery_month"] == NOVEMBER) & (night["block_type"] == "7x8")].set_index("he")
    mean = (31 * 0.8 + 7 * 30 * (1 + 0.2 / 7)) / 241
    assert night.loc[2, "hpfc"] == pytest.approx(23.5 * 0.8 / mean)
    assert night.loc[1, "hpfc"] == pytest.approx(23.5 * (1 + 0.2 / 7) / mean)
    assert (night["hpfc"] * night["n_hours"]).sum() / 241 == pytest.approx(23.5, abs=1e-12)
    assert night.loc[2, "cost_to_serve"] == night.loc[2, "hpfc"] + 0.5
    assert night.loc[2, "cost_to_serve_by_pct"] == pytest.approx(night.loc[2, "hpfc"] * 1.01)
    assert list(night.reset_index()[COLUMNS].columns) == COLUMNS


@pytest.mark.parametrize("price", [0.0, -20.0])
def test_a_price_that_is_not_above_zero_takes_the_additive_shape(
    price: float, counts: pd.DataFrame, curves: pd.DataFrame
) -> None:
    shaped = curves.assign(
        additive=np.where(curves["he"] == 2, -7.0, 1.0), year_mean=np.where(curves["he"] == 2, 0.3, 1.1)
    )
    cells = cost_curve(_blocks(counts, price + 1.5), counts, shaped, curves)
    night = cells[(cells["delivery_month"] == JULY) & (cells["block_type"] == "7x8")].set_index("he")
    assert night["is_additive_shape"].all()
    assert night.loc[2, "hpfc"] == pytest.approx(price - 7)
    assert night.loc[1, "hpfc"] == pytest.approx(price + 1)


def test_a_block_that_has_an_additive_shape_only_takes_it_in_all_its_hours(
    counts: pd.DataFrame, curves: pd.DataFrame
) -> None:
    is_july = (curves["month"] == 7) & (curves["block_type"] == "2x16")
    shaped = curves.assign(
        is_additive=is_july,
        year_mean=curves["year_mean"].mask(is_july),
        additive=np.where(curves["he"] == 8, 15.0, -1.0),
    )
    cells = cost_curve(_blocks(counts), counts, shaped, curves)
    july = cells[(cells["delivery_month"].dt.month == 7) & (cells["block_type"] == "2x16")]
    assert july["is_additive_shape"].all()
    assert july.loc[july["he"] == 8, "hpfc"].tolist() == pytest.approx([23.5 + 15] * 3)
    assert not cells.drop(july.index)["is_additive_shape"].any()


def test_a_shape_that_lacks_an_hour_leaves_its_block_without_prices(
    counts: pd.DataFrame, curves: pd.DataFrame
) -> None:
    lacking = curves["year_mean"].mask((curves["month"] == 7) & (curves["he"] == 3))
    cells = cost_curve(_blocks(counts), counts, curves.assign(year_mean=lacking), curves)
    empty = cells[cells["hpfc"].isna()]
    assert set(empty["block_type"]) == {"7x8"}
    assert set(empty["delivery_month"].dt.month) == {7}
    assert len(empty) == 3 * 8
    assert set(empty["reason"]) == {"no shape"}


def test_every_part_that_is_missing_is_a_reason_and_blanks_nothing_before_it(
    counts: pd.DataFrame, curves: pd.DataFrame
) -> None:
    blocks = _blocks(counts)
    months = sorted(blocks["delivery_month"].unique())
    parts = ("quoted_price", "forward_price", "da_rt_adjustment", "basis")
    for month, part in zip(months, parts, strict=False):
        after = ["block_price", *parts[parts.index(part) :]]
        blocks.loc[blocks["delivery_month"] == month, after] = np.nan
    vlr = curves[curves["month"] != months[5].month]
    shape = curves[curves["month"] != months[4].month]
    cells = cost_curve(blocks, counts, shape, vlr).set_index("delivery_month")
    found = cells.groupby(level=0)["reason"].agg(set)
    assert [found[month] for month in months[:6]] == [{reason} for reason in REASONS]
    assert found[months[6]] == {None}
    assert cells.loc[months[5], "hpfc"].notna().all()
    assert cells.loc[months[5], "cost_to_serve"].isna().all()
    assert (cells["reason"].notna() == cells["cost_to_serve"].isna()).all()


def test_the_hours_are_those_of_the_calendar_with_the_price_of_their_cell(
    hours: pd.DataFrame, counts: pd.DataFrame, curves: pd.DataFrame
) -> None:
    cells = cost_curve(_blocks(counts), counts, curves.assign(year_mean=1 + curves["he"] / 100), curves)
    two = pd.concat([cells.assign(location="Z2", hpfc=-cells["hpfc"]), cells])
    expanded = expand(two, hours)
    assert expanded["location"].tolist() == ["Z2"] * len(hours) + ["Z"] * len(hours)
    own = expanded[expanded["location"] == "Z"].reset_index(drop=True)
    pd.testing.assert_frame_equal(own[hours.columns], hours)
    repeated = own[(own["market_date"] == "2026-11-01") & (own["he"] == 2)]
    assert repeated["hpfc"].nunique() == 1
    assert len(repeated) == 2


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), level=st.floats(-80, 300), share=st.floats(0, 1))
def test_the_hours_of_every_block_of_every_month_average_its_price(
    seed: int, level: float, share: float, hours: pd.DataFrame, counts: pd.DataFrame, curves: pd.DataFrame
) -> None:
    rng = np.random.default_rng(seed)
    blocks = _blocks(counts)
    blocks["block_price"] = level + 30 * rng.standard_normal(len(blocks))
    n = len(curves)
    is_additive = curves.groupby(["month", "block_type"], observed=True)["he"].transform(
        lambda _: rng.random() < share
    )
    shape = curves.assign(
        is_additive=is_additive.astype(bool),
        year_mean=(1 + 0.3 * rng.standard_normal(n).clip(-2, 2)),
        additive=20 * rng.standard_normal(n),
    )
    shape["year_mean"] = shape["year_mean"].mask(shape["is_additive"])
    cells = cost_curve(blocks, counts, shape, curves)
    means = expand(cells, hours).groupby(BLOCK[1:], observed=True)["hpfc"].mean()
    wanted = blocks.set_index(BLOCK[1:])["block_price"].reindex(means.index)
    np.testing.assert_allclose(means, wanted, rtol=0, atol=1e-9)
    assert len(cells) == 36 * 40


def test_a_real_market_is_priced_from_made_up_forwards(
    real_hourly: Callable[[str], pd.DataFrame],
) -> None:
    hourly = real_hourly("NYISO")
    prices = hourly.pivot(index="interval_start", columns="location", values="da_lmp_usd_per_mwh")
    rt = hourly.pivot(index="interval_start", columns="location", values="rt_lmp_usd_per_mwh")
    calendar = hourly[hourly["location"] == "WEST"].reset_index(drop=True)
    history = History(calendar, prices.reset_index(drop=True), rt.reset_index(drop=True))
    zones = zone_hubs("NYISO")
    hubs = zones.drop_duplicates("hub")
    hours = delivery_hours("NYISO", date(2026, 1, 1))
    months = pd.Series(hours["delivery_month"].unique(), name="strip")
    quotes = hubs[["hub"]].merge(months, how="cross")
    quotes = pd.concat(
        [
            quotes.assign(block=block, settlement_price=price)
            for block, price in (("5x16", 50.0), ("off-peak", 35.0))
        ]
    )
    weights = quote_weights(hours)
    rules = hub_blocks().merge(hubs[["hub"]])
    forwards = hub_forwards(quotes, rules, block_means(history, hubs), weights)
    basis = zone_basis(history, zones)
    blocks = block_prices(zones, forwards, da_rt_adjustment(history, hubs), basis)
    cells = cost_curve(blocks, count_cells(hours), shape_factors(hourly), vlr_curve(hourly))
    checks = check_cost_curve(cells, expand(cells, hours), hours, forwards, weights)
    # The day-ahead loads of most of April are missing, and with them its weekends' VLR.
    empty = cells[cells["reason"].notna()]
    assert set(empty["reason"]) == {"no VLR"}
    assert set(zip(empty["delivery_month"].dt.month, empty["block_type"], strict=True)) == {(4, "2x16")}
    assert checks["n_checked"].tolist() == [11 * 36 * 3, 3 * 36 * 2, 11 * 36 * 40 - len(empty), 11]
    own = basis[basis["location"].isin(hubs["hub_location"])]
    assert (own["zone_basis"] == 0).all()
    level = cells.groupby("location")["hpfc"].mean()
    assert level["LONGIL"] > level["N.Y.C."]  # of one hub
    assert level["WEST"] > level["NORTH"]
