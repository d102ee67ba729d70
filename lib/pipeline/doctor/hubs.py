"""The desk's hubs in a settlement report: whether they are found there, and which texts the report has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pandas as pd
from rich.console import Console

from lib import store
from lib.pipeline.console import Exit, print_line
from lib.pipeline.doctor.finding import Finding, failure, ok, unused, warning
from lib.pipeline.errors import ConfigurationError
from lib.pipeline.notebooks import ICE_SETTLEMENTS
from lib.pipeline.steps.window import parse_day
from lib.settlements import UnreadableReport, parse_report
from lib.settlements.hub_report import (
    LARGE_REPORT,
    REMEDY,
    describe_lost_hubs,
    describe_missing,
    describe_not_needed,
    list_texts,
)
from lib.settlements.hubs import describe_ambiguous, hubs, monthly_curves
from lib.settlements.reports import FORMS, Form
from lib.store import Database

CHECK = "hubs"

_HEADINGS = {
    "hub": "HUB",
    "product": "PRODUCT",
    "contract": "CONTRACT",
    "n_months": "MONTHS",
    "first": "FIRST",
    "last": "LAST",
    "fits": "CONTRACT OF THE DESK",
}

_DAY_IN_NAME = re.compile(r"(\d{4})_(\d{2})_(\d{2})")


def check_stored_hubs(database: Database) -> Iterator[Finding]:
    """Yield whether the settlements of the last stored trade date have the contracts of the desk's hubs."""
    day = store.read_last_trade_date(database)
    if day is None:
        yield unused(CHECK, "no settlements are stored yet", f"run {ICE_SETTLEMENTS.name}")
        return
    settlements = store.read_settlements(database, day)
    curves = monthly_curves(settlements)
    found = curves.drop_duplicates(["hub", "block"])
    what = (
        f"the settlements of {day} have {found['hub'].nunique()} of {len({hub.hub for hub in hubs()})} hubs "
        f"and {len(found)} of {len(hubs())} contracts"
    )
    yield ok(CHECK, what)
    report = failure if len(settlements) >= LARGE_REPORT else warning
    for sentence in describe_lost_hubs(settlements, curves):
        yield report(CHECK, f"none of {sentence}", REMEDY)
    for sentence in (*describe_missing(settlements, curves), *describe_ambiguous(settlements)):
        yield warning(CHECK, sentence, REMEDY)
    for sentence in describe_not_needed(curves):
        yield unused(CHECK, sentence)


def print_hubs(what: str, source: str, database_url: str | None, console: Console) -> Exit:
    """Print the hubs, products and months of a report, and which contract of the desk each fits.

    Args:
        what: the file of a report, a trade date that is stored, or "" for the last one.
        source: whose database has the stored settlements.
        database_url: the server; None for that of the settings.
        console: where to print.

    Raises:
        ConfigurationError: it is neither a report nor a date with stored settlements.
    """
    path = Path(what)
    settlements = _read_file(path) if what and path.is_file() else _read_stored(what, source, database_url)
    curves = monthly_curves(settlements)
    print_line(console, f"{len(settlements):,} settlements of {settlements['trade_date'].iloc[0]:%Y-%m-%d}")
    for line in _lines(list_texts(settlements)):
        print_line(console, line)
    for sentence in (
        *describe_lost_hubs(settlements, curves),
        *describe_missing(settlements, curves),
        *describe_ambiguous(settlements),
    ):
        print_line(console, sentence)
    return Exit.DONE


def _lines(listed: pd.DataFrame) -> list[str]:
    """Return what `list_texts` returns as aligned lines, a heading first."""
    months = {name: listed[name].dt.strftime("%Y-%m") for name in ("first", "last")}
    table = listed.assign(**months).astype(str)
    columns = [[_HEADINGS[name], *table[name]] for name in _HEADINGS]
    padded = [[text.ljust(max(map(len, column))) for text in column] for column in columns]
    return [" | ".join(row).rstrip() for row in zip(*padded, strict=True)]


def _read_stored(what: str, source: str, database_url: str | None) -> pd.DataFrame:
    day = parse_day("--list-hubs", what or None)
    database = store.open_database(source, database_url)
    day = day or store.read_last_trade_date(database)
    settlements = pd.DataFrame() if day is None else store.read_settlements(database, day)
    if settlements.empty:
        raise ConfigurationError(
            f"no settlements of {day or 'any day'} are stored in {database}: give the file of a report, or "
            f"run `python run_all.py --notebook {ICE_SETTLEMENTS.name} --source {source}` first"
        )
    return settlements


def _read_file(path: Path) -> pd.DataFrame:
    form = path.suffix.removeprefix(".")
    if form not in FORMS:
        raise ConfigurationError(f"{path} is no settlement report: known are {', '.join(FORMS)}")
    body = path.read_bytes()
    try:
        return parse_report(body, form, _trade_date(path, body, form)).frame
    except UnreadableReport as error:
        raise ConfigurationError(f"{path}: {error}") from error


def _trade_date(path: Path, body: bytes, form: Form) -> date:
    """Return the trade date in the name of a file, or else in its first line."""
    if named := _DAY_IN_NAME.search(path.stem):
        return date(*map(int, named.groups()))
    first = body.splitlines()[1:2] if form == "dat" else []
    try:
        return datetime.strptime(first[0].split(b"|")[0].decode(), "%m/%d/%Y").date()
    except (IndexError, ValueError) as error:
        raise ConfigurationError(f"{path}: neither its name nor its first line has a trade date") from error
