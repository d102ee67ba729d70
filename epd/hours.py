"""What curves are made of, hour by hour: prices and loads; and the forward quotes of a trade date."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pandas as pd

from epd.names import Day, UnknownName, check_day, check_days, check_iso, check_name, check_zones
from epd.reader import Reader, open_reader
from lib import store
from lib.hours import label_hours, utc_bounds
from lib.markets import MARKETS, MEASURES
from lib.markets import market as market_of
from lib.pipeline.errors import NothingStored
from lib.settlements.hubs import hubs, monthly_curves
from lib.store.hourly import read_inputs_of
from lib.store.published import describe_series, read_first_and_last_hours
from lib.store.settlement_queries import read_last_trade_date, read_settlements

CALENDAR = ["local_date", "month", "he", "is_repeated_hour", "day_type", "block"]
"""The columns that say which hour a row is in the ISO's time, beside zone and start_utc."""


def prices(
    iso: str,
    zone: str | Sequence[str] | None = None,
    market: str | None = None,
    start: Day | None = None,
    end: Day | None = None,
    source: str | None = None,
) -> pd.DataFrame:
    """Return hourly prices (LMP): a row for each zone or hub and hour that has one.

        >>> import epd
        >>> epd.prices("PJM", zone="WESTERN HUB", market="da", start="2025-07-01", end="2025-07-02").shape
        (48, 9)

    Args:
        iso: "ERCOT", "ISONE", "MISO", "NYISO" or "PJM".
        zone: a load zone or hub, several, or None for all.
        market: "da" (day-ahead), "rt" (real-time), or None for both.
        start: first local day; None for the first that is stored.
        end: last local day, included; None for the last that is stored.
        source: as `epd.use` takes it; None for the one it chose.

    Returns:
        zone, start_utc, CALENDAR, and da_usd_per_mwh, rt_usd_per_mwh as far as they are wanted; NaN where a
        value is missing. By zone and hour.

    Raises:
        UnknownName: a name or day is not known.
        NothingStored: nothing of it is stored.
    """
    columns = {"da": ("da_lmp", "da_usd_per_mwh"), "rt": ("rt_lmp", "rt_usd_per_mwh")}
    return _hourly(iso, zone, None, _wanted(market, columns), start, end, source)


def loads(
    iso: str,
    zone: str | Sequence[str] | None = None,
    market: str | None = None,
    start: Day | None = None,
    end: Day | None = None,
    source: str | None = None,
) -> pd.DataFrame:
    """Return hourly loads: a row for each zone and hour that has one.

        >>> import epd
        >>> winter = epd.loads("ERCOT", zone="WEST ZONE", start="2025-01-01", end="2025-01-31")
        >>> bool(winter[["da_mw", "rt_mw"]].notna().all(axis=None))
        True

    Args:
        iso, start, end, source: as for `prices`.
        zone: a load zone, several, or None for all.
        market: "da" (what was bought or forecast), "rt" (what was metered), or None for both.

    Returns:
        zone, start_utc, CALENDAR, and da_mw, rt_mw as far as wanted; NaN where a value is missing. By zone
        and hour. `attrs["da_basis"]` says what the day-ahead load is: cleared, forecast or proxy.

    Raises:
        UnknownName, NothingStored: as for `prices`.
    """
    columns = {"da": ("da_load", "da_mw"), "rt": ("rt_load", "rt_mw")}
    return _hourly(iso, zone, "zone", _wanted(market, columns), start, end, source)


def quotes(
    iso: str | None = None,
    hub: str | None = None,
    trade_date: Day | None = None,
    source: str | None = None,
) -> pd.DataFrame:
    """Return the settlements of monthly forwards at the desk's hubs on a trade date.

        >>> import epd
        >>> west = epd.quotes("PJM", hub="PJM West RT")
        >>> west.columns.tolist()[:5]
        ['hub', 'iso', 'quote', 'contract', 'delivery_month']

    Args:
        iso: only hubs of this ISO; None for all.
        hub: only this hub, by its name in lib/reference/ice_hubs.csv; None for all.
        trade_date: None for the last that is stored.
        source: as for `prices`.

    Returns:
        hub, iso, quote (such as 5x16), contract, delivery_month, settlement_usd_per_mwh and
        net_change_usd_per_mwh.

    Raises:
        UnknownName: a name is not known.
        NothingStored: there is no such settlement.
    """
    isos = list(MARKETS) if iso is None else [check_iso(iso)]
    known = list(dict.fromkeys(one.hub for one in hubs() if one.iso in isos))
    names = known if hub is None else [check_name(f"hub{f' of {iso}' if iso else ''}", hub, known)]
    reader = open_reader(source)
    day = _trade_date(reader, trade_date)
    curves = monthly_curves(read_settlements(reader.db, day, monthly_only=True))
    chosen = curves[curves["hub"].isin(names)].rename(
        columns={
            "block": "quote",
            "strip": "delivery_month",
            "settlement_price": "settlement_usd_per_mwh",
            "net_change": "net_change_usd_per_mwh",
        }
    )
    if chosen.empty:
        raise NothingStored(f"the settlement reports of {day} have no quote of {', '.join(names)}")
    return reader.label(chosen, trade_date=day)


