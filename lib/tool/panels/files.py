"""Pricing files: download what is shown, upload one to work on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lib.present.pricing_file import MAX_BYTES, PricingFile, read_pricing_file
from lib.tool import pricing_files
from lib.tool.background import BackgroundCall
from lib.tool.jobs import start_job
from lib.tool.page import render_template
from lib.tool.panels.panel import Panel, Values, first
from lib.tool.pricing_files import FileKind
from lib.tool.session import BackgroundJob, File, Session

UPLOAD = "upload"
"""The key of a file that is being read; one that is written has its kind."""


def _html(session: Session) -> str:
    return render_template("files", upload=session.state.upload, max_bytes=MAX_BYTES, jobs=_jobs(session))


def _jobs(session: Session) -> dict[str, BackgroundJob]:
    return session.jobs_of(UPLOAD, "csv", "xlsx")


def _download(session: Session, values: Values, _: Sequence[memoryview]) -> Session:
    state = session.state
    kind: FileKind = "xlsx" if first(values, "kind") == "xlsx" else "csv"

    def hand_over(later: Session, made: tuple[str, bytes]) -> Session:
        name, content = made
        return replace(later.with_message(f"{name} is downloaded."), outbox=File(name, content))

    writing = BackgroundCall(lambda: pricing_files.download(state, kind))
    return start_job(session, kind, BackgroundJob(f"Writing the curve as {kind.upper()}", writing, hand_over))


def _upload(session: Session, values: Values, buffers: Sequence[memoryview]) -> Session:
    name, content = first(values, "name"), bytes(buffers[0]) if buffers else b""
    seen = pricing_files.printable(name)
    reading = BackgroundCall(lambda: read_pricing_file(seen, content))

    def take_up(later: Session, file: PricingFile) -> Session:
        return later.with_state(pricing_files.open_file(later.state, later.data, name, file))

    return start_job(session, UPLOAD, BackgroundJob(f"Reading {seen}", reading, take_up))


def _close(session: Session, _: Values, __: Sequence[memoryview]) -> Session:
    return session.with_state(pricing_files.close_file(session.state, session.data))


PANEL = Panel(
    "files",
    _html,
    lambda session: (session.state.upload, _jobs(session)),
    {"download": _download, "upload": _upload, "close_upload": _close},
)
