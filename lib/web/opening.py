"""What a source asks with, as the settings have it."""

from __future__ import annotations

from lib.settings import Settings
from lib.web.archive import Archive
from lib.web.client import Exchange, Limits
from lib.web.errors import NotArchived
from lib.web.http_client import LiveExchange
from lib.web.limits import Slots
from lib.web.replay import ReplayExchange

SLOTS = ".slots"
"""Folder beside the kept answers, by which processes tell each other how much is asked at once."""


def open_archive() -> Archive:
    """Return the archive of this machine."""
    settings = Settings()
    return Archive(settings.raw_dir, max_bytes=int(settings.raw_max_gb * 1e9))


def open_kept(source: str) -> Archive:
    """Return the archive of this machine, where it has anything of a source.

    Raises:
        NotArchived: nothing of the source is kept.
    """
    archive = open_archive()
    if next(archive.entries(source), None) is None:
        raise NotArchived(f"no answer of {source} is kept on this machine; run once with --source {source}")
    return archive


def open_exchange(source: str, limits: Limits, *, replay: bool = False) -> Exchange:
    """Return what a source asks with: the network, keeping what comes, or what was kept.

    Raises:
        NotArchived: with `replay`, nothing of the source is kept.
    """
    if replay:
        return ReplayExchange(open_kept(source))
    return LiveExchange(limits, open_archive(), Slots(Settings().raw_dir / SLOTS, limits.per_host))
