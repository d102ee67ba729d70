"""The bottom of the page: which run the numbers are as of, and how the cache was used."""

from __future__ import annotations

from lib.tool.page import render
from lib.tool.panels.panel import Panel
from lib.tool.session import Session


def _html(session: Session) -> str:
    return render("footer", usage=session.data.usage(), db=str(session.data.db))


def _always(_: Session) -> object:
    """Return what nothing is equal to: the use of the cache changes beside the session."""
    return object()


PANEL = Panel("footer", _html, _always)
