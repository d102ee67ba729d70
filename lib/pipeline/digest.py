"""The digest of a run: gathered from the database and the run's folder, written beside the reports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from lib.mail import Attachment, MailServer, compose, send
from lib.pipeline import freshness
from lib.pipeline.records import manifest as manifests
from lib.present.digest import Section, charts_of, digest_html, digest_text
from lib.present.exhibits import Table
from lib.present.formats import Format
from lib.present.index import DIGEST, headline
from lib.sources.protocol import REFUSED, UNREADABLE
from lib.store import Database, changed_values, read_relation
from lib.store.history import changed_outcomes, curve_moves, price_moves

CHARTS_FROM = "summary"
"""The notebook whose charts are the main ones."""

WRITES_VALUES = "fetch"
"""The notebook that writes prices and loads."""

GRAVE = (REFUSED, UNREADABLE, freshness.STALE, freshness.LATE)
"""Kinds of problem that the next numbers depend on; a hole in the past can wait."""

LONGEST = 20
"""A table of the digest has at most so many rows; its sentence says how many there are."""


@dataclass(frozen=True)
class Digest:
    """What is mailed: a subject, the text of the body, and the page."""

    subject: str
    text: str
    page: str


def digest_of(db: Database, folder: Path) -> Digest:
    """Return the digest of a run that has ended."""
    run = manifests.read(folder)
    run_id = run["run_id"]
    sections = [
        _outcomes(db, run_id),
        _values(db, run),
        _moves("VLR curves", "VLR over all hours", curve_moves(db, run_id)),
        _moves("Cost curves", "cost to serve of the months to come", price_moves(db, run_id)),
        _problems(db, run_id),
    ]
    charts = [
        chart
        for task in run["tasks"]
        if task["notebook"] == CHARTS_FROM and task["ipynb"]
        for chart in charts_of(folder / task["ipynb"])
    ]
    warnings = _warnings(db, run_id)
    text, page = digest_text(run, sections, warnings), digest_html(run, sections, charts, warnings)
    return Digest(_subject(run), text, page)


def mail_digest(digest: Digest, server: MailServer) -> None:
    """Mail a digest, its page attached.

    Raises:
        MailError: the server did not take it.
    """
    page = Attachment(DIGEST, digest.page.encode())
    send(compose(server.sender, server.recipients, digest.subject, digest.text, [page]), server)


def _subject(run: Mapping[str, Any]) -> str:
    demo = "DEMO " if run["source"] == "demo" else ""
    return f"{demo}EPD run {run['run_id']}, as of {run['as_of']}: {headline(run)}"


def _outcomes(db: Database, run_id: int) -> Section:
    changed = changed_outcomes(db, run_id)
    if changed.empty:
        return Section("Notebooks", "None ended otherwise than the last time it ran.")
    frame = changed.assign(iso=changed["iso"].replace("", "all"))[["iso", "notebook", "before", "now"]]
    formats = {"before": Format("Last time"), "now": Format("Now"), "notebook": Format("Notebook")}
    return Section(
        "Notebooks",
        f"{len(changed)} ended otherwise than the last time.",
        Table(frame, "Notebooks that ended otherwise than the last time", 2, formats),
    )


def _values(db: Database, run: Mapping[str, Any]) -> Section:
    isos = [task["iso"] for task in run["tasks"] if task["notebook"] == WRITES_VALUES]
    parts = [changed_values(db, iso, WRITES_VALUES, run["run_id"]).assign(iso=iso) for iso in isos]
    changed = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    if changed.empty:
        return Section("Prices and loads", "No stored value was revised.")
    most = changed.sort_values("n_hours", ascending=False).head(LONGEST)
    return Section(
        "Prices and loads",
        f"{changed['n_hours'].sum():,} stored hours of {len(changed)} series were revised.",
        Table(
            most[["iso", "location", "measure", "n_hours", "first", "last", "old_value", "new_value"]],
            f"The {len(most)} series with the most revised hours; old and new of the hour that changed most",
            3,
            {"old_value": Format("Before", "{:,.2f}"), "new_value": Format("Now", "{:,.2f}")},
        ),
    )


def _problems(db: Database, run_id: int) -> Section:
    columns = ["iso", "measure", "location", "kind", "message", "n_hours"]
    problems = read_relation(db, "pipeline_problem", columns, {"run_id": run_id, "notebook": WRITES_VALUES})
    if problems.empty:
        return Section("Data", "Nothing is missing or wrong with what was fetched.")
    problems["is_mild"] = ~problems["kind"].isin(GRAVE)
    order = problems.sort_values(
        ["is_mild", "n_hours", "iso", "measure"], ascending=[True, False, True, True]
    )
    most = order[["iso", "measure", "location", "message", "n_hours"]].head(LONGEST)
    return Section(
        "Data",
        f"{len(problems)} things are missing or wrong with what was fetched; each fetch report has its own.",
        Table(most, f"The {len(most)} that matter most: what stopped coming first, then by hours", 3),
    )


def _warnings(db: Database, run_id: int) -> list[str]:
    """Return what other notebooks than the fetch found wrong with what they stand on."""
    problems = read_relation(
        db, "pipeline_problem", ["iso", "notebook", "number", "message"], {"run_id": run_id}
    )
    its = problems[problems["notebook"] != WRITES_VALUES].sort_values(["iso", "notebook", "number"])
    return [f"{row.iso}, {row.notebook}: {row.message}" for row in its.itertuples()]


def _moves(heading: str, what: str, moves: pd.DataFrame) -> Section:
    """Return what became of a figure of the zones, $/MWh; `what` is its name within a sentence."""
    moves = moves.assign(change=moves["now"] - moves["before"])
    moves = moves[moves["change"].abs() > 0]
    if moves.empty:
        return Section(heading, f"No zone's {what} moved against the version before.")
    largest = moves.sort_values("change", key=lambda change: -change.abs()).head(LONGEST)
    first = largest.iloc[0]
    formats = {name: Format(f"{text}, $/MWh", "{:,.4f}") for name, text in _MOVE_HEADINGS.items()}
    return Section(
        heading,
        f"The {what} moved in {len(moves)} zones, most in {first['iso']} {first['location']}: from "
        f"{first['before']:.4f} to {first['now']:.4f} $/MWh.",
        Table(largest, f"The {len(largest)} zones whose {what} moved most", 2, formats),
    )


_MOVE_HEADINGS: dict[str, str] = {"before": "Before", "now": "Now", "change": "Change"}
