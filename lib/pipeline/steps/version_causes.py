"""In what two versions of a curve differ that can have moved it, in words with numbers.

Each cause is found in what is stored: in the raw values and settlements of the two moments of publication,
and in what the versions keep of their windows, parameters and reference data. Nothing is computed anew.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from io import StringIO
from typing import Any

import pandas as pd

from lib import store
from lib.hours import utc_bounds
from lib.hub_map import zone_hubs
from lib.pipeline.steps.cost_inputs import select_quotes
from lib.store.curve_versions import PublishedAt, StoredVersion
from lib.store.past_values import read_changed_values, read_past_settlements
from lib.store.published import describe_series

FORWARDS = ("trade_date",)
PARTS = {
    "vlr_version": "VLR curve",
    "own_vlr_version": "VLR curve of own load",
    "shaping_version": "shaping curve",
}
DELIVERY = ("first_month", "first_day")
"""The parameters of a cost curve that are causes of their own."""

WHAT = ("revised", "late", "removed")
"""What can have happened to a raw value: `lib.store.past_values.read_changed_values`."""

MOST_NAMED = 3
"""A sentence names at most so many rows of reference data."""

A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Cause:
    """One way in which a new version differs from an old one.

    Attributes:
        name: what differs.
        what: how, in words with numbers.
        changes: the fields of `StoredVersion` in which the new version differs by it, besides the moment.
    """

    name: str
    what: str
    changes: Mapping[str, Any]


def find_causes(db: store.Database, old: StoredVersion, new: StoredVersion) -> Iterator[Cause]:
    """Yield in what two versions of one curve and ISO differ, in the sequence in which it is attributed."""
    revised = [*_describe_values(db, old, new), *_describe_settlements(db, old, new)]
    if revised:
        yield Cause("revised inputs", "; ".join(revised), {})
    if (old.start, old.end) != (new.start, new.end):
        yield Cause("days of the window", _describe_days(old, new), {"start": new.start, "end": new.end})
    if old.series_ids != new.series_ids:
        yield Cause("series", _describe_series(db, old, new), {"series_ids": new.series_ids})
    parameters = dict(old.parameters)
    for name, what, names in _parameter_groups(old.parameters, new.parameters):
        if names == FORWARDS:
            what += f": {_describe_forwards(db, old, new)}"
        parameters = {key: value for key, value in parameters.items() if key not in names}
        parameters |= {key: new.parameters[key] for key in names if key in new.parameters}
        yield Cause(name, what, {"parameters": parameters})
    if old.reference and new.reference and (rows := "; ".join(_describe_reference(old, new))):
        yield Cause("reference data", rows, {"reference": new.reference})


def summarize_changes(changed: pd.DataFrame) -> pd.DataFrame:
    """Return what changed of each series: measure, location, n_revised, n_late, n_removed, and its largest.

    Args:
        changed: what `read_changed_values` returns.

    Returns:
        also interval_start, old_value, new_value of the hour whose value changed most; by number of hours,
        most first.
    """
    size = (changed["new_value"] - changed["old_value"]).abs()
    ranked = changed.assign(size=size).sort_values("size", ascending=False, kind="stable")
    key = ["measure", "location", "series_id"]
    counts = ranked.groupby([*key, "what"]).size().unstack(fill_value=0)
    counts = counts.reindex(columns=list(WHAT), fill_value=0).add_prefix("n_")
    first = ranked.drop_duplicates("series_id").set_index(key)[["interval_start", "old_value", "new_value"]]
    rows = counts.join(first).assign(total=counts.sum(axis=1))
    return rows.sort_values("total", ascending=False, kind="stable").drop(columns="total").reset_index()


def read_changes_between(db: store.Database, old: StoredVersion, new: StoredVersion) -> pd.DataFrame:
    """Return the raw values in the window of the old version that differ between two publications.

    Returns:
        as `lib.store.past_values.read_changed_values` does.
    """
    series = describe_series(db, old.series_ids)
    bounds = utc_bounds(old.iso, old.start, old.end)
    return read_changed_values(db, old.iso, series, bounds, old.moment, new.moment)


def _describe_values(db: store.Database, old: StoredVersion, new: StoredVersion) -> Iterator[str]:
    changed = read_changes_between(db, old, new)
    if changed.empty:
        return
    counts = changed["what"].value_counts()
    how_many = ", ".join(f"{counts[what]:,} {what}" for what in WHAT if what in counts)
    sentence = f"hours of {changed['series_id'].nunique()} series: {how_many}"
    revised = changed[changed["what"] == "revised"]
    if len(revised):
        size = (revised["new_value"] - revised["old_value"]).abs()
        most = revised.loc[size.idxmax()]
        sentence += (
            f", most {most['measure']} of {most['location']} at {most['interval_start']:%Y-%m-%d %H:%M} UTC "
            f"from {most['old_value']:,.2f} to {most['new_value']:,.2f}"
        )
    yield sentence


def _describe_settlements(db: store.Database, old: StoredVersion, new: StoredVersion) -> Iterator[str]:
    """Yield how the settlements of the old version's trade date were revised."""
    if "trade_date" not in old.parameters:
        return
    day = date.fromisoformat(old.parameters["trade_date"])
    before, now = (_read_quotes(db, old.iso, day, moment) for moment in (old.moment, new.moment))
    if moved := _describe_moves(before, now):
        yield f"settlements of {day}: {moved}"


