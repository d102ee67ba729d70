"""What a backtest says of an ISO, in sentences that are computed from its scores.

The method (docs/method.md, "Backtest"): the skill of a method is the part of the error of "none" that it
saves.

    skill >= HELPS_FROM                it helped: so many percent closer to what came than none
    -HELPS_FROM < skill < HELPS_FROM   it was about as close as none
    skill <= -HELPS_FROM               it did not help: so many percent further away than none

A band that is made to hold 90 % is right if it held TOO_NARROW to TOO_WIDE. With fewer than LEAST_TARGETS
targets
there is no verdict: the sentence has the number instead.
"""

from __future__ import annotations

from enum import StrEnum

import numpy as np
import pandas as pd

from lib.calc.scores import score_band, score_by, score_methods

HELPS_FROM = 0.05
"""The skill from which a method helped, and its negative, from which it did harm: a fraction."""

TOO_NARROW, TOO_WIDE = 0.85, 0.95
"""The coverage of a 90 % band below which it is too narrow, and above which it is wider than it must be."""

LEAST_TARGETS = 36
"""The number of targets below which there is no verdict."""

METHOD_WORDS = {
    "priced": "priced VLR",
    "cost_per_mwh": "the mean of the past in $/MWh (cost_per_mwh)",
    "cost_weighted": "the percent of the past (cost_weighted) times the price",
    "mean_ratio": "the mean of ratios times the price",
    "half_life_1y": "cost_per_mwh with a half-life of one year",
    "last_year": "last year's VLR",
    "none": "no VLR",
}
"""The methods of VLR as people call them."""

LINE_WORDS = {
    "DA-RT adjustment": ("robust", "no adjustment"),
    "Zone basis": ("robust", "no basis"),
    "Shape": ("blended", "a flat block"),
}
"""The other lines of a price: the method that the pages price with, and what "none" is."""


class Judgement(StrEnum):
    """What a skill says, in words."""

    HELPED = "helped"
    LITTLE = "made little difference"
    HARMED = "did not help"
    UNKNOWN = "cannot be judged"


def judge(skill: float, n: int) -> Judgement:
    """Return what a skill (a fraction) over n targets says."""
    if n < LEAST_TARGETS or np.isnan(skill):
        return Judgement.UNKNOWN
    if skill >= HELPS_FROM:
        return Judgement.HELPED
    return Judgement.HARMED if skill <= -HELPS_FROM else Judgement.LITTLE


def judge_vlr(iso: str, rows: pd.DataFrame, methods: tuple[str, ...]) -> list[str]:
    """Return the verdict on the VLR of an ISO, the main sentence first.

    Args:
        iso: its name.
        rows: what `lib.calc.backtest_vlr.predict_vlr` returns, those that can be scored.
        methods: the columns of the methods; "priced" is judged, the others compared.
    """
    scores = score_methods(rows, methods, "rt_load_mwh").set_index("method")
    n, skill = int(scores.loc["priced", "n"]), float(scores.loc["priced", "skill"])
    if judge(skill, n) is Judgement.UNKNOWN:
        return [
            f"There is no verdict on VLR in {iso}: {_count(n)} can be scored, and {LEAST_TARGETS} are needed."
        ]
    main = f"{_closeness(iso, skill, n)}, {describe_periods(rows)}"
    sentences = [f"{main}; {describe_held(rows)}.", _describe_level(rows)]
    return [*sentences, *_describe_best(scores, has_years=not has_months(rows)), *_describe_zones(rows)]


def _closeness(iso: str, skill: float, n: int) -> str:
    percent = f"{abs(skill) * 100:.0f} %"
    match judge(skill, n):
        case Judgement.HELPED:
            return f"In {iso} the priced VLR was {percent} closer to what came than leaving VLR out"
        case Judgement.HARMED:
            return f"In {iso} the priced VLR was {percent} further from what came than leaving VLR out"
    direction = "closer" if skill >= 0 else "further away"
    return (
        f"In {iso} the priced VLR was about as close to what came as leaving VLR out ({percent} {direction})"
    )


