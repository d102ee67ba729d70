from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.calc.aggregate import SEASONS
from lib.calc.band import fit_band
from lib.calc.cost_breakdown import PARTS, cost_parts, vlr_of_terms
from lib.calc.cost_checks import check_cost_curve
from lib.calc.cost_curve import (
    COLUMNS,
    DELIVERY_BLOCK,
    REASONS,
    block_prices,
    cost_curve,
    expand_to_hours,
    used_vlr,
    vlr_of_next_year,
)
from lib.calc.covariance import SEASON_BLOCK, covariance
from lib.calc.delivery import count_cells, delivery_hours, quote_weights, replace_weights
from lib.calc.grid import CELL
from lib.calc.hour_prices import typical_shape
from lib.calc.hub_forwards import hub_forwards
from lib.calc.hub_history import PriceHistory, block_means, da_rt_adjustment, zone_basis
from lib.calc.risk import NO_BAND, RiskChoice
from lib.calc.shaping import shape_factors
from lib.calc.vlr import vlr_curve
from lib.hours import BLOCK_TYPE
from lib.hub_map import hub_contracts, zone_hubs
from lib.markets import BLOCKS

JULY = pd.Timestamp("2026-07-01")
NOVEMBER = pd.Timestamp("2026-11-01")


@pytest.fixture(scope="module")
def counts(hours: pd.DataFrame) -> pd.DataFrame:
    return count_cells(hours)


@pytest.fixture(scope="module")
def curves(counts: pd.DataFrame) -> pd.DataFrame:
    """The cells of a zone's shaping and VLR curves: flat, and 50 cents of VLR."""
    cells = counts[["delivery_month", "he", "block_type"]].assign(month=counts["delivery_month"].dt.month)
    cells = cells.drop(columns="delivery_month").drop_duplicates()
    shape = {"year_mean": 1.0, "additive": 0.0, "is_additive": False, "block_mean": 23.5}
    sums = {"unitized_cost_usd": 0.5, "da_value_usd": 23.5, "rt_load_mwh": 1.0, "n_days": 100}
    return cells.assign(location="Z", **shape, **sums, cost_per_mwh=0.5, is_near_zero=False, is_thin=False)


def _blocks(counts: pd.DataFrame, price: float | np.ndarray = 25.0) -> pd.DataFrame:
    months = counts[["delivery_month", "block_type"]].drop_duplicates(ignore_index=True)
    parts = {"hub": "H", "quote": "5x16", "quoted_price": 30.0, "forward_price": price}
    parts |= {"is_modelled": False, "is_additive_split": False, "has_hub_prices": True}
    return months.assign(
        location="Z", month=months["delivery_month"].dt.month, **parts,
        da_rt_adjustment=0.5, zone_basis=-2.0, block_price=price - 1.5, is_thin=False,
    )  # fmt: skip


def _covariance(*zones: str, pct: float = 0.02) -> pd.DataFrame:
    """The covariance of zones: 2 % of the price, and 0.40 $/MWh where the past price is near zero."""
    keys = [zones or ("Z",), SEASONS, BLOCKS]
    rows = pd.MultiIndex.from_product(keys, names=SEASON_BLOCK).to_frame(index=False)
    return rows.assign(covariance_per_mwh=0.4, covariance_pct=pct, is_near_zero=False)


NIGHTS = pd.DataFrame({"delivery_month": [NOVEMBER], "block_type": ["7x8"], "he": 2}).astype(
    {"block_type": BLOCK_TYPE}
)


ZONES = pd.DataFrame({"location": ["Z", "Y"], "hub": ["H", "GONE"], "hub_location": "P", "preference": 1})


