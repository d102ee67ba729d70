"""The console of a command: printed lines, exit codes, and Ctrl-C as an exception."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from types import FrameType
from typing import NoReturn

from rich.console import Console


class Exit(IntEnum):
    """The exit codes of the command."""

    DONE = 0
    FAILED = 1
    REFUSED = 2
    LOCKED = 3
    UNREACHABLE = 4
    NOT_MAILED = 5
    INTERRUPTED = 130


SIGNALS = (signal.SIGINT, signal.SIGTERM)
"""The signals that interrupt a run."""

MEANINGS = {
    Exit.DONE: "every task is done, or skipped because the source has no data for it",
    Exit.FAILED: "a task failed, and the report says which, why and what to do; or a check of --doctor did, "
    "or a version of a curve could not be reproduced",
    Exit.REFUSED: "wrong usage or configuration; nothing was started",
    Exit.LOCKED: "another run holds the lock of this database",
    Exit.UNREACHABLE: "the database cannot be reached, or the run has lost its lock",
    Exit.NOT_MAILED: "every task is done, but the mail that --mail asks for could not be sent",
    Exit.INTERRUPTED: "interrupted (Ctrl-C or SIGTERM); kernels are ended, run log and manifest say so",
}
"""What each exit code means; --help and docs/running.md list it."""


def print_line(console: Console, text: str) -> None:
    """Print a line as it is, but for secrets: no markup, no colours, no wrapping."""
    from lib.redact import redact  # not at the top: --help answers at once

    console.print(redact(text), markup=False, highlight=False, soft_wrap=True)


class Interrupted(KeyboardInterrupt):
    """A signal has told the run to end."""


@contextmanager
def interruptible() -> Iterator[None]:
    """Raise Interrupted at the first signal, and ignore further ones until the `with` statement ends."""
    former = {number: signal.signal(number, _interrupt) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


def _interrupt(number: int, _frame: FrameType | None) -> NoReturn:
    for other in SIGNALS:
        signal.signal(other, signal.SIG_IGN)
    raise Interrupted(signal.Signals(number).name)
