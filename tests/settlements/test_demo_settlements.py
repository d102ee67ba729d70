from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from lib.calc.delivery import delivery_hours, quote_weights
from lib.hub_map import SETTLEMENT_KEY
from lib.settlements import REPORTS, DemoPublisher, download_report
from lib.settlements.hubs import find_missing_hubs, hubs, monthly_curves

DAY = date(2025, 12, 31)


def _frame(name: str, day: date = DAY) -> pd.DataFrame:
    settled = download_report(DemoPublisher(), next(report for report in REPORTS if report.name == name), day)
    assert settled is not None
    assert settled.parsed.rejects.empty
    return settled.parsed.frame


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.name)
def test_every_report_of_a_business_day_can_be_read_whole(report: object) -> None:
    assert len(_frame(report.name)) > 30  # type: ignore[attr-defined]


def test_there_is_nothing_on_a_holiday_and_no_workbook() -> None:
    assert download_report(DemoPublisher(), REPORTS[0], date(2026, 1, 1)) is None
    assert DemoPublisher().fetch(REPORTS[0], DAY, "xlsx") is None


def test_the_same_day_is_always_the_same_and_another_differs() -> None:
    fetch = DemoPublisher().fetch
    assert fetch(REPORTS[0], DAY, "dat") == fetch(REPORTS[0], DAY, "dat")
    assert fetch(REPORTS[0], DAY, "dat") != fetch(REPORTS[0], date(2025, 12, 30), "dat")


def test_every_line_says_demo() -> None:
    assert _frame("icecleared_power")["product"].str.contains("DEMO", regex=False).all()


def test_the_net_change_is_the_difference_to_the_business_day_before() -> None:
    key = [name for name in SETTLEMENT_KEY if name != "trade_date"]
    both = _frame("icecleared_power").merge(_frame("icecleared_power", date(2025, 12, 30)), on=key)
    difference = both["settlement_price_x"] - both["settlement_price_y"]
    assert len(both) > 700
    assert difference.to_numpy() == pytest.approx(both["net_change_x"].to_numpy(), abs=1.01e-4)


def test_every_hub_that_the_desk_needs_has_a_curve_of_sixty_months() -> None:
    curves = monthly_curves(_frame("icecleared_power"))
    assert not [hub.label for hub in find_missing_hubs(curves) if hub.is_needed]
    assert set(curves.groupby(["hub", "block"]).size()) == {60}
    assert set(curves["strip"].dt.day) == {1}


def test_the_quotes_of_a_hub_agree_as_those_of_an_exchange_do() -> None:
    curves = monthly_curves(_frame("icecleared_power"))
    north = curves[curves["hub"] == "ERCOT North RT"]
    prices = north.pivot(index="strip", columns="block", values="settlement_price")
    weights = quote_weights(delivery_hours("ERCOT", DAY.replace(day=1), n_months=60))
    off_peak = weights[(weights["quote"] == "off-peak") & (weights["weights"] == "days")]
    shares = off_peak.set_index("delivery_month")
    implied = shares["2x16"] * prices["2x16"] + shares["7x8"] * prices["7x8"]
    np.testing.assert_allclose(prices["off-peak"], implied, atol=0.1)


def test_prices_are_a_markets_peak_above_off_peak_and_some_day_below_zero() -> None:
    power = _frame("icecleared_power")
    curves = monthly_curves(power)
    mean = curves.groupby(["hub", "block"])["settlement_price"].mean().unstack()
    assert (mean["5x16"] > mean["off-peak"].fillna(mean["7x8"]).fillna(0)).all()
    assert power["settlement_price"].min() < 0
    assert power["settlement_price"].between(-50, 400).all()


def test_the_codes_are_those_the_desk_named_and_each_is_of_one_contract() -> None:
    named = [(hub.contract, hub.block) for hub in hubs() if hub.contract]
    desk = {("PMI", "5x16"), ("OPJ", "off-peak"), ("ERN", "5x16"), ("ECI", "7x8"), ("NEP", "5x16")}
    assert desk < set(named)
    codes = [code for code, _ in named]
    assert len(codes) == len(set(codes))
    assert all(hub.hub_text for hub in hubs())