def _november_nights(adjustment_days: int = 60, basis_days: int = 60, n_years: int = 5) -> pd.DataFrame:
    """Price a November's nights in the zones Z, whose hub trades, and Y, whose hub does not."""
    key = {"hub": "H", "block_type": "7x8"}
    forwards = pd.DataFrame([{**key, "delivery_month": NOVEMBER, "forward_price": 24.911661}]).assign(
        quoted_price=30.0, is_modelled=False, is_additive_split=True, has_hub_prices=True
    )
    shift = {"da_rt_adjustment": 0.5, "standard_error": 0.8, "n_hours": 241, "n_days": adjustment_days}
    adjustment = pd.DataFrame([{**key, "month": 11, **shift, "n_years": 5}]).astype(
        {"block_type": BLOCK_TYPE}
    )
    own = {"block_type": "7x8", "month": 11, "zone_basis": -2.0, "n_hours": 9, "n_days": basis_days}
    basis = pd.DataFrame([{"location": zone, **own, "n_years": n_years} for zone in ("Z", "Y")])
    basis = basis.assign(hub_location="P", standard_error=0.3)
    blocks = block_prices(ZONES, NIGHTS, forwards, adjustment, basis.astype({"block_type": BLOCK_TYPE}))
    return blocks.set_index("location")


def test_the_price_of_a_block_is_the_sum_of_its_parts_by_hand() -> None:
    assert _november_nights().loc["Z", "block_price"] == pytest.approx(23.411661)


def test_a_zone_whose_hub_has_no_rows_stays_without_a_price() -> None:
    blocks = _november_nights()
    assert blocks.index.tolist() == ["Z", "Y"]
    assert np.isnan(blocks.loc["Y", "block_price"])
    assert blocks.loc["Y", "zone_basis"] == -2
    assert not blocks["is_modelled"].any()
    assert blocks["is_additive_split"].tolist() == [True, False]


@pytest.mark.parametrize(
    ("days_and_years", "is_thin"),
    [((60, 20), False), ((19, 60), True), ((60, 5), True), ((60, 60, 2), False), ((60, 60, 1), True)],
)
def test_a_block_is_thin_where_its_adjustment_or_basis_has_few_days_or_one_year(
    days_and_years: tuple[int, ...], is_thin: bool
) -> None:
    blocks = _november_nights(*days_and_years)
    assert blocks.loc["Z", "is_thin"] == is_thin
    assert blocks.loc["Z", ["da_rt_error", "basis_error"]].tolist() == [0.8, 0.3]


def test_a_zone_of_a_hub_without_forwards_has_every_cell_and_says_why(
    counts: pd.DataFrame, curves: pd.DataFrame
) -> None:
    key = ["hub", "month", "block_type"]
    forwards = _blocks(counts).drop(
        columns=["location", "month", "da_rt_adjustment", "zone_basis", "block_price"]
    )
    past = (
        _blocks(counts)[[*key, "da_rt_adjustment"]]
        .drop_duplicates()
        .assign(n_hours=400, n_days=60, n_years=5)
    )
    past["standard_error"] = 1.0
    basis = past.rename(columns={"hub": "location", "da_rt_adjustment": "zone_basis"})
    basis = pd.concat([basis.assign(location=zone, hub_location="P") for zone in ZONES["location"]])
    blocks = block_prices(ZONES, counts, forwards.drop(columns="is_thin"), past, basis)
    both = pd.concat([curves.assign(location=zone) for zone in ZONES["location"]])
    cells = cost_curve(blocks, counts, both, both, _covariance(*ZONES["location"]))
    assert cells.groupby("location").size().to_dict() == {"Z": 36 * 40, "Y": 36 * 40}
    assert cells.groupby("location")["reason"].agg(set).to_dict() == {
        "Z": {None},
        "Y": {"no forward of the month"},
    }


def test_a_cell_is_thin_where_its_vlr_or_its_block_is(counts: pd.DataFrame, curves: pd.DataFrame) -> None:
    blocks = _blocks(counts)
    blocks["is_thin"] = blocks["block_type"] == "2x16"
    cells = cost_curve(blocks, counts, curves, curves.assign(is_thin=curves["he"] == 3), _covariance())
    assert (cells["is_thin"] == ((cells["block_type"] == "2x16") | (cells["he"] == 3))).all()


