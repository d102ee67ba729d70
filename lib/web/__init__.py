"""Everything that speaks HTTP: a client for the network, one for the archive, and the archive itself."""

from __future__ import annotations

from lib.settings import Settings
from lib.web.archive import Archive
from lib.web.archive_entry import Entry
from lib.web.client import Client, Limits, Request, Response, basic_auth, send_all
from lib.web.errors import (
    DamagedArchive,
    InsecureAddress,
    NotArchived,
    NotFound,
    RedirectRefused,
    Refused,
    Rejected,
    TooLarge,
    Unavailable,
    UntrustedCertificate,
    WebError,
)
from lib.web.http_client import HttpClient
from lib.web.limits import HostSlots
from lib.web.replay_client import ReplayClient
from lib.web.urls import check_address

__all__ = [
    "Archive",
    "Client",
    "DamagedArchive",
    "Entry",
    "HttpClient",
    "InsecureAddress",
    "Limits",
    "NotArchived",
    "NotFound",
    "RedirectRefused",
    "Refused",
    "Rejected",
    "ReplayClient",
    "Request",
    "Response",
    "TooLarge",
    "Unavailable",
    "UntrustedCertificate",
    "WebError",
    "basic_auth",
    "check_address",
    "open_archive",
    "open_archive_of",
    "open_client",
    "send_all",
]

SLOTS_FOLDER = ".slots"
"""The folder inside the archive whose locked files count the requests under way, over all processes."""


def open_archive() -> Archive:
    """Return the archive that the settings name."""
    settings = Settings()
    return Archive(settings.raw_dir, max_bytes=int(settings.raw_max_gb * 1e9))


def open_archive_of(source: str) -> Archive:
    """Return the archive that the settings name, provided it has responses of a source.

    Raises:
        NotArchived: it has none.
    """
    archive = open_archive()
    if next(archive.entries(source), None) is None:
        raise NotArchived(f"no response of {source} is kept on this machine; run once with --source {source}")
    return archive


def open_client(source: str, limits: Limits, *, replay: bool = False) -> Client:
    """Return the client of a source: over the network into the archive, or with `replay` from the archive.

    Raises:
        NotArchived: with `replay`, when the archive has no response of the source.
    """
    if replay:
        return ReplayClient(open_archive_of(source))
    slots = HostSlots(Settings().raw_dir / SLOTS_FOLDER, limits.per_host)
    return HttpClient(limits, open_archive(), slots)
