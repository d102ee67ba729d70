"""Files as NYISO publishes them: CSV for a day, zip for a month, times as the clock shows them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from datetime import date, timedelta

import pandas as pd

ZONES = (
    "CAPITL",
    "CENTRL",
    "DUNWOD",
    "GENESE",
    "HUD VL",
    "LONGIL",
    "MHK VL",
    "MILLWD",
    "N.Y.C.",
    "NORTH",
    "WEST",
)
FORECAST_ZONES = tuple(zone.title() for zone in ZONES)
CLOCK = "America/New_York"

FOLDERS = {"damlbmp_zone": "damlbmp", "rtlbmp_zone": "rtlbmp"}
POSTINGS = {
    "damlbmp_zone": "DAM_LBMP_ZONE",
    "rtlbmp_zone": "RT_TW_LBMP_ZONE",
    "palIntegrated": "INT_RT_ACT_LOAD",
    "isolf": "ISO_LF",
}


def number(zone: str, hour: pd.Timestamp) -> float:
    """The number of a zone and UTC hour, in whichever file."""
    return round(100 + ZONES.index(zone.upper()) + (hour.value // 3_600_000_000_000) % 1009 / 100, 2)


def hours_of(day: date, n_days: int = 1) -> pd.DatetimeIndex:
    """The UTC hours of local days: 23 or 25 for a day on which the clocks change."""
    start = pd.Timestamp(day).tz_localize(CLOCK)
    end = pd.Timestamp(day + timedelta(days=n_days)).tz_localize(CLOCK)
    return pd.date_range(start, end, freq="h", inclusive="left").tz_convert("UTC")


def day_file(kind: str, day: date) -> str:
    """The CSV file of a kind for a day."""
    return {"isolf": _isolf, "palIntegrated": _integrated, "zonalBidLoad": _bids}.get(kind, _prices)(day)


def _prices(day: date) -> str:
    lines = [
        "Time Stamp,Name,PTID,LBMP ($/MWHr),Marginal Cost Losses ($/MWHr),Marginal Cost Congestion ($/MWHr)"
    ]
    for hour in hours_of(day):
        local = f"{hour.tz_convert(CLOCK):%m/%d/%Y %H:%M}"
        lines += [f"{local},{zone},61757,{number(zone, hour)},0.79,-9.34" for zone in ZONES]
        lines.append(f"{local},H Q,61844,1.00,0.00,0.00")
    return "\n".join(lines) + "\n"


def _integrated(day: date) -> str:
    lines = ['"Time Stamp","Time Zone","Name","PTID","Integrated Load"']
    for hour in hours_of(day):
        local = hour.tz_convert(CLOCK)
        stamp = f'"{local:%m/%d/%Y %H:%M:%S}","{local.tzname()}"'
        lines += [f'{stamp},"{zone}",61757,{number(zone, hour)}' for zone in ZONES]
    return "\n".join(lines) + "\n"


def _isolf(day: date) -> str:
    """Six days from the file's date on; each day's numbers say how many days ahead it is."""
    lines = ['"Time Stamp",' + ",".join(f'"{zone}"' for zone in (*FORECAST_ZONES, "NYISO"))]
    for ahead in range(6):
        for hour in hours_of(day + timedelta(days=ahead)):
            loads = [f"{number(zone, hour) + 1000 * (ahead - 1):.2f}" for zone in ZONES]
            lines.append(f'"{hour.tz_convert(CLOCK):%m/%d/%Y %H:%M}",' + ",".join([*loads, "1"]))
    return "\n".join(lines) + "\n"


def _bids(day: date) -> str:
    """Bids of which the cleared load, net of virtual trades, is the zone's number."""
    lines = ["Time Stamp,Name,PTID,Energy Bid Load,Bilateral Load,Price Cap Load,Virtual Load,Virtual Supply"]
    for hour in hours_of(day):
        local = f"{hour.tz_convert(CLOCK):%m/%d/%Y %H:%M}"
        lines += [f"{local},{zone},61757,{number(zone, hour) - 30:.2f},20,10,7,7" for zone in ZONES]
    return "\n".join(lines) + "\n"


def zipped(files: dict[str, str]) -> bytes:
    """An archive of files by name."""
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return body.getvalue()


def month_files(kind: str, days: Iterable[date]) -> dict[str, str]:
    """The files of some days as they are named in an archive."""
    return {f"{day:%Y%m%d}{kind}.csv": day_file(kind, day) for day in days}


def archive_path(kind: str, month: date) -> str:
    """Where the archive of a month is."""
    return f"/public/csv/{FOLDERS.get(kind, kind)}/{month:%Y%m}01{kind}_csv.zip"


def day_path(kind: str, day: date) -> str:
    """Where the file of a day is."""
    return f"/{POSTINGS[kind]}/CSV/{day:%Y/%m/%d}/{kind}-{day:%Y%m%d}.csv"
