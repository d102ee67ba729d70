"""The age of what is stored: whether each ISO's series are as recent as their services allow."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pandas as pd

from lib.markets import MARKETS, MEASURES, market
from lib.pipeline.doctor.finding import Finding, ok, unused, warning
from lib.pipeline.steps import freshness
from lib.sources.fallback import routes
from lib.store import Database, find_series
from lib.store.series import last_hours

MEND = "run fetch; its report says what the source answers"


def examine(database: Database, source: str, as_of: str | None) -> Iterator[Finding]:
    """Find for each ISO how far its series are behind, of a source whose services have limits."""
    names = routes().get(source, ())
    if not names:
        yield unused("freshness", f"the numbers of {source} have no age")
        return
    for iso in MARKETS:
        series = pd.concat([find_series(database, iso, measure, names) for measure in MEASURES])
        if series.empty:
            yield unused(f"freshness of {iso}", "nothing is stored yet", MEND)
            continue
        today = date.fromisoformat(as_of) if as_of else datetime.now(market(iso).zone_info).date()
        fresh = freshness.freshness(iso, series, last_hours(database, iso), today - timedelta(days=1))
        yield _finding(iso, fresh)


def _finding(iso: str, fresh: pd.DataFrame) -> Finding:
    behind = fresh[fresh["status"] != freshness.FRESH]
    check = f"freshness of {iso}"
    if behind.empty:
        return ok(check, f"{len(fresh)} series are fresh")
    first = freshness.problems(iso, freshness.worst(behind))[0].message.removeprefix(f"{iso} ")
    what = f"{len(behind)} of {len(fresh)} series are behind, such as {first}"
    return warning(check, what, MEND)  # also where it is stale: only a run can mend that
