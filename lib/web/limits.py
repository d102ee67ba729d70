"""Three limits on requests: at once per host, per minute, and none to a host that does not answer."""

from __future__ import annotations

import fcntl
import os
import random
import re
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lib.web.errors import Unavailable

SLOT_POLL_S = 0.02
"""Seconds between two looks whether a slot is free."""

GIVE_UP_AFTER = 3
"""Requests in a row to which a host sent no response, each with all its attempts."""

TRY_AGAIN_S = 120
"""Seconds until one request is let through again to a host that did not answer."""


class HostSlots:
    """The requests at once to each host, counted by locked files over all processes of this machine.

    Each ISO of a run is fetched by a process of its own, so a limit within one process would not hold. The
    system releases a lock when its process ends, however it ends.
    """

    def __init__(self, folder: Path, per_host: int) -> None:
        self._folder = folder
        self._per_host = per_host

    @contextmanager
    def hold(self, host: str) -> Iterator[None]:
        """Wait for one of the host's slots, and hold it inside the `with` statement."""
        folder = self._folder / re.sub(r"[^a-zA-Z0-9.-]", "_", host)
        folder.mkdir(parents=True, exist_ok=True)
        slot = self._acquire(folder)
        try:
            yield
        finally:
            os.close(slot)

    def _acquire(self, folder: Path) -> int:
        first = random.randrange(self._per_host)
        while True:
            for number in range(self._per_host):
                slot = os.open(folder / str((first + number) % self._per_host), os.O_CREAT | os.O_RDWR, 0o600)
                try:
                    fcntl.flock(slot, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    return slot
                except BlockingIOError:
                    os.close(slot)
            time.sleep(SLOT_POLL_S)


class RateLimiter:
    """Lets a number of requests begin in any window of time, and delays the others; shared by threads."""

    def __init__(self, per_window: int, window_s: float = 60) -> None:
        self._window_s = window_s
        self._starts: deque[float] = deque(maxlen=per_window)
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Return when the next request may begin."""
        with self._lock:
            now = time.monotonic()
            is_full = len(self._starts) == self._starts.maxlen
            start = max(now, self._starts[0] + self._window_s) if is_full else now
            self._starts.append(start)
        time.sleep(start - now)


@dataclass
class _HostState:
    failures: int = 0
    last_tried: float = 0.0


class CircuitBreaker:
    """Refuses requests to hosts that have stopped answering; shared by threads."""

    def __init__(self, give_up_after: int = GIVE_UP_AFTER, try_again_s: float = TRY_AGAIN_S) -> None:
        self._give_up_after = give_up_after
        self._try_again_s = try_again_s
        self._hosts: dict[str, _HostState] = {}
        self._lock = threading.Lock()

    def check(self, host: str) -> None:
        """Return if a request to the host may be sent.

        Raises:
            Unavailable: the host has not answered the last requests, and it is too early to try again.
        """
        with self._lock:
            state = self._hosts.setdefault(host, _HostState())
            now = time.monotonic()
            if state.failures < self._give_up_after:
                return
            if now - state.last_tried >= self._try_again_s:
                state.last_tried = now
                return
        raise Unavailable(
            f"{host} gave no response to {state.failures} requests in a row and gets no more just now; "
            "try again later"
        )

    def record(self, host: str, *, has_responded: bool) -> None:
        """Remember how a request ended; any response, even a refusal, shows that the host is there."""
        with self._lock:
            state = self._hosts.setdefault(host, _HostState())
            state.failures = 0 if has_responded else state.failures + 1
            state.last_tried = time.monotonic()
