"""A question to the database that is answered in the background, and can be given up."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, suppress
from typing import TypeVar

from adbc_driver_postgresql import dbapi

from lib.store import Database
from lib.tool.background import Background

Found = TypeVar("Found")


class Search(Background[Found]):
    """What is being looked for."""

    def __init__(self, db: Database, ask: Callable[[dbapi.Connection], Found]) -> None:
        """Begin to ask, on a connection of its own.

        Raises:
            DatabaseUnreachable: no connection could be made.
        """
        self._opened = ExitStack()
        self._connection = self._opened.enter_context(db.arrow_connection())
        super().__init__(lambda: self._ask(ask))

    def give_up(self) -> None:
        """Have the server stop looking, if it still does; nobody waits for the answer any more."""
        if not self.is_done():
            with suppress(dbapi.Error):  # it has ended in this moment
                self._connection.adbc_cancel()

    def _ask(self, ask: Callable[[dbapi.Connection], Found]) -> Found:
        with self._opened:
            return ask(self._connection)
