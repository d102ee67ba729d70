"""Monthly energy by zone and rate class, in MWh, kWh or GWh: what bills and load studies have."""

from __future__ import annotations

import re

import pandas as pd

from lib.sources.own_load.headings import (
    METERED,
    MW_PER_UNIT,
    read_layout,
    read_measures,
    read_units,
    read_zones,
    refuse_missing,
    words,
)
from lib.sources.own_load.hourly import ORIGIN
from lib.sources.own_load.profiles import MONTH_NAMES
from lib.sources.own_load.tables import TextTable, shown

ENERGY = ["location", "rate_class", "measure", "month", "mwh"]
"""Columns of monthly energy; month is its first day."""

ENERGY_UNITS = {"kwh", "mwh", "gwh"}


def read_monthly(table: TextTable, iso: str) -> pd.DataFrame:
    """Return the energy of each zone, rate class and month: ENERGY and ORIGIN.

    A column that does not say forecast is metered energy.

    Raises:
        BadOwnLoad: a column is missing or not clear, or a month is given twice.
    """
    layout = read_layout(table, iso)
    roles = layout.roles
    if "month" not in roles and "date" not in roles:
        raise refuse_missing(table, "column called month, with months such as 2024-01")
    base = pd.DataFrame({"row": table.cells.index, "file": table.path.name}, index=table.cells.index)
    base["month"] = _months(table, roles)
    base["rate_class"] = table.column(roles["rate_class"]) if "rate_class" in roles else ""
    if "zone" in roles:
        base["location"] = table.column(roles["zone"]).map(read_zones(table, roles["zone"], iso))
    if "unit" in roles:
        base["factor"] = table.column(roles["unit"]).map(read_units(table, roles["unit"]))
    if "measure" in roles:
        base["measure"] = table.column(roles["measure"]).map(read_measures(table, roles["measure"]))
    parts = []
    for load in layout.loads:
        part = base.copy()
        unit = next((word for word in words(table.headings[load.position]) if word in MW_PER_UNIT), None)
        if "factor" not in part and unit not in ENERGY_UNITS:
            raise table.refuse(
                "is no energy; write its unit into the heading, as in 'metered MWh'", None, load.position
            )
        if load.zone is not None:
            part["location"] = load.zone
        if "location" not in part:
            raise table.refuse("does not say of which zone; add a column called zone", None, load.position)
        if "measure" not in part:
            part["measure"] = load.measure or METERED
        factor = load.mw_per_unit if load.mw_per_unit is not None else part["factor"]
        parts.append(part.assign(mwh=table.numbers(load.position) * factor))
    if not parts:
        raise refuse_missing(table, "column of energy such as 'metered MWh'")
    energy = pd.concat(parts, ignore_index=True)
    energy = energy[energy["mwh"].notna()]
    if energy.empty:
        raise table.refuse("has no month with energy; add one, or delete the file")
    is_twice = energy.duplicated(ENERGY[:-1])
    if is_twice.any():
        raise table.refuse(
            "has the energy of a month that a row above has; keep one", energy.loc[is_twice, "row"].iloc[0]
        )
    return energy[ENERGY + ORIGIN]


def _months(table: TextTable, roles: dict[str, int]) -> pd.Series:
    position = roles.get("month", roles.get("date", 0))
    texts = table.column(position)
    if "year" in roles and "month" in roles:
        texts = (
            table.column(roles["year"])
            + "-"
            + texts.map(lambda text: str(MONTH_NAMES.get(text[:3].lower(), text)))
        )
    months = texts.map({text: _month(text) for text in texts.unique()})
    if months.isna().any():
        row = months.index[months.isna()][0]
        raise table.refuse(
            f"{shown(texts[row])} is no month; write 2024-01, or a column called year beside it",
            row,
            position,
        )
    return pd.to_datetime(months)


def _month(text: str) -> pd.Timestamp | None:
    """Return the first day of a month: 2024-01, 2024-01-01, 1/1/2024, 1/2024, Jan 2024 or Jan-24."""
    plain = text.strip().lower()
    if found := re.fullmatch(r"(\d{4})-(\d{1,2})(?:-0?1)?", plain):
        year, month = int(found[1]), int(found[2])
    elif found := re.fullmatch(r"(\d{1,2})(?:/0?1)?/(\d{4})", plain):
        year, month = int(found[2]), int(found[1])
    elif found := re.fullmatch(r"([a-z]{3})[a-z]*[ -](\d{4}|\d{2})", plain):
        year, month = int(found[2]) % 100 + 2000, MONTH_NAMES.get(found[1], 0)
    else:
        return None
    return pd.Timestamp(year, month, 1) if 1 <= month <= 12 and 1990 <= year <= 2100 else None
