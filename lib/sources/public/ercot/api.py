"""ERCOT's API, for those with an account: the archive of a report's documents.

gridstatus is not used: it does not read the load forecasts by forecast zone, and waits and retries by itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from lib.sources.public.query import SOURCE, ReaderQuery, Unreadable
from lib.sources.public.zip_files import PublishedZip
from lib.web import NotArchived, Refused, Rejected, Request

LOGIN = "https://ercotb2c.b2clogin.com/ercotb2c.onmicrosoft.com/B2C_1_PUBAPI-ROPC-FLOW/oauth2/v2.0/token"
API_ID = "fec253ea-0d06-4272-a5e6-b478baeecd70"
"""The identifier of the API itself, public in its documentation."""

ARCHIVE = "https://api.ercot.com/api/public-reports/archive/{product}"
USERNAME, PASSWORD = "ERCOT_API_USERNAME", "ERCOT_API_PASSWORD"
SUBSCRIPTION = "ERCOT_PUBLIC_API_SUBSCRIPTION_KEY"
PAGE_SIZE = 1000


@dataclass(frozen=True)
class ArchivedDocument:
    """A document of the archive, and the local time at which it was posted."""

    number: str
    posted_at: datetime


def log_in(query: ReaderQuery) -> dict[str, str]:
    """Return the secret headers that identify the account; they are valid for an hour.

    Raises:
        WebError: there is no usable response, or the account is refused.
        Unreadable: the response has no token.
    """
    form = {
        "grant_type": "password",
        "username": query.credentials[USERNAME],
        "password": query.credentials[PASSWORD],
        "response_type": "id_token",
        "scope": f"openid {API_ID} offline_access",
        "client_id": API_ID,
    }
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    request = Request(SOURCE, LOGIN, "POST", headers, urlencode(form).encode(), is_archived=False)
    try:
        token = json.loads(query.client.send(request).body)["id_token"]
    except NotArchived:
        return {}  # a replay needs no login
    except Rejected as error:
        raise Refused(f"{error}; check {USERNAME} and {PASSWORD}") from None
    except (ValueError, KeyError, TypeError):
        raise Unreadable(f"the login gave no token; check {USERNAME} and {PASSWORD}") from None
    return {
        "Authorization": f"Bearer {token}",
        "Ocp-Apim-Subscription-Key": query.credentials[SUBSCRIPTION],
    }


def list_archived(
    query: ReaderQuery, product: str, start: datetime, end: datetime, account: Mapping[str, str]
) -> list[ArchivedDocument]:
    """Return the documents of a product posted from `start` to `end` (local, excluded), the oldest first.

    Raises:
        WebError: there is no usable response.
        Unreadable: the response is no such list.
    """
    try:
        found = [
            ArchivedDocument(
                entry["_links"]["endpoint"]["href"].rpartition("=")[2],
                datetime.fromisoformat(entry["postDatetime"]),
            )
            for page in _pages(query, product, start, end, account)
            for entry in page["archives"]
        ]
    except (ValueError, KeyError, TypeError) as error:
        raise Unreadable(f"no list of the documents of {product}: {error!r}") from error
    return sorted((one for one in found if start <= one.posted_at < end), key=lambda one: one.posted_at)


def download_archived(
    query: ReaderQuery, product: str, documents: Sequence[ArchivedDocument], account: Mapping[str, str]
) -> PublishedZip:
    """Return an archive with documents, whose names begin with their numbers; one request downloads all.

    Raises:
        WebError: there is no usable response.
        Unreadable: the response is no zip archive.
    """
    body = json.dumps({"docIds": [document.number for document in documents]}).encode()
    headers = {"Content-Type": "application/json"}
    url = f"{ARCHIVE.format(product=product)}/download"
    request = Request(SOURCE, url, "POST", headers, body, secret_headers=account)
    return PublishedZip(query.client.send(request).body, f"the documents of {product}")


def _pages(
    query: ReaderQuery, product: str, start: datetime, end: datetime, account: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    number, total = 1, 1
    while number <= total:
        parameters = {
            "postDatetimeFrom": f"{start:%Y-%m-%dT%H:%M:%S}",
            "postDatetimeTo": f"{end:%Y-%m-%dT%H:%M:%S}",
            "size": PAGE_SIZE,
            "page": number,
        }
        url = f"{ARCHIVE.format(product=product)}?{urlencode(parameters)}"
        page = json.loads(query.client.send(Request(SOURCE, url, secret_headers=account)).body)
        yield page
        number, total = number + 1, page["_meta"]["totalPages"]