def describe_periods(rows: pd.DataFrame) -> str:
    """Return over how many years, or months, rows with a `period` are: "over 3 years"."""
    n = rows["period"].nunique()
    unit = "month" if has_months(rows) else "year"
    return f"over {n} {unit}{'s' * (n != 1)}"


def has_months(rows: pd.DataFrame) -> bool:
    """Return whether the targets of rows with a `period` are months, for want of years."""
    return bool(rows["period"].astype(str).str.contains("-").any())


def describe_held(rows: pd.DataFrame) -> str:
    """Return what the 90 % band held, and whether it is too narrow or too wide."""
    table = score_band(rows)
    if table.empty:
        return "there was no band, for want of residuals"
    held = float(table["coverage"].iloc[0])
    text = f"the 90 % band held {held * 100:.0f} % of months and blocks"
    if held < TOO_NARROW:
        return f"{text}: it was too narrow"
    return f"{text}: wider than it must be" if held > TOO_WIDE else text


def _describe_level(rows: pd.DataFrame) -> str:
    """Return what VLR cost on average, and what was priced."""
    means = score_by(rows.assign(all=0), ["all"], "priced", "rt_load_mwh").iloc[0]
    return f"VLR came at {means['realised']:.2f} $/MWh on average, and {means['predicted']:.2f} was priced."


def _describe_best(scores: pd.DataFrame, *, has_years: bool) -> list[str]:
    """Return which method was closer than priced VLR by a margin that counts; or that no method helped.

    What to do without VLR follows from years only: a few months are too little to act on.
    """
    own, others = scores.loc["priced"], scores.drop(["priced", "none"])
    others = others[others["n"] >= own["n"] / 2]["skill"].dropna()
    best = None if others.empty else str(others.idxmax())
    if best and others[best] > 0 and others[best] >= own["skill"] + HELPS_FROM:
        return [f"Closest was {METHOD_WORDS[best]}: {others[best] * 100:.0f} % closer than no VLR."]
    if own["skill"] <= -HELPS_FROM and has_years:
        return [
            "VLR from history did not help, by any method: leave it out of the expected cost, and price its "
            "risk with the band (risk_lambda)."
        ]
    return []


def _describe_zones(rows: pd.DataFrame) -> list[str]:
    zones = score_by(rows, ["location"], "priced", "rt_load_mwh")
    bad = zones.loc[zones["skill"] <= 0, "location"].astype(str).tolist()
    if not bad:
        return ["Priced VLR was better than no VLR in every zone."] if len(zones) > 1 else []
    return [f"In {', '.join(bad)} it was no better than no VLR ({len(bad)} of {len(zones)} zones)."]


def judge_line(name: str, rows: pd.DataFrame) -> str:
    """Return the verdict on a line of the price other than VLR.

    Args:
        name: one of LINE_WORDS.
        rows: what `lib.calc.backtest_lines` predicts of it, those that can be scored.
    """
    method, none = LINE_WORDS[name]
    score = score_methods(rows, (method,), "n_hours").iloc[0]
    n, skill = int(score["n"]), float(score["skill"])
    percent = f"{abs(skill) * 100:.0f} %"
    match judge(skill, n):
        case Judgement.HELPED:
            return f"{name}: {percent} closer to what came than {none}, {describe_periods(rows)}."
        case Judgement.HARMED:
            return f"{name}: no help, {percent} further from what came than {none}, {describe_periods(rows)}."
        case Judgement.LITTLE:
            way = "closer" if skill >= 0 else "further away"
            return (
                f"{name}: about as close to what came as {none} ({percent} {way}), {describe_periods(rows)}."
            )
    return f"{name}: there is no verdict, {_count(n)} can be scored, and {LEAST_TARGETS} are needed."


def _count(n: int) -> str:
    return f"{n:,} target{'s' * (n != 1)}"
