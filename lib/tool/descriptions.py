"""Descriptions of a curve in words: what it was made of, and which of its months are empty."""

from __future__ import annotations

import pandas as pd

from lib.calc.aggregate import format_months
from lib.store import STUDY
from lib.tool.curve import Choice
from lib.tool.estimators import Estimator
from lib.tool.page import month_name
from lib.tool.snapshot import Version
from lib.tool.stored_curves import DELIVERY_CURVES

LabelledTexts = tuple[tuple[str, str], ...]
"""(label, text) pairs."""

_HOLIDAYS = {"nerc": "NERC holidays count as weekend", "none": "count as the weekday they fall on"}


def describe_curve_inputs(version: Version, choice: Choice, is_published: bool) -> LabelledTexts:
    """Return the version, run, window and series that a curve was made of, as (label, text) pairs."""
    label = "Study" if version.status == STUDY else "Published"
    made = f"version {version.version_id} of run {version.run_id}, {version.created_at:%Y-%m-%d %H:%M} UTC"
    days = f"{choice.start} to {choice.end}"
    about: LabelledTexts
    if choice.curve in DELIVERY_CURVES:  # the range selects months of what is published
        about = (
            (label, made),
            ("Delivery", f"{choice.start:%Y-%m} to {choice.end:%Y-%m}"),
            ("Window", f"{version.start} to {version.end}"),
        )
    elif is_published:
        about = ((label, made), ("Window", days))
    else:
        about = (("Computed", f"for {days}, from the series of {made}"), ("Window", days))
    return (
        *about,
        *_describe_series(version),
        ("Holidays", _HOLIDAYS[version.holidays]),
        ("Fingerprint", version.fingerprint[:12]),
    )


def _describe_series(version: Version) -> LabelledTexts:
    """Return the source of the values and the basis of the day-ahead load."""
    series = version.series
    basis = sorted(series.loc[series["measure"] == "da_load", "basis"].unique())
    source = ("Source", ", ".join(sorted(series["source"].unique())))
    return (source, ("Day-ahead load", ", ".join(basis))) if basis else (source,)


def describe_empty_months(values: pd.DataFrame, estimator: Estimator) -> str:
    """Return a sentence that names the months that are empty in all zones, and the reason; "" for none.

    Args:
        values: the curve, wide.
        estimator: the number that it shows.
    """
    has_value = values.notna().any(axis=1).groupby(level="month").any()
    empty = has_value.index[~has_value]
    if empty.empty:
        return ""
    needs = f": {estimator.needs}" if estimator.needs else ""
    return f"{_format_months(empty)} {'is' if len(empty) == 1 else 'are'} empty{needs}."


def _format_months(months: pd.Index) -> str:
    """Return months of the year as names, and delivery months as spans."""
    if isinstance(months[0], str):
        return format_months(pd.Series(pd.PeriodIndex(months, freq="M")))
    return ", ".join(map(month_name, months))
