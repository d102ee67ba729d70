"""Asking again: which failures, how often, and after which pause."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from urllib3.exceptions import InvalidHeader, MaxRetryError, ProtocolError
from urllib3.response import BaseHTTPResponse
from urllib3.util import Retry
from urllib3.util.retry import RequestHistory

from lib.web.client import Limits
from lib.web.errors import Unavailable

Answer = TypeVar("Answer")

_AS_IF_TRIED = (RequestHistory(None, None, None, None, None),)
"""Else the library makes no pause before the second attempt, and all threads would make theirs at once."""


class AttemptFailed(Exception):
    """One attempt came to nothing, and another one may do better.

    Attributes:
        response: the answer that says so, None when there was none.
    """

    def __init__(self, cause: str, response: BaseHTTPResponse | None = None) -> None:
        super().__init__(cause)
        self.response = response


def until_answered(attempt: Callable[[], Answer], limits: Limits, where: str) -> Answer:
    """Make attempts until one gives an answer, with the pauses that the service asks for or that double.

    Args:
        attempt: raises AttemptFailed when it should be made again.
        limits: how many attempts, and the pauses between them.
        where: host and path, for the message.

    Raises:
        Unavailable: the last allowed attempt has failed.
    """
    retry = Retry(
        total=limits.attempts - 1,
        allowed_methods=None,  # nothing that is asked here changes anything, so a POST may be repeated too
        backoff_factor=limits.backoff_s / 2,  # the library doubles it before the first pause it makes
        backoff_jitter=limits.backoff_s,
        backoff_max=limits.backoff_max_s,
        retry_after_max=limits.backoff_max_s,  # type: ignore[arg-type]  # it may be a fraction
        history=_AS_IF_TRIED,
    )
    while True:
        try:
            return attempt()
        except AttemptFailed as failure:
            try:
                retry = _counted(retry, failure)
            except MaxRetryError:
                raise Unavailable(
                    f"{where} gave no answer (attempts: {limits.attempts}; the last one: {failure}); "
                    "try again later"
                ) from None
            _pause(retry, failure.response)


def _counted(retry: Retry, failure: AttemptFailed) -> Retry:
    error = None if failure.response else ProtocolError(str(failure))
    return retry.increment("any", response=failure.response, error=error)


def _pause(retry: Retry, response: BaseHTTPResponse | None) -> None:
    try:
        retry.sleep(response)
    except InvalidHeader:  # a Retry-After that is neither seconds nor a date
        retry.sleep()
