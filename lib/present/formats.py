"""Heading, unit and number format of each column: one list for every table."""

from __future__ import annotations

import numbers
from dataclasses import dataclass

import pandas as pd

from lib.markets import BLOCKS, MEASURES

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

MISSING = "–"  # noqa: RUF001 - an en dash reads as an empty cell


@dataclass(frozen=True)
class Format:
    """The heading of a column, and how its values are written.

    `number` is the format of its numbers, such as "{:.1f}", after they are multiplied by `scale`; None leaves
    texts as they are. `names` are the names of the numbers from 1 on. A time at midnight is written as a day,
    or as an hour if `is_hour`.
    """

    heading: str
    number: str | None = None
    scale: float = 1.0
    names: tuple[str, ...] = ()
    is_hour: bool = False

    @property
    def is_number(self) -> bool:
        """Whether the column holds numbers, which are aligned to the right."""
        return self.number is not None

    def format_value(self, value: object) -> str:
        """Return what the reader sees for one value; a missing value is a dash, never a 0."""
        if value is None or value is pd.NaT or value is pd.NA or value != value:
            return MISSING
        if isinstance(value, pd.Timestamp):
            is_day = not self.is_hour and value.normalize() == value
            return value.strftime("%Y-%m-%d" if is_day else "%Y-%m-%d %H:%M")
        if self.names and isinstance(value, numbers.Real):
            return self.names[int(float(value)) - 1]
        if self.number is None or not isinstance(value, numbers.Real):
            return str(value)
        text = self.number.format(float(value) * self.scale)
        return text.removeprefix("-") if not text.strip("-0.,") else text


def _percent(heading: str, digits: int = 2) -> Format:
    return Format(f"{heading}, %", f"{{:,.{digits}f}}", 100.0)


def _count(heading: str) -> Format:
    return Format(heading, "{:,.0f}")


def _usd(heading: str) -> Format:
    return Format(f"{heading}, $", "{:,.0f}")


def _usd_per_mwh(heading: str, digits: int = 2) -> Format:
    return Format(f"{heading}, $/MWh", f"{{:,.{digits}f}}")


def _mw(heading: str) -> Format:
    return Format(f"{heading}, MW", "{:,.0f}")


_PARTS = {"bias": "Bias", "swing": "Swing", "settled_difference": "Settled price"}

