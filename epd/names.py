"""Check the names that people type: each is known, or the message has the nearest names that are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from difflib import get_close_matches
from types import SimpleNamespace
from typing import Any

import pandas as pd
from pandas.api.types import is_list_like

from lib.hours import utc_bounds
from lib.markets import BLOCKS, MARKETS, locations

MONTHS = tuple(pd.Timestamp(2000, month, 1).month_name() for month in range(1, 13))

Day = date | str
"""A local day: a date, or a text such as "2025-07-01"."""


class UnknownName(LookupError):
    """A name, month or day is not known; the message says what is, the nearest first."""


def _completed(names: Iterable[str]) -> SimpleNamespace:
    """Return an object with an attribute for each name; what no attribute may contain becomes _."""
    return SimpleNamespace(**{re.sub(r"^(?=\d)|\W", "_", name): name for name in names})


isos = _completed(MARKETS)
"""The ISOs, for completion: `epd.isos.NYISO` is "NYISO"."""

zones = SimpleNamespace(**{iso: _completed(zone.name for zone in locations(iso, "zone")) for iso in MARKETS})
"""The zones of each ISO, for completion: `epd.zones.NYISO.N_Y_C_` is "N.Y.C."."""


def check_name(kind: str, name: object, known: Sequence[str]) -> str:
    """Return a name that is known.

    Args:
        kind: what it names, for the message, such as "zone of NYISO".
        name: as it was given.
        known: all names of the kind.

    Raises:
        UnknownName: it is none of them.
    """
    if name in known:
        return str(name)
    near = _find_nearest(str(name), known)
    ordered = [*near, *(one for one in known if one not in near)]
    rest = "" if len(ordered) <= 20 else f" and {len(ordered) - 20} more"
    does_mean = f" Did you mean {near[0]!r}?" if near else ""
    raise UnknownName(f"there is no {kind} {name!r}.{does_mean} Known are: {', '.join(ordered[:20])}{rest}")


def check_iso(iso: object) -> str:
    """Return the name of an ISO, or raise UnknownName."""
    return check_name("ISO", iso, tuple(MARKETS))


def check_zones(iso: str, zone: str | Sequence[str] | None, kind: str | None = "zone") -> list[str]:
    """Return the zones that are meant: one, several, or all for None; with kind None also hubs."""
    known = [one.name for one in locations(iso, kind)]
    what = f"{'zone' if kind else 'zone or hub'} of {iso}"
    if zone is None:
        return known
    return [check_name(what, one, known) for one in _listed(zone)]


def check_block(block: str | None) -> list[str]:
    """Return the blocks that are meant: one, or all for None."""
    return list(BLOCKS) if block is None else [check_name("block", block, BLOCKS)]


def check_months(month: int | Sequence[int] | None) -> list[int]:
    """Return the calendar months that are meant, 1 to 12: one, several, or all for None.

    Raises:
        UnknownName: a month is no number from 1 to 12; a name of a month is told its number.
    """
    if month is None:
        return list(range(1, 13))
    given = _listed(month)
    for one in given:
        if isinstance(one, bool) or one not in range(1, 13):
            near = get_close_matches(str(one).capitalize(), MONTHS, n=1)
            hint = f": {near[0]} is {MONTHS.index(near[0]) + 1}" if near else ""
            raise UnknownName(f"there is no month {one!r}{hint}. Months are the numbers 1 to 12")
    return [int(one) for one in given]


def check_day(name: str, day: Day) -> date:
    """Return a local day.

    Args:
        name: of the parameter, for the message.
        day: a date, or a text that begins with the year.

    Raises:
        UnknownName: the text is no day of the calendar.
    """
    if isinstance(day, str):
        try:
            return date.fromisoformat(day)
        except ValueError:
            raise UnknownName(f"{name}={day!r} is no day: write year-month-day, as 2025-07-01") from None
    if not isinstance(day, date):
        raise UnknownName(f"{name}={day!r} is no day: give a date or a text such as '2025-07-01'")
    return pd.Timestamp(day).date()


def check_days(iso: str, start: Day, end: Day) -> tuple[date, date]:
    """Return the first and last local day of a range.

    Raises:
        UnknownName: one is no day, or the last is before the first.
    """
    first, last = check_day("start", start), check_day("end", end)
    try:
        utc_bounds(iso, first, last)
    except ValueError as error:
        raise UnknownName(str(error)) from None
    return first, last


def _listed(value: Any) -> list[Any]:
    """Return the values of something that lists them, else a list of the one value."""
    return list(value) if is_list_like(value) else [value]


def _find_nearest(name: str, known: Sequence[str]) -> list[str]:
    """Return the known names most like a name: those of the same words first, then those of like letters."""
    words = {one: re.findall(r"[^\W_]+", one.casefold()) for one in (name, *known)}
    same = [one for one in known if sorted(words[one]) == sorted(words[name])]
    letters = {"".join(words[one]): one for one in known}
    alike = [letters[one] for one in get_close_matches("".join(words[name]), letters, n=3, cutoff=0.5)]
    return list(dict.fromkeys([*same, *alike]))