def test_a_month_with_a_repeated_hour_by_hand(counts: pd.DataFrame, curves: pd.DataFrame) -> None:
    # HE 2 has the factor 0.8 and, in November, 31 hours; the other seven have 1.2 / 7 more and 30.
    factor = np.where(curves["he"] == 2, 0.8, 1 + 0.2 / 7)
    night = cost_curve(_blocks(counts), counts, curves.assign(year_mean=factor), curves, _covariance())
    night = night[(night["delivery_month"] == NOVEMBER) & (night["block_type"] == "7x8")].set_index("he")
    mean = (31 * 0.8 + 7 * 30 * (1 + 0.2 / 7)) / 241
    assert night.loc[2, "hpfc"] == pytest.approx(23.5 * 0.8 / mean)
    assert night.loc[1, "hpfc"] == pytest.approx(23.5 * (1 + 0.2 / 7) / mean)
    assert (night["hpfc"] * night["n_hours"]).sum() / 241 == pytest.approx(23.5, abs=1e-12)
    assert night["covariance"].tolist() == pytest.approx([23.5 * 0.02] * 8)
    assert night.loc[2, "cost_to_serve"] == pytest.approx(night.loc[2, "hpfc"] + 0.47 + 0.5)
    assert night.loc[2, "cost_to_serve_by_pct"] == pytest.approx(
        night.loc[2, "hpfc"] * (1 + 0.5 / 23.5) + 0.47
    )
    assert list(night.reset_index()[COLUMNS].columns) == COLUMNS


@pytest.mark.parametrize(
    ("price", "share"),
    [(-3.0, 0), (0.1, 0), (2.34, 0), (4.7, 0.25), (7.05, 0.5), (11.75, 1), (11.76, 1), (60.0, 1)],
)
def test_the_shape_passes_from_the_factor_to_the_difference_without_a_jump(
    price: float, share: float, counts: pd.DataFrame, curves: pd.DataFrame
) -> None:
    # The block has cost 23.5: the difference alone up to 2.35, the factor alone from 11.75 on.
    shaped = curves.assign(
        additive=np.where(curves["he"] == 2, -7.0, 1.0), year_mean=np.where(curves["he"] == 2, 0.3, 1.1)
    )
    parts = {"forward_price": -3.0, "da_rt_adjustment": 0.0, "zone_basis": price + 3, "block_price": price}
    cells = cost_curve(_blocks(counts).assign(**parts), counts, shaped, curves, _covariance())
    night = cells[(cells["delivery_month"] == JULY) & (cells["block_type"] == "7x8")].set_index("he")
    assert night["factor_share"].tolist() == pytest.approx([share] * 8)
    assert (night["is_additive_shape"] == (share == 0)).all()
    for he, factor, difference in ((2, 0.3, -7), (1, 1.1, 1)):
        wanted = share * price * factor + (1 - share) * (price + difference)
        assert night.loc[he, "hpfc"] == pytest.approx(wanted)
        assert night.loc[he, ["shape", "additive_shape"]].tolist() == [
            factor if share else difference,
            difference,
        ]


def test_vlr_grows_with_the_price_of_delivery(counts: pd.DataFrame, curves: pd.DataFrame) -> None:
    # All cells have cost 0.50 at 23.50; four times the price costs twice as much.
    cells = cost_curve(_blocks(counts, 4 * 23.5 + 1.5), counts, curves, curves, _covariance())
    assert cells["vlr_priced"].to_numpy() == pytest.approx(1.0)
    assert cells["vlr_cost_per_mwh"].to_numpy() == pytest.approx(0.5)
    assert cells["vlr_pct"].to_numpy() == pytest.approx(1 / 94)
    assert cells["cost_to_serve"].to_numpy() == pytest.approx(94 + 0.02 * 94 + 1)
    assert cells["cost_to_serve_by_pct"].to_numpy() == pytest.approx(94 * (1 + 0.5 / 23.5) + 0.02 * 94)
    assert used_vlr(cells).to_numpy() == pytest.approx(1.0)


def test_vlr_in_percent_is_that_of_the_next_twelve_months_by_hand(
    counts: pd.DataFrame, curves: pd.DataFrame
) -> None:
    # VLR of 0.50 at the past price of 23.50, and a July that costs 94, four times as much: 1.00, or 1.0638 %.
    blocks = _blocks(counts)
    blocks["block_price"] = blocks["block_price"].mask(blocks["delivery_month"] == JULY, 94.0)
    cells = cost_curve(blocks, counts, curves, curves, _covariance())
    percent = vlr_of_next_year(cells).set_index(CELL)["vlr_pct"]
    assert len(percent) == 480
    assert percent["Z", 7, 17, "5x16"] == pytest.approx(0.010638, abs=1e-6)
    assert percent["Z", 8, 17, "5x16"] == pytest.approx(0.5 / 23.5)
    # A year later July is no longer among the next twelve months, and its price does not count.
    later = cells.assign(vlr_pct=cells["vlr_pct"].where(cells["delivery_month"] < "2027-07-01", 9.0))
    pd.testing.assert_series_equal(vlr_of_next_year(later).set_index(CELL)["vlr_pct"], percent)


