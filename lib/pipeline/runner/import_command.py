"""The command `epd import FILE...`: numbers as analysts have them become a folder for `--source files:DIR`.

It shows what it understood of each file before anything is written: measures, zones, hours, gaps, the clock,
and what it leaves out. With --dry-run nothing is written.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from lib.markets import MARKETS, MEASURES, locations, market
from lib.pipeline.console import Exit, print_line

if TYPE_CHECKING:
    import pandas as pd

    from lib.sources.importing import Imported

IMPORT = "import"

SHOWN_ROWS = 3
SHOWN_NOTES = 40


def import_parser(program: str) -> argparse.ArgumentParser:
    """Return the options of `epd import`."""
    result = argparse.ArgumentParser(
        prog=f"{program} {IMPORT}",
        description="Read prices and loads from CSV files and workbooks into a folder for --source files.",
        epilog="A run reads the folder: --source files:DIR. docs/importing.md has examples.",
        allow_abbrev=False,
    )
    result.add_argument("files", type=Path, nargs="+", metavar="FILE", help="CSV, TSV or workbooks")
    result.add_argument("--into", type=Path, metavar="DIR", help="the folder (default: ./own_data)")
    result.add_argument(
        "--iso", choices=list(MARKETS), help="whose zones they are (default: found by their names)"
    )
    result.add_argument(
        "--measure", choices=list(MEASURES), help="what the values are, where no heading says it"
    )
    result.add_argument("--zone", metavar="NAME", help="whose values they are, where nothing names a zone")
    clock = "prevailing, standard, utc, a zone such as America/New_York, or an offset such as -05:00"
    result.add_argument("--clock", metavar="CLOCK", help=clock)
    result.add_argument(
        "--hours", choices=("beginning", "ending"), help="what a time or a number of an hour means"
    )
    result.add_argument("--dates", choices=("mdy", "dmy"), help="whether 3/4/2024 is in March or in April")
    result.add_argument("--decimal", choices=(",", "."), help="the sign before decimals")
    result.add_argument("--dry-run", action="store_true", help="show what is understood, and write nothing")
    result.set_defaults(command=IMPORT)
    return result


def run_import_command(options: argparse.Namespace, console: Console) -> Exit:
    """Import the files, all or none, and return the exit code."""
    from lib.sources.importing import BadImport, Choices, guess_iso, read_file
    from lib.sources.importing.folder import merge_series, recall_choices, remember_choices

    given = Choices(
        options.measure, options.zone, options.clock, options.hours, options.dates, options.decimal
    )
    root = options.into or Path("own_data")
    read: list[tuple[Path, Imported, Choices]] = []
    try:
        for file in options.files:
            iso = options.iso or guess_iso(file)
            choices = given.completed_by(recall_choices(root / iso.lower(), file))
            imported = read_file(file, iso, choices)
            _show(console, file, imported)
            read.append((file, imported, choices))
    except BadImport as error:
        print_line(Console(stderr=True), f"{IMPORT}: {error}")
        return Exit.REFUSED
    if options.dry_run:
        print_line(console, "dry run: nothing is written")
        return Exit.DONE
    for file, imported, choices in read:
        folder = root / imported.iso.lower()
        for measure, frame in imported.frames.items():
            merged = merge_series(folder, measure, frame)
            print_line(
                console,
                f"{merged.file}: {merged.n_new:,} new hours, {merged.n_changed:,} changed, "
                f"{merged.n_same:,} as they were",
            )
        remember_choices(folder, file, choices)
    print_line(console, f"a run reads them with --source files:{root}")
    return Exit.DONE


def _show(console: Console, file: Path, imported: Imported) -> None:
    """Print what was understood of a file."""
    print_line(console, f"{file.name}: {imported.iso}")
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("measure", "zone", "hours", "first, UTC", "last, UTC", "gaps", "mean"):
        table.add_column(heading, justify="left" if heading in ("measure", "zone") else "right", no_wrap=True)
    for measure, frame in imported.frames.items():
        for zone, rows in frame.groupby("location", sort=True):
            table.add_row(*_describe(measure, str(zone), rows))
    console.print(table)
    if absent := _absent_zones(imported):
        print_line(console, f"  without any value: {', '.join(absent)}")
    for measure, frame in imported.frames.items():
        unit, zone = MEASURES[measure].unit, market(imported.iso).zone_info
        for row in frame.head(SHOWN_ROWS).itertuples():
            print_line(
                console,
                f"  {measure} {row.location} {row.interval_start.tz_convert(zone):%Y-%m-%d %H:%M %Z} = "
                f"{row.interval_start:%Y-%m-%d %H:%M} UTC: {row.value:g} {unit}",
            )
    notes = [*imported.notes, *(problem.message for problem in imported.problems)]
    for note in notes[:SHOWN_NOTES]:
        print_line(console, f"  {note}")
    if len(notes) > SHOWN_NOTES:
        print_line(console, f"  and {len(notes) - SHOWN_NOTES:,} more of this kind")


def _absent_zones(imported: Imported) -> list[str]:
    found = {name for frame in imported.frames.values() for name in frame["location"].unique()}
    return [place.name for place in locations(imported.iso, "zone") if place.name not in found]


def _describe(measure: str, zone: str, rows: pd.DataFrame) -> tuple[str, ...]:
    first, last = rows["interval_start"].min(), rows["interval_start"].max()
    n_missing = int((last - first).total_seconds() // 3600) + 1 - len(rows)
    stamps = (f"{first:%Y-%m-%d %H}h", f"{last:%Y-%m-%d %H}h")
    return measure, zone, f"{len(rows):,}", *stamps, f"{n_missing:,}", f"{rows['value'].mean():,.2f}"
