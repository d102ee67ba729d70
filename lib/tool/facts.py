"""What a curve stands on, in words."""

from __future__ import annotations

import pandas as pd

from lib.calc.aggregate import format_months
from lib.tool.curve import Choice
from lib.tool.estimators import Estimator
from lib.tool.page import month_name
from lib.tool.snapshot import Version
from lib.tool.stored_curves import BETWEEN

_HOLIDAYS = {"nerc": "NERC holidays count as weekend", "none": "count as the weekday they fall on"}

Facts = tuple[tuple[str, str], ...]


def facts_of(version: Version, choice: Choice, is_published: bool) -> Facts:
    """Return (what, value) pairs: what is shown, and from which version, run and series."""
    made = f"version {version.version_id} of run {version.run_id}, {version.created_at:%Y-%m-%d %H:%M} UTC"
    days = f"{choice.start} to {choice.end}"
    about: Facts
    if choice.curve not in BETWEEN:  # the range chooses among what is published
        about = (
            ("Published", made),
            ("Delivery", f"{choice.start:%Y-%m} to {choice.end:%Y-%m}"),
            ("Window", f"{version.start} to {version.end}"),
        )
    elif is_published:
        about = (("Published", made), ("Window", days))
    else:
        about = (("Computed", f"for {days}, from the series of {made}"), ("Window", days))
    return (
        *about,
        *_series(version),
        ("Holidays", _HOLIDAYS[version.holidays]),
        ("Fingerprint", version.fingerprint[:12]),
    )


def caution_of(values: pd.DataFrame, estimator: Estimator) -> str:
    """Say which months of a curve are empty in all zones, and what a month may need; "" where none is.

    Args:
        values: the curve, wide.
        estimator: which number it is.
    """
    has_value = values.notna().any(axis=1).groupby(level="month").any()
    empty = has_value.index[~has_value]
    if empty.empty:
        return ""
    needs = f": {estimator.needs}" if estimator.needs else ""
    return f"{_in_words(empty)} {'is' if len(empty) == 1 else 'are'} empty{needs}."


def _in_words(months: pd.Index) -> str:
    """Return months of the year by name, months of delivery as spans."""
    if isinstance(months[0], str):
        return format_months(pd.Series(pd.PeriodIndex(months, freq="M")))
    return ", ".join(map(month_name, months))


def _series(version: Version) -> Facts:
    """Return where the values are from, and what the day-ahead load is."""
    series = version.series
    basis = sorted(series.loc[series["measure"] == "da_load", "basis"].unique())
    source = ("Source", ", ".join(sorted(series["source"].unique())))
    return (source, ("Day-ahead load", ", ".join(basis))) if basis else (source,)
