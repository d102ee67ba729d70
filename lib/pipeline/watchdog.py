"""End a command that was told to end and cannot: its main thread waits for a database that does not answer.

Python runs the handler of a signal between two steps of its own, and a driver that waits for a stalled
server makes none. A thread hears of the signal from the system itself. It waits a while, and then ends the
process if the main thread is still inside a driver; kernels end when the run's pipe closes, and the next run
records how this one ended.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

GRACE_S = 8.0
"""How long the main thread may take to end by itself."""

LOOK_EVERY_S = 0.5

DRIVERS = ("adbc_driver_manager", "adbc_driver_postgresql", "sqlalchemy", "psycopg2")
"""Packages in which a thread waits for the database."""


@contextmanager
def ended_if_stalled(end: Callable[[], None], grace_s: float = GRACE_S) -> Iterator[None]:
    """Call `end` if a signal comes inside the `with` statement and the main thread then stays in a driver.

    Args:
        end: ends the process; it runs in a thread.
        grace_s: how long the main thread may take to leave the `with` statement.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    former = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    is_over = threading.Event()
    main = threading.get_ident()
    threading.Thread(target=_watch, args=(reading, is_over, main, end, grace_s), daemon=True).start()
    try:
        yield
    finally:
        is_over.set()
        signal.set_wakeup_fd(former)
        os.close(writing)


def _watch(
    reading: int, is_over: threading.Event, main: int, end: Callable[[], None], grace_s: float
) -> None:
    with os.fdopen(reading, "rb", buffering=0) as signals:
        numbers = b"\0"
        while numbers and not {*numbers} & {signal.SIGINT, signal.SIGTERM}:
            select.select([signals], [], [])
            numbers = signals.read(64) or b""
    if not numbers or is_over.wait(grace_s):
        return
    n_looks = 0
    while not is_over.wait(LOOK_EVERY_S):
        n_looks = n_looks + 1 if _is_in_driver(sys._current_frames().get(main)) else 0
        if n_looks == 2:
            end()
            return


def _is_in_driver(frame: FrameType | None) -> bool:
    """Return whether the innermost frames of a thread are those of a driver."""
    for _ in range(6):
        if frame is None:
            return False
        name = frame.f_globals.get("__name__", "")
        if name.partition(".")[0] in DRIVERS or name == "lib.store.connections":
            return True
        frame = frame.f_back
    return False
