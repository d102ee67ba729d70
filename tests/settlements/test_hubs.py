from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.settlements import parse_report
from lib.settlements.hubs import (
    describe_ambiguous,
    find_missing_hubs,
    fits_any_hub,
    hubs,
    monthly_curves,
)

Make = Callable[..., bytes]
MakeLine = Callable[..., str]

REAL_TEXTS = [
    ("PJM West RT", "5x16", "PJM WH RT", "Peak Futures (1 MW)"),
    ("PJM West RT", "off-peak", "PJM WH RT Off-Peak", "Off-Peak Futures (1 MW)"),
    ("PJM West DA", "5x16", "PJM WH DA", "Peak Futures (1 MW)"),
    ("PJM West DA", "off-peak", "PJM WH DA Off-Peak", "Off-Peak Futures (1 MW)"),
    ("AEP-Dayton DA", "5x16", "AD Hub DA", "Peak Futures (1 MW)"),
    ("N. Illinois DA", "off-peak", "NI Hub DA Off-Peak", "Off-Peak Futures (1 MW)"),
    ("ERCOT Houston RT", "5x16", "ERCOT Houston 345KV Hub RT", "Peak Futures (1 MW)"),
    ("ERCOT North RT", "5x16", "ERCOT North 345KV RT", "Peak Futures (1 MW)"),
    ("ERCOT North RT", "7x8", "ERCOT North 345KV Hub RT 7x8", "Off-Peak Futures (1 MW)"),
    ("ERCOT North RT", "2x16", "ERCOT North 345KV Hub RT", "Peak 2x16 Futures (1 MW)"),
    ("ERCOT North RT", "off-peak", "ERCOT North 345KV Hub RT Off-Peak", "Off-Peak Futures (1 MW)"),
    ("Mass Hub DA", "5x16", "Nepool MH DA", "Peak Futures (1 MW)"),
    ("Mass Hub DA", "off-peak", "Nepool MH DA Off-Peak", "Off-Peak Futures (1 MW)"),
    ("Indiana Hub DA", "5x16", "Indiana Hub DA", "Peak Futures (1 MW)"),
    ("Indiana Hub RT", "off-peak", "Indiana Hub RT Off-Peak", "Off-Peak Futures (1 MW)"),
    ("NYISO Zone A DA", "5x16", "NYISO A", "Peak Futures (1 MW)"),
    ("NYISO Zone F DA", "off-peak", "NYISO F Off-Peak", "Off-Peak Futures (1 MW)"),
    ("NYISO Zone G DA", "off-peak", "NYISO G", "Off-Peak Futures (1 MW)"),
    ("NYISO Zone J DA", "5x16", "nyiso  j", "PEAK futures (5 MW)"),
    ("NYISO Zone J DA", "5x16", "NYISO Zone J", "On-Peak Mini Futures"),
]


def _curves(body: bytes) -> pd.DataFrame:
    return monthly_curves(_frame(body))


def _frame(body: bytes) -> pd.DataFrame:
    return parse_report(body, "dat", date(2025, 12, 30)).frame


@pytest.mark.parametrize(("hub", "block", "text", "product"), REAL_TEXTS)
def test_the_texts_of_real_reports_are_found(
    hub: str, block: str, text: str, product: str, make_dat: Make, make_line: MakeLine
) -> None:
    curves = _curves(make_dat(make_line(hub=text, product=product, contract="??")))
    assert curves[["hub", "block"]].to_numpy().tolist() == [[hub, block]]


@pytest.mark.parametrize(
    ("text", "product"),
    [
        ("PJM WH RT", "Peak Daily Futures (1 MW)"),
        ("PJM WH RT", "Capacity Futures (1 MW)"),
        ("PJM WH RT", "Peak Option"),
        ("PJM WH RT", "Futures (1 MW)"),
        ("NYISO G Off-Peak", "Peak Futures (1 MW)"),
        ("NYISO GG", "Peak Futures (1 MW)"),
        ("NYISO G RT", "Peak Futures (1 MW)"),
        ("Indiana Hub", "Peak Futures (1 MW)"),
    ],
)
def test_texts_that_say_something_else_are_not(
    text: str, product: str, make_dat: Make, make_line: MakeLine
) -> None:
    assert _curves(make_dat(make_line(hub=text, product=product, contract="??"))).empty


def test_a_curve_has_the_contracts_months_in_order_without_options_and_days(
    make_dat: Make, make_line: MakeLine
) -> None:
    curves = _curves(
        make_dat(
            make_line(strip="3/1/2026", settlement_price="50"),
            make_line(strip="1/1/2026", settlement_price="60"),
            make_line(strip="1/2/2026", settlement_price="1"),
            make_line(strip="1/1/2026", contract_type="C", strike="55", settlement_price="2"),
            make_line(strip="1/1/2026", contract="XYZ", product="Peak Daily Futures (1 MW)"),
        )
    )
    assert curves["hub"].unique().tolist() == ["PJM West RT"]
    assert curves["block"].unique().tolist() == ["5x16"]
    assert curves["settlement_price"].tolist() == [60.0, 50.0]


def _settled(*contracts: tuple[str, str, float, int]) -> bytes:
    """Return a report of Indiana Hub DA: contract, product, price and number of months of each."""
    from tests.standins import ice

    lines = [
        ice.line(hub="Indiana Hub DA", product=product, contract=code, settlement_price=str(price),
                 strip=f"{month}/1/2026")
        for code, product, price, n_months in contracts
        for month in range(1, n_months + 1)
    ]  # fmt: skip
    return ice.dat(*lines)


