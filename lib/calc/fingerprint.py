"""A curve's fingerprint: equal fingerprints mean the same question, the same inputs and the same answer."""

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
    """Hash what was asked, what went in and what came out, as 64 hex digits.

    The results are part of it, so that a corrected formula over unchanged inputs is a new version. They enter
    with ten significant digits: the last bits of a sum may differ between machines.

    Args:
        curve: "vlr" or "shaping".
        iso: the market.
        window: first and last local day.
        parameters: everything else that was chosen; values that JSON can write.
        inputs: the rows the curve was computed from.
        results: the curve's tables by name.
    """
    digest = hashlib.sha256()
    question = [curve, iso, *(day.isoformat() for day in window), dict(sorted(parameters.items()))]
    digest.update(json.dumps(question, sort_keys=True).encode())
    _update(digest, inputs)
    for name, table in sorted(results.items()):
        digest.update(name.encode())
        _update(digest, table.apply(_ten_digits))
    return digest.hexdigest()


def _update(digest: hashlib._Hash, frame: pd.DataFrame) -> None:
    digest.update(",".join(frame.columns).encode())
    digest.update(pd.util.hash_pandas_object(frame, index=False).to_numpy().tobytes())


def _ten_digits(column: pd.Series) -> pd.Series:
    return column.map("{:.10g}".format) if column.dtype.kind == "f" else column
