"""Losses on the way to the meter: rates by zone or utility, rate class and day of effect.

Energy is bought where the ISO settles it, and measured at the customer. For each hour

    load = load at the meter x (1 + distribution) x (1 + transmission) x (1 + unaccounted)

with the rates in effect at the local day of the hour (docs/method.md, "The desk's own load").
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from lib.markets import market
from lib.sources.own_load.headings import place_of, read_zones, words
from lib.sources.own_load.tables import MISSING, BadOwnLoad, TextTable, shown
from lib.sources.own_load.times import read_dates

RATES = ("distribution", "transmission", "unaccounted")
"""Columns of rates, fractions; a blank cell is 0."""

FROM = {"from", "effective", "effective date", "effective from", "from date", "start", "valid from", "date"}

KEYS = ("zone", "utility", "rate_class")
"""What a row of rates is about; a blank is any."""

MAX_RATE = 0.5
"""A rate above this is a percent that was written as a fraction."""


@dataclass(frozen=True)
class Losses:
    """Rates of loss: zone, utility, rate_class ("" for any), since (local day), factor; and their file."""

    rates: pd.DataFrame
    file: str


def read_losses(table: TextTable, iso: str) -> Losses:
    """Return the rates of a table with the columns from, distribution, transmission, unaccounted, and KEYS.

    A rate is a fraction; under a heading with % or pct, or with a % sign, it is a percent. A column of rates
    may be absent, and then is 0.

    Raises:
        BadOwnLoad: a column or cell is not clear, or two rows say one thing from one day on.
    """
    columns = _columns(table)
    if "from" not in columns or not any(rate in columns for rate in RATES):
        raise table.refuse(
            "has no column 'from' and one of rates; write zone,rate_class,from,distribution,transmission,"
            "unaccounted and a row such as WEST ZONE,,2024-01-01,0.045,0.021,0.01"
        )
    rates = pd.DataFrame({"since": read_dates(table, columns["from"])})
    for key in KEYS:
        rates[key] = table.column(columns[key]) if key in columns else ""
    if "zone" in columns:
        texts = table.column(columns["zone"])
        named = TextTable(
            table.path, table.headings, table.cells[~texts.str.lower().isin({*MISSING, "all", "*"})]
        )
        rates["zone"] = texts.map(read_zones(named, columns["zone"], iso)).fillna("")
    rates["factor"] = 1.0
    for rate in RATES:
        if rate in columns:
            rates["factor"] *= 1 + _rate(table, columns[rate])
    is_twice = rates.duplicated(["since", *KEYS])
    if is_twice.any():
        raise table.refuse(
            "says the same as a row above it from the same day on; keep one", is_twice.idxmax()
        )
    return Losses(rates, table.path.name)


def add_losses(loads: pd.DataFrame, losses: Losses | None, iso: str) -> pd.DataFrame:
    """Return hourly loads at the meter with losses added.

    The row of rates that is most specific counts: of the zone before its utility before any, and there of the
    rate class before any. Of its rates those of the latest day count that is not after the hour's local day.

    Args:
        loads: location, rate_class, interval_start (UTC), mw.
        losses: None where the loads are given with losses: nothing is added.
        iso: whose local days.

    Returns:
        the loads with mw x factor; NaN in an hour before the first day of its rates.

    Raises:
        BadOwnLoad: there are no rates for a zone and class.
    """
    if losses is None or loads.empty:
        return loads
    parts = []
    for (location, rate_class), group in loads.groupby(["location", "rate_class"], sort=False):
        rates = _rates_of(losses, str(location), str(rate_class), iso).sort_values("since")
        local = group["interval_start"].dt.tz_convert(market(iso).zone_info).dt.tz_localize(None)
        position = rates["since"].searchsorted(local, side="right") - 1
        factor = rates["factor"].to_numpy()[position.clip(min=0)]
        parts.append(group.assign(mw=(group["mw"] * factor).where(position >= 0)))
    return pd.concat(parts).sort_index()


def _rates_of(losses: Losses, location: str, rate_class: str, iso: str) -> pd.DataFrame:
    """Return the rates of the most specific rows for a zone and rate class."""
    utility = (place_of(location, iso).utility or "").casefold()
    rates = losses.rates
    wanted = {"zone": location.casefold(), "utility": utility, "rate_class": rate_class.casefold()}
    score = pd.Series(0, index=rates.index)
    fits = pd.Series(True, index=rates.index)
    for weight, key in zip((4, 2, 1), KEYS, strict=True):
        given = rates[key].str.casefold()
        fits &= given.eq("") | given.eq(wanted[key])
        score += weight * given.ne("")
    if not fits.any():
        whose = f"zone {location}" + (f", rate class {rate_class}" if rate_class else "")
        raise BadOwnLoad(
            f"{losses.file} has no row for {whose}; add one, with 0 where nothing is lost, or delete the "
            "file if the loads are given with losses"
        )
    best = fits & score.eq(score[fits].max())
    return rates[best]


def _columns(table: TextTable) -> dict[str, int]:
    """Return the positions of the columns of losses by name."""
    found: dict[str, int] = {}
    for position, heading in enumerate(table.headings):
        plain = " ".join(word for word in words(heading) if word not in ("pct", "percent", "loss", "losses"))
        name = {
            "load zone": "zone",
            "class": "rate_class",
            "rate class": "rate_class",
            "rateclass": "rate_class",
        }
        key = name.get(plain, "from" if plain in FROM else plain)
        key = {
            "unaccounted for": "unaccounted",
            "unaccounted energy": "unaccounted",
            "ufe": "unaccounted",
        }.get(key, key)
        if key not in (*KEYS, *RATES, "from"):
            raise table.refuse(
                f"is none of {', '.join(('from', *KEYS, *RATES))}; rename or delete it", None, position
            )
        if key in found:
            raise table.refuse(f"is a second column of {key}; keep one", None, position)
        found[key] = position
    return found


def _rate(table: TextTable, position: int) -> pd.Series:
    """Return a column of rates as fractions."""
    texts = table.column(position)
    heading = table.headings[position].lower()
    has_sign = texts.str.endswith("%")
    is_percent = has_sign | any(mark in heading for mark in ("%", "pct", "percent"))
    plain = TextTable(table.path, table.headings, table.cells.copy(), table.has_commas)
    plain.cells[position] = texts.str.rstrip("% ")
    rates = plain.numbers(position).fillna(0.0)
    rates = rates.where(~is_percent, rates / 100)
    is_bad = ~rates.between(0, MAX_RATE)
    if is_bad.any():
        row = rates.index[is_bad][0]
        raise table.refuse(
            f"{shown(texts[row])} is no rate of loss; write 0.045 or 4.5%, from 0 to {MAX_RATE:.0%}",
            row,
            position,
        )
    return rates
