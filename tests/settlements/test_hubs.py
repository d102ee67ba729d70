from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pandas as pd

from lib.settlements import parse
from lib.settlements.hubs import absent, hubs, monthly_curves

Make = Callable[..., bytes]
MakeLine = Callable[..., str]


def _curves(body: bytes) -> pd.DataFrame:
    return monthly_curves(parse(body, "dat", date(2025, 12, 30)).frame)


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


def test_what_the_reports_lack_is_named(make_dat: Make) -> None:
    lacking = absent(_curves(make_dat()))
    assert len(lacking) == len(hubs()) - 1
    assert "PJM West RT off-peak" in [hub.label for hub in lacking]
