"""The four daily settlement reports as data: what they are called and where ICE publishes them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, Protocol, get_args

Form = Literal["dat", "xlsx"]

FORMS: tuple[Form, ...] = get_args(Form)
"""The forms that each report is published in, the preferred first."""

_FOLDERS: dict[Form, str] = {"dat": "Settlement_Reports_CSV", "xlsx": "Settlement_Reports"}


class UnreadableReport(Exception):
    """The file under a report's name is not that report, or no line of it can be used."""


class LoginRefused(Exception):
    """The publisher refuses the account."""


@dataclass(frozen=True)
class Report:
    """One of the daily reports: the settlements of a commodity at an exchange."""

    exchange: str
    market: str

    @property
    def name(self) -> str:
        """The name under which it is published and stored, such as icecleared_power."""
        return f"{self.exchange}cleared_{self.market}"

    def file_name(self, trade_date: date, form: Form) -> str:
        """Return the name of the file of a trade date."""
        return f"{self.name}_{trade_date:%Y_%m_%d}.{form}"

    def path(self, trade_date: date, form: Form) -> str:
        """Return the path of the file of a trade date on the download host."""
        return f"{_FOLDERS[form]}/{self.market.capitalize()}/{self.file_name(trade_date, form)}"


REPORTS = tuple(Report(exchange, market) for market in ("power", "gas") for exchange in ("ice", "ngx"))
"""All reports of a day."""


@dataclass(frozen=True)
class PublishedFile:
    """The file of a report as it was published."""

    report: Report
    trade_date: date
    form: Form
    body: bytes = field(repr=False)

    @property
    def name(self) -> str:
        """The name of the file."""
        return self.report.file_name(self.trade_date, self.form)

    @property
    def sha256(self) -> str:
        """SHA-256 of the file."""
        return hashlib.sha256(self.body).hexdigest()


class Publisher(Protocol):
    """Where reports come from: ICE, the simulation, or a folder of downloaded files."""

    def fetch(self, report: Report, trade_date: date, form: Form) -> bytes | None:
        """Return the file of a report, or None if there is none (yet).

        Raises:
            UnreadableReport: the response is something else.
            LoginRefused: the publisher refuses the account.
            WebError: there is no usable response.
        """
