"""Reads what a newer run has changed while the tool goes on with what it has."""

from __future__ import annotations

from copy import copy
from threading import Thread

from traitlets.log import get_logger

from lib.tool.data import ToolData


class Reading:
    """A read of newer data in a thread of its own; what it was started from stays as it is."""

    def __init__(self, data: ToolData) -> None:
        """Begin to read; what has not changed is taken from the memory that both share."""
        self.progress = "Looking for what is new"
        self.fault: Exception | None = None
        self._data = copy(data)
        self._thread = Thread(target=self._read, daemon=True)
        self._thread.start()

    @property
    def is_done(self) -> bool:
        """Whether it has ended, well or with a fault."""
        return not self._thread.is_alive()

    def wait(self) -> ToolData:
        """Return the newer data once it is read.

        Raises:
            Exception: what kept it from being read.
        """
        self._thread.join()
        if self.fault is not None:
            raise self.fault
        return self._data

    def _read(self) -> None:
        try:
            self._data.refresh(self._tell)
        except Exception as fault:  # handed over to whoever waits for it
            get_logger().exception("The scaling tool could not read newer data.")
            self.fault = fault

    def _tell(self, step: int, n_steps: int, what: str) -> None:
        self.progress = f"Reading {what} ({step} of {n_steps})"
