"""Database URLs in the form of libpq, so that psycopg2 and ADBC connect in the same way."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit

from psycopg2 import ProgrammingError
from psycopg2.extensions import parse_dsn

from lib.settings import Settings

_PERCENT_WITHOUT_DIGITS = re.compile("%(?![0-9A-Fa-f]{2})")

SAFE_MODES = ("require", "verify-ca", "verify-full")
"""The values of sslmode that encrypt in any case."""

KEEPALIVES = {
    "keepalives": "1",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "60000",
}
"""A connection over a network is kept open while it is idle, and given up a minute after the network went."""

_SETTING = re.compile(r"(?:-c\s*|--)([\w.-]+)=((?:\\.|\S)*)")
"""A setting of the server in libpq's `options`."""

_REFUSED_OPTIONS = {
    "service": "names a section of a file of this machine: write out host, port and name",
    "servicefile": "names a file of this machine: write out host, port and name",
    "replication": "is for copies of a whole server: leave it out",
}
"""Options of libpq that lead elsewhere, and what to do instead."""

_ONE_HOST = (
    "the database URL has several hosts, and a run must not change its server half-way: give the one that "
    "may write, or a name that always leads to it"
)

_ADVICE = (
    "the database URL cannot be read: it must look like postgresql://user:password@host:5432/name, and a "
    "character of the password that is no letter, digit or one of -._~ must be percent-encoded (@ as %40)"
)


class InvalidDatabaseUrl(ValueError):
    """A setting cannot be used; the message says which one and what is allowed."""


def normalise(url: str, settings: Settings) -> str:
    """Return the URL in the form of libpq, with TLS, keepalives, limits and UTC where it does not set them.

    `postgres://` and SQLAlchemy's `postgresql+driver://` are accepted. TLS is required unless the host is
    this machine or a socket. The server's settings in `options` keep their values, and time zone and time
    limit are added; an empty `options=` adds none, for poolers that refuse them.

    Raises:
        InvalidDatabaseUrl: the URL is not a PostgreSQL URL, has several hosts, no TLS to another machine, an
            option that libpq does not know, or a character in its password that must be encoded.
    """
    parts = _split(url)
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    _check_options(parts, options)
    if not is_local(url) and options.setdefault("sslmode", SAFE_MODES[0]) not in SAFE_MODES:
        raise InvalidDatabaseUrl(
            f"sslmode={_shown(options['sslmode'])} would send password and data to another machine in plain "
            "text: use sslmode=verify-full with sslrootcert=FILE, or sslmode=require"
        )
    if not _is_socket(parts, options):
        options = {**KEEPALIVES, **options}
    options.setdefault("connect_timeout", str(settings.db_connect_timeout_s))
    options.setdefault("application_name", "epd")
    given = options.get("options")
    if given != "":
        added = {"timezone": "UTC", "statement_timeout": f"{settings.db_statement_timeout_s}s"}
        known = {name.casefold() for name in settings_of(given or "")}
        more = [f"-c {name}={value}" for name, value in added.items() if name not in known]
        options["options"] = " ".join([*more, *filter(None, [given])])
    path = parts.path if parts.path.strip("/") else f"/{quote(settings.db_name, safe='')}"
    # libpq reads %20 as a space, but not the plus sign.
    query = urlencode(options, quote_via=quote, safe="/")
    whole = _join(parts._replace(scheme="postgresql", path=path, query=query))
    try:
        parse_dsn(whole)
    except ProgrammingError:
        raise InvalidDatabaseUrl(_ADVICE) from None  # libpq's own message may quote the password
    return whole


def _check_options(parts: SplitResult, options: Mapping[str, str]) -> None:
    """Refuse several hosts, and options that libpq does not know or that lead elsewhere.

    An option is named only where it cannot be the rest of a password with a question mark in it.
    """
    if any("," in options.get(name, "") for name in ("host", "hostaddr", "port")):
        raise InvalidDatabaseUrl(_ONE_HOST)
    is_part_of_password = "@" not in parts.netloc and ":" in parts.netloc
    for name in options:
        if name in _REFUSED_OPTIONS:
            raise InvalidDatabaseUrl(f"the option {name} of the database URL {_REFUSED_OPTIONS[name]}")
        try:
            parse_dsn(f"postgresql:///?{quote(name, safe='')}=1")
        except ProgrammingError:
            if is_part_of_password:
                raise InvalidDatabaseUrl(_ADVICE) from None
            raise InvalidDatabaseUrl(
                f"the database URL has the option {_shown(name)!r}, which libpq does not know (it may be "
                "meant for another program or driver): leave it out. A character of the password that is no "
                "letter, digit or one of -._~ must be percent-encoded"
            ) from None


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
    if options.get("options") == "":  # a pooler refuses them
        return url
    settings = [options.get("options", ""), *(f"-c {name}={value}" for name, value in parameters.items())]
    query = urlencode({**options, "options": " ".join(settings).strip()}, quote_via=quote, safe="/")
    return _join(parts._replace(query=query))


def with_login(url: str, user: str) -> str:
    """Return the URL with another account, and without a password."""
    parts = _split(url)
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    for name in ("user", "password", "passfile"):
        options.pop(name, None)
    netloc = f"{quote(user, safe='')}@{parts.netloc.rpartition('@')[2]}"
    return _join(parts._replace(netloc=netloc, query=urlencode(options, quote_via=quote, safe="/")))


def session_settings(url: str) -> dict[str, str] | None:
    """Return the server settings that a URL asks for, by name; None if it has no `options` at all."""
    options = dict(parse_qsl(_split(url).query, keep_blank_values=True)).get("options")
    return None if options is None else settings_of(options)


def settings_of(options: str) -> dict[str, str]:
    """Return the server settings in the text of libpq's `options`, by name."""
    return {name.replace("-", "_"): value for name, value in _SETTING.findall(options)}


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
        if "," in unquote(parts.netloc.rpartition("@")[2]):
            raise InvalidDatabaseUrl(_ONE_HOST)
        parts.port  # noqa: B018 - reading it is the check
    except InvalidDatabaseUrl:
        raise
    except ValueError:
        raise InvalidDatabaseUrl(_ADVICE) from None
    is_postgres = parts.scheme.split("+")[0] in ("postgresql", "postgres")
    is_misencoded = _PERCENT_WITHOUT_DIGITS.search(url) is not None
    is_misplaced = parts.netloc.count("@") > 1 or "@" in parts.path + parts.query + parts.fragment
    if not is_postgres or is_misplaced or is_misencoded or parts.fragment:
        raise InvalidDatabaseUrl(_ADVICE)
    return parts


def _is_socket(parts: SplitResult, options: Mapping[str, str]) -> bool:
    host = options.get("host") or unquote(parts.hostname or "")
    return not options.get("hostaddr") and (not host or host.startswith(("/", "@")))


def _shown(text: str) -> str:
    """Return a short text as it may stand in a message."""
    return text if re.fullmatch(r"[\w.-]{1,30}", text) else "..."


def _is_loopback(host: str) -> bool:
    if host in ("", "localhost") or host.startswith(("/", "@")):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
