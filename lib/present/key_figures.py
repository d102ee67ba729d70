"""The few figures that sum up a page; its report shows them first, wherever the notebook computes them.

A function for each notebook; below them, what the prices of a cost curve cover and which zones compare.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd

from lib.present.display import KeyFigures
from lib.present.formats import MISSING, MONTHS

Figure = tuple[str, str, str]
"""Name, figure and note, as people read them."""

Messages = Sequence[str]

RowText = Callable[[pd.Series], str]


def vlr(
    whole: pd.DataFrame,
    zones: pd.DataFrame,
    months: pd.DataFrame,
    year: pd.DataFrame,
    messages: Sequence[str] = (),
) -> KeyFigures:
    """Show the VLR of an ISO in its two units, where and when it is highest, and what a coming year may cost.

    Args:
        whole: cost_weighted (fraction), cost_per_mwh ($/MWh), n_hours, n_excluded, in one row.
        zones: location, cost_per_mwh.
        months: month, cost_per_mwh.
        year: location, priced, dependent_low, dependent_high ($/MWh) of the zone of the charts, in one row.
        messages: what the reader must know before the figures.
    """
    iso = whole.iloc[0]
    zone, month = _highest(zones, "cost_per_mwh"), _highest(months, "cost_per_mwh")
    return KeyFigures(
        [
            ("VLR, all zones", _text("{:.3f} %", iso["cost_weighted"] * 100), "of the day-ahead cost"),
            ("The same per MWh", _text("${:,.4f}", iso["cost_per_mwh"]), "of load served"),
            _figure("Zone with the highest VLR", zone, lambda row: row["location"], _cost),
            _figure("Month with the highest VLR", month, _month, _cost),
            _coming_year(year),
            ("Zone-hours used", f"{iso['n_hours']:,.0f}", f"{iso['n_excluded']:,.0f} left out"),
        ],
        messages,
    )


def _coming_year(year: pd.DataFrame) -> Figure:
    """Return the band of a coming year if all months move together, the wider of both in most markets."""
    known = _highest(year, "dependent_high")
    name = "A coming year, 9 times in 10"
    if known is None:
        return name, MISSING, "no band"
    low, high = (f"{known[end]:,.2f}" for end in ("dependent_low", "dependent_high"))
    note = f"$/MWh in {known['location']}, at past prices; ${known['priced']:,.2f} is priced"
    return name, f"{low} to {high}", note


def shaping(location: str, factors: pd.DataFrame, premiums: pd.DataFrame) -> KeyFigures:
    """Show how far the hours of one location are from their block's mean, and the largest load-shape premium.

    Args:
        location: the hub or zone of the factors.
        factors: month, he, block_type, year_mean (a factor of the block's mean price), of that location.
        premiums: location, block_type, premium (fraction).
    """
    dear, cheap = _highest(factors, "year_mean"), _highest(factors.assign(low=-factors["year_mean"]), "low")
    return KeyFigures(
        [
            _figure(f"Highest factor of {location}", dear, lambda row: f"{row['year_mean']:.3f}", _cell),
            _figure(f"Lowest factor of {location}", cheap, lambda row: f"{row['year_mean']:.3f}", _cell),
            _figure(
                "Largest load-shape premium",
                _highest(premiums, "premium"),
                lambda row: f"{row['premium'] * 100:.2f} %",
                lambda row: f"{row['location']}, {row['block_type']}",
            ),
        ]
    )


def cost_curves(zone: str, parts: pd.DataFrame, messages: Sequence[str] = ()) -> KeyFigures:
    """Show the cost to serve one zone, its forward and covariance, and the dearest and cheapest zone.

    The dearest and the cheapest are of the zones that compare. If no zone has a price only the messages show.

    Args:
        zone: the zone of the charts.
        parts: location, forward_price, covariance, vlr, cost_to_serve ($/MWh), n_priced and
            n_months (months of delivery with a price, and all), n_hours and n_excluded (hours with a price,
            and without).
        messages: what the reader must know before the figures.
    """
    if parts["cost_to_serve"].isna().all():
        return KeyFigures([], messages)
    own = _highest(parts[parts["location"] == zone], "cost_to_serve")
    n_hours = parts[["n_hours", "n_excluded"]].sum().sum()
    ranked = comparable_zones(parts)
    dear, cheap = (_highest(ranked.assign(rank=sign * ranked["cost_to_serve"]), "rank") for sign in (1, -1))

    def ranked_cost(row: pd.Series) -> str:
        return _cost_to_serve(row) + _among(parts)

    return KeyFigures(
        [
            _figure(
                f"Cost to serve {zone} (energy)",
                own,
                _cost_to_serve,
                lambda _: f"wholesale energy, over {describe_hours(zone, parts)}, weighted with its load",
            ),
            _figure(
                "The hub's forward",
                own,
                lambda row: f"${row['forward_price']:,.2f}/MWh",
                lambda _: "of it: mean over hours",
            ),
            _figure(
                "Covariance",
                own,
                lambda row: f"${row['covariance']:,.2f}/MWh",
                lambda row: f"of it: on dear days the load is high; VLR is ${row['vlr']:,.2f}/MWh",
            ),
            _figure("Dearest zone", dear, lambda row: row["location"], ranked_cost),
            _figure("Cheapest zone", cheap, lambda row: row["location"], ranked_cost),
            ("Zone-hours without a price", f"{parts['n_excluded'].sum():,.0f}", f"of {n_hours:,.0f}"),
        ],
        messages,
    )


def realised(day: pd.DataFrame, month: pd.DataFrame, zones: pd.DataFrame, messages: Messages) -> KeyFigures:
    """Show how far the cost was from the quote, and where most; only the messages if nothing is compared.

    Args:
        day: quoted_cost, realised_cost, difference ($/MWh), of all zones in one row.
        month: the same of the month to date, with n_hours and n_left_out (zone-hours).
        zones: location, difference, of the month to date.
        messages: what the reader must know before the figures.
    """
    if month["difference"].isna().all():
        return KeyFigures([], messages)
    n_used, n_all = month.loc[0, "n_hours"], month.loc[0, ["n_hours", "n_left_out"]].sum()
    farthest = _highest(zones.assign(size=zones["difference"].abs()), "size")
    return KeyFigures(
        [
            _figure("The day: realised less quoted", _highest(day, "difference"), _distance, _both_costs),
            _figure("Month to date", _highest(month, "difference"), _distance, _both_costs),
            _figure("Farthest zone, month to date", farthest, lambda row: row["location"], _distance),
            ("Zone-hours compared", f"{n_used:,.0f}", f"of {n_all:,.0f} of the month to date"),
        ],
        messages,
    )


def _distance(row: pd.Series) -> str:
    return f"{row['difference']:+,.2f} $/MWh"


def _both_costs(row: pd.Series) -> str:
    return f"came ${row['realised_cost']:,.2f}, quoted ${row['quoted_cost']:,.2f}; all zones"


def fetch(counts: pd.DataFrame, coverage: pd.DataFrame, n_problems: int) -> KeyFigures:
    """Show the last stored day, the missing hours, what this run wrote, and how many problems it had.

    Args:
        counts: n_written, n_revised (rows), a row for each write.
        coverage: market_date, n_expected, n_stored (hours), a row for each series and day.
        n_problems: how many problems the source had.
    """
    last = coverage.loc[coverage["n_stored"] > 0, "market_date"].max()
    n_expected = coverage["n_expected"].sum()
    return KeyFigures(
        [
            ("Stored to", _text("{:%Y-%m-%d}", last), "the last day that has an hour"),
            ("Hours missing", f"{n_expected - coverage['n_stored'].sum():,.0f}", f"of {n_expected:,.0f}"),
            ("New rows", f"{counts['n_written'].sum():,.0f}", "stored by this run"),
            ("Values revised", f"{counts['n_revised'].sum():,.0f}", "by their publisher"),
            ("Problems", f"{n_problems:,}", "met at the source"),
        ]
    )


def vlr_by_iso(frame: pd.DataFrame) -> KeyFigures:
    """Show the VLR of each ISO: iso, cost_weighted (fraction), cost_per_mwh ($/MWh), a row for each."""
    return KeyFigures(
        [
            (
                f"VLR of {row['iso']}",
                _text("${:,.4f}/MWh", row["cost_per_mwh"]),
                f"{_text('{:.3f} %', row['cost_weighted'] * 100)} of the day-ahead cost",
            )
            for _, row in frame.iterrows()
        ]
    )


def forward_curves(curves: pd.DataFrame) -> KeyFigures:
    """Show what the nearest month of each hub settled at, in the hub's first block.

    Args:
        curves: hub, block, strip (the first of the month), settlement_price ($/MWh).
    """
    nearest = curves.sort_values("strip", kind="stable").drop_duplicates("hub").sort_index()
    return KeyFigures(
        [
            (
                row["hub"],
                _text("${:,.2f}/MWh", row["settlement_price"]),
                f"{row['block']}, {row['strip']:%b %Y}",
            )
            for _, row in nearest.iterrows()
        ]
    )


def _highest(frame: pd.DataFrame, value: str) -> pd.Series | None:
    known = frame.dropna(subset=value).reset_index(drop=True)
    return None if known.empty else known.loc[known[value].idxmax()]


def _figure(name: str, row: pd.Series | None, figure: RowText, note: RowText) -> Figure:
    return (name, MISSING, "no value") if row is None else (name, figure(row), note(row))


def _text(form: str, value: object) -> str:
    return MISSING if pd.isna(value) else form.format(value)


def _cost(row: pd.Series) -> str:
    return f"${row['cost_per_mwh']:,.4f}/MWh"


def _cost_to_serve(row: pd.Series) -> str:
    return f"${row['cost_to_serve']:,.2f}/MWh"


def _month(row: pd.Series) -> str:
    return MONTHS[int(row["month"]) - 1]


def _cell(row: pd.Series) -> str:
    return f"times its block's mean: {_month(row)}, {row['block_type']}, HE {row['he']}"


def describe_hours(zone: str, parts: pd.DataFrame) -> str:
    """Return what the figures of a zone cover: "36 months", "18 of 36 months, 13,152 of 26,304 hours".

    Args:
        zone: its name.
        parts: location, n_priced and n_months (months of delivery with a price, and all), n_hours and
            n_excluded (hours with a price, and without).
    """
    counts = parts.loc[parts["location"] == zone, ["n_priced", "n_months", "n_hours", "n_excluded"]].sum()
    n_all = counts["n_hours"] + counts["n_excluded"]
    of = "" if counts["n_priced"] == counts["n_months"] else f"{counts['n_priced']} of "
    hours = f", {counts['n_hours']:,} of {n_all:,} hours" if counts["n_excluded"] else ""
    return f"{of}{counts['n_months']} months{hours}"


def comparable_zones(parts: pd.DataFrame) -> pd.DataFrame:
    """Return the zones whose prices compare: those with the highest `n_hours`, hours with a price."""
    return parts[parts["n_hours"] == parts["n_hours"].max()]


def describe_incomparable(parts: pd.DataFrame) -> str:
    """Return how many zones do not compare with the others, to end a caption; empty where all compare."""
    n, n_left_out = len(parts), len(parts) - len(comparable_zones(parts))
    return f"; {n_left_out} of {n} have fewer hours with a price, and do not compare" if n_left_out else ""


def _among(parts: pd.DataFrame) -> str:
    """Return how many zones compare, to end a note; empty where all compare."""
    n = len(comparable_zones(parts))
    return "" if n == len(parts) else f", among {n} of {len(parts)} zones: the others have fewer hours"
