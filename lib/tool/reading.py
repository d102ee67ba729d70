"""Reads what a newer run has changed while the tool goes on with what it has."""

from __future__ import annotations

from copy import copy

from traitlets.log import get_logger

from lib.tool.background import Background
from lib.tool.data import ToolData


class Reading(Background[ToolData]):
    """A read of newer data; what it was started from stays as it is."""

    def __init__(self, data: ToolData) -> None:
        """Begin to read; what has not changed is taken from the memory that both share."""
        self.progress = "Looking for what is new"
        newer = copy(data)
        super().__init__(lambda: self._read(newer))

    def _read(self, newer: ToolData) -> ToolData:
        try:
            newer.refresh(self._tell)
        except Exception:
            get_logger().exception("The scaling tool could not read newer data.")
            raise
        return newer

    def _tell(self, step: int, n_steps: int, what: str) -> None:
        self.progress = f"Reading {what} ({step} of {n_steps})"
