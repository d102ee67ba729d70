"""ERCOT's open reports: the list of a report's documents, and the documents.

gridstatus is not used: it requests the list with the time of day in the address, so that no response could be
found again in the archive; and in the yearly files it drops the type of the settlement points, which tells a
zone's price from its energy-weighted one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date

from lib.sources.public.query import ReaderQuery, Unreadable, download

LIST = "https://www.ercot.com/misapp/servlets/IceDocListJsonWS?reportTypeId={report}"
DOCUMENT = "https://www.ercot.com/misdownload/servlets/mirDownload?doclookupId={number}"


@dataclass(frozen=True)
class Document:
    """One document of a report.

    Attributes:
        number: its number in the address.
        name: contains the report, the time and the content.
        published: local time in ISO 8601, as published.
    """

    number: str
    name: str
    published: str

    @property
    def published_on(self) -> date:
        """The local day of publication."""
        return date.fromisoformat(self.published[:10])


def list_documents(query: ReaderQuery, report: int) -> list[Document]:
    """Return the documents of a report that can be downloaded, the oldest first.

    Raises:
        WebError: there is no usable response.
        Unreadable: the response is no such list.
    """
    body = download(query, LIST.format(report=report))
    try:
        entries = [entry["Document"] for entry in json.loads(body)["ListDocsByRptTypeRes"]["DocumentList"]]
        listed = [
            Document(str(entry["DocID"]), entry["ConstructedName"], entry["PublishDate"]) for entry in entries
        ]
        return sorted(listed, key=lambda document: (document.published_on, document.published))
    except (ValueError, KeyError, TypeError) as error:
        raise Unreadable(f"no list of report {report}, but {body[:60]!r}") from error


def download_document(query: ReaderQuery, document: Document) -> bytes:
    """Return the content of a document.

    Raises:
        WebError: there is no usable response.
    """
    return download(query, DOCUMENT.format(number=document.number))