FORMATS: dict[str, Format] = {
    "iso": Format("ISO"),
    "location": Format("Zone"),
    "kind": Format("Kind"),
    "state": Format("State"),
    "level": Format("Level"),
    "member": Format("Name"),
    "same_zones": Format("The same zones"),
    "series": Format("Series"),
    "measure": Format("Series"),
    "basis": Format("Basis"),
    "source": Format("Source"),
    "relation": Format("Relation"),
    "file": Format("File"),
    "curve": Format("Curve"),
    "reason": Format("Reason"),
    "message": Format("What and what to do"),
    "check": Format("Check"),
    "result": Format("Result"),
    "block_type": Format("Block"),
    "day_type": Format("Day type"),
    "season": Format("Season"),
    "month": Format("Month", names=MONTHS),
    "year": Format("Year", "{:.0f}"),
    "he": Format("HE", "{:.0f}"),
    "market_date": Format("Day"),
    "interval_start": Format("Hour starts, UTC", is_hour=True),
    "first": Format("First hour, UTC", is_hour=True),
    "last": Format("Last hour, UTC", is_hour=True),
    "version_id": Format("Version", "{:.0f}"),
    "made_on": Format("Made on"),
    "holidays": Format("Holidays"),
    "window_start": Format("First day"),
    "window_end": Format("Last day"),
    "blocks": Format("Blocks"),
    "months": Format("Which months"),
    "n_months": _count("Months"),
    "n_priced": _count("Months priced"),
    "term": _count("First months"),
    "load_variance_pct": _percent("Load error", 1),
    "n_locations": _count("Zones"),
    **{str(month): _count(name) for month, name in enumerate(MONTHS, start=1)},
    **{block: Format(block, "{:,.2f}") for block in (*BLOCKS, "7x24")},
    "n_cells": _count("Cells"),
    "files": Format("Files"),
    "n_classes": _count("Rate classes"),
    "mwh_at_meter": _count("MWh at the meter"),
    "mwh": _count("MWh with losses"),
    "n_without_rates": _count("Hours before the first rates of loss"),
    "n_partial": _count("Hours that a rate class lacks"),
    "n_deleted": _count("Rows deleted"),
    "n_estimated": _count("Hours with an estimated forecast"),
    "rt_load_mwh": _count("MWh, metered"),
    "own_per_mwh": _usd_per_mwh("Own load", 4),
    "own_low": _usd_per_mwh("Own load, 5 %", 3),
    "own_high": _usd_per_mwh("Own load, 95 %", 3),
    "zone_low": _usd_per_mwh("Zone, 5 %", 3),
    "zone_high": _usd_per_mwh("Zone, 95 %", 3),
    "own_less_zone": Format("Difference, $/MWh", "{:+,.4f}"),
    "zone_per_mwh": _usd_per_mwh("Zone, same hours", 4),
    "n_hours": _count("Hours"),
    "n_days": _count("Days"),
    "n_years": _count("Years"),
    "n_window": _count("Hours of the window"),
    "part": Format("Which days"),
    "event": Format("Event"),
    "subject": Format("About"),
    "finding": Format("What the numbers say"),
    "cost_usd": _usd("Cost"),
    "net_usd": _usd("Cost of all days"),
    "gross_usd": _usd("Cost of days that cost"),
    "dear_usd": _usd("Dearest days"),
    "share_of_net": _percent("Of the cost of all days", 1),
    "share_of_gross": _percent("Of the cost of days that cost", 1),
    "dearest_day": Format("Dearest day"),
    "last_years": _count("Last years"),
    "slope": Format("Move, $/MWh a year", "{:+,.4f}"),
    "slope_pct": Format("Move, % a year", "{:+,.3f}", 100.0),
    "standard_error_pct": _percent("Standard error", 3),
    "verdict_pct": Format("In percent"),
    "shape_figure": Format("Shape"),
    "mean_price": _usd_per_mwh("Mean DA LMP"),
    "peak_ratio": Format("5x16 over other hours", "{:.3f}"),
    "dearest_he": Format("Dearest HE", "{:.0f}"),
    "dearest_ratio": Format("Dearest HE over mean", "{:.3f}"),
    "first_day": Format("First day"),
    "last_day": Format("Last day"),
    "n_price_hours": _count("Hours with both prices"),
    "da_mean": _usd_per_mwh("Mean DA LMP"),
    "rt_mean": _usd_per_mwh("Mean RT LMP"),
    "spread": _usd_per_mwh("Mean spread"),
    "n_used": _count("Hours used"),
    "n_excluded": _count("Hours left out"),
    "n_expected": _count("Hours expected"),
    **{f"missing_{name}": _count(f"Missing in {measure.table}") for name, measure in MEASURES.items()},
    "first_gap": Format("First gap"),
    "last_gap": Format("Last gap"),
    "load_note": Format("About the load"),
    "n_stored": _count("Hours stored"),
    "n_missing": _count("Hours missing"),
    "days_missing": Format("Incomplete days"),
    "n_checked": _count("Checked"),
    "n_thin": _count("Thin cells"),
    "n_near_zero": _count("Cells near zero"),
    "n_additive": _count("Additive cells"),
    "n_empty": _count("Cells without a price"),
    "n_read": _count("Rows read"),
    "n_written": _count("Rows written"),
    "n_revised": _count("Rows revised"),
    "n_series": _count("Series like it"),
    "days_behind": _count("Days behind"),
    "warn_after_days": _count("Days until late"),
    "fail_after_days": _count("Days until stale"),
    "status": Format("Status"),
    "note": Format("About it"),
    "next_query": Format("Queried again from"),
    "old_value": Format("Before, $/MWh or MW", "{:,.2f}"),
    "new_value": Format("Now, $/MWh or MW", "{:,.2f}"),
    "trade_date": Format("Trade date"),
    "report": Format("Report"),
    "line": _count("Line"),
    "n_reports": _count("Reports"),
    "n_rows": _count("Settlements"),
    "n_withdrawn": _count("Rows withdrawn"),
    "n_repeated": _count("Lines repeated"),
    "n_rejected": _count("Lines not usable"),
    "hub": Format("Hub"),
    "block": Format("Block"),
    "product": Format("Product"),
    "contract": Format("Contract"),
    "strip": Format("Strip"),
    "settlement_price": Format("Settlement", "{:,.2f}"),
    "former_price": Format("Before", "{:,.2f}"),
    "change": Format("Change", "{:+,.2f}"),
    "net_change": Format("Change as published", "{:+,.2f}"),
    "delivery_month": Format("Delivery"),
    "quote": Format("Quote"),
    "settlement_market": Format("Settles on"),
    "hub_location": Format("Location of the hub"),
    "n_zones": _count("Zones"),
    "n_hubs": _count("Hubs"),
    "n_quotes": _count("Quotes"),
    "quotes": Format("Contracts"),
    "trades": Format("Trade"),
    "how": Format("How"),
    "locations": Format("Zones"),
    "settled": _usd_per_mwh("Mean of the settled days"),
    "rest": _usd_per_mwh("Price of the rest"),
    "implied": _usd_per_mwh("By the other quotes"),
    "difference": Format("Difference, $/MWh", "{:+,.2f}"),
    "n_agreeing": _count("Months that agree"),
    "quoted_price": _usd_per_mwh("Quoted"),
    "forward_price": _usd_per_mwh("Forward"),
    "da_rt_adjustment": _usd_per_mwh("DA-RT adjustment"),
    "zone_basis": _usd_per_mwh("Basis"),
    "block_price": _usd_per_mwh("Block price"),
    "hpfc": _usd_per_mwh("Hourly price"),
    "quoted_cost": _usd_per_mwh("Quoted"),
    "realised_cost": _usd_per_mwh("Realised"),
    "hub_price": _usd_per_mwh("Hub price"),
    "price_shape": _usd_per_mwh("Price shape"),
    "load_shift": _usd_per_mwh("Load shift"),
    "shape_premium": _usd_per_mwh("Shape premium"),
    "period": Format("Period"),
    "completeness": Format("Hours are"),
    "n_left_out": _count("Hours left out"),
    "load_shape": _usd_per_mwh("Load shape"),
    "covariance": _usd_per_mwh("Covariance"),
    "covariance_per_mwh": _usd_per_mwh("Covariance", 4),
    "covariance_pct": _percent("Covariance"),
    "flat_price": _usd_per_mwh("Flat price"),
    "load_weighted_price": _usd_per_mwh("Load-weighted price"),
    "vlr": _usd_per_mwh("VLR"),
    "standard_error": _usd_per_mwh("Standard error"),
    "price_part": Format("Part of the price"),
    "place": Format("Of"),
    "cost_to_serve": _usd_per_mwh("Cost to serve (energy)"),
    "cost_to_serve_by_pct": _usd_per_mwh("With VLR in percent"),
    "tolerance": Format("Tolerance", "{:.0e}"),
    "da_lmp": _usd_per_mwh("DA LMP"),
    "rt_lmp": _usd_per_mwh("RT LMP"),
    "da_load": _mw("DA load"),
    "rt_load": _mw("RT load"),
    "da_lmp_usd_per_mwh": _usd_per_mwh("DA LMP"),
    "rt_lmp_usd_per_mwh": _usd_per_mwh("RT LMP"),
    "da_load_mw": _mw("DA load"),
    "rt_load_mw": _mw("RT load"),
    "price_variance": _usd_per_mwh("Price variance"),
    "unitized_cost": _usd_per_mwh("Unitized cost"),
    "hourly_vlr": _percent("Hourly VLR", 1),
    "mean_ratio": _percent("Mean of ratios"),
    "cost_weighted": _percent("VLR (cost-weighted)", 3),
    "cost_per_mwh": _usd_per_mwh("VLR", 4),
    "priced": _usd_per_mwh("VLR (priced)", 4),
    "priced_pct": _percent("VLR (priced)", 3),
    "interval_low": _usd_per_mwh("Mean of the past, 5 %", 3),
    "interval_mid": _usd_per_mwh("Mean of the past, 50 %", 3),
    "interval_high": _usd_per_mwh("Mean of the past, 95 %", 3),
    "priced_low": _usd_per_mwh("Priced, 5 %", 3),
    "priced_high": _usd_per_mwh("Priced, 95 %", 3),
    "band_low": _usd_per_mwh("Coming month, 5 %", 3),
    "band_high": _usd_per_mwh("Coming month, 95 %", 3),
    "p75": _usd_per_mwh("P75", 3),
    "p95": _usd_per_mwh("P95", 3),
    "cvar95": _usd_per_mwh("CVaR95", 3),
    "n_residuals": _count("Residuals"),
    "n_blocks": _count("Months and blocks"),
    "dependence": Format("Months are"),
    "skill": _percent("Error saved", 0),
    "verdict": Format("Priced VLR"),
    "bias": _usd_per_mwh("Bias", 3),
    "swing": _usd_per_mwh("Swing", 3),
    "settled_difference": _usd_per_mwh("Settled price", 3),
    **{f"{part}_usd": Format(f"{name}, $", "{:,.0f}") for part, name in _PARTS.items()},
    "risk": _usd_per_mwh("Risk"),
    "value": _usd_per_mwh("Mean DA LMP"),
    "pooled": Format("Pooled", "{:.4f}"),
    "year_mean": Format("Mean of years", "{:.4f}"),
    "year_low": Format("Lowest year", "{:.4f}"),
    "year_high": Format("Highest year", "{:.4f}"),
    "additive": _usd_per_mwh("Additive shape"),
    "premium": _percent("Load-shape premium"),
    "share": _percent("Share", 1),
}


def column_format(column: object) -> Format:
    """Return the format of a column; one that is not listed has its name as heading, and two decimals."""
    return FORMATS.get(str(column), Format(str(column), "{:,.2f}"))
