"""Work that goes on in a thread of its own while the page answers."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, wait
from threading import Thread
from typing import Generic, TypeVar

Result = TypeVar("Result")


class Background(Generic[Result]):
    """A piece of work that has begun; it does not keep the program from ending."""

    def __init__(self, work: Callable[[], Result]) -> None:
        """Begin."""
        self._future: Future[Result] = Future()
        Thread(target=self._do, args=(work,), daemon=True).start()

    def is_done(self, within_seconds: float = 0.0) -> bool:
        """Return whether it has ended, well or with a fault; it is waited for so long."""
        return bool(wait([self._future], within_seconds).done)

    def result(self) -> Result:
        """Return what it has come to, once it has ended.

        Raises:
            BaseException: what it has ended with.
        """
        return self._future.result()

    def give_up(self) -> None:
        """Stop, where that is possible; nobody waits for the result any more."""

    def _do(self, work: Callable[[], Result]) -> None:
        try:
            self._future.set_result(work())
        except BaseException as fault:  # handed over to whoever asks for the result
            self._future.set_exception(fault)
