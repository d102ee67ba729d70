"""Build the digest of a run from the database and the run's folder, and mail it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from pathlib import Path

import pandas as pd

from lib.calc.realised import COSTS, sum_zones
from lib.mail import Attachment, MailServer, compose, send
from lib.manifest import Manifest, read_manifest
from lib.pipeline.notebooks import BACKTEST, NOTEBOOKS, REALISED, SERIES_NOTEBOOKS
from lib.pipeline.runner.after_run.curve_changes import COMPARED, NUMBER, visible_moves
from lib.pipeline.runner.records.event_log import run_safely
from lib.pipeline.steps.fetch import GRAVE
from lib.pipeline.steps.realised import ZONE_HEADINGS, shown_parts
from lib.present.backtest_page import BACKTESTS
from lib.present.display import Table
from lib.present.formats import Format
from lib.present.pages.digest import Section, read_charts, render_digest
from lib.present.pages.index import DIGEST
from lib.present.pages.mail_body import read_figures, render_mail, write_subject, write_text
from lib.store import Database, read_relation, read_revisions
from lib.store.backtests import read_backtests
from lib.store.realised import read_realised_costs
from lib.store.run_diff import (
    read_curve_versions,
)
from lib.store.task_log import read_changed_outcomes, read_previous_tasks
from lib.task_record import State

MAX_ROWS = 20
"""A table of the digest has at most this many rows; its sentence says how many there are in all."""

LEFT_OUT = "Left out, because it could not be determined: "
"""Begins the sentence that replaces a part of a page whose making failed."""

MOVE_HEADINGS = {"before": "Before", "now": "Now", "change": "Change"}

CountedRows = tuple[str, Table | None]
"""The sentence of a section, and the table behind it, if there is one."""


@dataclass(frozen=True)
class Digest:
    """What is mailed: a subject, the body as text and as HTML, and the page."""

    subject: str
    text: str
    html: str
    page: str


def build_digest(db: Database, folder: Path, before: Manifest | None = None) -> Digest:
    """Return the digest of a run that has ended.

    Args:
        db: the database of the run.
        folder: that of the run.
        before: the run whose figures the mail compares with, if there is one.
    """
    run = read_manifest(folder)
    run_id = run.run_id
    sections = [
        _section("Notebooks", lambda: _outcomes(db, run_id)),
        _section("Prices and loads", lambda: _values(db, run)),
        _section("VLR curves", lambda: _moves(db, run_id, "vlr")),
        _section("Cost curves", lambda: _moves(db, run_id, "cost_curve")),
        _section("Realised against quoted", lambda: _realised(db, run)),
        _section("Backtests", lambda: _backtests(db, run)),
        _section("Data", lambda: _problems(db, run_id)),
    ]
    charts = run_safely("charts of the digest", lambda: _charts(folder, run), _no_charts)
    rows = read_figures(run, before)
    return Digest(
        write_subject(run, rows),
        write_text(run, before, rows, sections),
        render_mail(run, before, rows, sections),
        render_digest(run, sections, charts),
    )


def _section(heading: str, find: Callable[[], CountedRows]) -> Section:
    """Return a section with what `find` returns; if that fails the section says so, and the others stand."""
    found = run_safely(f"{heading} in the digest", find, lambda reason: (f"{LEFT_OUT}{reason}.", None))
    return Section(heading, *found)


def _no_charts(reason: str) -> list[str]:
    return [f"<p>{LEFT_OUT}{escape(reason)}.</p>"]


def _charts(folder: Path, run: Manifest) -> list[str]:
    """Return the charts of the notebook that shows all ISOs, as HTML."""
    return [
        chart
        for task in run.tasks
        if NOTEBOOKS[task.notebook].shows_all_isos and task.ipynb
        for chart in read_charts(folder / task.ipynb)
    ]


def mail_digest(digest: Digest, server: MailServer) -> None:
    """Mail a digest, its page attached.

    Raises:
        MailError: the server did not take it.
    """
    page = Attachment(DIGEST, digest.page.encode())
    message = compose(server.sender, server.recipients, digest.subject, digest.text, [page], html=digest.html)
    send(message, server)


def _outcomes(db: Database, run_id: int) -> CountedRows:
    changed = read_changed_outcomes(db, run_id)
    if changed.empty:
        return _no_other_outcome(read_previous_tasks(db, run_id)["last_run_id"].isna()), None
    frame = changed.assign(iso=changed["iso"].replace("", "all"))[["iso", "notebook", "before", "now"]]
    formats = {"before": Format("Last time"), "now": Format("Now"), "notebook": Format("Notebook")}
    return (
        f"{len(changed)} ended differently than the last time.",
        Table(frame, "Notebooks that ended differently than the last time", 2, formats),
    )


def _no_other_outcome(is_first: pd.Series) -> str:
    """Return the sentence for a run whose notebooks all ended as they did the last time, if there was one."""
    if is_first.all():
        return "First run: none of its notebooks has run on this database before."
    first = f" {is_first.sum()} had not run before." if is_first.any() else ""
    return f"None ended differently than the last time it ran.{first}"


def _values(db: Database, run: Manifest) -> CountedRows:
    parts = [
        read_revisions(db, task.iso, task.notebook, run.run_id).assign(iso=task.iso)
        for task in run.tasks
        if task.iso and task.notebook in SERIES_NOTEBOOKS
    ]
    changed = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    if changed.empty:
        return "No stored value was revised.", None
    most, n = changed.sort_values("n_hours", ascending=False).head(MAX_ROWS), changed["n_hours"].sum()
    return (
        f"{n:,} stored {'hour was' if n == 1 else 'hours were'} revised, of {len(changed)} series.",
        Table(
            most[["iso", "location", "measure", "n_hours", "first", "last", "old_value", "new_value"]],
            f"{_the(len(most), 'series', 'series')} with the most revised hours; "
            "old and new of the hour that changed most",
            3,
            {"old_value": Format("Before", "{:,.2f}"), "new_value": Format("Now", "{:,.2f}")},
        ),
    )


def _problems(db: Database, run_id: int) -> CountedRows:
    columns = ["notebook", "iso", "measure", "location", "kind", "message", "n_hours"]
    problems = read_relation(db, "pipeline_problem", columns, {"run_id": run_id})
    if problems.empty:
        return "Nothing was found missing or wrong.", None
    problems["is_mild"] = problems["notebook"].isin(SERIES_NOTEBOOKS) & ~problems["kind"].isin(GRAVE)
    ranked = problems.sort_values(
        ["is_mild", "n_hours", "iso", "measure"], ascending=[True, False, True, True]
    )
    most, n = _join_places(ranked).head(MAX_ROWS), len(problems)
    caption = _the(len(most), "most important problem", "most important problems")
    return (
        f"{n} {'thing is' if n == 1 else 'things are'} missing or wrong; all are in the reports of "
        f"{' and '.join(sorted(problems['notebook'].unique(), reverse=True))}.",
        Table(most, f"{caption}: current data first, then by number of hours", 3),
    )


def _join_places(problems: pd.DataFrame) -> pd.DataFrame:
    """Return problems with a row for each cause: series and zones that share a message stand in one row."""
    keys = ["iso", "kind", "message"]

    def join(names: pd.Series) -> str:
        return ", ".join(map(str, dict.fromkeys(names.dropna())))

    rows = problems.groupby(keys, sort=False, dropna=False)
    joined = rows.agg({"measure": join, "location": join, "n_hours": "sum"}).reset_index()
    return joined[["iso", "measure", "location", "message", "n_hours"]]


def _moves(db: Database, run_id: int, curve: str) -> CountedRows:
    """Return how a figure of the zones changed, $/MWh."""
    what, read_moves = COMPARED[curve].zone_figure, COMPARED[curve].read_moves
    moves = visible_moves(read_moves(db, run_id)).assign(change=lambda moves: moves["now"] - moves["before"])
    if moves.empty:
        return _no_move(what, read_curve_versions(db, run_id).query("curve == @curve")), None
    largest = moves.sort_values("change", key=lambda change: -change.abs()).head(MAX_ROWS)
    first = largest.iloc[0]
    formats = {name: Format(f"{text}, $/MWh", NUMBER) for name, text in MOVE_HEADINGS.items()}
    return (
        f"The {what} moved in {len(moves)} zone{'s' * (len(moves) != 1)}, most in {first['iso']} "
        f"{first['location']}: from {NUMBER.format(first['before'])} to {NUMBER.format(first['now'])} $/MWh.",
        Table(largest, f"{_the(len(largest), 'zone', 'zones')} whose {what} moved most", 2, formats),
    )


def _realised(db: Database, run: Manifest) -> CountedRows:
    """Return what serving each ISO cost against its official curve, on the last full day and in its month."""
    found = read_realised_costs(db, run.run_id)
    if found.empty:
        is_planned = any(task.notebook == REALISED.name for task in run.tasks)
        why = (
            "no official curve priced the days before they came"
            if is_planned
            else "it is not part of the run"
        )
        return f"Nothing was compared: {why}.", None
    whole = sum_zones(found, ["iso", "period", "first_day", "last_day"]).dropna(subset="difference")
    sentences = [
        _costs_of(str(iso), rows.set_index("period")) for iso, rows in whole.groupby("iso", sort=False)
    ]
    days = whole["first_day"].astype(str) + " to " + whole["last_day"].astype(str)
    table = whole.assign(days=days.mask(whole["period"] == "day", whole["last_day"].astype(str)))
    headings = {"days": Format("Days"), **ZONE_HEADINGS}
    shown = ["iso", "days", *COSTS, *shown_parts(whole)]
    return " ".join(sentences), Table(table[shown], "Realised less quoted, all zones", 2, headings)


def _costs_of(iso: str, periods: pd.DataFrame) -> str:
    parts = [
        f"{row.realised_cost:,.2f} $/MWh {'on' if period == 'day' else 'in the month to'} "
        f"{row.last_day:%Y-%m-%d}, "
        f"{abs(row.difference):,.2f} {'more' if row.difference >= 0 else 'less'} than quoted"
        f"{', incomplete' * bool(row.n_incomplete)}"
        for period, row in zip(periods.index, periods.itertuples(), strict=True)
    ]
    return f"Serving {iso} cost {' and '.join(parts)}."


def _backtests(db: Database, run: Manifest) -> CountedRows:
    """Return what the past would have said of each ISO: the first sentence of its verdict, and the scores."""
    isos = [task.iso for task in run.tasks if task.notebook == BACKTEST.name and task.outcome is State.DONE]
    found = read_backtests(db, run.run_id)
    found = found[found["iso"].isin(isos)]
    if found.empty:
        return "Nothing was scored: no backtest of the run is done.", None
    sentences = [f"{text.split('. ')[0].rstrip('.')}." for text in found["verdict"]]
    table = Table(found[list(BACKTESTS)], "Priced VLR on periods that it did not know", 1, BACKTESTS)
    return " ".join(sentences), table


def _no_move(what: str, versions: pd.DataFrame) -> str:
    if versions.empty:
        return "No curve is stored."
    new = versions[versions["is_new"]]
    if new.empty:
        return "No curve is new."
    if new["earlier_id"].isna().all():
        return "First run: there is no version before to compare with."
    return f"No zone's {what} moved against the official version before."


def _the(n: int, one: str, many: str) -> str:
    return f"The {one}" if n == 1 else f"The {n} {many}"
