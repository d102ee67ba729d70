"""The verdict of a backtest in words: computed, for good cases and bad ones."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from lib.calc.backtest_vlr import VLR_METHODS, predict_vlr, sum_months
from lib.calc.origins import rolling_origins
from lib.calc.verdict import (
    HELPS_FROM,
    LEAST_TARGETS,
    Judgement,
    describe_held,
    judge,
    judge_line,
    judge_vlr,
)
from lib.markets import locations

N = 48


def _rows(skill: float, held: float = 0.9, n: int = N, period: str = "2023") -> pd.DataFrame:
    """VLR of $1.00 in two zones, priced with this skill; a share of it was within the band."""
    is_held = np.arange(n) < round(held * n)
    return pd.DataFrame(
        {
            "location": ["A", "B"] * (n // 2) + ["A"] * (n % 2),
            "period": [period] * n,
            "target": 1.0,
            "rt_load_mwh": 100.0,
            "n_hours": 300,
            **dict.fromkeys(VLR_METHODS, np.nan),
            "priced": skill,
            "robust": skill,
            "blended": skill,
            "none": 0.0,
            "band_low": np.where(is_held, 0.0, 2.0),
            "band_high": 3.0,
            "p95": 3.0,
        }
    )


def _verdict(rows: pd.DataFrame) -> list[str]:
    return judge_vlr("Westland", rows, VLR_METHODS)


def test_what_helped_is_said_in_one_sentence() -> None:
    found = _verdict(_rows(0.17, held=44 / N))
    assert found[0] == (
        "In Westland the priced VLR was 17 % closer to what came than leaving VLR out, over 1 year; the 90 % "
        "band held 92 % of months and blocks."
    )
    assert found[1:] == [
        "VLR came at 1.00 $/MWh on average, and 0.17 was priced.",
        "Priced VLR was better than no VLR in every zone.",
    ]


def test_what_did_not_help_says_what_to_do() -> None:
    first, _, advice, zones = _verdict(_rows(-0.12, held=0.5))
    assert "12 % further from what came than leaving VLR out, over 1 year" in first
    assert first.endswith("held 50 % of months and blocks: it was too narrow.")
    assert advice.startswith(
        "VLR from history did not help, by any method: leave it out of the expected cost"
    )
    assert zones == "In A, B it was no better than no VLR (2 of 2 zones)."


def test_a_few_months_are_not_enough_to_leave_vlr_out() -> None:
    first, *others = _verdict(_rows(-0.12, period="2023-07"))
    assert "12 % further from what came than leaving VLR out, over 1 month" in first
    assert not any("did not help" in sentence for sentence in others)


def test_a_method_that_was_closer_is_named_and_one_that_few_targets_have_is_not() -> None:
    rows = _rows(-0.12).assign(cost_weighted=0.30)
    assert (
        "Closest was the percent of the past (cost_weighted) times the price: 30 % closer than no VLR."
        in _verdict(rows)
    )
    few = rows.assign(cost_weighted=rows["cost_weighted"].where(np.arange(N) < N / 4))
    assert not any("Closest" in sentence for sentence in _verdict(few))


def test_a_small_difference_is_no_difference() -> None:
    first = _verdict(_rows(0.02, held=1.0))[0]
    assert "about as close to what came as leaving VLR out (2 % closer)" in first
    assert first.endswith("held 100 % of months and blocks: wider than it must be.")


def test_few_targets_have_no_verdict() -> None:
    assert _verdict(_rows(0.5, n=LEAST_TARGETS - 1)) == [
        "There is no verdict on VLR in Westland: 35 targets can be scored, and 36 are needed."
    ]
    assert _verdict(_rows(0.5).iloc[:0])[0].startswith("There is no verdict on VLR in Westland: 0 targets")
    without_band = _rows(0.5).assign(band_low=np.nan)
    assert describe_held(without_band) == "there was no band, for want of residuals"


@pytest.mark.parametrize(
    ("skill", "n", "expected"),
    [
        (HELPS_FROM, N, Judgement.HELPED),
        (HELPS_FROM - 1e-9, N, Judgement.LITTLE),
        (-HELPS_FROM + 1e-9, N, Judgement.LITTLE),
        (-HELPS_FROM, N, Judgement.HARMED),
        (0.9, LEAST_TARGETS - 1, Judgement.UNKNOWN),
        (np.nan, N, Judgement.UNKNOWN),
    ],
)
def test_the_thresholds_are_those_of_the_method(skill: float, n: int, expected: Judgement) -> None:
    assert judge(skill, n) is expected


def test_the_other_lines_have_a_sentence_each() -> None:
    assert (
        judge_line("Zone basis", _rows(0.28))
        == "Zone basis: 28 % closer to what came than no basis, over 1 year."
    )
    assert judge_line("Shape", _rows(-0.4)) == (
        "Shape: no help, 40 % further from what came than a flat block, over 1 year."
    )
    assert judge_line("DA-RT adjustment", _rows(-0.01)) == (
        "DA-RT adjustment: about as close to what came as no adjustment (1 % further away), over 1 year."
    )
    assert judge_line("Shape", _rows(0.5, n=3)) == (
        "Shape: there is no verdict, 3 targets can be scored, and 36 are needed."
    )


@pytest.mark.parametrize(("iso", "skill", "n_years"), [("ERCOT", 17, 3), ("ISONE", 10, 8)])
def test_the_verdict_on_real_markets(
    iso: str, skill: int, n_years: int, years_hourly: Callable[[str], pd.DataFrame]
) -> None:
    hourly = years_hourly(iso)
    zones = [zone.name for zone in locations(iso, "zone")]
    hours = hourly[hourly["location"] == zones[0]].reset_index(drop=True)
    months = sum_months(hours, zones, hourly)
    found = predict_vlr(months, rolling_origins(months.loc[months["n_hours"] > 0, "number"]))
    first = judge_vlr(iso, found[found["reason"].isna()], VLR_METHODS)[0]
    assert first.startswith(f"In {iso} the priced VLR was {skill} % closer to what came than leaving VLR out")
    assert f"over {n_years} years; the 90 % band held 9" in first
