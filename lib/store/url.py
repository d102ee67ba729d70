"""Database URLs in the form of libpq, so that psycopg2 and ADBC connect in the same way."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit

from psycopg2 import ProgrammingError
from psycopg2.extensions import parse_dsn

from lib.settings import Settings

_PERCENT_WITHOUT_DIGITS = re.compile("%(?![0-9A-Fa-f]{2})")

_ADVICE = (
    "the database URL cannot be read: it must look like postgresql://user:password@host:5432/name, and a "
    "character of the password that is no letter, digit or one of -._~ must be percent-encoded (@ as %40)"
)


class InvalidDatabaseUrl(ValueError):
    """A setting cannot be used; the message says which one and what is allowed."""


def normalise(url: str, settings: Settings) -> str:
    """Return the URL in the form of libpq, with TLS, timeouts and UTC added where it does not set them.

    `postgres://` and SQLAlchemy's `postgresql+driver://` are accepted. TLS is required unless the host is
    this machine or a socket, or the URL sets sslmode itself.

    Raises:
        InvalidDatabaseUrl: the URL is not a PostgreSQL URL, has an option that libpq does not know, or its
            password contains a character that must be encoded.
    """
    parts = _split(url)
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    if not is_local(url):
        options.setdefault("sslmode", "require")
    options.setdefault("connect_timeout", str(settings.db_connect_timeout_s))
    options.setdefault("application_name", "epd")
    options.setdefault("options", f"-c timezone=UTC -c statement_timeout={settings.db_statement_timeout_s}s")
    path = parts.path if parts.path.strip("/") else f"/{quote(settings.db_name, safe='')}"
    # libpq reads %20 as a space, but not the plus sign.
    query = urlencode(options, quote_via=quote, safe="/")
    whole = _join(parts._replace(scheme="postgresql", path=path, query=query))
    try:
        parse_dsn(whole)
    except ProgrammingError:
        raise InvalidDatabaseUrl(_ADVICE) from None  # libpq's own message may quote the password
    return whole


def is_local(url: str) -> bool:
    """Return whether every host of the URL is a loopback address or a socket folder, or it has no host."""
    parts = _split(url)
    options = dict(parse_qsl(parts.query))
    hosts = options.get("hostaddr") or options.get("host") or unquote(parts.hostname or "")
    return all(_is_loopback(host) for host in hosts.split(","))


def database_name(url: str) -> str:
    """Return the name of the database in the URL; empty if it has none. A normalised URL always has one."""
    return unquote(_split(url).path.strip("/"))


def with_database(url: str, name: str) -> str:
    """Return the URL with another database name."""
    return _join(_split(url)._replace(path="/" + quote(name, safe="")))


def with_parameters(url: str, **parameters: str) -> str:
    """Return the URL with server settings, such as role, for each of its connections."""
    parts = _split(url)
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    settings = [options.get("options", ""), *(f"-c {name}={value}" for name, value in parameters.items())]
    query = urlencode({**options, "options": " ".join(settings).strip()}, quote_via=quote, safe="/")
    return _join(parts._replace(query=query))


def describe(url: str) -> str:
    """Return a text for a URL that may be shown: the database and its host, without account and password."""
    parts = _split(url)
    host = dict(parse_qsl(parts.query)).get("host") or unquote(parts.hostname or "") or "the default socket"
    return f"database {database_name(url)!r} at {host}{f':{parts.port}' if parts.port else ''}"


def redact_url(text: str, url: str) -> str:
    """Return a text about a connection with the URL's password, plain or encoded, replaced by ***."""
    parts = _split(url)
    secrets = {parts.password or "", dict(parse_qsl(parts.query)).get("password", "")}
    # In one pass, the longest first: the plain password may be the beginning of the encoded one.
    known = sorted({*secrets, *map(unquote, secrets)} - {""}, key=len, reverse=True)
    return re.sub("|".join(map(re.escape, known)), "***", text).strip() if known else text.strip()


def _join(parts: SplitResult) -> str:
    """Return the URL of its parts. A socket has an empty host, whose slashes urlunsplit would drop."""
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme}://{parts.netloc}{parts.path}{query}"


def _split(url: str) -> SplitResult:
    """Split a URL. The error quotes nothing of it, because a password may be in the wrong place."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - reading it is the check
    except ValueError:
        raise InvalidDatabaseUrl(_ADVICE) from None
    is_postgres = parts.scheme.split("+")[0] in ("postgresql", "postgres")
    is_misencoded = _PERCENT_WITHOUT_DIGITS.search(url) is not None
    is_misplaced = parts.netloc.count("@") > 1 or "@" in parts.path + parts.query + parts.fragment
    if not is_postgres or is_misplaced or is_misencoded or parts.fragment:
        raise InvalidDatabaseUrl(_ADVICE)
    return parts


def _is_loopback(host: str) -> bool:
    if host in ("", "localhost") or host.startswith(("/", "@")):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
