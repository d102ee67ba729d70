"""What the pages say of how far their numbers can be trusted: events, rules and years put to the figures.

`lib.calc.diagnostics` and `lib.calc.drift` compute the figures; here they get the names of the market's
events and regimes, and sentences.
"""

from __future__ import annotations

import pandas as pd

from lib.calc import diagnostics, drift
from lib.calc.diagnostics import ALL_ZONES, MIN_NET_SHARE, N_DAYS, NEAR_ZERO
from lib.calc.drift import DRIFTS
from lib.calc.regimes import parts_of
from lib.events import market_events
from lib.pipeline.steps.context import Context
from lib.pipeline.steps.regimes import change_days, describe_regimes, find_regimes, part_names, regime_figures
from lib.present.charts.bands import window_name
from lib.present.formats import Format

YEAR_COLUMNS = ["part", "first_day", "last_day", "cost_per_mwh", "cost_weighted"]


NEAR_ZERO_COLUMNS = [
    *("location", "n_hours", "n_under_1", "share_under_1", "n_under_5", "share_under_5"),
    *("mean_ratio", "mean_ratio_without_1", "mean_ratio_without_5"),
    *("cost_weighted", "cost_weighted_without_5"),
]
"""The columns of `lib.calc.diagnostics.near_zero_hours` that the page shows."""

NEAR_ZERO_HEADINGS = {
    **{f"n_under_{low:g}": Format(f"Under ${low:g}", "{:,.0f}") for low in NEAR_ZERO},
    **{f"share_under_{low:g}": Format(f"Under ${low:g}, %", "{:,.2f}", 100.0) for low in NEAR_ZERO},
    "mean_ratio": Format("Mean of ratios, %", "{:,.3f}", 100.0),
    "mean_ratio_without_1": Format("not under $1, %", "{:,.3f}", 100.0),
    "mean_ratio_without_5": Format("not under $5, %", "{:,.3f}", 100.0),
    "cost_weighted": Format("VLR, %", "{:,.3f}", 100.0),
    "cost_weighted_without_5": Format("VLR not under $5, %", "{:,.3f}", 100.0),
}
"""These columns as people read them."""

SLOPE_HEADINGS = {
    "standard_error": Format("Standard error, $/MWh", "{:,.4f}"),
    "verdict": Format("In $/MWh"),
    "n_months": Format("Year-months", "{:,.0f}"),
}
"""The columns of `lib.calc.drift.vlr_slopes` that this table names otherwise."""

SHAPE_HEADINGS = {
    "slope": Format("Move a year", "{:+,.3f}"),
    "standard_error": Format("Standard error", "{:,.3f}"),
    "verdict": Format("The move is"),
    "n_months": SLOPE_HEADINGS["n_months"],
}
"""The columns of `lib.calc.drift.shape_slopes`, as people read them."""

SHAPES = {"peak_ratio": "5x16 over other hours", "dearest_ratio": "dearest HE over mean"}
"""The figures of a shape, as people read them."""


def name_dearest_days(context: Context, costs: pd.DataFrame) -> pd.DataFrame:
    """Return the days that cost most over all zones, with the event to which each belongs.

    Args:
        context: what `open_context` returns.
        costs: what `lib.calc.diagnostics.daily_costs` returns.

    Returns:
        market_date, event (NULL where no row of events.csv has the day), and the other columns of
        `lib.calc.diagnostics.dearest_days`.
    """
    days = diagnostics.dearest_days(costs)
    days.insert(1, "event", event_names(context.iso, days["market_date"]))
    return days


def event_names(iso: str, days: pd.Series) -> pd.Series:
    """Return the event of an ISO to which each day belongs; NULL where there is none."""
    names = pd.Series(None, index=days.index, dtype=object)
    for event in market_events(iso).itertuples():
        names = names.mask(days.between(event.start, event.end), event.event)
    return names


def vlr_by_year_and_regime(context: Context, hourly: pd.DataFrame) -> pd.DataFrame:
    """Return the VLR of all zones in each year, and before and from each change of rules in the window.

    Args:
        context: what `open_context` returns.
        hourly: what `lib.calc.vlr.hourly_vlr` returns.

    Returns:
        part (the year, or such as "before ECRS"), first_day, last_day, cost_per_mwh ($/MWh), cost_weighted.
    """
    years = drift.vlr_by_year(hourly)
    whole = years[years["location"] == ALL_ZONES]
    rows = [whole.assign(part=whole["year"].astype(str)), regime_figures(context, hourly)]
    return pd.concat([part[YEAR_COLUMNS] for part in rows if len(part)], ignore_index=True)


def spread_over_years(years: pd.DataFrame) -> pd.DataFrame:
    """Return VLR in $/MWh with a column for each year: location, then the years.

    Args:
        years: what `lib.calc.drift.vlr_by_year` returns.
    """
    return _spread(years, years["year"].astype(str))


def spread_over_windows(windows: pd.DataFrame) -> pd.DataFrame:
    """Return VLR in $/MWh with a column for each window: location, then "last year" to "all days".

    Args:
        windows: what `lib.calc.diagnostics.window_sensitivity` returns.
    """
    return _spread(windows, windows["last_years"].map(window_name))


def _spread(rows: pd.DataFrame, column: pd.Series) -> pd.DataFrame:
    """Return cost_per_mwh of each location, in a column for each name; both in the sequence of the rows."""
    table = rows.assign(column=column).pivot(index="location", columns="column", values="cost_per_mwh")
    table = table.reindex(index=rows["location"].unique(), columns=column.unique())
    return table.rename_axis(columns=None).reset_index()


def three_decimals(table: pd.DataFrame) -> dict[str, Format]:
    """Return the formats of a table's columns of $/MWh, which are all but the first."""
    return {name: Format(name, "{:,.3f}") for name in table.columns[1:]}


