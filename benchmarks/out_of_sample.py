"""Measure how well the past of a market says its next year: VLR, DA-RT adjustment, zone basis and shape.

Run it on any folder of files, which must name the ISO's locations as lib/reference does:

    python -m benchmarks.out_of_sample --source files:DIR --iso ISO [--json FILE]

Each year of the folder with five years before it is a target, and those five years are the window from which
every method computes. Where no year has five before it, each year with any is a target, and its window is
what there is. The price level is that of the target year: what is measured is how a method spreads and
scales, not whether it knows the price. The methods are those of `lib.calc`, which the pages use:

    vlr     the cost of each zone, month and block in $/MWh, weighted with load
    band    the predictive band of the same, from the residuals of the window (`lib.calc.band`)
    da_rt   mean(DA LMP - RT LMP) of each hub, month and block, weighted with hours
    basis   mean(DA LMP of the zone - DA LMP of the hub) of each zone, month and block, weighted with hours
    shape   mean DA LMP of each zone, month, hour ending and block in $/MWh, given that of its block

For each method n is the number of targets it has a value for, wmae the weighted mean of |value - target|,
bias that of value - target, and skill = 1 - wmae / wmae of "none" on the same targets. "none" says 0, and of
shape that it is flat; "last_year" says what the year before the target was.

Of the band n is the number of targets (zone, month, block), coverage the share of them that it holds, width
its mean width in $/MWh, and below_p95 the share at or below P95.

`--json FILE` writes {"vlr": {METHOD: {"n", "skill", "wmae", "bias"}}, "band": {"n", "coverage", "width",
"below_p95"}, "da_rt": ..., "basis": ..., "shape": ...}; what the folder has no data for is null, and
"reasons" then says why.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any, cast

import pandas as pd

from benchmarks.next_year import BandScore, Folder, Scores, score_parts
from lib.calc.grid import build_grid
from lib.hours import market_hours, utc_bounds
from lib.markets import MEASURES, UnknownMarket, locations
from lib.sources import Source, open_source
from lib.sources.protocol import SourceError, UnknownSource


def main() -> int:
    """Measure a folder, print the tables, and write the JSON; return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--source", required=True, help="files:DIR")
    parser.add_argument("--iso", required=True)
    parser.add_argument("--json", type=Path, help="the file to write")
    chosen = parser.parse_args()
    began = time.perf_counter()
    try:
        folder = read_folder(open_source(chosen.source), chosen.iso)
    except (SourceError, UnknownSource, UnknownMarket) as error:
        print(f"out_of_sample: {error}", file=sys.stderr)
        return 2
    parts, reasons = score_parts(folder)
    show(parts, reasons)
    print(f"{len(folder.hours):,} hours in {time.perf_counter() - began:.0f} s")
    if chosen.json is not None:
        chosen.json.write_text(json.dumps({**parts, **({"reasons": reasons} if reasons else {})}, indent=2))
    return 0


def read_folder(source: Source, iso: str) -> Folder:
    """Read all that a source has of an ISO; a measure without a file has no values.

    Raises:
        SourceError: the source has no extent, or no measure can be read.
    """
    extent = source.extent(iso)
    if extent is None:
        raise SourceError(f"{source.name} has no extent: name a folder of files")
    columns, errors = [], []
    for measure in MEASURES.values():
        names = [place.name for place in locations(iso) if measure.name in place.measures]
        try:
            frame = source.read(iso, measure.name, names, *utc_bounds(iso, *extent)).frame
        except SourceError as error:
            errors.append(str(error))
            continue
        columns.append(frame.set_index(["location", "interval_start"])["value"].rename(measure.column))
    if not columns:
        raise SourceError("; ".join(errors))
    values = pd.concat(columns, axis=1).reset_index()
    values = values.reindex(columns=["location", "interval_start", *(m.column for m in MEASURES.values())])
    hours = market_hours(iso, *extent)
    return Folder(iso, hours, build_grid(values, hours, [place.name for place in locations(iso)]))


def show(parts: dict[str, Scores | BandScore | None], reasons: dict[str, str]) -> None:
    """Print a table for each part."""
    for name, scores in parts.items():
        if scores is None:
            print(f"{name}: not measured: {reasons[name]}\n")
            continue
        is_band = name == "band"
        columns = ["coverage", "width", "below_p95"] if is_band else ["skill", "wmae", "bias"]
        rows = cast("Scores", {"conformal": scores} if is_band else scores)
        print(f"{name:<14} {'n':>6} " + " ".join(f"{column:>9}" for column in columns) + "  ($/MWh)")
        for method, score in rows.items():
            shown = " ".join(f"{_text(score[column]):>9}" for column in columns)
            print(f"{method:<14} {score['n']:>6} {shown}")
        print()


def _text(value: Any) -> str:
    return "-" if value is None else f"{value:.3f}"


if __name__ == "__main__":
    sys.exit(main())
