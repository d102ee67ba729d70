"""ICE as a publisher of settlement reports: log in, send the cookie along, and check what really came.

ICE documents neither the addresses nor the application key nor the names of the fields. Those here are what
other programs in use have.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date

from pydantic import SecretStr

from lib.settings import Settings
from lib.settlements.parse import Content, describe_body, detect_content
from lib.settlements.reports import Form, LoginRefused, Report, UnreadableReport
from lib.web import Client, Limits, RedirectRefused, Refused, Request, open_client

SOURCE = "ice"

PER_MINUTE = 30
"""Requests per minute that an account may send."""

APPLICATION = "ICEDOWNLOADS"
COOKIE = "iceSsoCookie"


class MissingIceCredentials(Exception):
    """ICE's account is not configured; the message names the variables."""


@dataclass(frozen=True)
class IceAccount:
    """The account at ICE."""

    user: str
    password: SecretStr


class Ice:
    """The publisher itself; it logs in for the first report, and again when the cookie has expired.

    A refused account is not tried again, because services lock an account after some failures.
    """

    def __init__(self, client: Client, account: IceAccount, sso_url: str, downloads_url: str) -> None:
        self._client = client
        self._account = account
        self._sso_url, self._downloads_url = sso_url.rstrip("/"), downloads_url.rstrip("/")
        self._token: str | None = None
        self._refusal: str | None = None

    def fetch(self, report: Report, trade_date: date, form: Form) -> bytes | None:
        """Return the file of a report, or None if there is none (yet).

        Raises:
            UnreadableReport: the response is something else.
            LoginRefused: ICE does not accept the account, or does not let it download the reports.
            WebError: there is no usable response.
        """
        path = report.path(trade_date, form)
        body = self._download(path)
        if body is None or detect_content(body, form) is Content.LOGIN_PAGE:  # the cookie has expired
            self._token = None
            body = self._download(path)
        if body is None or detect_content(body, form) is Content.LOGIN_PAGE:
            raise self._refused(
                "ICE logs the account in and does not let it download: ask ICE whether it has the "
                "settlement reports, and whether another program has logged in with it"
            )
        if detect_content(body, form) is Content.UNKNOWN:
            raise UnreadableReport(f"ICE answered with something else than the report: {describe_body(body)}")
        return body if detect_content(body, form) is Content.REPORT else None

    def _refused(self, reason: str) -> LoginRefused:
        self._refusal = reason
        return LoginRefused(reason)

    def _download(self, path: str) -> bytes | None:
        """Return the response for a path; None if ICE redirects to the login."""
        if self._refusal:
            raise LoginRefused(self._refusal)
        self._token = self._token or self._log_in()
        request = Request(
            SOURCE, f"{self._downloads_url}/{path}", secret_headers={"Cookie": f"{COOKIE}={self._token}"}
        )
        try:
            return self._client.send(request).body
        except (RedirectRefused, Refused):
            return None

    def _log_in(self) -> str:
        """Return a new token.

        Raises:
            UnreadableReport: the response is not that of the login; another attempt may succeed.
            LoginRefused: the response of the login has no token.
        """
        credentials = {
            "userId": self._account.user,
            "password": self._account.password.get_secret_value(),
            "appKey": APPLICATION,
        }
        request = Request(
            SOURCE,
            f"{self._sso_url}/api/authenticateTfa",
            method="POST",
            headers={"Content-Type": "application/json", "Accept": "application/json"},
            body=json.dumps(credentials).encode(),
            is_archived=False,
        )
        try:
            token = _parse_login(self._client.send(request).body)
        except Refused:
            token = None
        if token is None:
            raise self._refused(
                "ICE refused the login: check ICE_USERNAME and ICE_PASSWORD, and whether the password has "
                "expired or the account asks for a second factor"
            )
        return token


def _parse_login(body: bytes) -> str | None:
    """Return the token in a response of the login; None if it is the login page again."""
    if detect_content(body, "dat") is Content.LOGIN_PAGE:
        return None
    try:
        return _token(json.loads(body))
    except ValueError:  # without the text, which may quote the password
        raise UnreadableReport(f"ICE's login answered with {len(body):,} bytes that are not JSON") from None


def _token(response: object) -> str | None:
    """Return the token at data.token, which some responses have below `result`."""
    for path in (("data", "token"), ("result", "data", "token"), ("result", "token")):
        found = response
        for name in path:
            found = found.get(name) if isinstance(found, dict) else None
        if isinstance(found, str) and _is_cookie(found):
            return found
    return None


def _is_cookie(token: str) -> bool:
    """Return whether a token can stand in a header unquoted."""
    return bool(token) and token.isascii() and token.isprintable() and not set(token) & set(' ;,"\\')


def missing_credentials() -> list[str]:
    """Return which variables of ICE's account are not set."""
    settings = Settings()
    given = {"ICE_USERNAME": settings.ice_username, "ICE_PASSWORD": settings.ice_password}
    return [name for name, value in given.items() if not value]


def open_ice() -> Ice:
    """Return ICE as the settings have it.

    Raises:
        MissingIceCredentials: a variable of the account is not set.
    """
    settings = Settings()
    if settings.ice_username is None or settings.ice_password is None:
        raise MissingIceCredentials(
            f"ICE settlements need {' and '.join(missing_credentials())}: set them in the environment or .env"
        )
    account = IceAccount(settings.ice_username, settings.ice_password)
    client = open_client(SOURCE, Limits(per_minute=PER_MINUTE))
    return Ice(client, account, settings.ice_sso_url, settings.ice_downloads_url)
