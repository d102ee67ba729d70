"""Which addresses may be asked, and how a message names them."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address
from urllib.parse import urljoin

from urllib3.exceptions import LocationParseError
from urllib3.util import Url, parse_url

from lib.web.client import Request
from lib.web.errors import InsecureAddress, RedirectRefused

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


MAX_REDIRECTS = 5
_SAME_AGAIN = (307, 308)  # the other redirects ask for the place by GET, without a body


def redirected(request: Request, status: int, location: str) -> Request:
    """Return the request for the place that an answer points to: elsewhere without any credential.

    Raises:
        RedirectRefused: it would go on in plain text, or take a body (perhaps a password) to another host.
    """
    target = _target(request, location)
    is_elsewhere = origin(target) != origin(request.url)
    if is_elsewhere:
        request = replace(request, secret_headers={})
    if status not in _SAME_AGAIN:
        request = replace(request, method="GET", body=None)
    elif is_elsewhere and request.body is not None:
        raise RedirectRefused(
            f"{place(request.url)} points to {place(target)}, and what was sent is not for another host"
        )
    return replace(request, url=target)


def _target(request: Request, location: str) -> str:
    """Return the whole address that a redirect points to."""
    try:
        target = urljoin(request.url, location)
        check_address(target)
    except (ValueError, InsecureAddress) as error:
        raise RedirectRefused(
            f"{place(request.url)} points to an address that is not safe: {error}"
        ) from None
    if request.url.startswith("https:") and not target.startswith("https:"):
        raise RedirectRefused(f"{place(request.url)} points from https to plain http at {place(target)}")
    return target
