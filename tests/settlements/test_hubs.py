from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from lib.settlements import parse_report
from lib.settlements.hubs import contract_codes, describe_ambiguous, find_missing_hubs, hubs, monthly_curves

Make = Callable[..., bytes]
MakeLine = Callable[..., str]


def _curves(body: bytes) -> pd.DataFrame:
    return monthly_curves(parse_report(body, "dat", date(2025, 12, 30)).frame)


def test_a_curve_has_the_contracts_months_in_order_without_options_and_days(
    make_dat: Make, make_line: MakeLine
) -> None:
    curves = _curves(
        make_dat(
            make_line(strip="3/1/2026", settlement_price="50"),
            make_line(strip="1/1/2026", settlement_price="60"),
            make_line(strip="1/2/2026", settlement_price="1"),
            make_line(strip="1/1/2026", contract_type="C", strike="55", settlement_price="2"),
            make_line(strip="1/1/2026", contract="XYZ", settlement_price="3"),
        )
    )
    assert curves["hub"].unique().tolist() == ["PJM West RT"]
    assert curves["block"].unique().tolist() == ["5x16"]
    assert curves["settlement_price"].tolist() == [60.0, 50.0]


def test_a_hub_without_a_known_contract_is_found_by_its_text(make_dat: Make, make_line: MakeLine) -> None:
    zone = {"hub": "NYISO Zone G", "contract": "NGP"}
    curves = _curves(
        make_dat(
            make_line(**zone, product="NYISO Zone G Day-Ahead Peak Fixed Price Future"),
            make_line(hub="NYISO Zone G", contract="NGO", product="NYISO Zone G Day-Ahead Off-Peak Future"),
        )
    )
    assert dict(zip(curves["block"], curves["contract"], strict=True)) == {"5x16": "NGP", "off-peak": "NGO"}
    assert set(curves["hub"]) == {"NYISO Zone G DA"}


def test_of_several_contracts_that_fit_the_one_with_most_months_is_meant(
    make_dat: Make, make_line: MakeLine
) -> None:
    text = {"hub": "Indiana Hub RT", "product": "MISO Indiana Hub Real-Time Peak"}
    lines = [make_line(**text, contract="MINI")]
    lines += [make_line(**text, contract="FULL", strip=f"{month}/1/2026") for month in (1, 2)]
    assert set(_curves(make_dat(*lines))["contract"]) == {"FULL"}


def test_a_contract_with_two_rows_for_a_month_is_drawn_once_and_the_rest_is_named(
    make_dat: Make, make_line: MakeLine
) -> None:
    body = make_dat(
        *(make_line(strip=f"{month}/1/2026") for month in (1, 2, 3)),
        make_line(strip="1/1/2026", product_id="9", settlement_price="1"),  # a day, or a twin
        make_line(strip="2/1/2026", product_id="1", contract_type="D", settlement_price="2"),
    )
    settlements = parse_report(body, "dat", date(2025, 12, 30)).frame
    curves = monthly_curves(settlements)
    assert not curves.duplicated(["hub", "block", "strip"]).any()
    assert curves["settlement_price"].tolist() == [61.35] * 3
    assert describe_ambiguous(settlements) == [
        "PJM West RT 5x16: PMI (type F, product 1481) is drawn, which has the most months; not drawn are "
        "PMI (type D, product 1), PMI (type F, product 9)"
    ]


def test_the_usual_reports_leave_no_choice(make_dat: Make) -> None:
    assert describe_ambiguous(parse_report(make_dat(), "dat", date(2025, 12, 30)).frame) == []


@given(
    rows=st.sets(
        st.tuples(
            st.sampled_from(["PMI", "OPJ", "INP", "IND"]),
            st.sampled_from(["F", "D"]),
            st.sampled_from(["1", "2"]),
            st.integers(1, 12),
            st.integers(1, 2),
        ),
        min_size=1,
    )
)
def test_whatever_comes_a_hub_and_block_has_each_month_once(
    rows: set[tuple[str, str, str, int, int]],
) -> None:
    frame = pd.DataFrame(rows, columns=["contract", "contract_type", "product_id", "month", "day"])
    strips = pd.to_datetime(frame[["month", "day"]].assign(year=2026))
    curves = monthly_curves(
        frame.assign(
            strip=strips, strike=np.nan, hub="Indiana Hub", product="Real-Time Peak",
            settlement_price=1.0, net_change=0.0,
        )
    )  # fmt: skip
    assert not curves.duplicated(["hub", "block", "strip"]).any()
    assert set(curves["strip"].dt.day) <= {1}


def test_what_the_reports_lack_is_named(make_dat: Make) -> None:
    lacking = find_missing_hubs(_curves(make_dat()))
    assert len(lacking) == len(hubs()) - 1
    assert "PJM West RT off-peak" in [hub.label for hub in lacking]


def test_hubs_whose_contracts_are_known_are_read_by_them_and_others_need_all() -> None:
    assert contract_codes(["PJM West RT"]) == ["PMI", "OPJ"]
    assert contract_codes(["PJM West RT", "Indiana Hub RT"]) is None