@settings(max_examples=15)
@given(level=st.floats(-80, 300), slope=st.floats(-3, 3))
def test_vlr_in_percent_times_the_price_is_vlr_and_nothing_under_a_dollar(
    level: float, slope: float, counts: pd.DataFrame, curves: pd.DataFrame
) -> None:
    shape = curves.assign(additive=slope * (curves["he"] - 12))
    cells = cost_curve(_blocks(counts, level), counts, shape, curves, _covariance())
    first = cells[cells["delivery_month"] < cells["delivery_month"].min() + pd.DateOffset(years=1)]
    keyed = first.assign(month=first["delivery_month"].dt.month).set_index(CELL)
    percent = vlr_of_next_year(cells).set_index(CELL)["vlr_pct"].reindex(keyed.index)
    has_percent = keyed["hpfc"] >= 1
    assert percent.notna().equals(has_percent)
    made = percent * keyed["hpfc"]
    np.testing.assert_allclose(made[has_percent], used_vlr(keyed)[has_percent], atol=1e-9)


def test_the_vlr_of_the_past_can_be_chosen(counts: pd.DataFrame, curves: pd.DataFrame) -> None:
    blocks = _blocks(counts, 4 * 23.5 + 1.5)
    cells = cost_curve(blocks, counts, curves, curves, _covariance(), "cost_per_mwh")
    assert used_vlr(cells).to_numpy() == pytest.approx(0.5)
    assert cells["vlr_pct"].to_numpy() == pytest.approx(0.5 / 94)
    assert cells["vlr_priced"].to_numpy() == pytest.approx(1.0)
    with pytest.raises(ValueError, match="known are priced, cost_per_mwh"):
        cost_curve(blocks, counts, curves, curves, _covariance(), "mean_ratio")  # type: ignore[arg-type]


def test_risk_is_a_line_of_the_cost_to_serve(counts: pd.DataFrame, curves: pd.DataFrame) -> None:
    band = fit_band(pd.DataFrame({"residual": [(i - 20) / 1000 for i in range(1, 40)]}))
    about = (_blocks(counts, 4 * 23.5 + 1.5), counts, curves, curves, _covariance(), "priced", band)
    plain, risky = cost_curve(*about), cost_curve(*about, RiskChoice(0.5))
    assert plain["risk"].eq(0).all()
    assert plain["cvar95"].to_numpy() == pytest.approx(1 + 94**0.5 * 0.0185)
    assert risky["risk"].to_numpy() == pytest.approx(0.5 * 94**0.5 * 0.0185)
    for column in ("cost_to_serve", "cost_to_serve_by_pct"):
        assert (risky[column] - plain[column]).to_numpy() == pytest.approx(risky["risk"].to_numpy())
    assert used_vlr(risky).to_numpy() == pytest.approx(1.0)
    parts = cost_parts(risky, curves.assign(n_hours=10)).iloc[0]
    assert parts[list(PARTS)].sum() == pytest.approx(parts["cost_to_serve"], abs=1e-9)
    assert parts["risk"] == pytest.approx(0.5 * 94**0.5 * 0.0185)


def test_risk_without_a_band_has_no_price_and_says_why(counts: pd.DataFrame, curves: pd.DataFrame) -> None:
    about = (_blocks(counts), counts, curves, curves, _covariance(), "priced", NO_BAND)
    assert cost_curve(*about)["reason"].isna().all()
    without = cost_curve(*about, RiskChoice(0.5))
    assert set(without["reason"]) == {"no band to price risk by"}
    assert without["cost_to_serve"].isna().all()


