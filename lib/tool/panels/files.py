"""Pricing files: download the shown curve, or upload a file to work on."""

from __future__ import annotations

from dataclasses import replace

from pydantic import StrictBytes

from lib.present.display import Table
from lib.present.formats import Format
from lib.present.pricing_file import MAX_BYTES, PricingFile, parse_pricing_file
from lib.tool import pricing_files
from lib.tool.background import BackgroundCall
from lib.tool.comparison import Comparison, compare_file
from lib.tool.edit_log import write_log
from lib.tool.jobs import start_job
from lib.tool.page import number_format, render_template
from lib.tool.panels.panel import Action, ActionInputs, Panel
from lib.tool.pricing_files import FileKind, estimator_of_file
from lib.tool.session import BackgroundJob, File, Session
from lib.tool.state import CurveState

UPLOAD = "upload"
"""The key of the job that reads a file; the job that writes one has the kind of file as its key."""


class DownloadInputs(ActionInputs):
    """The kind of file."""

    kind: FileKind


class UploadInputs(ActionInputs):
    """A file."""

    name: str
    content: StrictBytes


def _render(session: Session) -> str:
    compared = _compare(session)
    return render_template(
        "files",
        upload=session.state.upload,
        max_bytes=MAX_BYTES,
        jobs=_jobs(session),
        compared=compared,
        table="" if not isinstance(compared, Comparison) else _render_differences(session, compared),
    )


def _compare(session: Session) -> Comparison | str | None:
    """Return the open file against the published curve, or why it cannot be compared; None without a file."""
    state = session.state
    if state.file is None:
        return None
    return compare_file(state.file, state.source, estimator_of_file(state.file), session.data)


def _render_differences(session: Session, compared: Comparison) -> str:
    """Return the zones that differ as a table; "" where none does."""
    if compared.by_zone.empty:
        return ""
    form = number_format(session.state.source)
    formats = {
        "zone": Format("Zone"),
        "n_different": Format("Cells that differ", "{:,.0f}"),
        "n_cells": Format("of", "{:,.0f}"),
        "mean_difference": replace(form, heading=f"Mean difference, {form.heading}"),
        "largest_difference": replace(form, heading=f"Largest, {form.heading}"),
        "where": Format("at"),
    }
    return Table(compared.by_zone, "File less published, by zone", 1, formats).render_html()


def _jobs(session: Session) -> dict[str, BackgroundJob]:
    return session.jobs_of(UPLOAD, "csv", "xlsx")


def _download(session: Session, inputs: DownloadInputs) -> Session:
    state, kind = session.state, inputs.kind

    def hand_over(later: Session, file: File) -> Session:
        downloaded = {**later.downloaded, state.key: state.edits}
        with_it = f", and with it {file.log.name}, what was edited" if file.log else ""
        told = later.with_message(f"{file.name} is downloaded{with_it}.")
        return replace(told, outbox=file, downloaded=downloaded)

    call = BackgroundCall(lambda: _write(state, kind))
    return start_job(session, kind, BackgroundJob(f"Writing the curve as {kind.upper()}", call, hand_over))


def _write(state: CurveState, kind: FileKind) -> File:
    """Return the shown curve as a pricing file; an edited one has a log beside it, so that its form stays."""
    name, content = pricing_files.render_pricing_file(state, kind)
    if not state.edits:
        return File(name, content)
    return File(name, content, File(f"{name.rpartition('.')[0]}_log.csv", write_log(state, name)))


def _upload(session: Session, inputs: UploadInputs) -> Session:
    name = pricing_files.printable(inputs.name)
    call = BackgroundCall(lambda: parse_pricing_file(name, inputs.content))

    def open_file(later: Session, file: PricingFile) -> Session:
        return later.with_state(pricing_files.open_file(later.state, later.data, name, file))

    return start_job(session, UPLOAD, BackgroundJob(f"Reading {name}", call, open_file))


def _close(session: Session, _: ActionInputs) -> Session:
    return session.with_state(pricing_files.close_file(session.state, session.data))


PANEL = Panel(
    "files",
    _render,
    lambda session: (session.state.upload, id(session.state.source), id(session.data), _jobs(session)),
    {
        "download": Action(DownloadInputs, _download),
        "upload": Action(UploadInputs, _upload),
        "close_upload": Action(ActionInputs, _close),
    },
)
