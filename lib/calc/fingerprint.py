"""A curve's fingerprint: equal fingerprints mean equal parameters, inputs and results."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date

import pandas as pd


def fingerprint(
    curve: str,
    iso: str,
    window: tuple[date, date],
    parameters: Mapping[str, object],
    inputs: pd.DataFrame,
    results: Mapping[str, pd.DataFrame],
) -> str:
    """Return the SHA-256 of a curve's parameters, inputs and results, as 64 hex digits.

    The results are included, so that a corrected formula with unchanged inputs makes a new version. They are
    rounded to ten significant digits, because the last bits of a sum may differ between machines.

    Args:
        curve: "vlr", "shaping" or "cost_curve".
        iso: the ISO.
        window: first and last local day.
        parameters: the other parameters; values that JSON can write.
        inputs: the rows from which the curve was computed.
        results: the curve's tables by name.
    """
    digest = hashlib.sha256()
    identity = [curve, iso, *(day.isoformat() for day in window), dict(sorted(parameters.items()))]
    digest.update(json.dumps(identity, sort_keys=True).encode())
    _update(digest, inputs)
    for name, table in sorted(results.items()):
        digest.update(name.encode())
        _update(digest, table.apply(_ten_digits))
    return digest.hexdigest()


def hash_inputs(*frames: pd.DataFrame) -> str:
    """Return the SHA-256 of what a curve is computed from, as 64 hex digits.

    With equal inputs and other results, the code was another.
    """
    digest = hashlib.sha256()
    for frame in frames:
        _update(digest, frame)
    return digest.hexdigest()


def _update(digest: hashlib._Hash, frame: pd.DataFrame) -> None:
    digest.update(",".join(frame.columns).encode())
    digest.update(pd.util.hash_pandas_object(frame, index=False).to_numpy().tobytes())


def _ten_digits(column: pd.Series) -> pd.Series:
    return column.map("{:.10g}".format) if column.dtype.kind == "f" else column