def test_the_vlr_of_a_term_has_two_bands(counts: pd.DataFrame, curves: pd.DataFrame) -> None:
    band = fit_band(pd.DataFrame({"residual": [(i - 20) / 1000 for i in range(1, 40)]}))
    cells = cost_curve(_blocks(counts, 95.5), counts, curves, curves, _covariance(), "priced", band)
    terms = vlr_of_terms(cells, curves.assign(n_hours=10), band, terms=(1, 12)).set_index(
        ["term", "dependence"]
    )
    assert terms["n_blocks"].tolist() == [3, 3, 36, 36]
    assert terms["priced"].to_numpy() == pytest.approx(1.0)
    width = terms["band_high"] - terms["band_low"]
    assert width.xs("dependent", level="dependence").to_numpy() == pytest.approx(94**0.5 * 0.036)
    # The blocks differ in load: a year of 36 is more than a fifth as wide, and less than a third.
    assert 1 / 6 < width[12, "independent"] / width[12, "dependent"] < 1 / 3


def test_a_block_that_has_an_additive_shape_only_takes_it_in_all_its_hours(
    counts: pd.DataFrame, curves: pd.DataFrame
) -> None:
    is_july = (curves["month"] == 7) & (curves["block_type"] == "2x16")
    shaped = curves.assign(
        is_additive=is_july,
        year_mean=curves["year_mean"].mask(is_july),
        additive=np.where(curves["he"] == 8, 15.0, -1.0),
    )
    cells = cost_curve(_blocks(counts), counts, shaped, curves, _covariance())
    july = cells[(cells["delivery_month"].dt.month == 7) & (cells["block_type"] == "2x16")]
    assert july["is_additive_shape"].all()
    assert july.loc[july["he"] == 8, "hpfc"].tolist() == pytest.approx([23.5 + 15] * 3)
    assert not cells.drop(july.index)["is_additive_shape"].any()


def test_a_shape_that_lacks_an_hour_leaves_its_block_without_prices(
    counts: pd.DataFrame, curves: pd.DataFrame
) -> None:
    lacking = curves["year_mean"].mask((curves["month"] == 7) & (curves["he"] == 3))
    cells = cost_curve(_blocks(counts), counts, curves.assign(year_mean=lacking), curves, _covariance())
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
    parts = ("quoted_price", "forward_price", "da_rt_adjustment", "zone_basis")
    for month, part in zip([months[0], *months[2:5]], parts, strict=True):
        after = ["block_price", *parts[parts.index(part) :]]
        blocks.loc[blocks["delivery_month"] == month, after] = np.nan
    has_none = blocks["delivery_month"] == months[1]
    blocks.loc[has_none, ["has_hub_prices", "block_price", "zone_basis"]] = False, np.nan, np.nan
    july, august, september, december = (pd.Timestamp(2026, month, 1) for month in (7, 8, 9, 12))
    vlr = curves[curves["month"] != december.month]
    shape = curves[curves["month"] != july.month]
    past = _covariance()
    past = past[past["season"] != "Fall"]
    cells = cost_curve(blocks, counts, shape, vlr, past).set_index("delivery_month")
    found = cells.groupby(level=0)["reason"].agg(set)
    assert [found[month] for month in [*months[:5], july, september, december]] == [
        {reason} for reason in REASONS[:-1]
    ]
    assert found[august] == {None}
    assert cells.loc[[september, december], "hpfc"].notna().all()
    assert cells.loc[[september, december], "cost_to_serve"].isna().all()
    assert cells.loc[september, "covariance"].isna().all()
    assert cells.loc[december, "covariance"].notna().all()
    assert (cells["reason"].notna() == cells["cost_to_serve"].isna()).all()


def test_the_hours_are_those_of_the_calendar_with_the_price_of_their_cell(
    hours: pd.DataFrame, counts: pd.DataFrame, curves: pd.DataFrame
) -> None:
    shape = curves.assign(year_mean=1 + curves["he"] / 100)
    cells = cost_curve(_blocks(counts), counts, shape, curves, _covariance())
    two = pd.concat([cells.assign(location="Z2", hpfc=-cells["hpfc"]), cells])
    expanded = expand_to_hours(two, hours)
    assert expanded["location"].tolist() == ["Z2"] * len(hours) + ["Z"] * len(hours)
    own = expanded[expanded["location"] == "Z"].reset_index(drop=True)
    pd.testing.assert_frame_equal(own[hours.columns], hours)
    repeated = own[(own["market_date"] == "2026-11-01") & (own["he"] == 2)]
    assert repeated["hpfc"].nunique() == 1
    assert len(repeated) == 2


