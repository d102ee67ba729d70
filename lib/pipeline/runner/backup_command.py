"""The commands `epd backup FILE` and `epd restore FILE`: the database of a source in one file, and back."""

from __future__ import annotations

import argparse
from pathlib import Path
from time import perf_counter

from rich.console import Console

from lib.pipeline.console import Exit, print_line
from lib.pipeline.runner.planning.cli_options import DEFAULT_SOURCE
from lib.source_names import source_forms

BACKUP, RESTORE = "backup", "restore"

_ABOUT = {
    BACKUP: "Write the database of a source into a file that does not exist yet; runs may go on meanwhile.",
    RESTORE: "Restore a backup into the database of a source, which must not hold anything yet.",
}


def backup_parser(program: str, command: str) -> argparse.ArgumentParser:
    """Return the options of `epd backup` or `epd restore`."""
    result = argparse.ArgumentParser(
        prog=f"{program} {command}", description=_ABOUT[command], allow_abbrev=False
    )
    result.add_argument("file", type=Path, metavar="FILE", help="the backup, in the format of pg_dump -Fc")
    known = f"{', '.join(source_forms())} (default: {DEFAULT_SOURCE})"
    result.add_argument("--source", default=DEFAULT_SOURCE, help=f"whose database: {known}")
    server = "the PostgreSQL server and database (default: the settings, else the embedded one)"
    result.add_argument("--database", metavar="URL", help=server)
    result.set_defaults(command=command)
    return result


def run_backup_command(options: argparse.Namespace, console: Console) -> Exit:
    """Back up or restore, print what the database holds, and return the exit code.

    Raises:
        BackupError: the message says what to do.
    """
    from lib.sources import parse_source_spec
    from lib.store import backup, open_database

    source, started = parse_source_spec(options.source).kind, perf_counter()
    if options.command == RESTORE:
        contents = backup.restore(options.file, source, options.database)
        print_line(console, f"restored in {perf_counter() - started:.1f} s: {contents}")
        return Exit.DONE
    contents = backup.back_up(open_database(source, options.database), options.file)
    size = options.file.stat().st_size / 1e6
    print_line(console, f"{options.file}, {size:,.1f} MB in {perf_counter() - started:.1f} s: {contents}")
    return Exit.DONE
