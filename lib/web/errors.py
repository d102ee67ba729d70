"""Why a request has no usable response; no message contains a query or a credential."""

from __future__ import annotations


class WebError(Exception):
    """A request has no usable response; the message says why, where, and what to do."""


class InsecureAddress(WebError):
    """Nothing may be sent to this address: it is plain http, or contains credentials."""


class Refused(WebError):
    """The service does not accept the account, or the account lacks the right (401, 403)."""


class NotFound(WebError):
    """The service does not have the resource (404, 410)."""


class Rejected(WebError):
    """The service does not accept the request as it is (any other status below 500).

    Attributes:
        status: the status of the response, such as 400 or 414.
    """

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class Unavailable(WebError):
    """Every attempt failed: too many requests, server errors, timeouts, broken connections."""


class UntrustedCertificate(WebError):
    """No authority that this machine trusts has signed the server's TLS certificate."""


class TooLarge(WebError):
    """The response is larger than allowed, as sent or once decompressed."""


class RedirectRefused(WebError):
    """The service redirects to an address where the request must not go."""


class NotArchived(WebError):
    """The archive has no response to the request."""


class DamagedArchive(WebError):
    """A file of the archive is not what was saved."""


def root_cause(error: BaseException) -> str:
    """Return the message of the first error of a chain; the later ones repeat the whole address."""
    # Follow what each error names, not __context__, which may be an error that the caller is handling.
    for inner in (error.__cause__, getattr(error, "reason", None), *error.args):
        if isinstance(inner, BaseException):
            return root_cause(inner)
    return str(error).strip() or type(error).__name__
