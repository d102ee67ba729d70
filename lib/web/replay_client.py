"""A client that returns responses from the archive, without a network."""

from __future__ import annotations

from itertools import islice

from lib.web.archive import Archive
from lib.web.client import Request, Response
from lib.web.errors import NotArchived
from lib.web.urls import host_and_path


class ReplayClient:
    """Gives the latest archived response to the same request, or an older one; threads may share a client."""

    def __init__(self, archive: Archive, n_skipped: int = 0) -> None:
        """Skip up to `n_skipped` of the latest responses to each request; its oldest one is never skipped."""
        self.archive = archive
        self._n_skipped = n_skipped
        self._has_older = False

    def send(self, request: Request) -> Response:
        """Return the archived response to a request.

        Raises:
            NotArchived: the archive has no response to it.
            DamagedArchive: the response is no longer as it came.
        """
        entries = list(islice(self.archive.find_responses(request), self._n_skipped + 2))
        if not entries:
            raise NotArchived(
                f"no response of {host_and_path(request.url)} to this request is kept; "
                "ask the service itself once"
            )
        if len(entries) > self._n_skipped + 1:
            self._has_older = True
        return entries[: self._n_skipped + 1][-1].read_response()

    def older(self) -> ReplayClient | None:
        """Return a client for the responses before this one's; None if no request so far has any.

        A response of status 200 may still be a maintenance page, which hides a good response before it.
        """
        return ReplayClient(self.archive, self._n_skipped + 1) if self._has_older else None
