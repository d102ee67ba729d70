"""The command line of the pipeline: options in, exit code out."""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from lib.paths import NOTEBOOKS_FOLDER
from lib.pipeline.console import MEANINGS, Exit, Interrupted, interruptible, print_line
from lib.pipeline.runner.backup_command import BACKUP, RESTORE, backup_parser, run_backup_command
from lib.pipeline.runner.curve_command import COMMAND, curve_parser, run_curve_command
from lib.pipeline.runner.import_command import IMPORT, import_parser, run_import_command
from lib.pipeline.runner.planning.cli_options import DEFAULT_SOURCE, DEFAULT_TIMEOUT, NEWEST, CliOptions
from lib.pipeline.watchdog import ended_if_stalled
from lib.source_names import source_forms
from lib.surroundings import keep_out

if TYPE_CHECKING:
    from lib.pipeline.runner.planning.run_spec import RunSpec


def main(arguments: Sequence[str] | None = None, notebooks_folder: Path = NOTEBOOKS_FOLDER) -> int:
    """Run what the command line asks for, and return the exit code."""
    keep_out()
    given = sys.argv[1:] if arguments is None else list(arguments)
    if any("://" in argument for argument in given):
        from lib.redact import hide_arguments

        hide_arguments()
    options = _parse(given)
    try:
        with interruptible(), ended_if_stalled(_end_at_once):
            return _run(options, notebooks_folder, Console())
    except Interrupted as interruption:
        _print_error(f"interrupted by {interruption} before a task was started")
        return Exit.INTERRUPTED
    except Exception:
        _print_traceback()
        return Exit.FAILED


def _parse(given: list[str]) -> argparse.Namespace:
    """Return the options; a first word that names a command has options of its own."""
    command, rest = given[:1], given[1:]
    if command == [COMMAND]:
        return curve_parser(_program()).parse_args(rest)
    if command in ([BACKUP], [RESTORE]):
        return backup_parser(_program(), command[0]).parse_args(rest)
    if command == [IMPORT]:
        return import_parser(_program()).parse_args(rest)
    return parser().parse_args(given)


def parser() -> argparse.ArgumentParser:
    """Return the options of `epd`, which are those of run_all.py."""
    codes = "\n".join(f"  {code.value:<5}{meaning}" for code, meaning in MEANINGS.items())
    result = argparse.ArgumentParser(
        prog=_program(),
        description="Run the notebooks for the ISOs, and leave a folder of reports.",
        epilog=f"{_program()} {COMMAND} --help: list, show, compare and reproduce versions of curves.\n"
        f"{_program()} {BACKUP} FILE, {_program()} {RESTORE} FILE: the database in one file, and back.\n"
        f"{_program()} {IMPORT} FILE...: your own prices and loads into a folder for --source files.\n\n"
        f"exit codes:\n{codes}\n\ndocs/running.md has the details.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    result.add_argument("--version", action=_Version, help="show the versions of code, schema and Python")
    _add_what_to_run(result)
    _add_where_and_how(result)
    _add_instead_and_afterwards(result)
    return result


class _Version(argparse.Action):
    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "nargs": 0})

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        # git and the schema are read for this option only.
        from lib.pipeline.runner.run_folder import describe_code

        print_line(Console(), describe_code())
        parser.exit()


def _add_what_to_run(to: argparse.ArgumentParser) -> None:
    several: dict[str, Any] = {"action": "append", "default": []}
    to.add_argument("--iso", dest="isos", metavar="ISO", help="repeat for more (default: all)", **several)
    to.add_argument("--notebook", dest="notebooks", metavar="NAME", help="likewise", **several)
    to.add_argument("--source", help=f"{', '.join(source_forms())} (default: {DEFAULT_SOURCE})")
    first = "first local market day of the history (default: five years before as-of)"
    to.add_argument("--start", metavar="DATE", help=first)
    last = "last local market day, included (default: the day before as-of)"
    to.add_argument("--end", metavar="DATE", help=last)
    clock = "the clock of the run (default: today; demo has a fixed one)"
    to.add_argument("--as-of", metavar="DATE", help=clock)
    parameter = "a notebook's parameter"
    to.add_argument("-p", dest="parameters", metavar="NAME=VALUE", help=parameter, **several)
    own = "a folder of the desk's own load, DIR/<iso>/hourly.csv; docs/sources.md has the formats"
    to.add_argument("--own-load", type=Path, metavar="DIR", help=own)
    rest = "do what a run left that failed or was interrupted (default: the newest), with its options"
    to.add_argument("--resume", type=int, nargs="?", const=NEWEST, metavar="RUN_ID", help=rest)
    again = "run every notebook, also where nothing has changed since its last report"
    to.add_argument("--force", action="store_true", help=again)
    status = to.add_mutually_exclusive_group()
    official = "publish what the desk prices with, also where the run would else be a study"
    status.add_argument("--official", action="store_true", help=official)
    status.add_argument("--study", action="store_true", help="publish studies, which no view shows")


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
    texts = (
        "list the hubs, products and months of a settlement report, stored (default: the last) or in a file"
    )
    to.add_argument("--list-hubs", nargs="?", const="", metavar="DATE|FILE", help=texts)
    checks = "settings, database, accounts, services, disk, clock, hubs and freshness"
    to.add_argument("--doctor", action="store_true", help=f"check {checks}; say how to fix each")
    withdraw = "withdraw an official version of a curve, so that views show the one before; needs --reason"
    to.add_argument("--withdraw", type=int, metavar="VERSION", help=withdraw)
    to.add_argument("--reason", metavar="TEXT", help="why a version is withdrawn")


