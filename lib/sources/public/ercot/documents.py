"""ERCOT's open reports: the list of a report's documents, and the documents.

gridstatus asks for the list with the time of day in the address, so that no answer could be found again in
the archive, and loses the type of the settlement points in the yearly files, by which a zone's price is told
from its energy-weighted one: hence this reader of our own.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date

from lib.sources.public.query import Ask, Unreadable, download

LIST = "https://www.ercot.com/misapp/servlets/IceDocListJsonWS?reportTypeId={report}"
DOCUMENT = "https://www.ercot.com/misdownload/servlets/mirDownload?doclookupId={number}"


@dataclass(frozen=True)
class Document:
    """One document of a report.

    Attributes:
        number: by which it is asked for.
        name: with the report, the time, and what is in it.
        published: as published, a local time that sorts.
    """

    number: str
    name: str
    published: str

    @property
    def published_on(self) -> date:
        """The local day it was published on."""
        return date.fromisoformat(self.published[:10])


def documents(ask: Ask, report: int) -> list[Document]:
    """Return the documents of a report that can be downloaded, the oldest first.

    Raises:
        WebError: there is no answer.
        Unreadable: the answer is no such list.
    """
    body = download(ask, LIST.format(report=report))
    try:
        entries = [entry["Document"] for entry in json.loads(body)["ListDocsByRptTypeRes"]["DocumentList"]]
        listed = [
            Document(str(entry["DocID"]), entry["ConstructedName"], entry["PublishDate"]) for entry in entries
        ]
        return sorted(listed, key=lambda document: (document.published_on, document.published))
    except (ValueError, KeyError, TypeError) as error:
        raise Unreadable(f"no list of report {report}, but {body[:60]!r}") from error


def content(ask: Ask, document: Document) -> bytes:
    """Return a document.

    Raises:
        WebError: there is no answer.
    """
    return download(ask, DOCUMENT.format(number=document.number))
