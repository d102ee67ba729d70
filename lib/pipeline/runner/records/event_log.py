"""log.jsonl: one JSON object per event of a run."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from lib import store
from lib.pipeline.runner.redact import one_line, redact

FILE_NAME = "log.jsonl"

log = logging.getLogger("lib.pipeline")
"""Events go here as `log.info("task_ended", extra={"facts": {...}})`."""


class JsonLines(logging.Formatter):
    """A record as one line of JSON: time (UTC), level, event, and the event's own facts."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, with passwords struck out of every text in it."""
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {"time": moment, "level": record.levelname.lower(), "event": record.getMessage()}
        line |= getattr(record, "facts", {})
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return redact(json.dumps(line, default=str))


@contextmanager
def event_log(folder: Path) -> Iterator[None]:
    """Write what is logged in the meantime to log.jsonl in the folder."""
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


T = TypeVar("T")

EXPECTED_FAILURES = (OSError, store.DatabaseUnreachable, *store.OPERATIONAL_ERRORS)
"""What may befall a run whose code is right: a disk that is full, a server that stops."""


def run_safely(what: str, make: Callable[[], T], instead: Callable[[str], T]) -> T:
    """Return what `make` returns or, where it fails, what `instead` returns for the reason.

    The run has ended as it has all the same, so that not even a defect goes any further: the journal has it
    with its traceback.

    Args:
        what: is made, as the journal names it.
        make: makes it.
        instead: takes the reason, in words without a stop at the end.
    """
    try:
        return make()
    except Exception as error:
        reason, is_defect = _reason(error), not isinstance(error, EXPECTED_FAILURES)
        log.warning("left_out", exc_info=is_defect, extra={"facts": {"what": what, "reason": reason}})
        return instead(reason)


def return_none(_reason: str) -> None:
    """Return nothing in the place of what could not be made."""


def _reason(error: Exception) -> str:
    if isinstance(error, store.OPERATIONAL_ERRORS):
        text = store.describe_operational_error(error)
    elif isinstance(error, EXPECTED_FAILURES):
        text = str(error)
    else:
        text = f"{type(error).__name__}: {getattr(error, 'orig', error)}"
    return one_line(text).rstrip(".")
