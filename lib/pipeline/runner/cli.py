"""The command line of the pipeline: options in, exit code out."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from lib.paths import NOTEBOOKS_FOLDER
from lib.pipeline.console import MEANINGS, Exit, Interrupted, interruptible, say
from lib.pipeline.runner.planning.cli_options import DEFAULT_SOURCE, DEFAULT_TIMEOUT, Wishes

if TYPE_CHECKING:
    from lib.pipeline.runner.planning.run_spec import Order


def main(arguments: Sequence[str] | None = None, notebooks_folder: Path = NOTEBOOKS_FOLDER) -> int:
    """Run what the command line asks for, and return the exit code."""
    options = parser().parse_args(arguments)
    try:
        with interruptible():
            return _run(options, notebooks_folder, Console())
    except Interrupted as interruption:
        _complain(f"interrupted by {interruption} before a task was started")
        return Exit.INTERRUPTED


def _program() -> str:
    """Return the name of the command that was called: `epd` or run_all.py."""
    return Path(sys.argv[0]).name


def parser() -> argparse.ArgumentParser:
    """Return the options of `epd`, which are those of run_all.py."""
    codes = "\n".join(f"  {code.value:<5}{meaning}" for code, meaning in MEANINGS.items())
    result = argparse.ArgumentParser(
        prog=_program(),
        description="Run the notebooks for the ISOs, and leave a folder of reports.",
        epilog=f"exit codes:\n{codes}\n\ndocs/running.md has the details.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    _add_what_to_run(result)
    _add_where_and_how(result)
    _add_instead_and_afterwards(result)
    return result


def _add_what_to_run(to: argparse.ArgumentParser) -> None:
    several: dict[str, Any] = {"action": "append", "default": []}
    to.add_argument("--iso", dest="isos", metavar="ISO", help="repeat for more (default: all)", **several)
    to.add_argument("--notebook", dest="notebooks", metavar="NAME", help="likewise", **several)
    names = "demo, enverus, public, replay:NAME of these, or files:DIR"
    to.add_argument("--source", help=f"{names} (default: {DEFAULT_SOURCE})")
    first = "first local market day of the history (default: five years before as-of)"
    to.add_argument("--start", metavar="DATE", help=first)
    last = "last local market day, included (default: the day before as-of)"
    to.add_argument("--end", metavar="DATE", help=last)
    clock = "the clock of the run (default: today; demo has a fixed one)"
    to.add_argument("--as-of", metavar="DATE", help=clock)
    parameter = "a notebook's parameter"
    to.add_argument("-p", dest="parameters", metavar="NAME=VALUE", help=parameter, **several)


def _add_where_and_how(to: argparse.ArgumentParser) -> None:
    server = "the PostgreSQL server (default: the settings, else the embedded one)"
    to.add_argument("--database", metavar="URL", help=server)
    to.add_argument("--runs", type=Path, metavar="DIR", help="where the run's folder is made (default: runs)")
    to.add_argument("--jobs", type=int, metavar="N", help="notebooks at once (default: one per processor)")
    longest = f"longest time for one cell (default: {DEFAULT_TIMEOUT:.0f})"
    to.add_argument("--timeout", type=float, default=DEFAULT_TIMEOUT, metavar="SECONDS", help=longest)


def _add_instead_and_afterwards(to: argparse.ArgumentParser) -> None:
    to.add_argument("--dry-run", action="store_true", help="show the plan; start and create nothing")
    to.add_argument("--mail", action="store_true", help="mail the run's digest to MAIL_TO when it has ended")
    checks = "settings, database, accounts, services, disk, clock and freshness"
    to.add_argument("--doctor", action="store_true", help=f"check {checks}; say how to mend each")


def _run(options: argparse.Namespace, notebooks_folder: Path, console: Console) -> int:
    # The heavy packages are loaded only now: --help and a mistyped option answer at once.
    from lib.pipeline.runner import expected_errors
    from lib.pipeline.runner.planning import run_spec

    try:
        if options.doctor:
            return _examine(options, console)
        placed = run_spec.place(
            Wishes(**{field.name: getattr(options, field.name) for field in fields(Wishes)}), notebooks_folder
        )
        for line in run_spec.announcements(placed, is_default_source=options.source is None):
            say(console, line)
        if options.dry_run:
            return _preview(placed, options.database, console)
        from lib.pipeline.runner.run import run

        return run(placed, options.database, console)
    except expected_errors.EXPECTED as error:
        _complain(expected_errors.message_of(error))
        return expected_errors.exit_of(error)


def _examine(options: argparse.Namespace, console: Console) -> int:
    from lib.pipeline.doctor.examine import Visit, report

    source = options.source or DEFAULT_SOURCE
    return report(Visit(source, options.notebooks, options.database, options.as_of), console)


def _preview(placed: Order, database_url: str | None, console: Console) -> int:
    from lib.pipeline.runner import progress

    for line in progress.lines(placed, database_url):
        say(console, line)
    return Exit.DONE


def _complain(message: str) -> None:
    say(Console(stderr=True), f"{_program()}: {message}")