@settings(max_examples=15)
@given(seed=st.integers(0, 10_000), level=st.floats(-80, 300), share=st.floats(0, 1))
def test_the_hours_of_every_block_of_every_month_average_its_price(
    seed: int, level: float, share: float, hours: pd.DataFrame, counts: pd.DataFrame, curves: pd.DataFrame
) -> None:
    rng = np.random.default_rng(seed)
    blocks = _blocks(counts)
    blocks["block_price"] = level + 30 * rng.standard_normal(len(blocks))
    blocks["forward_price"] = blocks["block_price"] + 20 * rng.standard_normal(len(blocks))
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
    cells = cost_curve(blocks, counts, shape, curves, _covariance())
    means = expand_to_hours(cells, hours).groupby(DELIVERY_BLOCK[1:], observed=True)["hpfc"].mean()
    wanted = blocks.set_index(DELIVERY_BLOCK[1:])["block_price"].reindex(means.index)
    np.testing.assert_allclose(means, wanted, rtol=0, atol=1e-9)
    assert len(cells) == 36 * 40


def _priced(
    hourly: pd.DataFrame, zones: pd.DataFrame, prices: dict[str, float], iso: str
) -> tuple[pd.DataFrame, PriceHistory, pd.DataFrame]:
    """Price the zones of a real market from made-up quotes: the cells, the prices of the past, the checks."""
    first = hourly["location"].iloc[0]
    calendar = hourly[hourly["location"] == first].reset_index(drop=True)
    da, rt = (
        hourly.pivot(index="interval_start", columns="location", values=column).reset_index(drop=True)
        for column in ("da_lmp_usd_per_mwh", "rt_lmp_usd_per_mwh")
    )
    history = PriceHistory(calendar, da, rt)
    hubs = zones.drop_duplicates("hub")
    contracts = replace_weights(hub_contracts().merge(hubs[["hub"]]), "hours")
    hours = delivery_hours(iso, date(2026, 1, 1))
    months = pd.Series(hours["delivery_month"].unique(), name="strip")
    quotes = pd.concat(
        [hubs[["hub"]].assign(block=block, settlement_price=price) for block, price in prices.items()]
    ).merge(months, how="cross")
    weights, counts = quote_weights(hours), count_cells(hours)
    forwards = hub_forwards(quotes, contracts, block_means(history, hubs), weights)
    blocks = block_prices(
        zones, counts, forwards, da_rt_adjustment(history, hubs), zone_basis(history, zones)
    )
    factors = shape_factors(hourly).drop(columns="additive")
    factors = factors.merge(typical_shape(da, calendar), on=CELL, how="left")
    cells = cost_curve(blocks, counts, factors, vlr_curve(hourly), covariance(hourly))
    names = zones["location"].tolist()
    checks = check_cost_curve(cells, hours, expand_to_hours(cells, hours), names, forwards, weights)
    return cells, history, checks


