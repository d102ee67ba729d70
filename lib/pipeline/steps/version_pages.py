"""What people see of versions of curves: the list, one version, the comparison of two, a reproduction.

Each function returns sentences or tables. The command `epd curve` prints them; a notebook shows them:

    from lib.pipeline.steps import version_pages
    from lib.store import open_database

    db = open_database("demo")
    version_pages.list_table(db, isos=["NYISO"])
    version_pages.diff_tables(version_diff.compare_versions(db, 9, 12))
"""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from lib import store
from lib.calc.cell_differences import Compared, whole_figure
from lib.pipeline.steps.curve_tables import MAIN_TABLE
from lib.pipeline.steps.reproduce import NOT_KEPT, Reproduction, read_version_cells
from lib.pipeline.steps.version_causes import read_changes_between, summarize_changes
from lib.pipeline.steps.version_diff import COMPARED, VersionDiff
from lib.present.display import Table
from lib.present.formats import Format
from lib.store.curve_versions import StoredVersion, list_versions, read_version
from lib.store.published import describe_series

UNITS = {curve: "a factor" if curve == "shaping" else "$/MWh" for curve in COMPARED}
"""The unit of the figure that is compared, by curve."""

MAX_ROWS = 20

_LIST_FORMATS = {
    "version_id": Format("Version", "{:.0f}"),
    "created_at": Format("Published, UTC", is_hour=True),
    "run_id": Format("Run", "{:.0f}"),
    "user_name": Format("By"),
    "about": Format("Why"),
    "is_latest": Format("Desk prices with it"),
}


def list_table(
    db: store.Database,
    isos: Collection[str] = (),
    curves: Collection[str] = (),
    status: str | None = None,
    last: int | None = MAX_ROWS,
) -> Table:
    """Return the versions of curves as a table, the latest first; see `list_versions` for the choices."""
    versions = list_versions(db, isos, curves, status, last)
    shown = versions.assign(
        is_latest=versions["is_latest"].map({True: "yes", False: ""}),
        user_name=versions["user_name"].fillna(""),
        about=versions["about"].fillna(""),
    )
    columns = [
        *("version_id", "curve", "iso", "status", "is_latest", "created_at", "window_start", "window_end"),
        *("run_id", "user_name", "about"),
    ]
    return Table(shown[columns], f"{_count(shown)}, the latest first", 1, _LIST_FORMATS)


def describe_version(db: store.Database, version_id: int) -> dict[str, str]:
    """Return what a version is and what it was made of, label -> text.

    Raises:
        UnknownVersion: there is no such version.
    """
    version = read_version(db, version_id)
    published = f"{version.moment.at:%Y-%m-%d %H:%M} UTC in run {version.moment.run_id}"
    values = {
        "Version": f"{version.version_id}, {version.curve} of {version.iso}",
        "Status": _status(version),
        "Published": f"{published}{f' by {version.user_name}' if version.user_name else ''}",
        "As of": f"{version.as_of}, from {version.source}",
        "Code": version.git_revision or "not known",
        "Window": f"{version.start} to {version.end}",
        "Parameters": ", ".join(f"{name}={value}" for name, value in sorted(version.parameters.items())),
        "Series": _series(db, version),
        "Figure": _figure(db, version),
        "Fingerprint": version.fingerprint,
        "Version before": str(version.earlier_id or "none that is official"),
    }
    can_be = "bit for bit: `epd curve reproduce`" if version.is_kept_whole else f"perhaps. {NOT_KEPT}"
    return {**values, "Can be reproduced": can_be}


def diff_tables(diff: VersionDiff) -> list[Table]:
    """Return the tables of a comparison: what moved by month and block, the largest moves, and the causes."""
    curve = diff.new.curve
    formats = _move_formats(curve)
    tables = []
    if not diff.parts.empty:
        tables.append(Table(diff.parts, "By part of the price, mean over hours, $/MWh", 1, formats))
    if not diff.moves.empty:
        moves, wide_formats = _by_month(diff)
        tables.append(
            Table(
                moves,
                f"By month and block now, {UNITS[curve]}; change in % of the {_base(curve)}",
                1,
                wide_formats,
            )
        )
    largest = _with_month_names(diff.largest)
    tables.append(Table(largest, f"The cells that moved most, {UNITS[curve]}", 4, formats))
    causes = {
        "cause": Format("Cause"),
        "what": Format("What differs"),
        "moved": Format("Moved it by", "{:+,.4f}"),
    }
    tables.append(Table(diff.causes[["cause", "moved", "what"]], diff.figure, 1, causes))
    return tables


