"""Each line of a price with the days of events and without them, against the calculators themselves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from lib.calc.covariance import covariance
from lib.calc.event_effects import price_effects, shape_effects, vlr_effects
from lib.calc.event_rows import ALL_HOURS, COLUMNS, WITH, WITHOUT
from lib.calc.grid import build_grid
from lib.calc.hub_history import PriceHistory, da_rt_adjustment, zone_basis
from lib.calc.priced_vlr import add_priced
from lib.calc.shaping import load_shape_premium, shape_factors
from lib.calc.vlr import estimate, hourly_vlr, vlr_curve
from lib.events import is_event
from lib.hours import market_hours
from lib.hub_map import zone_hubs

ZONES = ["A", "B"]
HUBS = pd.DataFrame({"hub": ["North"], "hub_location": ["H"], "settlement_market": ["rt"]})
PAIRS = pd.DataFrame({"location": ["A", "B", "H"], "hub_location": "H"})
STORM = "2021-02-12", "2021-02-20"


def _in_storm(days: pd.Series) -> np.ndarray:
    return days.between(*STORM).to_numpy()


def _hourly(seed: int = 1) -> pd.DataFrame:
    """Two zones from January to March 2021, whose prices are five times as high in the storm."""
    hours = market_hours("ERCOT", date(2021, 1, 1), date(2021, 3, 31))
    random = np.random.default_rng(seed)
    frames = []
    for zone in ZONES:
        size = len(hours)
        level = np.where(_in_storm(hours["market_date"]), 5.0, 1.0)
        day_ahead = (40 + 10 * random.normal(size=size)).clip(5) * level
        load = 1000 + 100 * random.normal(size=size) + 50 * level
        frames.append(
            pd.DataFrame(
                {
                    "location": zone,
                    "interval_start": hours["interval_start"],
                    "da_lmp_usd_per_mwh": day_ahead,
                    "rt_lmp_usd_per_mwh": day_ahead + 5 * random.normal(size=size) * level,
                    "da_load_mw": load,
                    "rt_load_mw": load + 40 * random.normal(size=size) * level,
                }
            )
        )
    return hourly_vlr(build_grid(pd.concat(frames), hours, ZONES))


def _history(values: dict[str, tuple[float, float]], storm: float) -> PriceHistory:
    """Prices of February and March 2021: DA and RT of each place, and RT raised in the storm."""
    hours = market_hours("ERCOT", date(2021, 2, 1), date(2021, 3, 31))
    inside = _in_storm(hours["market_date"])
    da = pd.DataFrame({place: np.full(len(hours), prices[0]) for place, prices in values.items()})
    rt = pd.DataFrame({place: prices[1] + storm * inside for place, prices in values.items()})
    return PriceHistory(hours, da, rt, inside)


def _vlr(hourly: pd.DataFrame, mask: np.ndarray, published: str = WITH) -> pd.DataFrame:
    covariances = covariance(hourly), covariance(hourly[~mask])
    return vlr_effects(
        hourly, mask, add_priced(vlr_curve(hourly)), covariances, published_covariance=published
    )


def _shape(hourly: pd.DataFrame, mask: np.ndarray) -> pd.DataFrame:
    return shape_effects(hourly, mask, shape_factors(hourly))


def _prices(history: PriceHistory, hubs: pd.DataFrame, zones: pd.DataFrame) -> pd.DataFrame:
    return price_effects(history, hubs, zones, da_rt_adjustment(history, hubs), zone_basis(history, zones))


def _row(effects: pd.DataFrame, part: str, place: str, scope: str = ALL_HOURS) -> pd.Series:
    rows = effects[(effects[["price_part", "place", "scope"]] == [part, place, scope]).all(axis=1)]
    (row,) = (row for _, row in rows.iterrows())
    return row


def test_vlr_with_and_without_the_second_of_two_days() -> None:
    """The worked hours of domain and method: two on the 10th, two on the 11th, which is the event."""
    start = pd.to_datetime(
        ["2021-02-10 14:00", "2021-02-10 15:00", "2021-02-11 14:00", "2021-02-11 15:00"], utc=True
    )
    hours = market_hours("ERCOT", date(2021, 2, 10), date(2021, 2, 11))
    values = pd.DataFrame(
        {
            "location": "A",
            "interval_start": start,
            "da_lmp_usd_per_mwh": [40.0, 40.0, 20.0, 20.0],
            "rt_lmp_usd_per_mwh": [60.0, 30.0, 20.0, 35.0],
            "da_load_mw": [1000.0, 1000.0, 800.0, 800.0],
            "rt_load_mw": [1100.0, 950.0, 780.0, 840.0],
        }
    )
    values["interval_start"] = values["interval_start"].astype(hours["interval_start"].dtype)
    hourly = hourly_vlr(build_grid(values, hours, ["A"]))
    effects = _vlr(hourly, (hourly["market_date"] == "2021-02-11").to_numpy())
    row = _row(effects, "VLR", "A")
    assert row["with_events"] == pytest.approx(3100 / 3670)
    assert row["without_events"] == pytest.approx(2500 / 2050)
    assert row["added"] == pytest.approx(0.844687 - 1.219512, abs=1e-6)
    assert (row["n_hours"], row["n_days"], row["published"], row["unit"]) == (2, 1, WITH, "$/MWh")
    assert _row(effects, "VLR", "A", "Feb, 5x16")["added"] == pytest.approx(row["added"])


def test_the_difference_of_a_hub_and_the_basis_of_a_zone_without_the_storm() -> None:
    """DA is $2 above RT, in the storm $98 below it; 2x16 has three of its eight days of February there."""
    effects = _prices(_history({"A": (33, 30), "H": (32, 30)}, storm=100), HUBS, PAIRS.head(1))
    of_february = _row(effects, "DA-RT adjustment", "North", "Feb, 2x16")
    x = 2 - 100 * 3 / 8
    assert of_february["with_events"] == pytest.approx(0.25 * x + 0.75 * (x + 2) / 2)
    assert (of_february["without_events"], of_february["published"]) == (pytest.approx(2.0), WITHOUT)
    assert (of_february["n_hours"], of_february["n_days"]) == (3 * 16, 3)
    whole = _row(effects, "DA-RT adjustment", "North")
    assert (whole["n_hours"], whole["n_days"]) == (9 * 24, 9)
    assert whole["without_events"] == pytest.approx(2.0) and whole["with_events"] < 0
    basis = _row(effects, "zone basis", "A, from H")
    assert basis[["with_events", "without_events", "added"]].tolist() == pytest.approx([1.0, 1.0, 0.0])


def test_a_block_ratio_is_that_of_the_block_that_is_moved_most() -> None:
    history = _history({"H": (32, 30)}, storm=0)
    at_night = (history.hours["block_type"] == "7x8").to_numpy()
    rt = history.rt + 970 * (history.is_event & at_night)[:, None]
    effects = _prices(replace(history, rt=rt), HUBS, PAIRS.head(0))
    row = _row(effects, "block ratio", "North", "7x8")
    assert row["without_events"] == pytest.approx(1.0)
    assert row["with_events"] > 1.5 and row["unit"] == "factor"
    assert (row["n_hours"], row["n_days"]) == (72, 9)
    assert "zone basis" not in set(effects["price_part"])


def test_a_zone_that_is_its_own_hub_has_no_basis() -> None:
    effects = _prices(_history({"A": (33, 30), "H": (32, 30)}, 100), HUBS, PAIRS)
    assert set(effects.loc[effects["price_part"] == "zone basis", "place"]) >= {"A, from H"}
    assert not effects["place"].str.startswith("H,").any()


def test_both_sides_are_what_the_calculators_say() -> None:
    hourly = _hourly()
    mask = _in_storm(hourly["market_date"])
    both = {"with_events": hourly, "without_events": hourly[~mask]}
    effects = pd.concat([_vlr(hourly, mask), _shape(hourly, mask)])
    for side, hours in both.items():
        vlr = estimate(hours, ["location"]).set_index("location")["cost_per_mwh"]
        together = covariance(hours, ["location"]).set_index("location")["covariance_per_mwh"]
        premium = load_shape_premium(hours, ["location"]).set_index("location")["premium"]
        factors = shape_factors(hours).set_index(["location", "month", "he", "block_type"])["year_mean"]
        for zone in ZONES:
            assert _row(effects, "VLR", zone)[side] == pytest.approx(vlr[zone])
            assert _row(effects, "covariance", zone)[side] == pytest.approx(together[zone])
            assert _row(effects, "load-shape premium", zone)[side] == pytest.approx(100 * premium[zone])
            (shape,) = (
                effects[effects["price_part"] == "shape factor"].query("place == @zone").to_dict("records")
            )
            block, he = shape["scope"].split(", ")[1:]
            of_february = factors[zone, 2, int(he.removeprefix("HE ")), block]
            assert shape[side] == pytest.approx(of_february, nan_ok=True)
    # February has 19 of 28 days without the storm: under 80 %, so its factors are those of no year.
    assert effects.loc[effects["price_part"] == "shape factor", "without_events"].isna().all()


def test_the_covariance_is_published_as_it_was_chosen() -> None:
    hourly = _hourly()
    effects = _vlr(hourly, _in_storm(hourly["market_date"]), WITHOUT)
    published = effects.groupby("price_part")["published"].unique().map(list).to_dict()
    assert published == {"VLR": [WITH], "priced VLR": [WITH], "covariance": [WITHOUT]}


def test_no_event_moves_nothing() -> None:
    hourly = _hourly()
    nothing = np.zeros(len(hourly), dtype=bool)
    history = _history({"A": (33, 30), "H": (32, 30)}, storm=100)
    calm = replace(history, is_event=np.zeros(len(history.hours), dtype=bool))
    for effects in (
        _vlr(hourly, nothing),
        _shape(hourly, nothing),
        _prices(calm, HUBS, PAIRS),
    ):
        assert effects.columns.tolist() == COLUMNS
        assert (effects["added"].dropna() == 0).all()
        assert not effects[["n_hours", "n_days"]].any(axis=None)
    assert _prices(replace(history, is_event=None), HUBS, PAIRS).empty


def test_a_window_inside_an_event_has_nothing_without_it() -> None:
    hourly = _hourly()
    storm = hourly[_in_storm(hourly["market_date"])]
    everything = np.ones(len(storm), dtype=bool)
    for effects in (_vlr(storm, everything), _shape(storm, everything)):
        assert effects[["without_events", "added"]].isna().all(axis=None)
        assert effects["n_days"].between(1, 9).all()


@settings(max_examples=3, phases=[Phase.generate])
@given(seed=st.integers(0, 1000), scale=st.floats(0.5, 3))
def test_prices_that_are_scaled_scale_what_events_add(seed: int, scale: float) -> None:
    hourly = _hourly(seed)
    mask = _in_storm(hourly["market_date"])
    values = ["location", "interval_start", "da_load_mw", "rt_load_mw"]
    prices = hourly[["da_lmp_usd_per_mwh", "rt_lmp_usd_per_mwh"]] * scale
    hours = market_hours("ERCOT", date(2021, 1, 1), date(2021, 3, 31))
    scaled = hourly_vlr(build_grid(hourly[values].join(prices), hours, ZONES))
    before, after = _vlr(hourly, mask), _vlr(scaled, mask)
    assert after["added"].to_numpy() == pytest.approx(scale * before["added"].to_numpy(), rel=1e-6, abs=1e-9)
    assert after["n_hours"].tolist() == before["n_hours"].tolist()


def test_what_storms_add_in_a_real_market(
    years_hourly: Callable[[str], pd.DataFrame], ercot_years: PriceHistory
) -> None:
    """Loads begin after Uri, so VLR has Heather alone; the prices have both."""
    hourly = years_hourly("ERCOT")
    vlr = _vlr(hourly, is_event("ERCOT", hourly["market_date"]))
    zone = _row(vlr, "VLR", "NORTH ZONE")
    assert (zone["n_hours"], zone["n_days"]) == (96, 4)
    assert zone[["with_events", "without_events"]].tolist() == pytest.approx([0.2670, 0.2310], abs=5e-5)
    winter = vlr[(vlr["price_part"] == "covariance") & (vlr["scope"] == "Winter, 5x16")]
    assert winter["with_events"].item() > 2 * winter["without_events"].item()

    history = replace(ercot_years, is_event=is_event("ERCOT", ercot_years.hours["market_date"]))
    zones = zone_hubs("ERCOT").query("hub == 'ERCOT North RT'")
    hubs = zones.drop_duplicates("hub")[["hub", "hub_location", "settlement_market"]]
    prices = _prices(history, hubs, zones)
    most = prices[prices["price_part"] == "DA-RT adjustment"].iloc[0]
    lines = [
        da_rt_adjustment(one, hubs).set_index(["month", "block_type"])["da_rt_adjustment"]
        for one in (replace(history, is_event=None), history)
    ]
    month, block = most["scope"].split(", ")
    assert (month, (lines[0] - lines[1]).abs().idxmax()) == ("Feb", (2, block))
    assert [most["with_events"], most["without_events"]] == [line[2, block] for line in lines]
    assert (zone_basis(history, zones)["zone_basis"].abs() < 10).all()
