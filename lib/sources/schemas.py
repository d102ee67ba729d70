"""The schema of a series frame, which every source's result must pass before it is stored."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pandera.pandas as pa
from pandera.config import ValidationDepth, config_context

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


def validate_series(
    frame: pd.DataFrame,
    iso: str,
    measure: str,
    locations: Sequence[str],
    start: pd.Timestamp,
    end: pd.Timestamp,
) -> pd.DataFrame:
    """Return a source's frame if it fits the schema and the query.

    Args:
        frame: location, interval_start (UTC start of the hour), value ($/MWh or MW).
        iso: the ISO of the query.
        measure: the measure of the query.
        locations: the locations of the query.
        start: UTC start of the query's first hour.
        end: UTC end of its last hour.

    Raises:
        SourceError: it does not fit; the message shows the rows that break a rule.
    """
    try:
        # A variable of the environment switches every check of pandera off, without a word.
        with config_context(validation_enabled=True, validation_depth=ValidationDepth.SCHEMA_AND_DATA):
            SERIES_FRAME.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as error:
        raise SourceError(f"{iso} {measure}: the source gave no series frame: {_describe(error)}") from error
    times = frame["interval_start"]
    unexpected = frame[~frame["location"].isin(locations) | (times < start) | (times >= end)]
    if not unexpected.empty:
        raise SourceError(
            f"{iso} {measure}: {len(unexpected)} rows were not asked for, such as\n{unexpected.head(3)}"
        )
    return frame


def _describe(error: pa.errors.SchemaErrors) -> str:
    """Return which column and row break which rule first, and the value that does."""
    case = error.failure_cases.iloc[0]
    column = case["failure_case"] if pd.isna(case["column"]) else case["column"]
    row = "" if pd.isna(case["index"]) else f", row {int(case['index'])}"
    return f"column {column}{row}: {case['check']}, but {case['failure_case']}"
