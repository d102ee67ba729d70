"""The backtest of an ISO: what the past of each stored period would have said of it, beside what came.

1. `run_backtest` cuts the inputs of a notebook into the four lines of a price, finds the targets that each
   has, and predicts them (`lib.calc.origins`, `lib.calc.backtest_vlr`, `lib.calc.backtest_lines`).
2. `find_verdict` says what follows in words (`lib.calc.verdict`); the other functions make the tables of the
page.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from lib.calc import backtest_lines, backtest_vlr
from lib.calc.grid import by_location
from lib.calc.origins import Origin, describe_origins, rolling_origins
from lib.calc.scores import count_unscored, score_band, score_by, score_methods
from lib.calc.verdict import LINE_WORDS, METHOD_WORDS, judge_line, judge_vlr
from lib.calc.vlr import hourly_vlr
from lib.calc.vlr_blocks import HELPS, NO_HELP
from lib.events import is_event
from lib.hub_map import zone_hubs
from lib.markets import MEASURES, locations
from lib.pipeline.steps.context import Context, window_hours
from lib.pipeline.steps.inputs import Inputs
from lib.pipeline.steps.publishing import written_rows
from lib.store.backtests import write_backtest

VLR = "VLR"

METHODS = {
    VLR: backtest_vlr.VLR_METHODS,
    "DA-RT adjustment": backtest_lines.LINE_METHODS,
    "Zone basis": backtest_lines.LINE_METHODS,
    "Shape": backtest_lines.SHAPE_METHODS,
}
"""The lines of a price that are scored, and the methods of each, the one that prices first."""

LINE_METHOD_WORDS = {
    "robust": "typical, as the cost curve has it",
    "mean": "mean of the window",
    "blended": "as the cost curve has it",
    "year_mean": "mean of years",
    "half_life_1y": "half-life of one year",
    "last_year": "last year",
}
"""The methods of the other lines as people call them; "none" is in LINE_WORDS."""

NOT_IN_CURVE = "typical; the cost curve has none"
"""The same for the DA-RT adjustment of an ISO whose forwards settle on day-ahead prices."""

NO_ADJUSTMENT = "The cost curve has no DA-RT adjustment: all forwards of {iso} settle on day-ahead prices."

FEW_MONTHS = (
    "Less than two years are stored, so each month is compared with the months before it: the verdict "
    "rests on few months, which belong together. Store two years before you act on it."
)


@dataclass(frozen=True)
class ScoredLine:
    """What was predicted of one line of a price: rows with a reason cannot be scored.

    Attributes:
        rows: the predictions, beside what came.
        origins: the targets.
        n_months: the number of months that have values.
    """

    rows: pd.DataFrame
    origins: tuple[Origin, ...]
    n_months: int

    @property
    def scored(self) -> pd.DataFrame:
        """The predictions that can be scored."""
        return self.rows[self.rows["reason"].isna()]


@dataclass(frozen=True)
class Backtest:
    """What was predicted of each line of a price (a key of METHODS) of an ISO."""

    iso: str
    lines: dict[str, ScoredLine]

    @property
    def vlr(self) -> pd.DataFrame:
        """The predictions of VLR that can be scored."""
        return self.lines[VLR].scored

    @property
    def is_by_month(self) -> bool:
        """Whether the targets of VLR are months, for want of two years."""
        return any(origin.is_month for origin in self.lines[VLR].origins)

    @property
    def has_adjustment(self) -> bool:
        """Whether a forward settles on real-time prices; only then a curve has a DA-RT adjustment."""
        return bool(zone_hubs(self.iso)["settlement_market"].eq("rt").any())


def run_backtest(context: Context, inputs: Inputs) -> Backtest:
    """Return the predictions of all lines of a price on all targets that the window has.

    Args:
        context: what `open_context` returns.
        inputs: of all locations, with the price at which metered load settles.
    """
    hours, grid, hubs = window_hours(context), inputs.grid, zone_hubs(context.iso)
    zones = [zone.name for zone in locations(context.iso, "zone")]
    of_zones = grid[grid["location"].isin(zones)]
    left_out = is_event(context.iso, hours["market_date"])
    da, rt = (by_location(grid, MEASURES[name].column) for name in ("da_lmp", "rt_lmp"))
    at_hubs = backtest_lines.hub_differences(da, rt, hubs["hub_location"].dropna().unique())
    basis = backtest_lines.basis_differences(da, hubs)
    months = backtest_vlr.sum_months(hours, zones, hourly_vlr(of_zones))
    shapes = backtest_lines.sum_shape(hours, zones, of_zones, left_out)
    return Backtest(
        context.iso,
        {
            VLR: _line(months, lambda targets: backtest_vlr.predict_vlr(months, targets)),
            "DA-RT adjustment": _difference(at_hubs, hours, left_out),
            "Zone basis": _difference(basis, hours, left_out),
            "Shape": _line(shapes.months(), lambda targets: backtest_lines.predict_shape(shapes, targets)),
        },
    )


def _line(months: pd.DataFrame, predict: Callable[[tuple[Origin, ...]], pd.DataFrame]) -> ScoredLine:
    """Return the predictions on the targets that the months with values have."""
    known = months.loc[months["n_hours"] > 0, "number"]
    origins = rolling_origins(known)
    return ScoredLine(predict(origins), origins, known.nunique())


def _difference(differences: pd.DataFrame, hours: pd.DataFrame, left_out: np.ndarray) -> ScoredLine:
    means, usual = (backtest_lines.difference_months(differences, hours, mask) for mask in (None, left_out))
    return _line(means, lambda targets: backtest_lines.predict_differences(means, usual, targets))


def describe_backtest(backtest: Backtest) -> dict[str, str]:
    """Return how the lines are scored: their names -> text; lines that are scored alike share one."""
    names: dict[str, list[str]] = {}
    for name, line in backtest.lines.items():
        names.setdefault(describe_origins(line.origins, line.n_months), []).append(name)
    return {f"Targets of {', '.join(alike)}": text for text, alike in names.items()}


def find_verdict(backtest: Backtest) -> list[str]:
    """Return the verdict in words: a text on VLR, its main sentence first, and one on the other lines."""
    if not any(line.origins for line in backtest.lines.values()):
        why = "; ".join(describe_backtest(backtest).values())
        return [f"There is no verdict on {backtest.iso}: {why}."]
    vlr = judge_vlr(backtest.iso, backtest.vlr, METHODS[VLR])
    few = [FEW_MONTHS] if backtest.is_by_month else []
    others = [judge_line(name, backtest.lines[name].scored) for name in LINE_WORDS]
    unused = [] if backtest.has_adjustment else [NO_ADJUSTMENT.format(iso=backtest.iso)]
    return [" ".join([*vlr, *few]), " ".join([*others, *unused])]


def method_table(backtest: Backtest) -> pd.DataFrame:
    """Return the scores of each method of VLR: method (in words), n, bias, wmae, skill."""
    scores = score_methods(backtest.vlr, METHODS[VLR], "rt_load_mwh")
    return scores.assign(method=scores["method"].map(METHOD_WORDS))[["method", "n", "bias", "wmae", "skill"]]


def zone_scores(backtest: Backtest) -> pd.DataFrame:
    """Return how close priced VLR came in each zone, and in words whether it was better than no VLR.

    Returns:
        location, n, realised, predicted, bias, wmae, wmae_none ($/MWh), skill, verdict.
    """
    zones = score_by(backtest.vlr, ["location"], "priced", "rt_load_mwh")
    verdict = pd.Series(NO_HELP, zones.index, dtype=object).mask(zones["skill"] > 0, HELPS)
    return zones.assign(verdict=verdict.where(zones["skill"].notna()))


def block_table(backtest: Backtest) -> pd.DataFrame:
    """Return realised and priced VLR of each month and block over all zones and targets.

    Returns:
        block_type, month, n, realised, predicted, bias, wmae, wmae_none ($/MWh), skill.
    """
    return score_by(backtest.vlr, ["block_type", "month"], "priced", "rt_load_mwh")


def line_table(backtest: Backtest) -> pd.DataFrame:
    """Return the scores of each method of the other lines: part, method (in words), n, bias, wmae, skill."""
    tables = []
    for name, (_, none) in LINE_WORDS.items():
        scores = score_methods(backtest.lines[name].scored, METHODS[name], "n_hours")
        is_unused = name == "DA-RT adjustment" and not backtest.has_adjustment
        own = {"robust": NOT_IN_CURVE} if is_unused else {}
        words = scores["method"].map({**LINE_METHOD_WORDS, **own, "none": none})
        tables.append(scores.assign(part=name, method=words))
    return pd.concat(tables, ignore_index=True)[["part", "method", "n", "bias", "wmae", "skill"]]


def place_table(backtest: Backtest) -> pd.DataFrame:
    """Return by location how close the other lines came: part, location, n, bias, wmae, wmae_none, skill."""
    tables = [
        score_by(backtest.lines[name].scored, ["location"], method, "n_hours").assign(part=name)
        for name, (method, _) in LINE_WORDS.items()
    ]
    columns = ["part", "location", "n", "bias", "wmae", "wmae_none", "skill"]
    return pd.concat(tables, ignore_index=True)[columns]


def unscored_table(backtest: Backtest) -> pd.DataFrame:
    """Return what cannot be scored, and why: part, reason, n, locations and periods in words."""
    table = count_unscored({name: line.rows for name, line in backtest.lines.items()})
    all_of = {name: line.rows["location"].nunique() for name, line in backtest.lines.items()}
    places = [
        f"all {n}" if row.locations.count(", ") + 1 == (n := all_of[row.part]) > 1 else row.locations
        for row in table.itertuples()
    ]
    return table.assign(locations=places)


def line_skills(backtest: Backtest) -> dict[str, float]:
    """Return the skill of each other line as the cost curve has it: a fraction, NULL without a target."""
    scores = {
        name: score_methods(backtest.lines[name].scored, (method,), "n_hours")
        for name, (method, _) in LINE_WORDS.items()
    }
    return {name: float(score["skill"].iloc[0]) for name, score in scores.items()}


def count_unscored_vlr(backtest: Backtest) -> int:
    """Return how many zones, months and blocks of VLR cannot be scored."""
    return int(backtest.lines[VLR].rows["reason"].notna().sum())


def rows_of_zone(backtest: Backtest, zone: str) -> pd.DataFrame:
    """Return the predictions of VLR of one zone that can be scored."""
    rows = backtest.vlr
    return rows[rows["location"] == zone]


def publish_backtest(context: Context, backtest: Backtest) -> pd.DataFrame:
    """Store scores and verdict of a run, if the notebook publishes; return the counts of what was written."""
    if context.task is None:
        return written_rows({})
    count = write_backtest(context.db, stored_row(context, backtest), context.task)
    return written_rows({f"backtest of {context.iso}": count})


def stored_row(context: Context, backtest: Backtest) -> pd.DataFrame:
    """Return the row of the table `backtest`, without its key."""
    rows, verdict = backtest.vlr, find_verdict(backtest)
    priced = score_methods(rows, ("priced",), "rt_load_mwh").iloc[0]
    band = score_band(rows)
    targets = sorted(rows["period"].unique())
    return pd.DataFrame(
        {
            "is_study": [context.study is not None],
            "first_target": [targets[0] if targets else None],
            "last_target": [targets[-1] if targets else None],
            "n_scored": [int(priced["n"])],
            "n_unscored": [count_unscored_vlr(backtest)],
            "skill": [priced["skill"]],
            "bias": [priced["bias"]],
            "coverage": [float("nan") if band.empty else band["coverage"].iloc[0]],
            "width": [float("nan") if band.empty else band["width"].iloc[0]],
            "verdict": [verdict[0]],
            "other_verdict": [verdict[1] if len(verdict) > 1 else None],
        }
    )
