"""Everything that speaks HTTP: requests and replies, over the network or from what was kept."""

from lib.web.addresses import check_address
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
from lib.web.exchange import Exchange, Limits, Reply, Request, ask_all
from lib.web.live import LiveExchange

__all__ = [
    "DamagedArchive",
    "Exchange",
    "InsecureAddress",
    "Limits",
    "LiveExchange",
    "NotArchived",
    "NotFound",
    "RedirectRefused",
    "Refused",
    "Rejected",
    "Reply",
    "Request",
    "TooLarge",
    "Unavailable",
    "UntrustedCertificate",
    "WebError",
    "ask_all",
    "check_address",
]
