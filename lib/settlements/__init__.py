"""ICE and NGX settlement reports: when they are due, downloading, parsing, and the forward curves in them."""

from lib.settlements.demo import DemoPublisher
from lib.settlements.download import DownloadedReport, ReportFolder, download_report
from lib.settlements.ice import Ice, MissingIceCredentials, missing_credentials, open_ice
from lib.settlements.parse import ParsedReport, parse_report
from lib.settlements.reports import (
    REPORTS,
    LoginRefused,
    PublishedFile,
    Publisher,
    Report,
    UnreadableReport,
)

__all__ = [
    "REPORTS",
    "DemoPublisher",
    "DownloadedReport",
    "Ice",
    "LoginRefused",
    "MissingIceCredentials",
    "ParsedReport",
    "PublishedFile",
    "Publisher",
    "Report",
    "ReportFolder",
    "UnreadableReport",
    "download_report",
    "missing_credentials",
    "open_ice",
    "parse_report",
]
