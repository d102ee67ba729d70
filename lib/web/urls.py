"""Which addresses may be asked, and how a message names them."""

from __future__ import annotations

from ipaddress import ip_address

from urllib3.exceptions import LocationParseError
from urllib3.util import Url, parse_url

from lib.web.errors import InsecureAddress

_DEFAULT_PORTS = {"http": 80, "https": 443}


def check_address(url: str) -> None:
    """Refuse an address that would send anything in plain text beyond this machine.

    Raises:
        InsecureAddress: neither https nor http to loopback, or with an account in it.
    """
    parts = _parse(url)
    if parts.scheme not in _DEFAULT_PORTS or not parts.host:
        raise InsecureAddress(f"{place(url)} is not an address of the web; it must start with https://")
    if parts.auth:
        raise InsecureAddress(
            f"{place(url)}: there is an account in the address, which logs would show; "
            "give it by the settings"
        )
    if parts.scheme == "http" and not is_loopback(url):
        raise InsecureAddress(f"{place(url)} would be asked in plain text; use its https:// address")


def is_loopback(url: str) -> bool:
    """Tell whether an address is on this machine."""
    host = (_parse(url).host or "").strip("[]")
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def origin(url: str) -> tuple[str | None, str | None, int | None]:
    """Return scheme, host and port: where credentials that are meant for an address may be sent."""
    parts = _parse(url)
    return parts.scheme, parts.host, parts.port or _DEFAULT_PORTS.get(parts.scheme or "")


def host_of(url: str) -> str:
    """Return the host, with its port where that is not the usual one."""
    return _parse(url).netloc or ""


def place(url: str) -> str:
    """Return host and path, by which messages name an address: a query may hold a key."""
    return f"{host_of(url)}{_parse(url).path or ''}"


def _parse(url: str) -> Url:
    # By the parser that the connection is made with, so that no address means one host here, another there.
    try:
        return parse_url(url)
    except LocationParseError:
        raise InsecureAddress("an address cannot be read; it must start with https://") from None
