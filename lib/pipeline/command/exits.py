"""The exit codes of run_all.py."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """How a run ended, for whoever called it."""

    DONE = 0
    FAILED = 1
    REFUSED = 2
    LOCKED = 3
    UNREACHABLE = 4
    INTERRUPTED = 130


MEANINGS = {
    Exit.DONE: "every task is done",
    Exit.FAILED: "a task failed; the report says which, why and what to do",
    Exit.REFUSED: "wrong usage or configuration; nothing was started",
    Exit.LOCKED: "another run holds the lock of this database",
    Exit.UNREACHABLE: "the database cannot be reached",
    Exit.INTERRUPTED: "interrupted (Ctrl-C or SIGTERM); kernels are ended, ledger and manifest say so",
}