def changes_table(db: store.Database, diff: VersionDiff) -> Table:
    """Return the raw values that were revised, late or removed between versions, a row for each series."""
    changed = summarize_changes(read_changes_between(db, diff.old, diff.new))
    formats = {
        "n_revised": Format("Revised", "{:,.0f}"),
        "n_late": Format("Late", "{:,.0f}"),
        "n_removed": Format("Removed", "{:,.0f}"),
        "interval_start": Format("Moved most, UTC", is_hour=True),
    }
    caption = "Hours of the old window that were revised, late or removed, by series"
    return Table(changed.drop(columns="series_id").head(MAX_ROWS), caption, 2, formats)


def differences_table(reproduction: Reproduction) -> Table:
    """Return the first numbers of a version that could not be reproduced."""
    found = reproduction.differences
    numbers = {name: Format(name.title(), "{:.17g}") for name in ("stored", "computed")}
    texts = {name: Format(name.title()) for name in ("table", "cell", "column")}
    caption = f"Numbers that differ, the first {MAX_ROWS} of {len(found):,}"
    return Table(found.head(MAX_ROWS), caption, 3, {**texts, **numbers})


def _by_month(diff: VersionDiff) -> tuple[pd.DataFrame, dict[str, Format]]:
    """Return a row for each month: of each block the figure now, its change, and the change in percent."""
    month = COMPARED[diff.new.curve].month
    usual = _move_formats(diff.new.curve)
    wide, formats = pd.DataFrame(), {}
    for block, moves in _with_month_names(diff.moves).groupby("block_type", observed=True, sort=False):
        of_month = moves.set_index(month)
        for name, heading in (("now", ""), ("change", " change"), ("change_pct", " change, %")):
            column = f"{block}{heading}"
            wide[column] = of_month[name] if wide.empty else of_month[name].reindex(wide.index)
            formats[column] = Format(column, usual[name].number, usual[name].scale)
    return wide.reset_index(), formats


def _with_month_names(moves: pd.DataFrame) -> pd.DataFrame:
    """Return moves with months of delivery as texts: 2026-07."""
    if "delivery_month" not in moves:
        return moves
    return moves.assign(delivery_month=moves["delivery_month"].dt.strftime("%Y-%m"))


def _move_formats(curve: str) -> dict[str, Format]:
    digits = "{:,.4f}"
    return {
        "location": Format("Location"),
        "price_part": Format("Part"),
        "before": Format("Before", digits),
        "now": Format("Now", digits),
        "change": Format("Change", "{:+,.4f}"),
        "change_pct": Format(f"Change, % of the {_base(curve)}", "{:+,.3f}", 100.0),
    }


def _count(versions: pd.DataFrame) -> str:
    return "1 version" if len(versions) == 1 else f"{len(versions)} versions"


def _base(curve: str) -> str:
    return "price" if COMPARED[curve].base else "figure before"


def _status(version: StoredVersion) -> str:
    if version.withdrawn:
        return f"{version.status}, withdrawn {version.withdrawn}"
    return f"{version.status}: {version.study_reason}" if version.study_reason else version.status


def _series(db: store.Database, version: StoredVersion) -> str:
    series = describe_series(db, version.series_ids)
    counts = series.groupby(["measure", "source", "basis"]).size()
    kinds = (f"{n} of {measure} from {source}, {basis}" for (measure, source, basis), n in counts.items())
    return "; ".join(kinds) or "not stored any more"


def _figure(db: store.Database, version: StoredVersion) -> str:
    """Return the mean of a version's figure in words."""
    cells = read_version_cells(db, version, MAIN_TABLE[version.curve])
    if cells.empty:
        return "its cells were deleted"
    n = f"{len(cells):,} cells"
    table = MAIN_TABLE[version.curve]
    if table == "shaping":
        return n
    compared: Compared = COMPARED[version.curve]
    mean = whole_figure(cells.assign(da_price=pd.NA) if compared.base else cells, compared)
    what = {"vlr": "VLR over all cells", "cost_curve": "mean cost to serve (energy)"}[table]
    return f"{what} {mean:,.4f} $/MWh; {n}"
