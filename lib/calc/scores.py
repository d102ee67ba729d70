"""How close a method came: mean error, bias, skill, and what a predictive band held.

Scores are taken on predictions beside what came, as `lib.calc.backtest_vlr` and `lib.calc.backtest_lines`
make them (docs/method.md, "Backtest"). With w the weight of a target (its load or hours), v the value of a
method and x what came:

    bias  = sum(w (v - x)) / sum(w)                     above 0: the method said too much
    wmae  = sum(w |v - x|) / sum(w)                     weighted mean absolute error
    skill = 1 - wmae / wmae of "none" on the same rows  1: exact; 0: as good as none; below 0: worse

    coverage  = share of targets between band_low and band_high
    below_p95 = share of targets at or below p95

A band that is made to hold 90 % should hold 90 %, one that is made to hold 50 % should hold 50 %:
`reliability` has both numbers for several levels.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from lib.calc.backtest_vlr import NOMINAL, held_column
from lib.calc.grid import ratio

SCORES = ["n", "skill", "wmae", "bias"]

BAND_SCORES = ["n", "coverage", "width", "below_p95"]


def score_methods(rows: pd.DataFrame, methods: Sequence[str], weight: str) -> pd.DataFrame:
    """Return the scores of each method on the targets that it has a value for.

    Args:
        rows: target, the weight and a column for each method; rows without a target or a weight do not count.
        methods: the columns to score.
        weight: the column of weights.

    Returns:
        method and SCORES, a row for each method; NULL where it has no target, skill also where "none" has no
        error.
    """
    known = rows[rows["target"].notna() & (rows[weight] > 0)]
    scores = [_score(known[known[method].notna()], method, weight) for method in methods]
    return pd.DataFrame(scores, columns=SCORES).astype({"n": int}).assign(method=methods)[["method", *SCORES]]


def _score(rows: pd.DataFrame, method: str, weight: str) -> dict[str, float]:
    if rows.empty:
        return {"n": 0, "skill": np.nan, "wmae": np.nan, "bias": np.nan}
    error, none = rows[method] - rows["target"], rows["none"] - rows["target"]
    wmae, bias, of_none = (
        float(np.average(part, weights=rows[weight])) for part in (error.abs(), error, none.abs())
    )
    return {
        "n": len(rows),
        "skill": 1 - wmae / of_none if of_none > 0 else np.nan,
        "wmae": wmae,
        "bias": bias,
    }


def score_by(rows: pd.DataFrame, by: Sequence[str], method: str, weight: str) -> pd.DataFrame:
    """Return how close a method came in each group, beside "none".

    Args:
        rows: the `by` columns, target, none, the method and the weight; rows without one of them do not
        count.
        by: the columns to group by.
        method: the column to score.
        weight: the column of weights.

    Returns:
        the `by` columns, n, realised and predicted (means of target and method), bias, wmae, wmae_none (in
        the unit of the target) and skill (NULL where "none" has no error).
    """
    known = rows[rows["target"].notna() & rows[method].notna() & (rows[weight] > 0)]
    terms = pd.DataFrame(
        {
            "realised": known["target"],
            "predicted": known[method],
            "wmae": (known[method] - known["target"]).abs(),
            "wmae_none": (known["none"] - known["target"]).abs(),
        }
    ).astype(float)
    keys, weights = [known[name] for name in by], known[weight].astype(float)
    total = weights.groupby(keys, observed=True).sum()
    sums = terms.mul(weights, axis=0).groupby(keys, observed=True).sum()
    means = sums.div(total, axis=0)
    means.insert(0, "n", known.groupby(list(by), observed=True).size())
    means.insert(3, "bias", means["predicted"] - means["realised"])
    return means.assign(skill=1 - ratio(means["wmae"], means["wmae_none"])).reset_index()


def banded(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that have what came and a band."""
    return rows.dropna(subset=["target", "band_low", "band_high"])


def score_band(rows: pd.DataFrame, by: Sequence[str] = ()) -> pd.DataFrame:
    """Return what the band held, in one row, or in a row for each group.

    Args:
        rows: target, band_low, band_high and p95 ($/MWh); rows without a band do not count.
        by: the columns to group by.

    Returns:
        the `by` columns and BAND_SCORES: n, coverage and below_p95 (fractions), width (mean, $/MWh); no row
        without a band.
    """
    known = banded(rows)
    flags = known[list(by)].assign(
        coverage=known["target"].between(known["band_low"], known["band_high"]).astype(float),
        width=(known["band_high"] - known["band_low"]).astype(float),
        below_p95=(known["target"] <= known["p95"]).astype(float),
    )
    groups = flags.groupby(list(by), observed=True) if by else flags.groupby(np.zeros(len(flags), int))
    table = groups[BAND_SCORES[1:]].mean()
    table.insert(0, "n", groups.size())
    return table.reset_index(drop=not by)


def reliability(rows: pd.DataFrame) -> pd.DataFrame:
    """Return for each level of NOMINAL what the middle of the residuals held: nominal, held (fractions), n.

    Args:
        rows: what `lib.calc.backtest_vlr.predict_vlr` returns.
    """
    held = {nominal: rows[held_column(nominal)].astype(float) for nominal in NOMINAL}
    return pd.DataFrame(
        {
            "nominal": list(NOMINAL),
            "held": [part.mean() for part in held.values()],
            "n": [int(part.count()) for part in held.values()],
        }
    )


def count_unscored(parts: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Return what cannot be scored, and why.

    Args:
        parts: name -> predictions with location, period and reason.

    Returns:
        part, reason, n (targets), locations and periods (in words): a row for each part and reason.
    """
    named = [frame[frame["reason"].notna()].assign(part=name) for name, frame in parts.items()]
    rows = pd.concat([frame[["part", "reason", "location", "period"]] for frame in named if len(frame)] or [
        pd.DataFrame(columns=["part", "reason", "location", "period"])
    ])  # fmt: skip
    groups = rows.astype(str).groupby(["part", "reason"], sort=False)
    table = groups.agg(n=("location", "size"), locations=("location", _names), periods=("period", _names))
    return table.reset_index()


def _names(names: pd.Series) -> str:
    return ", ".join(sorted(set(names)))
