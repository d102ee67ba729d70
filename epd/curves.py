"""The curves that runs publish, and VLR and shaping of any range of days as the scaling tool has them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import pandas as pd

from epd.columns import COLUMNS
from epd.names import (
    Day,
    UnknownName,
    check_block,
    check_days,
    check_iso,
    check_months,
    check_name,
    check_zones,
)
from epd.reader import Reader, open_reader, without_time_zone
from lib import store
from lib.calc.cost_curve import used_vlr
from lib.calc.ranges import OutsideHistory, SummedHours
from lib.markets import MARKETS
from lib.pipeline.errors import NothingStored
from lib.store.curve_versions import CURVES, list_versions
from lib.tool.snapshot import Version, read_snapshot
from lib.tool.stored_curves import RANGE_CURVES, read_history

Zones = str | Sequence[str] | None
"""A zone, several, or None for all."""


def vlr(
    iso: str,
    zone: Zones = None,
    month: int | Sequence[int] | None = None,
    block: str | None = None,
    start: Day | None = None,
    end: Day | None = None,
    source: str | None = None,
) -> pd.DataFrame:
    """Return volumetric load risk: a row for each zone, month, hour ending and block.

        >>> import epd
        >>> two_years = {"start": "2024-01-01", "end": "2025-12-31"}
        >>> july = epd.vlr("NYISO", zone="N.Y.C.", month=7, block="5x16", **two_years)
        >>> july.columns[:6].tolist()
        ['zone', 'month', 'he', 'block', 'priced_usd_per_mwh', 'priced_fraction']

    Args:
        iso: "ERCOT", "ISONE", "MISO", "NYISO" or "PJM".
        zone: a load zone, several, or None for all.
        month: a calendar month, 1 to 12, several, or None for all.
        block: "5x16", "2x16", "7x8", or None for all.
        start: first local day of the history; None with `end` for the official curve.
        end: last local day, included.
        source: as `epd.use` takes it; None for the one it chose.

    Returns:
        zone, month, he, block; the estimators in $/MWh and as a fraction of the past day-ahead price
        (`priced` is for pricing); rt_load_mwh and cost_usd, the sums behind them; n_hours, n_days, n_years,
        n_excluded, is_thin. The official curve also has interval_... (how well the past mean is known), and
        band_..., p75, p95 and cvar95 of a coming month and block.

    Raises:
        UnknownName: a name, month or day is not known, or the days are outside the history.
        NothingStored: no run has published the curve.
    """
    return _curve("vlr", iso, zone, month, block, start, end, source)


def shaping(
    iso: str,
    zone: Zones = None,
    month: int | Sequence[int] | None = None,
    block: str | None = None,
    start: Day | None = None,
    end: Day | None = None,
    source: str | None = None,
) -> pd.DataFrame:
    """Return the shape of day-ahead prices: a row for each zone or hub, month, hour ending and block.

        >>> import epd
        >>> august = epd.shaping("ERCOT", zone="WEST ZONE", month=8, block="5x16")
        >>> round(float(august["factor"].mean()), 6)
        1.0

    Args:
        iso, month, block, start, end, source: as for `vlr`.
        zone: a load zone or hub, several, or None for all.

    Returns:
        zone, month, he, block; factor (mean of years) and pooled_factor of the block's mean;
        additive_usd_per_mwh, the difference to that mean; lowest and highest factor of a year; n_hours,
        n_years, is_additive.

    Raises:
        UnknownName, NothingStored: as for `vlr`.
    """
    return _curve("shaping", iso, zone, month, block, start, end, source)


def cost_curve(
    iso: str,
    zone: Zones = None,
    month: int | Sequence[int] | None = None,
    block: str | None = None,
    start: Day | None = None,
    end: Day | None = None,
    source: str | None = None,
) -> pd.DataFrame:
    """Return the official cost curve: a row for each zone, month of delivery, hour ending and block.

        >>> import epd
        >>> january = epd.cost_curve("PJM", zone="AEP", month=1, block="5x16")
        >>> january["delivery_month"].nunique()
        3

    Args:
        iso, zone, block, source: as for `vlr`.
        month: calendar months of delivery, 1 to 12; None for all.
        start: a day of the first month of delivery; None for all months.
        end: a day of the last month of delivery; None for all.

    Returns:
        zone, delivery_month, he, block; the parts of the price in $/MWh, and cost_to_serve_usd_per_mwh
        (wholesale energy); the band of VLR; hub, quote, n_hours, is_modelled, is_thin, and the reason where
        there is no price.

    Raises:
        UnknownName, NothingStored: as for `vlr`.
    """
    iso = check_iso(iso)
    wanted = (check_zones(iso, zone), check_months(month), check_block(block))
    reader = open_reader(source)
    version = _official(reader, iso, "cost_curve")
    cells = store.read_curve(reader.db, "cost_curve", iso, version.version_id)
    months = cells["delivery_month"]
    first, last = check_days(
        iso, months.min() if start is None else start, months.max() if end is None else end
    )
    covered = months.between(pd.Timestamp(first.replace(day=1)), pd.Timestamp(last))
    if not covered.any():
        raise UnknownName(
            f"the cost curve of {iso} covers the months {months.min():%Y-%m} to {months.max():%Y-%m}, "
            f"and no month from {first} to {last}"
        )
    cells = cells[covered].assign(vlr=used_vlr(cells))
    return _select(reader, "cost_curve", cells.assign(month=months.dt.month), wanted, version)


def versions(
    iso: str | None = None,
    curve: str | None = None,
    status: str | None = None,
    source: str | None = None,
) -> pd.DataFrame:
    """Return the versions of curves, the latest first.

        >>> import epd
        >>> epd.versions("NYISO", "vlr")["status"].iloc[0]
        'official'

    Args:
        iso: an ISO, or None for all.
        curve: "vlr", "shaping", "cost_curve", or of own load "own_vlr", "own_cost_curve"; None for all.
        status: "official" or "study"; None for both.
        source: as `epd.use` takes it.

    Returns:
        version_id, curve, iso, status, created_at (UTC), window_start, window_end, run_id, user_name, about,
        is_latest. `epd curve diff` and `epd curve reproduce` take the ids.

    Raises:
        UnknownName: a name is not known.
        NothingStored: there is no such version.
    """
    isos = () if iso is None else (check_iso(iso),)
    curves = () if curve is None else (check_name("curve", curve, CURVES),)
    if status is not None:
        check_name("status", status, (store.OFFICIAL, store.STUDY))
    reader = open_reader(source)
    listed = list_versions(reader.db, isos, curves, status)
    if listed.empty:
        raise NothingStored(f"{reader.db} has no such version of a curve: {_how_to_publish(reader, iso)}")
    return reader.label(without_time_zone(listed))


def _curve(
    curve: str,
    iso: str,
    zone: Zones,
    month: int | Sequence[int] | None,
    block: str | None,
    start: Day | None,
    end: Day | None,
    source: str | None,
) -> pd.DataFrame:
    """Return the cells of VLR or shaping: of the official version, or of a range of days."""
    iso = check_iso(iso)
    kind = "zone" if curve == "vlr" else None
    wanted = (check_zones(iso, zone, kind), check_months(month), check_block(block))
    reader = open_reader(source)
    version = _official(reader, iso, curve)
    if start is None and end is None:
        cells = store.read_curve(reader.db, curve, iso, version.version_id)
        return _select(reader, curve, cells, wanted, version)
    days = check_days(iso, version.start if start is None else start, version.end if end is None else end)
    history = _history(reader.db, iso, curve, version.version_id, version.last_write)
    try:
        cells = RANGE_CURVES[curve](history, *days)
    except OutsideHistory as error:
        raise UnknownName(str(error)) from None
    return _select(reader, curve, cells, wanted, version, start=days[0], end=days[1])


def _select(
    reader: Reader,
    curve: str,
    cells: pd.DataFrame,
    wanted: tuple[list[str], list[int], list[str]],
    version: Version,
    **about: object,
) -> pd.DataFrame:
    """Return the wanted cells under the names that have units."""
    zones, months, blocks = wanted
    is_wanted = cells["location"].isin(zones) & cells["month"].isin(months) & cells["block_type"].isin(blocks)
    names = {name: shown for name, shown in COLUMNS[curve].items() if name in cells}
    chosen = cells.loc[is_wanted, list(names)].rename(columns=names)
    if chosen.empty:
        raise NothingStored(
            f"the {curve} curve of {', '.join(zones)} has no cell in these months and blocks: version "
            f"{version.version_id} covers {version.start} to {version.end}"
        )
    chosen = chosen.astype({"zone": str, "block": str})
    window = {"start": version.start, "end": version.end, **about}
    return reader.label(chosen, curve=curve, version_id=version.version_id, **window)


def _official(reader: Reader, iso: str, curve: str) -> Version:
    version = read_snapshot(reader.db).versions.get((iso, curve))
    if version is None:
        raise NothingStored(
            f"{reader.db} has no official {curve} curve of {iso}: {_how_to_publish(reader, iso)}"
        )
    return version


def _how_to_publish(reader: Reader, iso: str | None) -> str:
    isos = f" --iso {iso}" if iso in MARKETS else ""
    return f"`epd --source {reader.source_spec}{isos}` publishes curves"


@lru_cache(maxsize=4)
def _history(db: store.Database, iso: str, curve: str, version_id: int, last_write: int) -> SummedHours:  # noqa: ARG001 - a later write makes another history
    """Return the summed hours of a version's series, kept for the next call."""
    version = read_snapshot(db).versions[iso, curve]
    return read_history(db, iso, curve, version)
