"""Describe and store realised against quoted: sentences and tables of its page, and figures of the run."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from lib.calc.realised import COSTS, MIN_SHARE, PARTS, compare_quoted, list_parts, sum_zones, what_came
from lib.pipeline.steps.context import Context
from lib.pipeline.steps.inputs import HOLIDAY_WORDS, load_bases
from lib.pipeline.steps.publishing import written_rows
from lib.pipeline.steps.realised_inputs import Realised
from lib.present.columns import column_format
from lib.present.formats import Format
from lib.store.realised import write_realised_costs

CAUSES = {
    "the day-ahead price of the hub": ["hub_price", "da_rt_adjustment"],
    "the zone basis": ["zone_basis"],
    "the shape of prices and load": ["price_shape", "load_shift"],
    "the covariance": ["covariance"],
    "the imbalance (VLR)": ["vlr"],
    "the risk line": ["risk"],
}
"""What a sentence calls the parts of the difference, those together that only split one cause."""

PERIODS = {"day": "the day", "month": "the month to date"}
"""The periods that a run stores, and what a sentence calls them."""

STORED = [
    *("location", "period", "first_day", "last_day", "n_hours", "n_left_out", "is_complete", "rt_load_mwh"),
    *("quoted_cost", "realised_cost", "difference", *PARTS),
]


PART_HEADINGS = {
    "part": Format("Part"),
    **{side: Format(side.capitalize(), "{:,.2f}") for side in ("quoted", "realised")},
    "difference": Format("Difference", "{:+,.2f}"),
}
"""The columns of `lib.calc.realised.list_parts`, as people read them."""

CAME_HEADINGS = {"realised_cost": "Cost to serve (energy), $/MWh", "n_left_out": "Hours without a cost"}

CURVE_HEADINGS = {"as_of": Format("As of"), "trade_date": Format("Forwards of")}

ZONE_HEADINGS = {name: replace(column_format(name), number="{:+,.2f}") for name in ("difference", *PARTS)} | {
    "completeness": Format("Hours are")
}
"""The columns of `zone_table` that are differences show their sign."""


@dataclass(frozen=True)
class Periods:
    """Both periods by zone, as `lib.calc.realised.compare_quoted` has them, and the zone of the charts."""

    day: pd.DataFrame
    month: pd.DataFrame
    zone: str

    @property
    def is_quoted(self) -> bool:
        """Whether a curve priced an hour of either period that came."""
        return bool(self.month["realised_cost"].notna().any())


def compare_periods(inputs: Realised) -> Periods:
    """Return the figures of the last full day and of its month to date."""
    month = compare_quoted(inputs.hours)
    loads = inputs.hours.groupby("location", sort=False)["rt_load_mw"].sum()
    served = month.set_index("location")["rt_load_mwh"]
    zone = str((served if served.max() > 0 else loads).idxmax())
    return Periods(compare_quoted(inputs.of_day), month, zone)


def describe_realised(context: Context, inputs: Realised) -> dict[str, str]:
    """Return what the page is computed from, label -> text."""
    return {
        "ISO": context.iso,
        "Day": f"{inputs.day}{_why_earlier(context, inputs)}",
        "Month to date": describe_days(inputs),
        "Quoted by": describe_curves(inputs),
        "Source": f"{context.source_spec} (simulated)" if context.is_demo else context.source_spec,
        "Day-ahead load": load_bases(inputs.series),
        "Holidays": HOLIDAY_WORDS[context.holidays],
    }


def describe_days(inputs: Realised) -> str:
    """Return the days of the month to date, in words."""
    return f"{inputs.day:%Y-%m}-01 to {inputs.day}"


def describe_curves(inputs: Realised) -> str:
    """Return which official curves quoted the days, in words."""
    known = inputs.curves.dropna(subset="version_id")
    parts = [
        f"version {version_id:.0f} as of {its['as_of'].iloc[0]:%Y-%m-%d}, forwards of "
        f"{its['trade_date'].iloc[0]} ({len(its)} day{'s' * (len(its) != 1)})"
        for version_id, its in known.groupby("version_id", sort=False)
    ]
    n_without = len(inputs.curves) - len(known)
    if n_without:
        parts.append(f"none ({n_without} day{'s' * (n_without != 1)})")
    return "; ".join(parts)


def head_messages(context: Context, inputs: Realised, compared: Periods) -> list[str]:
    """Return what a reader must know first: the answer in a sentence for each period, and what is wrong."""
    texts = []
    if compared.is_quoted:
        texts += [describe_period(context.iso, inputs, compared, period) for period in PERIODS]
    else:
        texts.append(_why_not(inputs))
    if not inputs.is_full:
        texts.append(
            f"No day of this month and the last has prices and loads in {MIN_SHARE:.0%} of its hours: "
            f"shown is {inputs.day}, as far as it is known."
        )
    elif _why_earlier(context, inputs):
        texts.append(f"Shown is {inputs.day}{_why_earlier(context, inputs)}.")
    n_later = int(inputs.curves["is_later"].eq(True).sum())
    if n_later and compared.is_quoted and not context.is_demo:
        texts.append(
            f"{n_later} day{'s are' if n_later != 1 else ' is'} compared with a curve that was computed "
            "after the day had begun, by a run with --as-of: nobody could price with it then."
        )
    return texts


def describe_period(iso: str, inputs: Realised, compared: Periods, period: str) -> str:
    """Return the answer for a period in a sentence: what came, what was quoted, and what moved it most."""
    whole = sum_zones(getattr(compared, period)).iloc[0]
    when = f"{inputs.day}" if period == "day" else describe_days(inputs)
    return f"{when}: {describe_difference(iso, whole)}"


def describe_difference(iso: str, whole: pd.Series) -> str:
    """Return in a sentence what serving an ISO cost, what was quoted, and which part moved it most.

    Args:
        iso: the ISO.
        whole: a row of `lib.calc.realised.sum_zones`.
    """
    if np.isnan(whole["difference"]):
        return f"there is nothing to compare for {iso}, because no hour has a quoted and a realised cost."
    direction = "more" if whole["difference"] >= 0 else "less"
    n_left_out, n_incomplete = int(whole["n_left_out"]), int(whole["n_incomplete"])
    left_out = (
        f" {n_left_out:,} of {n_left_out + whole['n_hours']:,.0f} hours of zones are not in it: they lack a "
        "curve, a price or a load."
        if n_left_out
        else ""
    )
    incomplete = (
        f" Incomplete: {n_incomplete} of {whole['n_zones']:.0f} zones lack more than "
        f"{1 - MIN_SHARE:.0%} of the hours."
        if n_incomplete
        else ""
    )
    distance = f"{abs(whole['difference']):,.2f} {direction}"
    return (
        f"serving {iso} cost {whole['realised_cost']:,.2f} $/MWh, {distance} than the "
        f"{whole['quoted_cost']:,.2f} of the official curve. What moved it most: "
        f"{_largest_causes(whole)}.{left_out}{incomplete}"
    )


def _largest_causes(whole: pd.Series, n: int = 2) -> str:
    """Return the causes that moved a row most, up or down, in words."""
    causes = {cause: float(whole[parts].sum()) for cause, parts in CAUSES.items()}
    largest = sorted(causes, key=lambda cause: -abs(causes[cause]))[:n]
    return " and ".join(f"{cause} ({causes[cause]:+,.2f})" for cause in largest)


def by_day(inputs: Realised, zone: str) -> pd.DataFrame:
    """Return market_date, quoted_cost and realised_cost of a zone; without a curve realised_cost alone."""
    own = inputs.hours[inputs.hours["location"] == zone]
    compared = compare_quoted(own, ["location", "market_date"])
    came = what_came(own, ["location", "market_date"])
    days = compared[["market_date", "quoted_cost", "realised_cost", "is_complete"]]
    days = days.assign(realised_cost=days["realised_cost"].fillna(came["realised_cost"]))
    return days.drop(columns="is_complete")


def shown_parts(frame: pd.DataFrame) -> list[str]:
    """Return the parts that are not 0 in every row, such as the risk line where none is priced."""
    return [part for part in PARTS if frame[part].abs().max() > 0]


def part_table(row: pd.DataFrame) -> pd.DataFrame:
    """Return the parts of a row of `compare_quoted` by their headings: part, quoted, realised, difference."""
    parts = list_parts(row)
    return parts.assign(part=[column_format(part).heading.removesuffix(", $/MWh") for part in parts["part"]])


def curve_table(inputs: Realised) -> pd.DataFrame:
    """Return which curve days are compared with: first_day, last_day, version_id, as_of, trade_date."""
    curves = inputs.curves
    is_other = curves["version_id"].fillna(0).diff().ne(0).cumsum()
    columns = {name: (name, "first") for name in ("version_id", "as_of", "trade_date")}
    ends = {"first_day": ("market_date", "min"), "last_day": ("market_date", "max")}
    return curves.groupby(is_other).agg(**ends, **columns).reset_index(drop=True)


def zone_table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the zones of a period as a page shows them: costs, the parts that any zone has, hours left out.

    Whether the hours are complete has a column, beside the zone, only if those of a zone are not.
    """
    table = frame.assign(completeness=np.where(frame["is_complete"], "complete", "incomplete"))
    notes = [] if frame["is_complete"].all() else ["completeness"]
    return table[["location", *notes, *COSTS, *shown_parts(frame), "n_left_out"]]


