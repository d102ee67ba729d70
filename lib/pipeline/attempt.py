"""What follows a run's end, part by part: one that fails is left out and told of, and costs no other."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from lib import store
from lib.pipeline.runner.execution.judge import sentence_of
from lib.pipeline.runner.records.event_log import log

T = TypeVar("T")

FATE = (OSError, store.DatabaseUnreachable, *store.WENT_AWAY)
"""What may befall a run whose code is right: a disk that is full, a server that stops."""


def attempt(what: str, make: Callable[[], T], instead: Callable[[str], T]) -> T:
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
        reason, is_defect = _reason(error), not isinstance(error, FATE)
        log.warning("left_out", exc_info=is_defect, extra={"facts": {"what": what, "reason": reason}})
        return instead(reason)


def nothing(_reason: str) -> None:
    """Return nothing in the place of what could not be made."""


def _reason(error: Exception) -> str:
    if isinstance(error, store.WENT_AWAY):
        text = store.went_away(error)
    elif isinstance(error, FATE):
        text = str(error)
    else:
        text = f"{type(error).__name__}: {getattr(error, 'orig', error)}"
    return sentence_of(text).rstrip(".")