def test_of_several_that_fit_the_one_of_one_megawatt_is_taken_and_the_rest_is_named() -> None:
    body = _settled(("BIG", "Peak Futures (5 MW)", 52.0, 3), ("ONE", "Peak Futures (1 MW)", 50.0, 2))
    assert set(_curves(body)["contract"]) == {"ONE"}
    (said,) = describe_ambiguous(_frame(body))
    assert said.startswith(
        "Indiana Hub DA 5x16: ONE (type F, product 1481, 'Indiana Hub DA' 'Peak Futures (1 MW)') is used"
    )
    assert "left out are BIG (type F, product 1481, 'Indiana Hub DA' 'Peak Futures (5 MW)')" in said


def test_of_several_of_one_size_the_one_with_most_months_is_taken() -> None:
    product = "Peak Futures (1 MW)"
    assert set(_curves(_settled(("DAY", product, 52.0, 1), ("FULL", product, 50.0, 2)))["contract"]) == {
        "FULL"
    }


def test_the_usual_code_decides_before_size_and_months(make_dat: Make, make_line: MakeLine) -> None:
    lines = [make_line(contract="PMI", strip="1/1/2026", product="Peak Futures (5 MW)")]
    lines += [make_line(contract="TWIN", strip=f"{month}/1/2026", settlement_price="9") for month in (1, 2)]
    assert set(_curves(make_dat(*lines))["contract"]) == {"PMI"}


def test_a_code_is_only_a_hint(make_dat: Make, make_line: MakeLine) -> None:
    body = make_dat(make_line(contract="PMI", hub="Somewhere Hub"), make_line(contract="NEW"))
    assert _curves(body)["contract"].tolist() == ["NEW"]


def test_two_that_nothing_tells_apart_are_never_chosen_silently() -> None:
    product = "Peak Futures (1 MW)"
    body = _settled(("ONE", product, 50.0, 2), ("TWO", product, 51.0, 2))
    assert _curves(body).empty
    (said,) = describe_ambiguous(_frame(body))
    assert said.startswith("Indiana Hub DA 5x16: ONE (")
    assert "fit with different prices, and nothing tells which is meant, so it has no curve" in said
    assert "Indiana Hub DA 5x16" in [hub.label for hub in find_missing_hubs(_curves(body))]


def test_two_with_the_same_prices_are_one() -> None:
    product = "Peak Futures (1 MW)"
    curves = _curves(_settled(("ONE", product, 50.0, 2), ("TWO", product, 50.0, 2)))
    assert curves["settlement_price"].tolist() == [50.0, 50.0]


def test_an_analyst_can_name_a_product_that_says_its_block_in_other_words() -> None:
    hub = next(hub for hub in hubs() if hub.label == "NYISO Zone G DA off-peak")
    assert not hub.fits("NYISO G", "Nights and weekends")
    named = replace(hub, product_pattern="nights and weekends")
    assert named.fits("NYISO  G", "Nights and Weekends")
    assert not named.fits("NYISO G", "Off-Peak Futures (1 MW)")


def test_the_usual_reports_leave_no_choice(make_dat: Make) -> None:
    assert describe_ambiguous(_frame(make_dat())) == []


@given(
    rows=st.sets(
        st.tuples(
            st.sampled_from(["PMI", "OPJ", "INP", "IND"]),
            st.sampled_from(["F", "D"]),
            st.sampled_from(["1", "2"]),
            st.sampled_from(["Indiana Hub DA", "PJM WH RT", "Indiana Hub DA Off-Peak"]),
            st.sampled_from(["Peak Futures (1 MW)", "Off-Peak Futures (1 MW)", "Peak Futures (5 MW)"]),
            st.integers(1, 12),
            st.integers(1, 2),
            st.sampled_from([1.0, 2.0]),
        ),
        min_size=1,
    )
)
def test_whatever_comes_a_hub_and_block_has_each_month_once(rows: set[tuple[object, ...]]) -> None:
    columns = [
        "contract",
        "contract_type",
        "product_id",
        "hub",
        "product",
        "month",
        "day",
        "settlement_price",
    ]
    frame = pd.DataFrame(sorted(rows, key=str), columns=columns)
    strips = pd.to_datetime(frame[["month", "day"]].assign(year=2026))
    settled = frame.assign(strip=strips, strike=np.nan, net_change=0.0).drop_duplicates(
        ["contract", "contract_type", "product_id", "hub", "product", "strip"]
    )
    curves = monthly_curves(settled)
    assert not curves.duplicated(["hub", "block", "strip"]).any()
    assert set(curves["strip"].dt.day) <= {1}
    assert monthly_curves(settled.sample(frac=1, random_state=1)).equals(curves)


def test_what_the_reports_lack_is_named(make_dat: Make) -> None:
    lacking = find_missing_hubs(_curves(make_dat()))
    assert len(lacking) == len(hubs()) - 1
    assert "PJM West RT off-peak" in [hub.label for hub in lacking]


def test_rows_of_some_hubs_are_found_whatever_their_code(make_dat: Make, make_line: MakeLine) -> None:
    frame = _frame(
        make_dat(make_line(), make_line(hub="NYISO G", contract="X"), make_line(hub="Z", contract="Y"))
    )
    assert fits_any_hub(frame, ["NYISO Zone G DA"]).tolist() == [row == "NYISO G" for row in frame["hub"]]
    assert not fits_any_hub(frame, []).any()
