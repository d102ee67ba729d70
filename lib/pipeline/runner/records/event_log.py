"""log.jsonl: one JSON object per event of a run; and steps that may fail without ending the run."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from lib import store
from lib.redact import one_line, redact

FILE_NAME = "log.jsonl"

EXPECTED_FAILURES = (OSError, store.DatabaseUnreachable, *store.OPERATIONAL_ERRORS)
"""What can happen to a run whose code is right: a full disk, a server that stops."""

log = logging.getLogger("lib.pipeline")
"""Takes events as `log.info("task_ended", extra={"fields": {...}})`."""

T = TypeVar("T")


class JsonLines(logging.Formatter):
    """Formats a log record as one line of JSON: time (UTC), level, event, and the event's own fields."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, with every password in it replaced."""
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {"time": moment, "level": record.levelname.lower(), "event": record.getMessage()}
        line |= getattr(record, "fields", {})
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return redact(json.dumps(line, default=str))


@contextmanager
def event_log(folder: Path) -> Iterator[None]:
    """Write events to log.jsonl in the folder as long as the context lasts."""
    handler = logging.FileHandler(folder / FILE_NAME, encoding="utf-8")
    handler.setFormatter(JsonLines())
    former = log.level
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    try:
        yield
    finally:
        log.setLevel(former)
        log.removeHandler(handler)
        handler.close()


def run_safely(what: str, make: Callable[[], T], instead: Callable[[str], T]) -> T:
    """Return what `make` returns or, if it fails, what `instead` returns for the reason.

    The run has ended by then and keeps its outcome, so this catches even a defect; the event log has its
    traceback.

    Args:
        what: the name of the step in the event log.
        make: the step.
        instead: takes the reason, in words without a stop at the end.
    """
    try:
        return make()
    except Exception as error:
        reason, is_defect = _reason(error), not isinstance(error, EXPECTED_FAILURES)
        log.warning("left_out", exc_info=is_defect, extra={"fields": {"what": what, "reason": reason}})
        return instead(reason)


def return_none(_reason: str) -> None:
    """Replace nothing: the result of a step that failed is None."""


def _reason(error: Exception) -> str:
    if isinstance(error, store.OPERATIONAL_ERRORS):
        text = store.describe_operational_error(error)
    elif isinstance(error, EXPECTED_FAILURES):
        text = str(error)
    else:
        text = f"{type(error).__name__}: {getattr(error, 'orig', error)}"
    return one_line(text).rstrip(".")