def test_a_real_market_is_priced_from_made_up_forwards(
    real_hourly: Callable[[str], pd.DataFrame],
) -> None:
    zones = zone_hubs("NYISO")
    cells, _, checks = _priced(real_hourly("NYISO"), zones, {"5x16": 50.0, "off-peak": 35.0}, "NYISO")
    # The day-ahead loads of most of April are missing, and with them its weekends' VLR.
    empty = cells[cells["reason"].notna()]
    assert set(empty["reason"]) == {"no VLR"}
    assert set(zip(empty["delivery_month"].dt.month, empty["block_type"], strict=True)) == {(4, "2x16")}
    n_priced = len(cells) - len(empty)
    assert checks["n_checked"].tolist() == [11 * 36 * 3, 5 * 36 * 2, n_priced, 11]
    # The zones A, C, F, G and J are priced from their own futures, with no basis.
    own = zones[zones["location"] == zones["hub_location"]]
    assert own["preference"].tolist() == [1] * 5
    assert (cells.loc[cells["location"].isin(own["location"]), "zone_basis"] == 0).all()
    chosen = cells.drop_duplicates("location").set_index("location")["hub"]
    first = zones[zones["preference"] == 1].set_index("location")["hub"]
    assert chosen.to_dict() == first.to_dict()
    level = cells.groupby("location")["hpfc"].mean()
    assert level["LONGIL"] > level["N.Y.C."]  # of one hub
    assert level["WEST"] > level["NORTH"]
    # The percent of the pricing file makes the VLR of each hour; that of past prices makes another one.
    percent = vlr_of_next_year(cells).set_index(CELL)["vlr_pct"].dropna()
    near = cells[cells["delivery_month"].dt.year == 2026].assign(month=cells["delivery_month"].dt.month)
    near = near.set_index(CELL).loc[percent.index]
    made = percent.round(6) * near["hpfc"]
    assert (made - near["vlr_priced"]).abs().max() < 1e-6 * near["hpfc"].max()
    by_past = near["cost_to_serve_by_pct"] - near["hpfc"] - near["covariance"]
    assert ((by_past / near["vlr_priced"]).median() - 1) > 0.1
    # One year has fewer than 20 weekend days in every month.
    assert cells.loc[cells["block_type"] == "2x16", "is_thin"].all()


def test_a_real_market_that_settles_on_real_time_prices_is_adjusted_and_modelled(
    real_hourly: Callable[[str], pd.DataFrame],
) -> None:
    hourly = real_hourly("ERCOT")
    # The data has zones only: one of them stands in for the hub.
    zones = zone_hubs("ERCOT")
    zones = zones.assign(
        hub_location=zones["hub_location"].where(zones["hub"] != "ERCOT North RT", "NORTH ZONE")
    )
    cells, history, checks = _priced(hourly, zones, {"5x16": 60.0, "7x8": 27.0}, "ERCOT")
    # The other hubs trade too, but have no prices of their own: there is no basis to them.
    assert set(cells["hub"]) == {"ERCOT North RT"}
    # The loads end in September, and with them VLR.
    empty = cells[cells["reason"].notna()]
    assert set(empty["reason"]) == {"no VLR"}
    assert set(empty["delivery_month"].dt.month) == {10, 11, 12}
    n_priced = len(cells) - len(empty)
    assert checks["n_checked"].tolist() == [4 * 36 * 3, (2 + 2 + 1 + 1) * 36, n_priced, 4]
    north = cells[cells["location"] == "NORTH ZONE"].drop_duplicates(["delivery_month", "block_type"])
    north = north.assign(month=north["delivery_month"].dt.month).drop_duplicates(["month", "block_type"])
    north = north.set_index(["month", "block_type"])
    past = pd.DataFrame({"da": history.da["NORTH ZONE"], "rt": history.rt["NORTH ZONE"]})
    past = past.assign(shift=past["da"] - past["rt"])
    keys = [history.hours["year"], history.hours["month"], history.hours["block_type"].astype(str)]
    blocks, whole = past.groupby(keys).mean(), past.groupby(keys[:2]).mean()
    shift = _typical(blocks["shift"]).reindex(north.index)
    np.testing.assert_allclose(north["da_rt_adjustment"], shift, atol=1e-9)
    assert (shift.abs() > 0.01).mean() > 0.9
    shares = _typical(blocks["rt"].div(whole["rt"]))
    weekend, weekday = (shares.xs(block, level="block_type") for block in ("2x16", "5x16"))
    modelled = north.xs("2x16", level=1).sort_index()
    assert modelled["is_modelled"].all()
    np.testing.assert_allclose(modelled["forward_price"], 60 * weekend / weekday, rtol=1e-12)
    assert not cells.loc[cells["block_type"] != "2x16", "is_modelled"].any()


def _typical(x: pd.Series) -> pd.Series:
    """Return 0.25 of the median over the years of a month and 0.75 of that over all x of the block."""
    pooled = x.groupby("block_type").median()
    own = x.groupby(["month", "block_type"]).median()
    return 0.25 * own + 0.75 * pooled.reindex(own.index, level="block_type")


