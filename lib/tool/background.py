"""Calls that run in a thread while the page answers, and the one that reads newer data."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, wait
from copy import copy
from threading import Thread
from typing import Generic, TypeVar

from traitlets.log import get_logger

from lib.tool.data import ToolData

CallResult = TypeVar("CallResult")


class BackgroundCall(Generic[CallResult]):
    """A function call in a daemon thread, which does not keep the program from ending."""

    def __init__(self, function: Callable[[], CallResult]) -> None:
        """Start the call."""
        self._future: Future[CallResult] = Future()
        Thread(target=self._run, args=(function,), daemon=True).start()

    def is_done(self, within_seconds: float = 0.0) -> bool:
        """Return whether the call has ended, with a result or an error, after waiting that long at most."""
        return bool(wait([self._future], within_seconds).done)

    def result(self) -> CallResult:
        """Return the result, once there is one.

        Raises:
            BaseException: the error that ended the call.
        """
        return self._future.result()

    def cancel(self) -> None:
        """Stop the call if that is possible; nobody will ask for its result."""

    def _run(self, function: Callable[[], CallResult]) -> None:
        try:
            self._future.set_result(function())
        except BaseException as error:  # `result` raises it
            self._future.set_exception(error)


class Refresh(BackgroundCall[ToolData]):
    """A read of newer data into a copy; the data that it starts from does not change.

    Attributes:
        progress: how far the read has come, for people.
    """

    def __init__(self, data: ToolData) -> None:
        """Start to read; both share the cache, so only what has changed is read."""
        self.progress = "Looking for what is new"
        newer = copy(data)
        super().__init__(lambda: self._read(newer))

    def _read(self, newer: ToolData) -> ToolData:
        try:
            newer.refresh(self._set_progress)
        except Exception:
            get_logger().exception("The scaling tool could not read newer data.")
            raise
        return newer

    def _set_progress(self, step: int, n_steps: int, what: str) -> None:
        self.progress = f"Reading {what} ({step} of {n_steps})"
