"""Everything that speaks HTTP: requests and replies, over the network or from what was kept."""

from lib.web.archive import Archive, Entry
from lib.web.client import Exchange, Limits, Reply, Request, ask_all, basic_auth
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
from lib.web.http_client import LiveExchange
from lib.web.opening import open_archive, open_exchange, open_kept
from lib.web.replay import ReplayExchange
from lib.web.urls import check_address

__all__ = [
    "Archive",
    "DamagedArchive",
    "Entry",
    "Exchange",
    "InsecureAddress",
    "Limits",
    "LiveExchange",
    "NotArchived",
    "NotFound",
    "RedirectRefused",
    "Refused",
    "Rejected",
    "ReplayExchange",
    "Reply",
    "Request",
    "TooLarge",
    "Unavailable",
    "UntrustedCertificate",
    "WebError",
    "ask_all",
    "basic_auth",
    "check_address",
    "open_archive",
    "open_exchange",
    "open_kept",
]