def _recomputed_covariance(hourly: pd.DataFrame, zone: str, month: int, block: str) -> tuple[float, float]:
    """Return the covariance of a zone, a month's season and a block hour by hour: $/MWh, and mean price."""
    winter, spring, summer, fall = (12, 1, 2), (3, 4, 5), (6, 7, 8), (9, 10, 11)
    months = next(months for months in (winter, spring, summer, fall) if month in months)
    values: dict[tuple[int, int, int], list[tuple[float, float]]] = {}
    columns = ["year", "month", "he", "block_type", "da_lmp_usd_per_mwh", "rt_lmp_usd_per_mwh"]
    own = hourly.loc[hourly["location"] == zone, [*columns, "da_load_mw", "rt_load_mw"]].dropna()
    for year, its_month, he, its_block, price, _, _, load in own.itertuples(index=False):
        if its_month in months and its_block == block:
            values.setdefault((year, its_month, he), []).append((load, price))
    together = loads = prices = n_hours = 0.0
    for pairs in values.values():
        mean_load, mean_price = (sum(pair[i] for pair in pairs) / len(pairs) for i in (0, 1))
        together += sum((load - mean_load) * (price - mean_price) for load, price in pairs)
        loads += sum(load for load, _ in pairs)
        prices += sum(price for _, price in pairs)
        n_hours += len(pairs)
    return together / loads, prices / n_hours


@pytest.mark.parametrize("iso", ["NYISO", "ERCOT"])
def test_the_covariance_and_the_cost_recomputed_from_hours(
    iso: str, real_hourly: Callable[[str], pd.DataFrame]
) -> None:
    hourly = real_hourly(iso)
    zones = zone_hubs(iso).assign(hub_location=lambda rows: rows["location"].iloc[0])
    cells, _, _ = _priced(hourly, zones, {"5x16": 50.0, "off-peak": 35.0}, iso)
    cells = cells[(cells["delivery_month"].dt.year == 2027) & cells["reason"].isna()]
    months = cells["delivery_month"].dt.month
    groups = cells.groupby([cells["location"], months, cells["block_type"]], observed=True)
    n_checked = 0
    for (zone, month, block), own in list(groups)[::5]:
        per_mwh, mean_price = _recomputed_covariance(hourly, zone, month, block)
        line = per_mwh / mean_price * own["block_price"] if mean_price >= 1 else per_mwh
        np.testing.assert_allclose(own["covariance"], line, rtol=0, atol=1e-9)
        assert (own["is_additive_covariance"] == (mean_price < 1)).all()
        n_checked += 1
    assert n_checked >= 15
    added = cells["hpfc"] + cells["covariance"] + cells["vlr_priced"]
    np.testing.assert_allclose(cells["cost_to_serve"], added, rtol=0, atol=1e-9)


def test_a_month_that_is_delivered_as_it_was_costs_its_load_weighted_price(
    real_hourly: Callable[[str], pd.DataFrame],
) -> None:
    # At the past's own block prices, load shape and covariance are what was left out of the flat price.
    hourly = real_hourly("NYISO")
    july = hourly[(hourly["location"] == "N.Y.C.") & (hourly["month"] == 7)].astype({"location": str})
    counts = july.groupby(["month", "he", "block_type"], observed=True).size().rename("n_hours").reset_index()
    counts = counts.assign(delivery_month=JULY).drop(columns="month")
    prices = july.groupby("block_type", observed=True)["da_lmp_usd_per_mwh"].mean()
    blocks = _blocks(counts).assign(location="N.Y.C.")
    blocks["block_price"] = blocks["block_type"].map(prices).astype(float)
    blocks["forward_price"] = blocks["block_price"]
    vlr, factors = vlr_curve(july), shape_factors(july)
    factors["block_mean"] = factors["block_type"].map(prices).astype(float)
    cells = cost_curve(blocks, counts, factors, vlr, covariance(july))
    (parts,) = cost_parts(cells, vlr).to_dict("records")
    price, load = july["da_lmp_usd_per_mwh"], july["rt_load_mw"]
    wanted = (price * load).sum() / load.sum() - price.mean()
    assert parts["load_shape"] + parts["covariance"] == pytest.approx(wanted, abs=1e-9)
    assert parts["covariance"] > 0.3
