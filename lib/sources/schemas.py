"""The contract of a series frame: what every source promises, checked before anything is stored."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pandera.pandas as pa

from lib.hours import UTC_HOUR
from lib.sources.protocol import SourceError

SERIES_FRAME = pa.DataFrameSchema(
    {
        "location": pa.Column(object),
        "interval_start": pa.Column(
            UTC_HOUR, pa.Check(lambda times: times.dt.floor("h") == times, name="starts on the hour")
        ),
        "value": pa.Column(float, pa.Check(np.isfinite, name="is finite")),
    },
    strict=True,
    ordered=True,
    unique=["location", "interval_start"],
)
"""location, interval_start, value; one row per location and hour."""


def check_series(
    frame: pd.DataFrame,
    iso: str,
    measure: str,
    asked: Sequence[str],
    start: pd.Timestamp,
    end: pd.Timestamp,
) -> pd.DataFrame:
    """Return a source's frame if it keeps the contract.

    Args:
        frame: location, interval_start (UTC start of the hour), value ($/MWh or MW).
        iso: whose series they are.
        measure: which measure.
        asked: the locations that were asked for.
        start: UTC start of the first hour that was asked for.
        end: UTC end of the last one.

    Raises:
        SourceError: it does not; the message shows the rows that break it.
    """
    try:
        SERIES_FRAME.validate(frame)
    except (pa.errors.SchemaError, pa.errors.SchemaErrors) as error:
        raise SourceError(f"{iso} {measure}: the source gave no series frame: {error}") from error
    times = frame["interval_start"]
    strange = frame[~frame["location"].isin(asked) | (times < start) | (times >= end)]
    if not strange.empty:
        raise SourceError(
            f"{iso} {measure}: {len(strange)} rows were not asked for, such as\n{strange.head(3)}"
        )
    return frame
