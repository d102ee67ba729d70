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
    NOT_MAILED = 5
    INTERRUPTED = 130


MEANINGS = {
    Exit.DONE: "every task is done",
    Exit.FAILED: "a task failed, and the report says which, why and what to do; or a check of --doctor did",
    Exit.REFUSED: "wrong usage or configuration; nothing was started",
    Exit.LOCKED: "another run holds the lock of this database",
    Exit.UNREACHABLE: "the database cannot be reached",
    Exit.NOT_MAILED: "every task is done, but the mail that --mail asks for could not be sent",
    Exit.INTERRUPTED: "interrupted (Ctrl-C or SIGTERM); kernels are ended, ledger and manifest say so",
}
