"""Measure the estimator interval: its time and memory against a plain loop, and what it holds of a next year.

    python -m benchmarks.estimator_interval                               # 45 made-up zones of five years
    python -m benchmarks.estimator_interval --source files:DIR --iso ISO  # and its coverage on real data

The first table has CPU seconds and peak memory of `lib.calc.interval`, CPU seconds of a loop over cells and
resamples (timed on some cells of one zone, and scaled to all), and the hash of the result, which must not
change with the number of threads (OPENBLAS_NUM_THREADS).

The second table has the share of the next year's costs (zone, month, block) that lie between the 5 % and 95 %
levels of each method, and the mean width in $/MWh. An interval of a mean is not meant to hold a coming month:
the table shows why the pages have the band of `lib.calc.band` as well.

The third table has the width of the interval of all zones together, over all hours ($/MWh), beside the
load-weighted mean of the zones' own, and the width that they would have if zones were independent.
"""

from __future__ import annotations

import argparse
import hashlib
import time
import tracemalloc
from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd

from benchmarks.next_year import Folder, predicted_vlr, targets, vlr_months
from benchmarks.out_of_sample import read_folder
from lib.calc.band import BAND
from lib.calc.grid import ratio
from lib.calc.interval import INTERVAL, RESAMPLES, block_intervals, bootstrap
from lib.calc.level_interval import level_intervals
from lib.calc.priced_vlr import BLOCK
from lib.calc.resampling import day_sums, quantiles
from lib.calc.vlr import hourly_vlr
from lib.hours import market_hours
from lib.sources import open_source

N_ZONES, SOME_CELLS = 45, 4

Bounds = tuple[pd.Series, pd.Series]


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--source", help="files:DIR")
    parser.add_argument("--iso")
    chosen = parser.parse_args()
    measure_speed()
    if chosen.source and chosen.iso:
        folder = read_folder(open_source(chosen.source), chosen.iso)
        measure_coverage(folder)
        measure_levels(hourly_vlr(folder.zones().astype({"location": str})))


def measure_speed() -> None:
    """Print CPU seconds and memory of the matrix product and of a loop."""
    hourly = make_hours()
    began = time.process_time()
    cells, draws = bootstrap(day_sums(hourly))
    seconds = time.process_time() - began
    tracemalloc.start()
    bootstrap(day_sums(hourly))
    memory = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    loop = time_loop(hourly) * len(cells)
    shown = hashlib.sha256(cells[INTERVAL].to_numpy().tobytes() + draws.totals.tobytes()).hexdigest()
    print(f"{len(cells):,} cells x {RESAMPLES:,} resamples, and {draws.n_days.size:,} months and blocks")
    print(f"{'matrix product':<16} {seconds:8.1f} CPU s {memory:6.0f} MB   sha256 {shown[:16]}")
    print(f"{'loop over cells':<16} {loop:8.1f} CPU s, from {SOME_CELLS} cells; no months and blocks\n")


def make_hours() -> pd.DataFrame:
    """Return the hourly VLR of made-up zones of five years."""
    hours = market_hours("PJM", date(2021, 1, 1), date(2025, 12, 31))
    size = N_ZONES * len(hours)
    random = np.random.default_rng(0)
    grid = pd.concat([hours] * N_ZONES, ignore_index=True)
    codes = np.repeat(np.arange(N_ZONES), len(hours))
    grid.insert(0, "location", pd.Categorical.from_codes(codes, [f"Z{zone}" for zone in range(N_ZONES)]))
    return grid.assign(
        unitized_cost=random.standard_t(3, size),
        rt_load_mw=random.uniform(500, 1500, size),
        da_lmp_usd_per_mwh=random.uniform(10, 80, size),
    )


