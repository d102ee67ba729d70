"""Several readers of one series, one after another: each is asked for what those before it did not have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import pandas as pd

from lib.hours import HOUR, UTC_HOUR
from lib.sources.protocol import Problem, Unanswered
from lib.sources.public.asks import Ask, Found, Reader, no_rows
from lib.sources.public.catalogue import Row, names
from lib.sources.public.reading import NOT_PUBLISHED

KEY = ["location", "interval_start"]


def read_in_turn(ask: Ask, rows: Sequence[Row], readers: Mapping[str, Reader]) -> Found:
    """Return what the readers have together, of each hour from the first that has it.

    Where the numbers of a later reader differ in kind, that is reported. A file that its publisher does not
    have is no problem where a later reader has its hours.

    Args:
        ask: what is asked.
        rows: the readers in order of preference.
        readers: how to call them.
    """
    found, missing = Found(no_rows()), _missing(ask, no_rows())
    for row in rows:
        share = _share(ask, row, missing)
        if share is None:
            continue
        answer = readers[row.reader](share)
        new = _wanted(answer.rows, missing)
        found = Found(
            pd.concat([frame for frame in (found.rows, new) if len(frame)] or [no_rows()], ignore_index=True),
            (*found.problems, *answer.problems, *_other_kind(ask, row, new)),
            (*found.unanswered, *answer.unanswered),
        )
        missing = _missing(ask, found.rows)
    return Found(found.rows, _not_healed(found.problems, missing), _unknown(found.unanswered, missing))


def _missing(ask: Ask, rows: pd.DataFrame) -> pd.MultiIndex:
    """Return each location and hour asked for that has no value."""
    asked = pd.MultiIndex.from_product([list(ask.locations), ask.hours], names=KEY)
    return asked.difference(pd.MultiIndex.from_frame(rows.loc[rows["value"].notna(), KEY]))


def _share(ask: Ask, row: Row, missing: pd.MultiIndex) -> Ask | None:
    """Return what to ask a reader: the missing hours that it can have, of the locations that it knows."""
    theirs = {place: name for place, name in names(ask.iso, row.names).items() if place in ask.names}
    places, hours = (missing.get_level_values(level) for level in KEY)
    hours = pd.DatetimeIndex(hours[places.isin(list(theirs))].unique().sort_values())
    if row.first_day is not None:
        hours = hours[hours >= pd.Timestamp(row.first_day).tz_localize(ask.zone)]
    return replace(ask, names=theirs, hours=hours) if len(hours) else None


def _wanted(rows: pd.DataFrame, missing: pd.MultiIndex) -> pd.DataFrame:
    """Return the rows in hours that were missing; one off the hour is in the hour that it belongs to."""
    rows = rows.assign(interval_start=rows["interval_start"].astype(UTC_HOUR))
    hours = rows["interval_start"].dt.floor("h")
    return rows[pd.MultiIndex.from_arrays([rows["location"], hours]).isin(missing)]


def _other_kind(ask: Ask, row: Row, new: pd.DataFrame) -> Iterable[Problem]:
    """Report the hours that come from a reader whose numbers are not quite those of the one before it."""
    if row.note and len(new):
        first, last = new["interval_start"].min(), new["interval_start"].max()
        text = f"{ask.iso} {ask.measure}: {len(new)} hours from {first} to {last}: {row.note}"
        yield Problem(ask.iso, ask.measure, None, "second_choice", len(new), first, last, text)


def _not_healed(problems: Iterable[Problem], missing: pd.MultiIndex) -> tuple[Problem, ...]:
    """Return the problems but for missing files whose hours another reader had."""
    hours = missing.get_level_values("interval_start")
    return tuple(
        problem
        for problem in problems
        if problem.kind != NOT_PUBLISHED or ((hours >= problem.first) & (hours <= problem.last)).any()
    )


def _unknown(unanswered: Iterable[Unanswered], missing: pd.MultiIndex) -> tuple[Unanswered, ...]:
    """Return the stretches without an answer, as far as no other reader had their hours."""
    return tuple(
        Unanswered(stretch.location, hours[0], hours[-1] + HOUR)
        for stretch in dict.fromkeys(unanswered)
        if len(hours := _hours(missing, stretch))
    )


def _hours(missing: pd.MultiIndex, stretch: Unanswered) -> pd.DatetimeIndex:
    places, hours = (missing.get_level_values(level) for level in KEY)
    inside = (places == stretch.location) & (hours >= stretch.start) & (hours < stretch.end)
    return pd.DatetimeIndex(hours[inside])
