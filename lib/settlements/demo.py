"""Simulated settlements in the published form: the same on every call, and labelled DEMO on every line."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from lib.hours import NercHolidays
from lib.settlements.business_days import business_day_before, is_business_day
from lib.settlements.columns import COLUMNS
from lib.settlements.reports import Form, Report

LABEL = "DEMO"

_COLDEST, _HOTTEST = 15, 200  # days of the year
_DAILY_MOVE = 0.018  # of the nearest contract, a fraction of its price
_FADES_OVER = 14.0  # months in which the move of a later contract halves
_ON_PEAK_OF_WEEKEND_DAY = 16 / 24
_CONTRACTS_OF_A_HUB = 10  # the product ids of a hub differ in the last digit, so that its news move them all
_MEMORY = np.float64(0.97) ** np.arange(120)


@dataclass(frozen=True)
class _Contract:
    """A simulated futures contract: its price, and the strips that trade.

    `level` is the price of spring and fall, from which winter and summer deviate by fractions. A contract of
    off-peak hours has those of nights: `weekend` is the fraction by which the on-peak hours of weekends cost
    more, and the mean over the days of a month follows from it, as such contracts settle.
    """

    report: str
    hub: str
    product: str
    contract: str
    product_id: int
    level: float
    winter: float
    summer: float
    weekend: float
    n_months: int
    n_days: int


class DemoPublisher:
    """Publishes simulated reports for every business day, and nothing for other days."""

    def fetch(self, report: Report, trade_date: date, form: Form) -> bytes | None:
        """Return a report as a .dat file; there is no workbook."""
        if form != "dat" or not is_business_day(trade_date):
            return None
        return _simulate(report.name, trade_date)


@lru_cache(maxsize=16)
def _simulate(report: str, trade_date: date) -> bytes:
    its = (contract for contract in _contracts() if contract.report == report)
    lines = (line for contract in its for line in _lines(contract, trade_date))
    return "\n".join(["|".join(COLUMNS), *lines, ""]).encode()


def _lines(contract: _Contract, trade_date: date) -> list[str]:
    strips = _strips(contract, trade_date)
    price = _prices(contract, strips, trade_date)
    change = price - _prices(contract, strips, business_day_before(trade_date))
    label = f"{contract.product} ({LABEL})"
    return [
        f"{_format_day(trade_date)}|{contract.hub}|{label}|{_format_day(strip)}|{contract.contract}|F||"
        f"{price[i]:.4f}|{change[i]:.4f}|{_format_day(strip - pd.Timedelta(days=1))}|{contract.product_id}"
        for i, strip in enumerate(strips)
    ]


def _strips(contract: _Contract, trade_date: date) -> pd.DatetimeIndex:
    """Return the months that trade, from that of the trade date on, or the days after it."""
    if contract.n_months:
        month = pd.Timestamp(trade_date).to_period("M").to_timestamp()
        return pd.date_range(month, periods=contract.n_months, freq="MS")
    return pd.date_range(pd.Timestamp(trade_date) + pd.Timedelta(days=1), periods=contract.n_days)


def _prices(contract: _Contract, strips: pd.DatetimeIndex, trade_date: date) -> np.ndarray:
    """Return settlement prices: the season around the level, moved by the news until the trade date."""
    day = strips.dayofyear.to_numpy() + (14 if contract.n_months else 0)  # the middle of the month
    season = contract.winter * _bump(day, _COLDEST) + contract.summer * _bump(day, _HOTTEST)
    months_ahead = (strips - pd.Timestamp(trade_date)).days.to_numpy() / 30.4
    move = _news(contract.product_id // _CONTRACTS_OF_A_HUB, trade_date) * 0.5 ** (months_ahead / _FADES_OVER)
    weekends = (
        contract.weekend * _ON_PEAK_OF_WEEKEND_DAY * _share_of_weekends(strips) if contract.weekend else 0
    )
    return np.round(contract.level * (1 + season + move) * (1 + weekends), 4)


def _share_of_weekends(months: pd.DatetimeIndex) -> np.ndarray:
    """Return the share of each month's days that are weekends or holidays."""
    first, after = (
        months.to_numpy("datetime64[D]"),
        (months + pd.offsets.MonthBegin()).to_numpy("datetime64[D]"),
    )
    holidays = (
        NercHolidays().holidays(months[0], months[-1] + pd.offsets.MonthEnd()).to_numpy("datetime64[D]")
    )
    return 1 - np.busday_count(first, after, holidays=holidays) / (after - first).astype(int)


def _bump(day: np.ndarray, peak: int) -> np.ndarray:
    """Return 1 on the peak's day, near 0 half a year away."""
    return np.exp(3.0 * (np.cos(2 * np.pi * (day - peak) / 365.25) - 1))


@cache  # all contracts of a hub have the same
def _news(hub_id: int, trade_date: date) -> float:
    """Return the sum of the last months' daily news of a hub, older ones fading; each day has its own."""
    ordinal = trade_date.toordinal()
    shared = [np.random.default_rng(ordinal - age).normal() for age in range(len(_MEMORY))]
    own = [np.random.default_rng([hub_id, ordinal - age]).normal() for age in range(len(_MEMORY))]
    return float(_DAILY_MOVE * (np.array(shared) * 0.8 + np.array(own) * 0.6) @ _MEMORY)


def _format_day(day: date | pd.Timestamp) -> str:
    return f"{day.month}/{day.day}/{day.year}"


@cache
def _contracts() -> tuple[_Contract, ...]:
    with Path(__file__).with_name("demo_contracts.csv").open(encoding="utf-8", newline="") as file:
        return tuple(_contract(row) for row in csv.DictReader(file))


def _contract(row: dict[str, str]) -> _Contract:
    return _Contract(
        row["report"], row["hub"], row["product"], row["contract"], int(row["product_id"]),
        float(row["level"]), float(row["winter"]), float(row["summer"]), float(row["weekend"]),
        int(row["n_months"]), int(row["n_days"]),
    )  # fmt: skip