def time_loop(hourly: pd.DataFrame) -> float:
    """Return the CPU seconds of one cell in a loop that draws days anew for each cell and resample."""
    zone = hourly[(hourly["location"] == "Z0") & (hourly["month"] == 7) & (hourly["block_type"] == "5x16")]
    random = np.random.default_rng(1)
    began = time.process_time()
    for he in range(8, 8 + SOME_CELLS):
        cell = zone[zone["he"] == he]
        load = cell["rt_load_mw"].to_numpy()
        cost = cell["unitized_cost"].to_numpy() * load
        means = []
        for _ in range(RESAMPLES):
            starts = random.integers(0, len(cell), -(-len(cell) // 3))
            days = (starts[:, None] + np.arange(3)).ravel() % len(cell)
            means.append(cost[days].sum() / load[days].sum())
        np.quantile(means, (0.05, 0.5, 0.95))
    return (time.process_time() - began) / SOME_CELLS


def measure_coverage(folder: Folder) -> None:
    """Print what the levels of each method hold of the next year's costs."""
    months, predicted = vlr_months(folder), predicted_vlr(folder)
    grid = hourly_vlr(folder.zones().astype({"location": str}))
    found: dict[str, list[pd.DataFrame]] = {}
    for origin in targets(months["year"]):
        past = months[origin.is_past(months["number"])]
        own = predicted[predicted["period"] == origin.name]
        whole = grid[grid["year"].isin(past["year"].unique())]
        methods = {
            "conformal band": (own[BAND[0]], own[BAND[1]]),
            "runs of 3 days": _runs(own, whole),
            "whole months": _months(own, past),
            "span of past years": _span(own, past),
        }
        for name, (low, high) in methods.items():
            rows = pd.DataFrame({"target": own["target"], "low": low, "high": high})
            found.setdefault(name, []).append(rows)
    print(f"{'':<20} {'n':>6} {'held':>6} {'width':>7}  ($/MWh)")
    for name, parts in found.items():
        rows = pd.concat(parts).dropna()
        held, width = rows["target"].between(rows["low"], rows["high"]).mean(), rows["high"] - rows["low"]
        print(f"{name:<20} {len(rows):>6} {held:>6.1%} {width.mean():>7.2f}")


def measure_levels(hourly: pd.DataFrame) -> None:
    """Print how much the dependence of zones widens the interval of their sum."""
    days = day_sums(hourly)
    draws = bootstrap(days)[1]
    names = list(days.locations)
    levels = pd.DataFrame({"location": names * 2, "level": ["zone"] * len(names) + ["all"] * len(names)})
    levels = levels.assign(member=levels["location"].where(levels["level"] == "zone", "all"))
    totals = level_intervals(draws, days, levels, pd.Series(1.0, index=names))[1].set_index("member")
    width = totals[INTERVAL[2]] - totals[INTERVAL[0]]
    own, load = width[names].to_numpy(), days.sums[2].sum(axis=(1, 2))
    print(f"\n{'all zones together':<26} {width['all']:.3f} $/MWh")
    print(f"{'zones, load-weighted mean':<26} {np.average(own, weights=load):.3f}")
    print(f"{'if zones were independent':<26} {np.sqrt(((own * load) ** 2).sum()) / load.sum():.3f}")


def _runs(own: pd.DataFrame, hourly: pd.DataFrame) -> Bounds:
    """Return the estimator interval of the mean of the past."""
    found = block_intervals(bootstrap(day_sums(hourly))[1], own[[*BLOCK, "block_price"]])
    low, high = (found[name].set_axis(own.index) for name in (INTERVAL[0], INTERVAL[2]))
    return low, high


def _months(own: pd.DataFrame, past: pd.DataFrame) -> Bounds:
    """Return the interval of the mean of the past from whole year-months that are drawn again."""
    return _by_group(own, past, _drawn_months)


def _span(own: pd.DataFrame, past: pd.DataFrame) -> Bounds:
    """Return the lowest and highest cost of past years."""
    return _by_group(own, past, lambda group: (_costs(group).min(), _costs(group).max()))


def _by_group(
    own: pd.DataFrame, past: pd.DataFrame, bounds_of: Callable[[pd.DataFrame], tuple[float, float]]
) -> Bounds:
    groups = past.astype({"location": str}).groupby(BLOCK, observed=True)
    bounds = {key: bounds_of(group) for key, group in groups}
    pairs = [bounds.get(key, (np.nan, np.nan)) for key in own[BLOCK].itertuples(index=False, name=None)]
    low, high = zip(*pairs, strict=True)
    return pd.Series(low, own.index), pd.Series(high, own.index)


def _drawn_months(group: pd.DataFrame) -> tuple[float, float]:
    drawn = np.random.default_rng(1).integers(0, len(group), (RESAMPLES, len(group)))
    cost, load = (group[name].to_numpy()[drawn].sum(axis=1) for name in ("unitized_cost_usd", "rt_load_mwh"))
    low, _, high = quantiles(cost, load)
    return float(low), float(high)


def _costs(group: pd.DataFrame) -> pd.Series:
    return ratio(group["unitized_cost_usd"], group["rt_load_mwh"])


if __name__ == "__main__":
    main()
