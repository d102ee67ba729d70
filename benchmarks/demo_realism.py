"""Compare the simulated market with real ones, figure by figure: prices, load errors, and where VLR arises.

Run it on folders of real data, in the layout of the `files` source; without a folder the demo stands alone:

    python -m benchmarks.demo_realism [ISO=DIR ...] [--write]

`market_figures` computes a row of figures for each zone, of the demo as of a folder, over the hours with both
prices and both loads. The days of events (lib/reference/events.csv) do not count, as they outweigh all
others; two figures count the hours at high prices in the whole history. A table shows the median of the zones
and their range. `hub_forwards` compares the demo's forwards with the history of their hubs. With `--write`
both tables go into docs/demo_market.md.

demo_targets.csv says between which values the median of a market's zones must lie; a test compares.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import date
from functools import cache
from pathlib import Path

import pandas as pd

from lib.atomic_write import write_whole
from lib.calc.grid import CELL, build_grid
from lib.calc.vlr import hourly_vlr
from lib.events import is_event
from lib.hours import market_hours, utc_bounds
from lib.hub_map import zone_hubs
from lib.markets import MARKETS, MEASURES, QUOTE_BLOCKS, locations
from lib.settlements import REPORTS, DemoPublisher, download_report
from lib.settlements.hubs import monthly_curves
from lib.sources import Source, open_source

PAGE = Path(__file__).parents[1] / "docs" / "demo_market.md"
TARGETS = Path(__file__).with_name("demo_targets.csv")
FIGURES_MARK, FORWARDS_MARK, END = "<!-- figures -->\n", "<!-- forwards -->\n", "<!-- end -->\n"

DEMO_YEARS = date(2021, 1, 1), date(2025, 12, 31)
"""The window of a run of the demo."""

TRADE_DATE = date(2025, 12, 31)
"""The day of the forwards, the last of the demo's history."""

HIGH_USD = 7000
"""What a price exceeds, $/MWh, only when a market is short of power for hours on end."""

FIGURES = {
    "da_mean": "mean day-ahead price, $/MWh",
    "da_premium": "day-ahead premium: mean of DA - RT, $/MWh",
    "spread_sd": "standard deviation of RT - DA, $/MWh",
    "spread_sd_percent": "the same as % of the mean day-ahead price",
    "above_1000_percent": "hours with RT above $1,000/MWh, %",
    "error_percent": "standard deviation of the load error, % of the day-ahead load",
    "error_after_a_day": "rank correlation of the load error with that of 24 hours before",
    "correlation": "correlation of load error and spread",
    "vlr_percent": "VLR, % of the day-ahead cost",
    "top_hours_percent": "share of VLR in the 1 % of hours that cost most, %",
    "negative_months_percent": "months with negative VLR, %",
    "negative_cells_percent": "cells (month, HE, block) with negative VLR, %",
    "covariance_percent": "covariance of load and price, % of the mean price",
    "da_high_hours": f"hours with DA above ${HIGH_USD:,}/MWh, in the whole history",
    "rt_high_hours": f"hours with RT above ${HIGH_USD:,}/MWh, in the whole history",
}


def market_figures(source: Source, iso: str, start: date, end: date) -> pd.DataFrame:
    """Return the FIGURES of each zone of a market over a window of local days: one row for each zone.

    Raises:
        SourceError: a measure cannot be read.
    """
    names = [zone.name for zone in locations(iso, "zone")]
    hours = market_hours(iso, start, end)
    bounds = utc_bounds(iso, start, end)
    columns = [
        source.read(iso, measure.name, names, *bounds)
        .frame.set_index(["location", "interval_start"])["value"]
        .rename(measure.column)
        for measure in MEASURES.values()
    ]
    hourly = hourly_vlr(build_grid(pd.concat(columns, axis=1).reset_index(), hours, names))
    hourly["is_event"] = is_event(iso, hourly["market_date"])
    zones = {str(zone): zone_figures(rows) for zone, rows in hourly.groupby("location", observed=True)}
    return pd.DataFrame.from_dict(zones, orient="index").reindex(columns=list(FIGURES))