def _wanted(market: str | None, columns: dict[str, tuple[str, str]]) -> dict[str, str]:
    """Return measure -> column of the markets that are meant."""
    markets = list(columns) if market is None else [check_name("market", market, list(columns))]
    return dict(columns[name] for name in markets)


def _hourly(
    iso: str,
    zone: str | Sequence[str] | None,
    kind: str | None,
    columns: dict[str, str],
    start: Day | None,
    end: Day | None,
    source: str | None,
) -> pd.DataFrame:
    """Return the stored hours of some measures beside the calendar."""
    zones = check_zones(check_iso(iso), zone, kind)
    reader = open_reader(source)
    series = _series(reader, iso, list(columns))
    first, last = _stored_days(reader, iso, series)
    days = check_days(iso, first if start is None else start, last if end is None else end)
    bounds = utc_bounds(iso, *days)
    values = read_inputs_of(reader.db, iso, series, bounds, tuple(columns))
    values = values[values["location"].isin(zones)]
    if values.empty:
        raise NothingStored(
            f"{reader.db} has nothing of {', '.join(zones)} from {days[0]} to {days[1]}: "
            f"{iso} is stored from {first} to {last}"
        )
    shown = {MEASURES[measure].column: column for measure, column in columns.items()}
    named = values.rename(columns={**shown, "location": "zone"})
    frame = named.merge(_calendar(iso, named["interval_start"]), on="interval_start")
    frame["start_utc"] = frame["interval_start"].dt.tz_localize(None)
    frame = frame.sort_values(["zone", "start_utc"])[["zone", "start_utc", *CALENDAR, *columns.values()]]
    bases = series.loc[series["location"].isin(zones) & (series["measure"] == "da_load"), "basis"].unique()
    about = {"da_basis": ", ".join(sorted(bases))} if len(bases) else {}
    return reader.label(frame, start=days[0], end=days[1], **about)


def _calendar(iso: str, interval_start: pd.Series) -> pd.DataFrame:
    """Return interval_start and CALENDAR, with texts for day types and blocks."""
    hours = label_hours(iso, pd.DatetimeIndex(interval_start.unique()).sort_values())
    named = hours.rename(columns={"market_date": "local_date", "block_type": "block"})
    return named[["interval_start", *CALENDAR]].astype({"day_type": str, "block": str})


def _series(reader: Reader, iso: str, measures: Sequence[str]) -> pd.DataFrame:
    """Return the stored series of the measures, or raise NothingStored."""
    known = [store.find_series(reader.db, iso, measure, reader.source.stored_as) for measure in measures]
    ids = [number for found in known for number in found["series_id"]]
    if not ids:
        raise NothingStored(
            f"{reader.db} has no {' and no '.join(measures)} of {iso} from {reader.source_spec}: "
            f"`epd --source {reader.source_spec} --iso {iso}` fetches it"
        )
    return describe_series(reader.db, ids)


def _stored_days(reader: Reader, iso: str, series: pd.DataFrame) -> tuple[date, date]:
    """Return the first and last local day of which anything is stored."""
    ends = read_first_and_last_hours(reader.db, series)
    if pd.isna(ends[0]):
        raise NothingStored(f"{reader.db} has no hour of {iso} yet")
    first, last = (hour.tz_convert(market_of(iso).zone_info).date() for hour in ends)
    return first, last


def _trade_date(reader: Reader, trade_date: Day | None) -> date:
    """Return the trade date that is meant, of which there are settlements."""
    day = None if trade_date is None else check_day("trade_date", trade_date)
    last = read_last_trade_date(reader.db)
    if last is None:
        raise NothingStored(
            f"{reader.db} has no settlement report: `epd --notebook ice_settlements` downloads them"
        )
    if day is not None and read_settlements(reader.db, day).empty:
        raise UnknownName(f"there are no settlements of {day}; the last trade date that is stored is {last}")
    return day or last