def name_shapes(slopes: pd.DataFrame) -> pd.DataFrame:
    """Return the slopes of a shape with the names of its figures as people read them."""
    return slopes.assign(shape_figure=slopes["shape_figure"].map(SHAPES))


def shape_by_year_and_regime(context: Context, hours: pd.DataFrame) -> pd.DataFrame:
    """Return the shape of a location's prices in each year, and before and from each change of rules.

    Args:
        context: what `open_context` returns.
        hours: the grid of one location.

    Returns:
        part, and the columns of `lib.calc.drift.shape_by`.
    """
    parts = [drift.shape_by(hours.assign(part=hours["year"].astype(str)), ["part"])]
    if regimes := find_regimes(context):
        number = parts_of(hours["market_date"], change_days(regimes))
        cut = drift.shape_by(hours.assign(part=number), ["part"])
        names = part_names(regimes)
        parts.append(cut.assign(part=[names[one] for one in cut["part"]]))
    return pd.concat(parts, ignore_index=True)


def describe_trust(
    context: Context,
    near_zero: pd.DataFrame,
    shares: pd.DataFrame,
    slopes: pd.DataFrame,
    windows: pd.DataFrame,
) -> pd.DataFrame:
    """Return what the figures say, in sentences: subject, finding.

    Args:
        context: what `open_context` returns.
        near_zero: what `lib.calc.diagnostics.near_zero_hours` returns.
        shares: what `lib.calc.diagnostics.dear_day_shares` returns.
        slopes: what `lib.calc.drift.vlr_slopes` returns.
        windows: what `lib.calc.diagnostics.window_sensitivity` returns.
    """
    findings = {
        "Mean of ratios": describe_near_zero(near_zero),
        "Dear days": describe_dear_days(shares.iloc[0]),
        "Drift": describe_drift(slopes),
        "Market rules": describe_rules(context),
        "Window": describe_windows(windows),
    }
    return pd.DataFrame({"subject": list(findings), "finding": list(findings.values())})


def describe_near_zero(near_zero: pd.DataFrame) -> str:
    """Return what the hours near zero do to the mean of ratios of the zone that has the most of them."""
    low = f"{NEAR_ZERO[0]:g}"
    zone = near_zero.loc[near_zero[f"n_under_{low}"].idxmax()]
    n = zone[f"n_under_{low}"]
    if not n:
        return f"No hour that counts has a day-ahead price under ${low}/MWh in size."
    return (
        f"{zone['location']} has the most hours with a day-ahead price under ${low}/MWh in size: {n:,.0f} of "
        f"{zone['n_hours']:,.0f}. Without them its mean of ratios is "
        f"{_percent(zone[f'mean_ratio_without_{low}'])} and not {_percent(zone['mean_ratio'])}; its "
        f"cost-weighted VLR is {_percent(zone[f'cost_weighted_without_{low}'])} and not "
        f"{_percent(zone['cost_weighted'])}."
    )


def describe_dear_days(whole: pd.Series) -> str:
    """Return what the dearest days over all zones are of all cost."""
    gross = f"{_share(whole['share_of_gross'])} of the cost of the days that cost something"
    start = f"The {N_DAYS} dearest days of all zones together are"
    if pd.notna(whole["share_of_net"]):
        return f"{start} {_share(whole['share_of_net'])} of the cost of all days, and {gross}."
    return (
        f"{start} {gross}. Days that cost and days that save almost cancel out (the rest is under "
        f"{_share(MIN_NET_SHARE)} of both together, or a saving), so that a share of all cost means nothing."
    )


def describe_drift(slopes: pd.DataFrame) -> str:
    """Return how VLR moves from year to year, over all zones and in how many of them."""
    whole, zones = slopes.iloc[0], slopes.iloc[1:]
    if pd.isna(whole["slope"]):
        return "Nobody can tell: no calendar month has two years with most of their hours."
    n_moving = int((zones["verdict"] == DRIFTS).sum())
    return (
        f"Over all zones VLR moves by {whole['slope']:+.3f} $/MWh a year, with a standard error of "
        f"{whole['standard_error']:.3f}: {whole['verdict']}. In {n_moving} of {len(zones)} zones the move is "
        f"{DRIFTS}."
    )


def describe_rules(context: Context) -> str:
    """Return which changes of rules the window spans, or that it spans none."""
    changes = describe_regimes(context)
    return (
        f"{changes[0].upper()}{changes[1:]}."
        if changes
        else "No change that regimes.csv knows is in the window."
    )


def describe_windows(windows: pd.DataFrame) -> str:
    """Return how far VLR of the last years is from that of all days, over all zones."""
    whole = windows[windows["location"] == ALL_ZONES]
    every, last = whole.iloc[-1], whole.iloc[:-1]
    if last.empty:
        return "Nobody can tell: the history has a year or less."
    outside = last[~last["cost_per_mwh"].between(every["interval_low"], every["interval_high"])]
    names = ", ".join(f"the {window_name(years)}" for years in outside["last_years"])
    start = (
        f"All days say {every['cost_per_mwh']:.3f} $/MWh, with an estimator interval of "
        f"{every['interval_low']:.3f} to {every['interval_high']:.3f}; the last year says "
        f"{last.iloc[0]['cost_per_mwh']:.3f}."
    )
    if outside.empty:
        return f"{start} No shorter window lies outside the interval."
    return f"{start} Outside the interval: {names}. Say why you choose one window."


def _percent(fraction: float) -> str:
    return "without a value" if pd.isna(fraction) else f"{fraction * 100:.3f} %"


def _share(fraction: float) -> str:
    return "no share" if pd.isna(fraction) else f"{fraction * 100:.0f} %"
