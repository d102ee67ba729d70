"""What a page comes to in a few figures; its report shows them first, wherever the notebook computes them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd

from lib.present.display import Glance
from lib.present.formats import MISSING, MONTHS

Figure = tuple[str, str, str]
Text = Callable[[pd.Series], str]


def vlr(whole: pd.DataFrame, zones: pd.DataFrame, months: pd.DataFrame) -> Glance:
    """Show the VLR of an ISO in its two units, where and when it is highest, and the hours it stands on.

    Args:
        whole: cost_weighted (fraction), cost_per_mwh ($/MWh), n_hours, n_excluded, in one row.
        zones: location, cost_per_mwh.
        months: month, cost_per_mwh.
    """
    iso = whole.iloc[0]
    zone, month = _highest(zones, "cost_per_mwh"), _highest(months, "cost_per_mwh")
    return Glance(
        [
            ("VLR, all zones", _text("{:.3f} %", iso["cost_weighted"] * 100), "of the day-ahead cost"),
            ("The same per MWh", _text("${:,.4f}", iso["cost_per_mwh"]), "of load served"),
            _figure("Dearest zone", zone, lambda row: row["location"], _cost),
            _figure("Dearest month", month, _month, _cost),
            ("Zone-hours used", f"{iso['n_hours']:,.0f}", f"{iso['n_excluded']:,.0f} left out"),
        ]
    )


def shaping(place: str, factors: pd.DataFrame, premiums: pd.DataFrame) -> Glance:
    """Show how far the hours of one place lie from their block's mean, and the largest load-shape premium.

    Args:
        place: the hub or zone of the factors.
        factors: month, he, block_type, year_mean, of that place.
        premiums: location, block_type, premium (fraction).
    """
    dear, cheap = _highest(factors, "year_mean"), _highest(factors.assign(low=-factors["year_mean"]), "low")
    return Glance(
        [
            _figure(f"Dearest hour of {place}", dear, lambda row: f"{row['year_mean']:.3f}", _cell),
            _figure(f"Cheapest hour of {place}", cheap, lambda row: f"{row['year_mean']:.3f}", _cell),
            _figure(
                "Largest load-shape premium",
                _highest(premiums, "premium"),
                lambda row: f"{row['premium'] * 100:.2f} %",
                lambda row: f"{row['location']}, {row['block_type']}",
            ),
        ]
    )


def cost_curves(place: str, parts: pd.DataFrame, notices: Sequence[str] = ()) -> Glance:
    """Show what it costs to serve one place and what of it is the forward, and the dearest and cheapest zone.

    These are sought among the zones that compare. Where no zone has a price only the notices are shown.

    Args:
        place: the zone that the charts are about.
        parts: location, forward_price, cost_to_serve ($/MWh), n_priced and n_months (months of delivery with
            a price, and all), n_hours and n_excluded (hours with a price, and without).
        notices: what the reader must know before the figures.
    """
    if parts["cost_to_serve"].isna().all():
        return Glance([], notices)
    here = _highest(parts[parts["location"] == place], "cost_to_serve")
    ranked = comparable(parts)
    dear, cheap = (_highest(ranked.assign(rank=sign * ranked["cost_to_serve"]), "rank") for sign in (1, -1))

    def its_rank(row: pd.Series) -> str:
        return _cost_to_serve(row) + among(parts)

    return Glance(
        [
            _figure(
                f"Cost to serve {place}",
                here,
                _cost_to_serve,
                lambda _: f"over {of_place(place, parts)}, weighted with its load",
            ),
            _figure(
                "The hub's forward",
                here,
                lambda row: f"${row['forward_price']:,.2f}/MWh",
                lambda _: "of it: mean over hours",
            ),
            _figure("Dearest zone", dear, lambda row: row["location"], its_rank),
            _figure("Cheapest zone", cheap, lambda row: row["location"], its_rank),
            ("Hours without a price", f"{parts['n_excluded'].sum():,.0f}", "of zones, to be delivered"),
        ],
        notices,
    )


def fetch(counts: pd.DataFrame, coverage: pd.DataFrame, n_problems: int) -> Glance:
    """Show up to when hours are stored, how many are missing, what came, and how many problems there are.

    Args:
        counts: n_written, n_revised, a row for each write.
        coverage: market_date, n_expected, n_stored, a row for each series and day.
        n_problems: how many problems the source had.
    """
    last = coverage.loc[coverage["n_stored"] > 0, "market_date"].max()
    n_expected = coverage["n_expected"].sum()
    return Glance(
        [
            ("Stored to", _text("{:%Y-%m-%d}", last), "the last day that has an hour"),
            ("Hours missing", f"{n_expected - coverage['n_stored'].sum():,.0f}", f"of {n_expected:,.0f}"),
            ("New rows", f"{counts['n_written'].sum():,.0f}", "stored by this run"),
            ("Values revised", f"{counts['n_revised'].sum():,.0f}", "by their publisher"),
            ("Problems", f"{n_problems:,}", "met at the source"),
        ]
    )


def isos(frame: pd.DataFrame) -> Glance:
    """Show the VLR of each ISO: iso, cost_weighted (fraction), cost_per_mwh ($/MWh), a row for each."""
    return Glance(
        [
            (
                f"VLR of {row['iso']}",
                _text("${:,.4f}/MWh", row["cost_per_mwh"]),
                f"{_text('{:.3f} %', row['cost_weighted'] * 100)} of the day-ahead cost",
            )
            for _, row in frame.iterrows()
        ]
    )


def forwards(curves: pd.DataFrame) -> Glance:
    """Show what the nearest month of each hub settled at: hub, block, strip, settlement_price ($/MWh).

    Of the blocks of a hub the one that comes first is shown.
    """
    nearest = curves.sort_values("strip", kind="stable").drop_duplicates("hub").sort_index()
    return Glance(
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


def _figure(name: str, row: pd.Series | None, figure: Text, note: Text) -> Figure:
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


def of_place(place: str, parts: pd.DataFrame) -> str:
    """Return what the figures of a place are over: "36 months", "18 of 36 months, 13,152 of 26,304 hours".

    Args:
        place: the zone.
        parts: location, n_priced and n_months (months of delivery with a price, and all), n_hours and
            n_excluded (hours with a price, and without).
    """
    counts = parts.loc[parts["location"] == place, ["n_priced", "n_months", "n_hours", "n_excluded"]].sum()
    n_all = counts["n_hours"] + counts["n_excluded"]
    of = "" if counts["n_priced"] == counts["n_months"] else f"{counts['n_priced']} of "
    hours = f", {counts['n_hours']:,} of {n_all:,} hours" if counts["n_excluded"] else ""
    return f"{of}{counts['n_months']} months{hours}"


def comparable(parts: pd.DataFrame) -> pd.DataFrame:
    """Return the zones whose prices compare: those that have the most hours with a price, all as many.

    Args:
        parts: n_hours.
    """
    return parts[parts["n_hours"] == parts["n_hours"].max()]


def among(parts: pd.DataFrame) -> str:
    """Return, for after what was sought among them, how many zones compare; empty where all do."""
    n = len(comparable(parts))
    return "" if n == len(parts) else f", among {n} of {len(parts)} zones: the others have fewer hours"


def of_zones(parts: pd.DataFrame) -> str:
    """Return, for after a caption, how many zones do not compare with the others; empty where all do."""
    n, n_left_out = len(parts), len(parts) - len(comparable(parts))
    return f"; {n_left_out} of {n} have fewer hours with a price, and do not compare" if n_left_out else ""
