"""The desk's own load: upload a file of it, and see it beside its zones. Nothing of it is stored."""

from __future__ import annotations

from dataclasses import replace

from pydantic import StrictBytes

from lib.present.display import Table
from lib.present.formats import Format
from lib.present.tables import OWN_PREMIUMS, percents
from lib.tool.background import BackgroundCall
from lib.tool.jobs import start_job
from lib.tool.own_load import MAX_BYTES, SMALLER, OwnComparison, compare_upload, read_upload
from lib.tool.page import render_template
from lib.tool.panels.panel import Action, ActionInputs, Panel
from lib.tool.pricing_files import printable
from lib.tool.session import BackgroundJob, Session

JOB = "own_load"
"""The key of the job that reads and compares a file."""


class UploadOwnInputs(ActionInputs):
    """A file."""

    name: str
    content: StrictBytes


def _render(session: Session) -> str:
    own = session.own
    return render_template(
        "own_load",
        iso=session.state.iso,
        own=own,
        tables=[] if own is None else _tables(own),
        max_bytes=MAX_BYTES,
        too_large=SMALLER,
        jobs=session.jobs_of(JOB),
    )


def _tables(own: OwnComparison) -> list[str]:
    """Return the tables of a comparison as HTML."""
    counts = Table(
        own.counts,
        "Hours of own load, and what they rest on",
        1,
        {"n_hours": Format("Hours used", "{:,.0f}")},
    )
    lines = Table(own.lines, "Own load and its zone over the same hours", 2)
    caption = "Load-shape premium of both, % of the flat price"
    premiums = percents(own.premiums, caption, n_heads=2, headings=OWN_PREMIUMS)
    return [table.render_html() for table in (lines, premiums, counts)]


def _upload(session: Session, inputs: UploadOwnInputs) -> Session:
    name, iso, status, data = (
        printable(inputs.name),
        session.state.iso,
        session.state.choice.status,
        session.data,
    )

    def read_and_compare() -> OwnComparison:
        extent = data.extent(iso, "vlr", status)
        own = read_upload(name, inputs.content, iso, (extent.start, extent.end))
        return compare_upload(name, own, data, iso, status)

    def show(later: Session, own: OwnComparison) -> Session:
        text = f"{name} is compared with {len(own.counts)} of the zones of {iso}. Nothing of it is stored."
        return replace(later, own=own).with_message(text)

    return start_job(session, JOB, BackgroundJob(f"Reading {name}", BackgroundCall(read_and_compare), show))


def _close(session: Session, _: ActionInputs) -> Session:
    return replace(session, own=None).with_message("The own load is closed.")


PANEL = Panel(
    "own_load",
    _render,
    lambda session: (session.state.iso, session.own, session.jobs_of(JOB)),
    {
        "upload_own_load": Action(UploadOwnInputs, _upload),
        "close_own_load": Action(ActionInputs, _close),
    },
)
