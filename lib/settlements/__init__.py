"""ICE and NGX settlement reports: when they are due, asking for them, reading them, the curves in them."""

from lib.settlements.demo import DemoPublisher
from lib.settlements.download import Settled, Shelf, download_report
from lib.settlements.ice import Ice, MissingCredentials, missing_credentials, open_ice
from lib.settlements.parse import Parsed, parse
from lib.settlements.reports import (
    REPORTS,
    Document,
    LoginRefused,
    Publisher,
    Report,
    UnreadableReport,
)

__all__ = [
    "REPORTS",
    "DemoPublisher",
    "Document",
    "Ice",
    "LoginRefused",
    "MissingCredentials",
    "Parsed",
    "Publisher",
    "Report",
    "Settled",
    "Shelf",
    "UnreadableReport",
    "download_report",
    "missing_credentials",
    "open_ice",
    "parse",
]
