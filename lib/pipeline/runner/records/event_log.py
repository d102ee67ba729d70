"""log.jsonl: one JSON object per event of a run."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from lib.pipeline.runner.redact import redact

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
def journal(folder: Path) -> Iterator[None]:
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
