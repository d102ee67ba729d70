"""The context of a report: the run and the task of which a page tells."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from lib.manifest import Git
from lib.present.pages.report import ReportContext

STARTED_AT = datetime(2026, 1, 5, 6, 15, 2, 114_000, tzinfo=UTC)


def make_report_context(**changes: Any) -> ReportContext:
    """Return the context of a task of a simulated run, with some values changed."""
    usual = {
        "run_id": 17,
        "started_at": STARTED_AT,
        "source": "demo",
        "is_demo": True,
        "git": Git(revision="5b1c0ffee5b1c0ffee", is_dirty=False),
        "versions": {"python": "3.11.7"},
        "notebook": "vlr",
        "iso": None,
    }
    return ReportContext(**{**usual, **changes})
