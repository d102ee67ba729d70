"""Pricing files: download what is shown, upload one to work on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lib.present.pricing_file import MAX_BYTES
from lib.tool import exchange
from lib.tool.page import render
from lib.tool.panels.panel import Panel
from lib.tool.pricing_files import FileKind
from lib.tool.session import File, Session, Values, first


def _html(session: Session) -> str:
    return render("files", upload=session.state.upload, max_bytes=MAX_BYTES)


def _download(session: Session, values: Values, _: Sequence[memoryview]) -> Session:
    kind: FileKind = "xlsx" if first(values, "kind") == "xlsx" else "csv"
    name, content = exchange.download(session.state, kind)
    return replace(session.say(f"{name} is downloaded."), outbox=File(name, content))


def _upload(session: Session, values: Values, buffers: Sequence[memoryview]) -> Session:
    content = bytes(buffers[0]) if buffers else b""
    return session.with_state(exchange.upload(session.state, session.data, first(values, "name"), content))


def _close(session: Session, _: Values, __: Sequence[memoryview]) -> Session:
    return session.with_state(exchange.close_upload(session.state, session.data))


PANEL = Panel(
    "files",
    _html,
    lambda session: session.state.upload,
    {"download": _download, "upload": _upload, "close_upload": _close},
)
