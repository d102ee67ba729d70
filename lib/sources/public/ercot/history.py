"""ERCOT's API: the history of a report's documents, for those who have an account.

gridstatus has no reader of the load forecasts by forecast zone in it, and waits and retries by itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from lib.sources.public.query import SOURCE, Ask, Unreadable
from lib.sources.public.zipped import unzipped
from lib.web import NotArchived, Refused, Rejected, Request

LOGIN = "https://ercotb2c.b2clogin.com/ercotb2c.onmicrosoft.com/B2C_1_PUBAPI-ROPC-FLOW/oauth2/v2.0/token"
CLIENT = "fec253ea-0d06-4272-a5e6-b478baeecd70"
"""The number of the API itself, which its documentation tells everyone."""

HISTORY = "https://api.ercot.com/api/public-reports/archive/{product}"
USERNAME, PASSWORD = "ERCOT_API_USERNAME", "ERCOT_API_PASSWORD"
SUBSCRIPTION = "ERCOT_PUBLIC_API_SUBSCRIPTION_KEY"
PAGE_SIZE = 1000


@dataclass(frozen=True)
class Posted:
    """A document of the history, and the local time at which it was posted."""

    number: str
    at: datetime


def log_in(ask: Ask) -> dict[str, str]:
    """Return the headers by which the API knows the account; they hold for an hour.

    Raises:
        WebError: there is no answer, or the account is refused.
        Unreadable: the answer has no token.
    """
    form = {
        "grant_type": "password",
        "username": ask.keys[USERNAME],
        "password": ask.keys[PASSWORD],
        "response_type": "id_token",
        "scope": f"openid {CLIENT} offline_access",
        "client_id": CLIENT,
    }
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    request = Request(SOURCE, LOGIN, "POST", headers, urlencode(form).encode(), is_archived=False)
    try:
        token = json.loads(ask.client.send(request).body)["id_token"]
    except NotArchived:
        return {}  # what was kept is read without logging in
    except Rejected as error:
        raise Refused(f"{error}; check {USERNAME} and {PASSWORD}") from None
    except (ValueError, KeyError, TypeError):
        raise Unreadable(f"the login gave no token; check {USERNAME} and {PASSWORD}") from None
    return {"Authorization": f"Bearer {token}", "Ocp-Apim-Subscription-Key": ask.keys[SUBSCRIPTION]}


def documents(
    ask: Ask, product: str, start: datetime, end: datetime, account: Mapping[str, str]
) -> list[Posted]:
    """Return the documents of a product posted from one local time up to another, the oldest first.

    Raises:
        WebError: there is no answer.
        Unreadable: the answer is no such list.
    """
    try:
        found = [
            Posted(
                entry["_links"]["endpoint"]["href"].rpartition("=")[2],
                datetime.fromisoformat(entry["postDatetime"]),
            )
            for page in _pages(ask, product, start, end, account)
            for entry in page["archives"]
        ]
    except (ValueError, KeyError, TypeError) as error:
        raise Unreadable(f"no list of the documents of {product}: {error!r}") from error
    return sorted((one for one in found if start <= one.at < end), key=lambda one: one.at)


def _pages(
    ask: Ask, product: str, start: datetime, end: datetime, account: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    number, total = 1, 1
    while number <= total:
        span = {
            "postDatetimeFrom": f"{start:%Y-%m-%dT%H:%M:%S}",
            "postDatetimeTo": f"{end:%Y-%m-%dT%H:%M:%S}",
        }
        query = urlencode({**span, "size": PAGE_SIZE, "page": number})
        url = f"{HISTORY.format(product=product)}?{query}"
        page = json.loads(ask.client.send(Request(SOURCE, url, secret_headers=account)).body)
        yield page
        number, total = number + 1, page["_meta"]["totalPages"]


def contents(
    ask: Ask, product: str, wanted: Sequence[Posted], account: Mapping[str, str]
) -> dict[str, bytes]:
    """Return documents by their number, in one request for all.

    Raises:
        WebError: there is no answer.
        Unreadable: the answer is no zip archive.
    """
    body = json.dumps({"docIds": [document.number for document in wanted]}).encode()
    headers = {"Content-Type": "application/json"}
    url = f"{HISTORY.format(product=product)}/download"
    request = Request(SOURCE, url, "POST", headers, body, secret_headers=account)
    files = unzipped(ask.client.send(request).body)
    return {name.partition(".")[0]: content for name, content in files.items()}
