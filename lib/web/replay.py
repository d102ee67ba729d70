"""Answering from what was kept, without a network."""

from __future__ import annotations

from itertools import islice

from lib.web.archive import Archive
from lib.web.client import Reply, Request
from lib.web.errors import NotArchived
from lib.web.urls import place


class ReplayExchange:
    """Gives the latest kept answer to the same request, or one before it; several threads may use one."""

    def __init__(self, archive: Archive, n_later: int = 0) -> None:
        """Pass over so many later answers to each request that has as many."""
        self.archive = archive
        self._n_later = n_later
        self._has_older = False

    def ask(self, request: Request) -> Reply:
        """Return the kept answer to a request.

        Raises:
            NotArchived: none is kept.
            DamagedArchive: it is kept, but no longer as it came.
        """
        kept = list(islice(self.archive.answers(request), self._n_later + 2))
        if not kept:
            raise NotArchived(
                f"no answer of {place(request.url)} to this request is kept; ask the service itself once"
            )
        if len(kept) > self._n_later + 1:
            self._has_older = True
        return kept[: self._n_later + 1][-1].reply()

    def older(self) -> ReplayExchange | None:
        """Return one that gives the answers before its own; None where nothing that it was asked has any.

        An answer of 200 may still be a page about maintenance, which hides a good answer that came before it.
        """
        return ReplayExchange(self.archive, self._n_later + 1) if self._has_older else None
