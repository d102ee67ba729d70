"""VLR of the levels of the hierarchy, for the pages and for anybody's notebook.

1. `iso_levels` puts sums and intervals of one ISO's members together, from the tables of a VLR curve: those
   that a notebook has just computed, or stored ones.
2. `read_levels` reads the stored curves of all ISOs. Members with zones of several ISOs (a state, or all) are
   added up from all of them, and their interval comes from the same calendar days in each.
3. `distinct_members` leaves out what says the same twice: members with one zone, and members of two levels
   with the same zones.

In a notebook:

    from lib.pipeline.steps.levels import read_levels
    from lib.store import open_database
    read_levels(open_database("demo"), ["state", "all"])
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import pandas as pd

from lib import store
from lib.calc.interval import INTERVAL, RESAMPLES, SEED
from lib.calc.level_interval import draw_across
from lib.calc.roll_up import ALL, MEMBER, roll_up, zone_levels
from lib.markets import LOCATION_LEVELS
from lib.pipeline.errors import NothingStored
from lib.pipeline.steps.inputs import load_bases
from lib.present.formats import Format
from lib.store.published import describe_series, read_latest_versions

TABLES = ("vlr_block", "vlr_level", "vlr_level_block", "vlr_day")
"""The tables of a VLR curve that levels are made of."""

SUMMED = [
    *("level", "member", "n_zones", "basis", "cost_per_mwh", "interval_low", "interval_high"),
    *("cost_weighted", "bias", "swing", "rt_load_mwh", "n_days", "n_years", "n_hours", "n_excluded"),
]
"""The columns of members that a page shows."""

DOLLARS = [
    *("hedge_cost_usd", "imbalance_cost_usd", "da_value_usd", "unitized_cost_usd"),
    *("load_shape_usd", "covariance_usd"),
]
"""The dollars of members that a page shows."""

HEADINGS = {
    "interval_low": Format("5 %, $/MWh", "{:,.4f}"),
    "interval_high": Format("95 %, $/MWh", "{:,.4f}"),
    "cost_weighted": Format("VLR, %", "{:,.3f}", 100.0),
    "rt_load_mwh": Format("Load, TWh", "{:,.2f}", 1e-6),
    "n_hours": "Zone-hours",
    "n_excluded": "Zone-hours left out",
    "load_share": Format("Counts with", "{:.3f}"),
    **{
        name: Format(f"{heading}, million $", "{:,.1f}", 1e-6)
        for name, heading in zip(
            DOLLARS,
            ("Hedge", "Imbalance", "Load at DA prices", "VLR", "Load shape", "Covariance"),
            strict=True,
        )
    },
}
"""The headings of their columns."""

_KNOWN = [*INTERVAL, "n_days", "n_years"]


def iso_levels(
    iso: str,
    tables: Mapping[str, pd.DataFrame],
    bases: str,
    by_block: bool = False,
    wanted: Sequence[str] = LOCATION_LEVELS,
) -> pd.DataFrame:
    """Return VLR of each member of the levels of an ISO.

    Args:
        iso: the ISO.
        tables: vlr_block, vlr_level and vlr_level_block of its VLR curve, made with has_levels.
        bases: what its day-ahead loads are.
        by_block: whether to split by month and block.
        wanted: the levels; `all` is none of an ISO.

    Returns:
        iso, basis, the columns of `lib.calc.roll_up.roll_up`, INTERVAL ($/MWh), n_days, n_years.
    """
    levels = zone_levels([iso])
    levels = levels[levels["level"].isin(wanted) & (levels["level"] != ALL)]
    by = ["month", "block_type"] if by_block else []
    rows = roll_up(tables["vlr_block"].assign(iso=iso), levels, by)
    known = tables["vlr_level"]
    if by_block:
        one_zone = levels.merge(rows.loc[rows["n_zones"] == 1, MEMBER].drop_duplicates(), on=MEMBER)
        own = one_zone.merge(tables["vlr_block"].astype({"location": object}), on="location")
        known = pd.concat([tables["vlr_level_block"], own])
    known = known[["level", "member", *by, *_KNOWN]]
    rows = rows.merge(known, on=["level", "member", *by], how="left", validate="1:1")
    return rows.assign(iso=iso, basis=bases)[["iso", "basis", *rows.columns]]


def read_levels(
    db: store.Database,
    levels: Sequence[str] = (*LOCATION_LEVELS, ALL),
    by_block: bool = False,
    run_id: int = 0,
) -> pd.DataFrame:
    """Return VLR of each member of some levels, from the latest official curves of all ISOs.

    Args:
        db: the database.
        levels: of LOCATION_LEVELS, and "all".
        by_block: whether to split by month and block.
        run_id: a run whose own curves go before the official ones; 0 for none.

    Returns:
        as `iso_levels`; in rows of several ISOs `iso` and `basis` list all of them. ISOs whose curve was made
        before there were levels are left out.

    Raises:
        NothingStored: no ISO has a VLR curve with levels; the message says how to make one.
    """
    versions = read_latest_versions(db, run_id).query("curve == 'vlr'").set_index("iso")
    tables = {iso: _read_tables(db, str(iso), int(row["version_id"])) for iso, row in versions.iterrows()}
    tables = {iso: made for iso, made in tables.items() if made["vlr_block"]["load_share"].notna().any()}
    if not tables:
        raise NothingStored(f"no VLR curve with levels is stored in {db}: run `make run` first")
    versions = versions.loc[list(tables)]
    bases = {iso: load_bases(describe_series(db, row["series_ids"])) for iso, row in versions.iterrows()}
    across = _members_across(list(tables), levels)
    found = [iso_levels(str(iso), made, bases[iso], by_block, levels) for iso, made in tables.items()]
    found = [rows[~pd.MultiIndex.from_frame(rows[MEMBER]).isin(across.index)] for rows in found]
    if len(across):
        found.append(_levels_across(versions, tables, bases, across, by_block))
    rows = pd.concat(found, ignore_index=True)
    place = {level: number for number, level in enumerate(levels)}
    return rows.iloc[rows["level"].map(place).argsort(kind="stable")].reset_index(drop=True)


def _members_across(isos: Sequence[str], wanted: Sequence[str]) -> pd.Series:
    """Return the ISOs of each member that has zones of several; and of `all`, also with one ISO."""
    levels = zone_levels(isos)
    found = levels[levels["level"].isin(wanted)].groupby(MEMBER, sort=False)["iso"]
    members = found.agg(lambda names: list(dict.fromkeys(names))).rename("isos")
    is_all = members.index.get_level_values("level") == ALL
    return members[(members.map(len) > 1) | is_all]


def _read_tables(db: store.Database, iso: str, version_id: int) -> dict[str, pd.DataFrame]:
    return {name: store.read_curve(db, name, iso, version_id) for name in TABLES}


def _levels_across(
    versions: pd.DataFrame,
    tables: Mapping[str, Mapping[str, pd.DataFrame]],
    bases: Mapping[str, str],
    members: pd.Series,
    by_block: bool,
) -> pd.DataFrame:
    """Return the members with zones of several ISOs, as `read_levels` does."""
    zones = zone_levels(list(tables)).merge(members.reset_index()[MEMBER], on=MEMBER)
    by = ["month", "block_type"] if by_block else []
    blocks = pd.concat([made["vlr_block"].assign(iso=iso) for iso, made in tables.items()])
    rows = roll_up(blocks, zones, by).merge(members.reset_index(), on=MEMBER)
    found = [_interval_across(versions, tables, key, isos, by_block) for key, isos in members.items()]
    rows = rows.merge(pd.concat(found), on=["level", "member", *by], how="left", validate="1:1")
    names = rows["isos"].map(", ".join)
    listed = rows["isos"].map(lambda its: ", ".join(dict.fromkeys(bases[iso] for iso in its)))
    return rows.assign(iso=names, basis=listed).drop(columns="isos")


def _interval_across(
    versions: pd.DataFrame,
    tables: Mapping[str, Mapping[str, pd.DataFrame]],
    key: tuple[str, str, str],
    isos: Sequence[str],
    by_block: bool,
) -> pd.DataFrame:
    """Return the interval of one member from the days of its ISOs, which all have the longest window."""
    level, member, _ = key
    parts = []
    for iso in isos:
        name = ("control_area", iso) if level == ALL else (level, member)
        days = tables[iso]["vlr_day"]
        of_part = days[(days["level"] == name[0]) & (days["member"] == name[1])]
        parts.append(of_part.assign(location=iso))
    one = pd.DataFrame({"location": isos, "level": level, "member": member})
    window = versions["window_start"].min(), versions["window_end"].max()
    parameters = [json.loads(text) for text in versions["parameters"]]
    resamples, seed = (
        _agreed(name, parameters, usual) for name, usual in (("resamples", RESAMPLES), ("seed", SEED))
    )
    by_block_rows, totals = draw_across(pd.concat(parts), *window, one, resamples, seed)
    return by_block_rows if by_block else totals


def _agreed(name: str, parameters: Sequence[Mapping[str, int]], usual: int) -> int:
    """Return the value of a parameter that all versions have, or the usual one where they differ."""
    values = {one.get(name, usual) for one in parameters}
    return values.pop() if len(values) == 1 else usual


def distinct_members(rows: pd.DataFrame, iso: str) -> pd.DataFrame:
    """Return the members of an ISO with several zones, each once.

    Args:
        rows: what `iso_levels` returns in total.
        iso: the ISO.

    Returns:
        the rows of members with several zones; of those with the same zones that of the highest level, with
        the others in the column `same_zones`, in words ("state NY, utility ALL"). Empty if the ISO
        has one zone.
    """
    zones = zone_levels([iso]).groupby(MEMBER, sort=False)["location"].agg(frozenset).rename("zones")
    several = rows[rows["n_zones"] > 1].merge(zones.reset_index(), on=MEMBER)
    rank = several["level"].map({level: number for number, level in enumerate(LOCATION_LEVELS)})
    several = several.iloc[rank.argsort(kind="stable")]
    names = (several["level"].str.replace("_", " ") + " " + several["member"]).groupby(several["zones"])
    same = several["zones"].map(names.agg(lambda texts: ", ".join(texts.iloc[1:])))
    kept = several.assign(same_zones=same).drop_duplicates("zones", ignore_index=True)
    return kept.drop(columns="zones")


def chart_rows(rows: pd.DataFrame, distinct: pd.DataFrame) -> pd.DataFrame:
    """Return members and zones as a chart shows them: levels in words, the zones last.

    Args:
        rows: what `iso_levels` or `read_levels` returns in total.
        distinct: what `distinct_members` returns for them, or other rows of higher levels.
    """
    zones = rows[rows["level"] == "load_zone"]
    shown = pd.concat([distinct, zones], ignore_index=True)
    return in_words(shown)


def in_words(rows: pd.DataFrame) -> pd.DataFrame:
    """Return members with their level as people read it: "Control area"."""
    return rows.assign(level=rows["level"].str.replace("_", " ").str.capitalize())
