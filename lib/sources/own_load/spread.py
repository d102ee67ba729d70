"""Monthly energy spread over the hours of its months by profiles.

    load(h) = energy of the month x profile(h) / sum of profile over the hours of the month

An hour that a dated profile does not have takes the mean of its month of the year, day type and hour ending.
A month of which any hour has no value is left out: the rest of the month would get its energy. A profile
without energy is a load of 1 MW on average, because VLR and covariance in $/MWh do not depend on size.
"""

from __future__ import annotations

from datetime import date

import pandas as pd

from lib.hours import market_hours
from lib.sources.own_load.headings import METERED
from lib.sources.own_load.hourly import LOADS, ORIGIN, HourlyFile
from lib.sources.own_load.profiles import TYPICAL, WHOSE, Profiles
from lib.sources.own_load.tables import BadOwnLoad


def spread(energy: pd.DataFrame, profiles: Profiles, iso: str) -> HourlyFile:
    """Return monthly energy spread over the hours of its months.

    Args:
        energy: location, rate_class, measure, month (its first day), mwh, and ORIGIN.
        profiles: with a profile for each zone and rate class.
        iso: whose calendar; NERC holidays count as weekend.

    Raises:
        BadOwnLoad: a zone and rate class has no profile.
    """
    parts, lost, n_typical = [], 0, 0
    for (location, rate_class), group in energy.groupby(WHOSE, sort=False):
        first, last = group["month"].min(), group["month"].max() + pd.offsets.MonthEnd(0)
        hours = market_hours(iso, first.date(), last.date())
        weight, is_typical = _weights(profiles, str(location), str(rate_class), hours)
        hours = hours.assign(
            weight=weight, is_typical=is_typical, month=hours["market_date"].dt.to_period("M").dt.start_time
        )
        whole = hours.groupby("month")["weight"].agg(total="sum", is_whole=lambda some: some.notna().all())
        rows = group.merge(hours[["month", "interval_start", "weight", "is_typical"]], on="month")
        rows = rows.merge(whole.reset_index(), on="month")
        is_usable = rows["is_whole"] & (rows["total"] > 0)
        lost += int((~is_usable).sum())
        rows = rows[is_usable]
        n_typical += int(rows["is_typical"].sum())
        parts.append(rows.assign(mw=rows["mwh"] * rows["weight"] / rows["total"]))
    notes = list(profiles.notes)
    if lost:
        notes.append(
            f"{profiles.file}: {lost} hours of months are left out, because the profile lacks hours of them"
        )
    if n_typical and not profiles.dated.empty:
        notes.append(
            f"{profiles.file}: {n_typical} hours have no value of their own, and take the mean of their "
            "month, day type and hour ending"
        )
    return HourlyFile(pd.concat(parts, ignore_index=True)[LOADS + ORIGIN], notes)


def profile_loads(profiles: Profiles, iso: str, start: date, end: date) -> HourlyFile:
    """Return profiles that stand alone as metered loads with a mean of 1 MW over local days.

    Raises:
        BadOwnLoad: a profile names no zone, or a zone has profiles of several classes, of unknown weight.
    """
    rows = []
    hours = market_hours(iso, start, end)
    for location, classes in profiles.typical.groupby("location")["rate_class"].unique().items():
        if not location or len(classes) > 1:
            raise BadOwnLoad(
                f"{profiles.file} has {'several rate classes' if location else 'no zone'}, and there is no "
                "file of monthly energy to say how much each is; add one called monthly.csv with zone, rate "
                "class, month and metered MWh" + ("" if location else ", or a column called zone")
            )
        weight, _ = _weights(profiles, str(location), str(classes[0]), hours)
        mean = weight.mean()
        named = {
            "location": location,
            "rate_class": "",
            "measure": METERED,
            "file": profiles.file,
            "row": 0,
        }
        part = pd.DataFrame({"interval_start": hours["interval_start"], "mw": weight / mean}).assign(**named)
        rows.append(part[part["mw"].notna()])
    return HourlyFile(pd.concat(rows, ignore_index=True)[LOADS + ORIGIN], list(profiles.notes))


def _weights(
    profiles: Profiles, location: str, rate_class: str, hours: pd.DataFrame
) -> tuple[pd.Series, pd.Series]:
    """Return the profile's value of each hour, and whether it is that of a typical day.

    The profile of the zone and class counts, then that of the class, then that of the zone, then that of all.
    """
    for whose in ((location, rate_class), ("", rate_class), (location, ""), ("", "")):
        typical = profiles.typical[_is_of(profiles.typical, whose)]
        if not typical.empty:
            break
    else:
        names = f"zone {location}" + (f", rate class {rate_class}" if rate_class else "")
        raise BadOwnLoad(
            f"{profiles.file} has no profile for {names}; add one, or correct the name of its class"
        )
    keys = hours[TYPICAL].astype({"day_type": str})
    usual = keys.merge(typical, on=TYPICAL, how="left")["weight"].set_axis(hours.index)
    dated = profiles.dated[_is_of(profiles.dated, whose)]
    exact = (
        hours["interval_start"].map(dated.set_index("interval_start")["weight"])
        if len(dated)
        else usual * float("nan")
    )
    return exact.fillna(usual), exact.isna()


def _is_of(rows: pd.DataFrame, whose: tuple[str, str]) -> pd.Series:
    return rows["location"].eq(whose[0]) & rows["rate_class"].str.casefold().eq(whose[1].casefold())
