"""Files as ISO-NE publishes them: the SMD workbook of a year in both its forms, and prices of single days."""

from __future__ import annotations

import io
import json
from datetime import date, timedelta

import pandas as pd

SHEETS = ("ISO NE CA", "ME", "NH", "VT", "CT", "RI", "SEMA", "WCMA", "NEMA")
OLD_SHEETS = {"SEMA": "SEMASS", "WCMA": "WCMASS", "NEMA": "NEMASSBOST"}
NODES = {
    ".H.INTERNAL_HUB": "ISO NE CA",
    ".Z.MAINE": "ME",
    ".Z.NEWHAMPSHIRE": "NH",
    ".Z.VERMONT": "VT",
    ".Z.CONNECTICUT": "CT",
    ".Z.RHODEISLAND": "RI",
    ".Z.SEMASS": "SEMA",
    ".Z.WCMASS": "WCMA",
    ".Z.NEMASSBOST": "NEMA",
}
CLOCK = "America/New_York"
COLUMNS = ("DA_Demand", "RT_Demand", "DA_LMP", "RT_LMP")
OLD_COLUMNS = {"Hr_End": "Hour", "DA_Demand": "DA_DEMD", "RT_Demand": "DEMAND"}
SPRING, AUTUMN = date(2024, 3, 10), date(2024, 11, 3)
COOKIE_PAGE = "/isoexpress/web/reports/operations/-/tree/gen-fuel-mix"


def number(sheet: str, column: str, hour: pd.Timestamp) -> float:
    """The number of a sheet and column in a UTC hour."""
    return round(
        SHEETS.index(sheet) * 10 + COLUMNS.index(column) + (hour.value // 3_600_000_000_000) % 997 / 100, 2
    )


def hours_of(day: date) -> pd.DatetimeIndex:
    """The UTC hours of a local day."""
    start, end = (pd.Timestamp(d).tz_localize(CLOCK) for d in (day, day + timedelta(days=1)))
    return pd.date_range(start, end, freq="h", inclusive="left").tz_convert("UTC")


def hour_endings(day: date) -> list[str]:
    """The publisher's names of a day's hours: the clock at their end, the repeated hour with an X."""
    names, seen = [], set()
    for hour in hours_of(day):
        end = (hour + pd.Timedelta(hours=1)).tz_convert(CLOCK)
        name = f"{end.hour or 24:02d}"
        names.append(f"{name}X" if name in seen else name)
        seen.add(name)
    return _shifted(names)


def _shifted(names: list[str]) -> list[str]:
    """The second hour of the long day ends when the clock shows 01:00 again, and is still called 02."""
    return [{"01X": "02"}.get(name, "02X" if "01X" in names and name == "02" else name) for name in names]


def sheet(name: str, days: list[date]) -> pd.DataFrame:
    """A sheet as it has been since 2024: hours by name, 23 and 25 of them when the clocks change."""
    rows = [
        {
            "Date": pd.Timestamp(day),
            "Hr_End": he,
            **{column: number(name, column, hour) for column in COLUMNS},
        }
        for day in days
        for hour, he in zip(hours_of(day), hour_endings(day), strict=True)
    ]
    return pd.DataFrame(rows)


def old_sheet(name: str, days: list[date]) -> pd.DataFrame:
    """A sheet as it was before: 24 numbered hours every day, two of them means when the clocks change."""
    new = sheet(name, days)
    hour_numbers = new["Hr_End"].str.removesuffix("X").astype(int)
    means = new.assign(Hr_End=hour_numbers).groupby(["Date", "Hr_End"], as_index=False)[list(COLUMNS)].mean()
    every_hour = pd.MultiIndex.from_product([means["Date"].unique(), range(1, 25)], names=["Date", "Hr_End"])
    filled = means.set_index(["Date", "Hr_End"]).reindex(every_hour).interpolate().reset_index()
    return filled.rename(columns=OLD_COLUMNS)


def workbook(
    days: list[date], *, is_old: bool = False, without: str = "", rename: dict[str, str] | None = None
) -> bytes:
    """The workbook of some days; `without` names a column that it lacks, `rename` hours that it misnames."""
    body = io.BytesIO()
    with pd.ExcelWriter(body, engine="openpyxl") as writer:
        pd.DataFrame({"ISO New England Public": ["Explanation of the file"]}).to_excel(
            writer, sheet_name="Notes"
        )
        for name in SHEETS:
            made = old_sheet(name, days) if is_old else sheet(name, days)
            title = OLD_SHEETS.get(name, name) if is_old else name
            made = made.drop(columns=without, errors="ignore").replace(rename or {})
            made.to_excel(writer, sheet_name=title, index=False)
    return body.getvalue()


def day_file(measure: str, day: date) -> str:
    """The prices of a day at all nodes; those of real time have no column for the type of a node."""
    is_day_ahead = measure == "da_lmp"
    column = "DA_LMP" if is_day_ahead else "RT_LMP"
    place = '"Location ID","Location Name","Location Type"' if is_day_ahead else '"Location"'
    lines = [
        f'"C","{text}"' for text in ("Hourly LMP Report", f"Filename: {day}", f"{day}", "Prices in $/MWh")
    ]
    lines.append(
        f'"H","Date","Hour Ending",{place},"Locational Marginal Price","Energy Component",'
        '"Congestion Component","Marginal Loss Component"'
    )
    lines.append('"H","Date","String"' + ',"String"' * (3 if is_day_ahead else 1) + ',"$/MWh"' * 4)
    for node, name in NODES.items():
        where = f'4000,"{node}","LOAD ZONE"' if is_day_ahead else f'"{node}"'
        for hour, he in zip(hours_of(day), hour_endings(day), strict=True):
            lines.append(f'"D","{day:%m/%d/%Y}","{he}",{where},{number(name, column, hour)},1,0,0')
    return "\n".join([*lines, f'"T",{len(lines)}']) + "\n"


def day_path(measure: str, day: date) -> str:
    """Where the prices of a day are."""
    name = "da-lmp/WW_DALMP_ISO" if measure == "da_lmp" else "rt-lmp/lmp_rt_prelim"
    return f"/static-transform/csv/histRpts/{name}_{day:%Y%m%d}.csv"


def api_path(measure: str, day: date, location: int) -> str:
    """Where the API has the demand of a day and zone."""
    feed = "dayaheadhourlydemand" if measure == "da_load" else "realtimehourlydemand"
    return f"/api/v1.1/{feed}/day/{day:%Y%m%d}/location/{location}"


def api_response(measure: str, day: date, sheet_name: str, location: int) -> str:
    """The demand of a day and zone as the API responds: times with their offset from UTC."""
    kind, column = ("Da", "DA_Demand") if measure == "da_load" else ("Rt", "RT_Demand")
    rows = [
        {
            "BeginDate": hour.tz_convert(CLOCK).isoformat(timespec="milliseconds"),
            "Location": {"@LocId": str(location), "$": f".Z.{sheet_name}"},
            "Load": number(sheet_name, column, hour),
        }
        for hour in hours_of(day)
    ]
    return json.dumps({f"Hourly{kind}Demands": {f"Hourly{kind}Demand": rows}})
