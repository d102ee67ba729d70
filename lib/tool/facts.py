"""What a curve stands on, in words."""

from __future__ import annotations

from lib.tool.curve import Choice
from lib.tool.snapshot import Version

_HOLIDAYS = {"nerc": "NERC holidays count as weekend", "none": "count as the weekday they fall on"}

Facts = tuple[tuple[str, str], ...]


def facts_of(version: Version, choice: Choice, is_published: bool) -> Facts:
    """Return (what, value) pairs: what was computed, and from which version, run and series."""
    made = f"version {version.version_id} of run {version.run_id}, {version.created_at:%Y-%m-%d %H:%M} UTC"
    days = f"{choice.start} to {choice.end}"
    what = ("Published", made) if is_published else ("Computed", f"for {days}, from the series of {made}")
    return (
        what,
        ("Window", days),
        *_series(version),
        ("Holidays", _HOLIDAYS[version.holidays]),
        ("Fingerprint", version.fingerprint[:12]),
    )


def _series(version: Version) -> Facts:
    """Return where the values are from, and what the day-ahead load is."""
    series = version.series
    basis = sorted(series.loc[series["measure"] == "da_load", "basis"].unique())
    source = ("Source", ", ".join(sorted(series["source"].unique())))
    return (source, ("Day-ahead load", ", ".join(basis))) if basis else (source,)
