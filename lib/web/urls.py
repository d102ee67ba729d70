"""Which addresses may receive a request, where a redirect leads, and how messages name an address."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address
from urllib.parse import urljoin

from urllib3.exceptions import LocationParseError
from urllib3.util import Url, parse_url

from lib.web.client import Request
from lib.web.errors import InsecureAddress, RedirectRefused

MAX_REDIRECTS = 5

_DEFAULT_PORTS = {"http": 80, "https": 443}
_SAME_METHOD = (307, 308)  # every other redirect is followed by a GET without a body


def check_address(url: str) -> None:
    """Refuse an address that would send anything in plain text beyond this machine.

    Raises:
        InsecureAddress: it is neither https nor http to loopback, or has credentials in it.
    """
    parts = _parse(url)
    if parts.scheme not in _DEFAULT_PORTS or not parts.host:
        raise InsecureAddress(f"{host_and_path(url)} is not a web address; it must start with https://")
    if parts.auth:
        raise InsecureAddress(
            f"{host_and_path(url)}: the address contains an account, which logs would show; "
            "set the account in the settings"
        )
    if parts.scheme == "http" and not is_loopback(url):
        raise InsecureAddress(
            f"{host_and_path(url)} would receive the request in plain text; use its https:// address"
        )


def is_loopback(url: str) -> bool:
    """Return whether an address is on this machine."""
    host = (_parse(url).host or "").strip("[]")
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def origin(url: str) -> tuple[str | None, str | None, int | None]:
    """Return scheme, host and port: credentials for an address may go to the same origin only."""
    parts = _parse(url)
    return parts.scheme, parts.host, parts.port or _DEFAULT_PORTS.get(parts.scheme or "")


def host_of(url: str) -> str:
    """Return the host, with its port if that is not the usual one."""
    return _parse(url).netloc or ""


def host_and_path(url: str) -> str:
    """Return an address as messages show it: without its query, which may hold a key."""
    return f"{host_of(url)}{_parse(url).path or ''}"


def follow_redirect(request: Request, status: int, location: str) -> Request:
    """Return the request that follows a redirect; to another origin it carries no credentials.

    Raises:
        RedirectRefused: it would go on in plain text, or take a body (perhaps a password) to another host.
    """
    target = _redirect_target(request, location)
    is_elsewhere = origin(target) != origin(request.url)
    if is_elsewhere:
        request = replace(request, secret_headers={})
    if status not in _SAME_METHOD:
        request = replace(request, method="GET", body=None)
    elif is_elsewhere and request.body is not None:
        raise RedirectRefused(
            f"{host_and_path(request.url)} redirects to {host_and_path(target)}, "
            "and the body of the request is not for another host"
        )
    return replace(request, url=target)


def _redirect_target(request: Request, location: str) -> str:
    """Return the complete address that a redirect points to."""
    try:
        target = urljoin(request.url, location)
        check_address(target)
    except (ValueError, InsecureAddress) as error:
        raise RedirectRefused(
            f"{host_and_path(request.url)} redirects to an address that is not safe: {error}"
        ) from None
    if request.url.startswith("https:") and not target.startswith("https:"):
        raise RedirectRefused(
            f"{host_and_path(request.url)} redirects from https to plain http at {host_and_path(target)}"
        )
    return target


def _parse(url: str) -> Url:
    # The connection uses the same parser, so that an address cannot mean one host here and another there.
    try:
        return parse_url(url)
    except LocationParseError:
        raise InsecureAddress("an address cannot be read; it must start with https://") from None
