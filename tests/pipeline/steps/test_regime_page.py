"""What a page says about changes of rules within its window."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

import pandas as pd

from lib.calc.vlr import hourly_vlr
from lib.pipeline.steps.regimes import describe_regimes, regime_figures
from lib.pipeline.steps.window import Window


def _context(iso: str, start: str, end: str) -> Any:
    days = (date.fromisoformat(start), date.fromisoformat(end), date(2026, 1, 1))
    return SimpleNamespace(iso=iso, window=Window(*days))


def test_a_page_names_the_changes_that_its_window_spans() -> None:
    said = describe_regimes(_context("ISONE", "2021-01-01", "2025-12-31"))
    assert said == (
        "changed within the window: Day-Ahead Ancillary Services Initiative (DASI) from 2025-03-01. "
        "Its figures mix hours before and after"
    )
    assert describe_regimes(_context("ISONE", "2025-03-01", "2025-12-31")) is None


def test_the_parts_of_a_window_have_the_names_of_what_began() -> None:
    days = pd.to_datetime(["2023-06-08", "2023-06-09", "2025-12-04", "2025-12-05"])
    prices = {"da_lmp_usd_per_mwh": 30.0, "rt_lmp_usd_per_mwh": 33.0, "da_load_mw": 9.0, "rt_load_mw": 10.0}
    hours = hourly_vlr(pd.DataFrame({"market_date": days}).assign(**prices))
    figures = regime_figures(_context("ERCOT", "2021-01-01", "2025-12-31"), hours)
    assert figures["part"].str.extract(r"^(before|from) .*\((.*)\)$").to_numpy().tolist() == [
        ["before", "ECRS"],
        ["from", "ECRS"],
        ["from", "RTC+B"],
    ]
    assert figures["n_hours"].tolist() == [1, 2, 1]
    assert regime_figures(_context("NYISO", "2021-01-01", "2025-12-31"), hours).empty
