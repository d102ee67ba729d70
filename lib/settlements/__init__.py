"""ICE and NGX settlement reports: when they are due, downloading, parsing, and the forward curves in them."""

from lib.settlements.demo import DemoPublisher
from lib.settlements.download import DownloadedReport, ReportFolder, download_report
from lib.settlements.ice import Ice, MissingCredentials, missing_credentials, open_ice
from lib.settlements.parse import ParsedReport, parse_report
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
    "DownloadedReport",
    "Ice",
    "LoginRefused",
    "MissingCredentials",
    "ParsedReport",
    "Publisher",
    "Report",
    "ReportFolder",
    "UnreadableReport",
    "download_report",
    "missing_credentials",
    "open_ice",
    "parse_report",
]