def _run(options: argparse.Namespace, notebooks_folder: Path, console: Console) -> int:
    # The heavy packages are imported only now, so that --help and a mistyped option answer at once.
    from lib.pipeline.runner.expected_errors import EXPECTED, exit_code_of, format_error

    try:
        if "action" in options:
            return run_curve_command(options, console)
        if "command" in options:
            run_command = run_import_command if options.command == IMPORT else run_backup_command
            return run_command(options, console)
        if options.doctor:
            return _run_doctor(options, console)
        if options.list_hubs is not None:
            return _list_hubs(options, console)
        if options.withdraw is not None or options.reason is not None:
            return _withdraw(options, console)
        return _run_notebooks(options, notebooks_folder, console)
    except EXPECTED as error:
        _print_error(format_error(error))
        return exit_code_of(error)


def _run_doctor(options: argparse.Namespace, console: Console) -> int:
    from lib.pipeline.doctor.checks import DoctorOptions, print_report

    source = options.source or DEFAULT_SOURCE
    return print_report(DoctorOptions(source, options.notebooks, options.database, options.as_of), console)


def _list_hubs(options: argparse.Namespace, console: Console) -> int:
    from lib.pipeline.doctor.hubs import print_hubs

    return print_hubs(options.list_hubs, options.source or DEFAULT_SOURCE, options.database, console)


def _withdraw(options: argparse.Namespace, console: Console) -> int:
    from lib import store
    from lib.pipeline.errors import ConfigurationError
    from lib.sources import parse_source_spec

    if options.withdraw is None or not (options.reason or "").strip():
        raise ConfigurationError("--withdraw VERSION and --reason TEXT go together")
    source = parse_source_spec(options.source or DEFAULT_SOURCE)
    database = store.open_database(source.kind, options.database)
    for version in store.withdraw_version(database, options.withdraw, options.reason.strip()):
        print_line(console, str(version))
    return Exit.DONE


def _run_notebooks(options: argparse.Namespace, notebooks_folder: Path, console: Console) -> int:
    from lib.pipeline.runner.planning.run_spec import build_run_spec, describe_choices

    given = {field.name: getattr(options, field.name) for field in fields(CliOptions)}
    spec = build_run_spec(CliOptions(**given), notebooks_folder)
    for line in describe_choices(spec, is_default_source=options.source is None):
        print_line(console, line)
    if options.dry_run:
        return _print_plan(spec, options.database, console)
    from lib.pipeline.runner.run import run

    return run(spec, options.database, console)


def _print_plan(spec: RunSpec, database_url: str | None, console: Console) -> int:
    from lib.pipeline.doctor.files import check_files
    from lib.pipeline.runner.planning.run_spec import describe_status
    from lib.pipeline.runner.progress import plan_lines
    from lib.sources import open_source
    from lib.sources.files import FilesSource

    for line in [*plan_lines(spec, database_url), *describe_status(spec)]:
        print_line(console, line)
    if isinstance(source := open_source(spec.source_spec), FilesSource):
        for finding in check_files(source, list(spec.windows)):
            print_line(console, f"{finding.health:<8} {finding.what}")
    return Exit.DONE


def _print_error(message: str) -> None:
    print_line(Console(stderr=True), f"{_program()}: {message}")


def _print_traceback() -> None:
    """Print the traceback of a defect, which may hold a secret, as Python would but for that."""
    from lib.redact import redact

    sys.stderr.write(redact(traceback.format_exc()))


def _end_at_once() -> None:
    _print_error("interrupted while the database does not answer; the next run records how this one ended")
    sys.stderr.flush()
    os._exit(Exit.INTERRUPTED)


def _program() -> str:
    """Return the name of the command that was called: `epd` or run_all.py."""
    return Path(sys.argv[0]).name