def zone_figures(rows: pd.DataFrame) -> dict[str, float]:
    """Return the FIGURES of one zone from its hourly VLR chain and is_event, one row for each hour."""
    high = {
        "da_high_hours": float((rows["da_lmp_usd_per_mwh"] > HIGH_USD).sum()),
        "rt_high_hours": float((rows["rt_lmp_usd_per_mwh"] > HIGH_USD).sum()),
    }
    rows = rows[~rows["is_event"]].set_index("interval_start").asfreq("h")
    error = rows["load_variance"]
    day_before = error.rank().corr(error.shift(24).rank())
    rows = rows[rows["unitized_cost"].notna()]
    da, rt, load = rows["da_lmp_usd_per_mwh"], rows["rt_lmp_usd_per_mwh"], rows["rt_load_mw"]
    spread, cost = rows["price_variance"], rows["load_variance"] * rows["price_variance"]
    by_month = cost.groupby([rows["year"], rows["month"]]).sum()
    by_cell = cost.groupby([rows[name] for name in CELL[1:]], observed=True).sum()
    return high | {
        "da_mean": da.mean(),
        "da_premium": -spread.mean(),
        "spread_sd": spread.std(),
        "spread_sd_percent": 100 * spread.std() / da.mean(),
        "above_1000_percent": 100 * (rt > 1000).mean(),
        "error_percent": 100 * rows["load_variance_pct"].std(),
        "error_after_a_day": day_before,
        "correlation": rows["load_variance"].corr(spread),
        "vlr_percent": 100 * cost.sum() / (da * load).sum(),
        "top_hours_percent": 100 * cost.nlargest(len(cost) // 100).sum() / cost.sum(),
        "negative_months_percent": 100 * (by_month < 0).mean(),
        "negative_cells_percent": 100 * (by_cell < 0).mean(),
        "covariance_percent": 100 * _covariance(rows) / da.mean(),
    }


def _covariance(rows: pd.DataFrame) -> float:
    """Return how much load and day-ahead price vary together within the cells of each year, $/MWh."""
    own = rows[["rt_load_mw", "da_lmp_usd_per_mwh"]]
    cells = own.groupby([rows["year"], *(rows[name] for name in CELL[1:])], observed=True)
    return float((own - cells.transform("mean")).prod(axis=1).sum() / own["rt_load_mw"].sum())


def hub_forwards() -> pd.DataFrame:
    """Return the demo's forwards of the next twelve months beside the history of their hubs, by contract.

    Returns:
        hub, quote, forward and history ($/MWh, means over the twelve months), ratio. The history of a month
        is the mean over the years of its mean over the quoted hours, without events. The contracts of a hub
        that has no prices of its own have no row.
    """
    report = next(report for report in REPORTS if report.name == "icecleared_power")
    settled = download_report(DemoPublisher(), report, TRADE_DATE)
    assert settled is not None  # a business day
    curves = monthly_curves(settled.parsed.frame)
    places = zone_hubs().drop_duplicates("hub").set_index("hub")
    rows = []
    for (hub, quote), months in curves.groupby(["hub", "block"], observed=True):
        place = places.loc[hub]
        if isinstance(place["hub_location"], str):
            forward = months.set_index("strip")["settlement_price"].sort_index().iloc[:12]
            past = _month_means(place["iso"], place["hub_location"], place["settlement_market"], str(quote))
            history = past[forward.index.month].mean()
            rows.append((hub, quote, forward.mean(), history, forward.mean() / history))
    return pd.DataFrame(rows, columns=["hub", "quote", "forward", "history", "ratio"])


@cache
def _month_means(iso: str, location: str, market: str, quote: str) -> pd.Series:
    """Return by month the demo's mean price of the hours of a quote, over the years and without events."""
    hours = market_hours(iso, *DEMO_YEARS)
    prices = open_source("demo").read(iso, f"{market}_lmp", [location], *utc_bounds(iso, *DEMO_YEARS)).frame
    is_used = hours["block_type"].isin(QUOTE_BLOCKS[quote]) & ~is_event(iso, hours["market_date"])
    by_month = prices["value"][is_used].groupby([hours["year"][is_used], hours["month"][is_used]]).mean()
    return by_month.groupby("month").mean()


def targets() -> pd.DataFrame:
    """Return between which values the median of a market's zones must lie: figure, iso, low, high, source.

    A row of the table for one market comes before the row `*` for all others.
    """
    rows = pd.read_csv(TARGETS).rename(columns={"markets": "iso"})
    everywhere = (
        rows[rows["iso"] == "*"].drop(columns="iso").merge(pd.Series(list(MARKETS), name="iso"), how="cross")
    )
    both = pd.concat([rows[rows["iso"] != "*"], everywhere])
    return both.drop_duplicates(["figure", "iso"]).sort_values(["iso", "figure"], ignore_index=True)


def format_table(markets: dict[str, pd.DataFrame]) -> str:
    """Return a Markdown table: a row for each figure, a column for each market with its zones' range."""
    lines = [f"| figure | {' | '.join(markets)} |", f"|---|{'---|' * len(markets)}"]
    for figure, label in FIGURES.items():
        cells = [_format_range(zones[figure]) for zones in markets.values()]
        lines.append(f"| {label} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def format_forwards(forwards: pd.DataFrame) -> str:
    """Return a Markdown table of what `hub_forwards` returns."""
    lines = ["| hub | quote | forward, $/MWh | history, $/MWh | ratio |", "|---|---|---|---|---|"]
    lines += [
        f"| {row.hub} | {row.quote} | {row.forward:.2f} | {row.history:.2f} | {row.ratio:.2f} |"
        for row in forwards.itertuples()
    ]
    return "\n".join(lines) + "\n"


def read_table(page: str, mark: str) -> str:
    """Return the table of a page that begins after a mark."""
    return page.split(mark)[1].split(END)[0]


def _format_range(values: pd.Series) -> str:
    median, low, high = (_format(value) for value in (values.median(), values.min(), values.max()))
    return median if low == high else f"{median} ({low} to {high})"


def _format(value: float) -> str:
    """Return a figure with two digits, or all of those before the point."""
    return f"{value:.0f}" if abs(value) >= 10 else f"{float(f'{value:.2g}'):g}"


def real_markets(folders: Sequence[str]) -> dict[str, pd.DataFrame]:
    """Return the figures of real markets, each given as ISO=DIR, by the heading of their column."""
    markets = {}
    for folder in folders:
        iso, _, path = folder.partition("=")
        source = open_source(f"files:{path}")
        extent = source.extent(iso)
        assert extent is not None  # of a folder
        markets[f"{iso} {extent[0].year}-{extent[1].year}"] = market_figures(source, iso, *extent)
    return markets


def demo_markets() -> dict[str, pd.DataFrame]:
    """Return the figures of every ISO of the demo, by the heading of its column."""
    demo = open_source("demo")
    return {f"demo {iso}": market_figures(demo, iso, *DEMO_YEARS) for iso in MARKETS}


def main() -> int:
    """Print the table or write it into the page; return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", nargs="*", metavar="ISO=DIR")
    parser.add_argument("--write", action="store_true", help=f"write the table into {PAGE.name}")
    chosen = parser.parse_args()
    figures = format_table(real_markets(chosen.folders) | demo_markets())
    forwards = format_forwards(hub_forwards())
    if chosen.write:
        text = PAGE.read_text(encoding="utf-8")
        for mark, table in ((FIGURES_MARK, figures), (FORWARDS_MARK, forwards)):
            text = text.replace(mark + read_table(text, mark), mark + table)
        write_whole(PAGE, text.encode())
    else:
        print(figures, forwards, sep="\n", end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
