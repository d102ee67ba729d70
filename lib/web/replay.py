"""Answering from what was kept, without a network."""

from __future__ import annotations

from lib.web.addresses import place
from lib.web.archive import Archive
from lib.web.errors import NotArchived
from lib.web.exchange import Reply, Request


class ReplayExchange:
    """Gives the latest kept answer to the same request."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive

    def ask(self, request: Request) -> Reply:
        """Return the latest kept answer to a request.

        Raises:
            NotArchived: none is kept.
            DamagedArchive: it is kept, but no longer as it came.
        """
        reply = self.archive.latest(request)
        if reply is None:
            raise NotArchived(
                f"no answer of {place(request.url)} to this request is kept; ask the service itself once"
            )
        return reply
