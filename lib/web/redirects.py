"""Where a redirect may lead, and what may go along."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urljoin

from lib.web.client import Request
from lib.web.errors import InsecureAddress, RedirectRefused
from lib.web.urls import check_address, origin, place

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
