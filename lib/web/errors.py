"""What can go wrong between a request and its answer; no message holds a query or a credential."""

from __future__ import annotations


class WebError(Exception):
    """A request has no usable answer; the message says why, where, and what to do."""


class InsecureAddress(WebError):
    """The address is not one that anything may be sent to: plain http, or with credentials in it."""


class Refused(WebError):
    """The service knows no such account, or the account may not have this (401, 403)."""


class NotFound(WebError):
    """The service has no such thing (404, 410)."""


class Rejected(WebError):
    """The service does not take the request as it is (any other status below 500).

    Attributes:
        status: what it answered, such as 400 or 414.
    """

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class Unavailable(WebError):
    """Every attempt failed: too many requests, errors of the server, timeouts, broken connections."""


class UntrustedCertificate(WebError):
    """The server's TLS certificate was not signed by an authority that this machine trusts."""


class TooLarge(WebError):
    """The answer is larger than allowed, as sent or once decompressed."""


class RedirectRefused(WebError):
    """The service points to a place that the request must not follow to."""


class NotArchived(WebError):
    """The archive has no answer to the request."""


class DamagedArchive(WebError):
    """A file of the archive is not what was kept."""


def root_cause(error: BaseException) -> str:
    """Return what the first of a chain of errors says: those built on it repeat the whole address."""
    # By what each error names, not by __context__, which may be an error that the caller is busy with.
    for inner in (error.__cause__, getattr(error, "reason", None), *error.args):
        if isinstance(inner, BaseException):
            return root_cause(inner)
    return str(error) or type(error).__name__