def publish_realised(context: Context, inputs: Realised, compared: Periods) -> pd.DataFrame:
    """Store the figures of both periods, if there was a quote, and return the counts as `written_rows`."""
    if context.task is None or not compared.is_quoted:
        return written_rows({})
    first = {"day": pd.Timestamp(inputs.day), "month": inputs.hours["market_date"].min()}
    rows = pd.concat(
        [
            getattr(compared, period).assign(
                period=period, first_day=first[period], last_day=pd.Timestamp(inputs.day)
            )
            for period in PERIODS
        ],
        ignore_index=True,
    )
    counts = write_realised_costs(context.db, context.iso, rows[STORED], context.task)
    return written_rows({f"realised_cost of {context.iso}": counts})


def _why_earlier(context: Context, inputs: Realised) -> str:
    """Return why the day is not yesterday, to end a sentence; empty if it is."""
    n_days = (context.window.as_of - inputs.day).days - 1
    if not n_days:
        return ""
    return f", {n_days} day{'s' * (n_days != 1)} before yesterday: later days lack prices or loads"


def _why_not(inputs: Realised) -> str:
    """Return why nothing is compared, and from when on something will be."""
    if inputs.has_quote:
        return "Nothing is compared: no hour that an official curve priced has all prices and loads yet."
    month = f"{inputs.day:%B %Y}"
    return (
        f"Nothing is compared yet: no official cost curve that prices {month} was published before the days "
        "came. A curve prices the months after the day of its run, so the comparison begins with the first "
        "month of the first official curve. What came is shown below."
    )
