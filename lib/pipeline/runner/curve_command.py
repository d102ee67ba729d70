"""The command `epd curve`: list versions of curves, show one, compare two, and reproduce one.

`list`, `show` and `diff` end with 0. `reproduce` ends with 0 if every number is the same bit for bit, else
with 1. A version that does not exist ends each with 2.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console

from lib.markets import MARKETS
from lib.pipeline.console import Exit, print_line
from lib.pipeline.runner.planning.cli_options import DEFAULT_SOURCE
from lib.source_names import source_forms

if TYPE_CHECKING:
    from lib.present.display import Table
    from lib.store import Database

COMMAND = "curve"

CURVES = ("vlr", "shaping", "cost_curve", "own_vlr", "own_cost_curve")
"""The curves that have versions, as `lib.store.curve_versions` has them, which is slow to import."""

DEFAULT_LAST = 20


def curve_parser(program: str) -> argparse.ArgumentParser:
    """Return the options of `epd curve`."""
    result = argparse.ArgumentParser(
        prog=f"{program} {COMMAND}",
        description="Versions of curves: what was published, what moved, why, and how to have it again.",
        allow_abbrev=False,
    )
    actions = result.add_subparsers(dest="action", required=True, metavar="list|show|diff|reproduce")
    listed = _add(actions, "list", "list versions, the latest first")
    iso = {"action": "append", "default": [], "type": str.upper, "choices": list(MARKETS)}
    listed.add_argument("--iso", dest="isos", help="repeat for more (default: all)", **iso)  # type: ignore[arg-type]
    curve = {"action": "append", "default": [], "choices": list(CURVES)}
    listed.add_argument("--curve", dest="curves", help="likewise", **curve)  # type: ignore[arg-type]
    listed.add_argument("--status", choices=["official", "study"], help="only these (default: both)")
    listed.add_argument(
        "--last", type=int, default=DEFAULT_LAST, metavar="N", help=f"so many (default: {DEFAULT_LAST})"
    )
    shown = _add(actions, "show", "show what a version is and what it was made of")
    shown.add_argument("version", type=int, metavar="VERSION")
    compared = _add(actions, "diff", "show what moved between two versions, and what moved it")
    compared.add_argument("old", type=int, metavar="OLD")
    compared.add_argument("new", type=int, metavar="NEW")
    again = _add(actions, "reproduce", "compute a version again, and compare every number bit for bit")
    again.add_argument("version", type=int, metavar="VERSION")
    return result


def _add(
    actions: argparse._SubParsersAction[argparse.ArgumentParser], name: str, about: str
) -> argparse.ArgumentParser:
    parser = actions.add_parser(name, help=about, description=f"{about[0].upper()}{about[1:]}.")
    known = f"{', '.join(source_forms())} (default: {DEFAULT_SOURCE})"
    parser.add_argument("--source", default=DEFAULT_SOURCE, help=f"whose database: {known}")
    server = "the PostgreSQL server (default: the settings, else the embedded one)"
    parser.add_argument("--database", metavar="URL", help=server)
    return parser


def run_curve_command(options: argparse.Namespace, console: Console) -> Exit:
    """Print what the options of `curve_parser` ask for, and return the exit code.

    Raises:
        UnknownVersion, NotComparable, NotReproducible: the message says what to do.
    """
    from lib import store
    from lib.sources import parse_source_spec

    db = store.open_database(parse_source_spec(options.source).kind, options.database)
    actions = {"list": _list, "show": _show, "diff": _diff, "reproduce": _reproduce}
    return actions[options.action](db, options, console)


def _list(db: Database, options: argparse.Namespace, console: Console) -> Exit:
    from lib.pipeline.steps.version_pages import list_table

    table = list_table(db, options.isos, options.curves, options.status, options.last)
    if table.frame.empty:
        print_line(console, f"No such version is stored in {db}.")
    else:
        _print_table(table, console)
    return Exit.DONE


def _show(db: Database, options: argparse.Namespace, console: Console) -> Exit:
    from lib.pipeline.steps.version_pages import describe_version

    values = describe_version(db, options.version)
    width = max(map(len, values)) + 1
    _print_lines([f"{label + ':':{width}} {text}" for label, text in values.items()], console)
    return Exit.DONE


def _diff(db: Database, options: argparse.Namespace, console: Console) -> Exit:
    from lib.pipeline.steps.version_diff import compare_versions
    from lib.pipeline.steps.version_pages import changes_table, diff_tables

    diff = compare_versions(db, options.old, options.new)
    _print_lines(diff.describe(), console)
    for table in (*diff_tables(diff)[:-1], changes_table(db, diff)):
        if not table.frame.empty:
            _print_table(table, console, is_after=True)
    return Exit.DONE


def _reproduce(db: Database, options: argparse.Namespace, console: Console) -> Exit:
    from lib.pipeline.steps.reproduce import reproduce_version
    from lib.pipeline.steps.version_pages import differences_table

    found = reproduce_version(db, options.version)
    _print_lines(found.describe(), console)
    if not found.differences.empty:
        _print_table(differences_table(found), console, is_after=True)
    return Exit.DONE if found.is_same else Exit.FAILED


def _print_table(table: Table, console: Console, *, is_after: bool = False) -> None:
    if is_after:
        print_line(console, "")
    print_line(console, f"{table.caption}:")
    _print_lines(table.lines(), console)


def _print_lines(lines: Sequence[str], console: Console) -> None:
    for line in lines:
        print_line(console, line)