def _describe_forwards(db: store.Database, old: StoredVersion, new: StoredVersion) -> str:
    """Return how the quotes of two trade dates differ."""
    before, now = (
        _read_quotes(db, one.iso, date.fromisoformat(one.parameters["trade_date"]), new.moment)
        for one in (old, new)
    )
    return _describe_moves(before, now) or "no quote moved"


def _read_quotes(db: store.Database, iso: str, day: date, moment: PublishedAt) -> pd.DataFrame:
    settlements = read_past_settlements(db, day, moment)
    return select_quotes(settlements, zone_hubs(iso), set(settlements["strip"]))


def _describe_moves(before: pd.DataFrame, now: pd.DataFrame) -> str:
    """Return how quotes moved, in words; an empty text where none did."""
    key = ["hub", "block", "strip"]
    both = before.merge(now, on=key, how="outer", suffixes=("", "_now"), indicator=True)
    change = both["settlement_price_now"] - both["settlement_price"]
    n_moved, n_new = int((change.abs() > 0).sum()), int((both["_merge"] == "right_only").sum())
    n_gone = int((both["_merge"] == "left_only").sum())
    parts = [f"{n_moved:,} of {len(both):,} quotes moved"] * bool(n_moved)
    if n_moved:
        most = both.loc[change.abs().idxmax()]
        parts[0] += (
            f", most {most['block']} of {most['hub']} for {most['strip']:%Y-%m} from "
            f"{most['settlement_price']:,.2f} to {most['settlement_price_now']:,.2f}"
        )
    parts += [f"{n_new:,} are new"] * bool(n_new) + [f"{n_gone:,} are gone"] * bool(n_gone)
    return ", ".join(parts)


def _describe_days(old: StoredVersion, new: StoredVersion) -> str:
    """Return the days that joined and left the window, in words."""
    added = [*_spans(new, old)]
    dropped = [*_spans(old, new)]
    parts = [f"{_n_days(added)} added ({_ranges(added)})"] * bool(added)
    parts += [f"{_n_days(dropped)} dropped ({_ranges(dropped)})"] * bool(dropped)
    return ", ".join(parts)


DaySpan = tuple[date, date]


def _spans(these: StoredVersion, without: StoredVersion) -> Iterator[DaySpan]:
    """Yield the first and last days of what one window has and the other lacks."""
    if these.start < without.start:
        yield these.start, min(these.end, without.start - A_DAY)
    if these.end > without.end:
        yield max(these.start, without.end + A_DAY), these.end


def _n_days(spans: Iterable[DaySpan]) -> str:
    n = sum((last - first).days + 1 for first, last in spans)
    return f"{n:,} day{'s' * (n != 1)}"


def _ranges(spans: Iterable[DaySpan]) -> str:
    return ", ".join(f"{first}" if first == last else f"{first} to {last}" for first, last in spans)


def _describe_series(db: store.Database, old: StoredVersion, new: StoredVersion) -> str:
    before, now = set(old.series_ids), set(new.series_ids)
    named = describe_series(db, sorted(before ^ now)).set_index("series_id")
    words = [
        f"{'now' if number in now else 'no longer'} {row['measure']} of {row['location']} "
        f"from {row['source']}, {row['basis']}"
        for number, row in named.iterrows()
    ]
    more = f" and {len(words) - MOST_NAMED} more" if len(words) > MOST_NAMED else ""
    return ", ".join(words[:MOST_NAMED]) + more


def _parameter_groups(
    old: Mapping[str, Any], new: Mapping[str, Any]
) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Yield the groups of parameters that differ: name, words, names."""
    differing = [name for name in sorted({*old, *new}) if old.get(name) != new.get(name)]
    own = (*FORWARDS, *PARTS, *DELIVERY)
    others = tuple(name for name in differing if name not in own)
    if "trade_date" in differing:
        yield "forwards", f"settlements of {new['trade_date']} instead of {old['trade_date']}", FORWARDS
    for name, words in PARTS.items():
        if name in differing:
            before, now = old.get(name), new.get(name)
            yield words, f"version {now} instead of {before} (`epd curve diff {before} {now}`)", (name,)
    if others:
        yield "parameters", _values(old, new, others), others
    months = tuple(name for name in DELIVERY if name in differing)
    if months:
        yield "months of delivery", _values(old, new, months), months


def _values(old: Mapping[str, Any], new: Mapping[str, Any], names: Iterable[str]) -> str:
    return ", ".join(f"{name} is {new.get(name)} and was {old.get(name)}" for name in names)


def _describe_reference(old: StoredVersion, new: StoredVersion) -> Iterator[str]:
    """Yield for each file the rows about the ISO, or about all, that were added and removed."""
    for name in sorted({*old.reference, *new.reference}):
        before, now = (_rows(one.reference.get(name, ""), new.iso) for one in (old, new))
        added, gone = [row for row in now if row not in before], [row for row in before if row not in now]
        parts = [f"{len(added)} row{'s' * (len(added) != 1)} added ({_named(added)})"] * bool(added)
        parts += [f"{len(gone)} row{'s' * (len(gone) != 1)} removed ({_named(gone)})"] * bool(gone)
        if parts:
            yield f"{name}: {', '.join(parts)}"


def _rows(text: str, iso: str) -> list[tuple[str, ...]]:
    rows = list(csv.DictReader(StringIO(text)))
    return [tuple(row.values()) for row in rows if iso in row.get("iso", iso).split()]


def _named(rows: list[tuple[str, ...]]) -> str:
    more = f" and {len(rows) - MOST_NAMED} more" if len(rows) > MOST_NAMED else ""
    return "; ".join(" ".join(filter(None, row)) for row in rows[:MOST_NAMED]) + more
