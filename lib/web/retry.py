"""Retries: which failures are tried again, how often, and after which pause."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from urllib3.exceptions import InvalidHeader, MaxRetryError, ProtocolError
from urllib3.response import BaseHTTPResponse
from urllib3.util import Retry
from urllib3.util.retry import RequestHistory

from lib.web.client import Limits
from lib.web.errors import Unavailable

AttemptResult = TypeVar("AttemptResult")

_ONE_ATTEMPT_BEFORE = (RequestHistory(None, None, None, None, None),)
"""Without it urllib3 makes no pause before the second attempt, and all threads would repeat at once."""


class AttemptFailed(Exception):
    """One attempt failed, and another one may succeed.

    Attributes:
        response: the response that says so, None if there was none.
    """

    def __init__(self, cause: str, response: BaseHTTPResponse | None = None) -> None:
        super().__init__(cause)
        self.response = response


def call_with_retries(attempt: Callable[[], AttemptResult], limits: Limits, target: str) -> AttemptResult:
    """Call `attempt` until it returns, with the pauses that the service asks for or that double.

    Args:
        attempt: raises AttemptFailed to be called again.
        limits: how many attempts, and the pauses between them.
        target: host and path, for the message.

    Raises:
        Unavailable: the last allowed attempt failed.
    """
    retry = Retry(
        total=limits.attempts - 1,
        allowed_methods=None,  # no request here changes anything, so a POST may be repeated too
        backoff_factor=limits.backoff_s / 2,  # urllib3 doubles it before its first pause
        backoff_jitter=limits.backoff_s,
        backoff_max=limits.backoff_max_s,
        retry_after_max=limits.backoff_max_s,  # type: ignore[arg-type]  # it may be a fraction
        history=_ONE_ATTEMPT_BEFORE,
    )
    while True:
        try:
            return attempt()
        except AttemptFailed as failure:
            try:
                retry = _count_attempt(retry, failure)
            except MaxRetryError:
                raise Unavailable(
                    f"{target} gave no response (attempts: {limits.attempts}; the last one: {failure}); "
                    "try again later"
                ) from None
            _pause(retry, failure.response)


def _count_attempt(retry: Retry, failure: AttemptFailed) -> Retry:
    error = None if failure.response else ProtocolError(str(failure))
    return retry.increment("any", response=failure.response, error=error)


def _pause(retry: Retry, response: BaseHTTPResponse | None) -> None:
    try:
        retry.sleep(response)
    except InvalidHeader:  # a Retry-After that is neither seconds nor a date
        retry.sleep()
