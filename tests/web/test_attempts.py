"""A service that misbehaves: what is asked again, how often, and what a caller hears."""

from __future__ import annotations

import time
from typing import Any

import pytest

from lib.web import (
    InsecureAddress,
    Limits,
    LiveExchange,
    NotFound,
    Refused,
    Rejected,
    Request,
    TooLarge,
    Unavailable,
    WebError,
)

BODY = b"symbol,close\n" + b"#A,1.25\n" * 200
QUICK = Limits(connect_s=2, read_s=0.3, total_s=5, backoff_s=0.001, backoff_max_s=0.002)


def _ask(url: str, limits: Limits = QUICK) -> bytes:
    return LiveExchange(limits, None).ask(Request("test", url)).body


@pytest.mark.parametrize(
    "fault",
    [
        lambda server: server.status(429),
        lambda server: server.status(429, retry_after=0),
        lambda server: server.status(429, retry_after=3600),
        lambda server: server.status(429, retry_after="soon"),
        lambda server: server.status(500, body=BODY),
        lambda server: server.status(503, retry_after=1),
        lambda server: server.late(BODY, 5),
        lambda server: server.hang_up(),
        lambda server: server.reset(BODY),
        lambda server: server.short(BODY),
        lambda server: server.truncated_gzip(BODY),
        lambda server: server.gzipped(BODY).__class__(headers={"Content-Encoding": "gzip"}, body=BODY),
    ],
    ids=[
        "429",
        "429 with Retry-After",
        "429 with a long Retry-After",
        "429 with a broken Retry-After",
        "500",
        "503 with Retry-After",
        "slow first byte",
        "reset before the first byte",
        "reset in mid-body",
        "short of its content-length",
        "truncated gzip",
        "no gzip where it says so",
    ],
)
class TestWhatPasses:
    def test_is_asked_again_until_it_has_passed(self, bad_server: Any, fault: Any) -> None:
        url = bad_server.on("/prices", bad_server.good(BODY), first=[fault(bad_server)] * 2)
        assert _ask(url) == BODY
        assert len(bad_server.asked) == 3

    def test_ends_when_the_attempts_are_used_up(self, bad_server: Any, fault: Any) -> None:
        url = bad_server.on("/prices", fault(bad_server))
        with pytest.raises(Unavailable, match="/prices gave no answer in 3 attempts; the last one: "):
            _ask(url + "?key=s3cret", Limits(attempts=3, read_s=0.2, backoff_s=0.001, backoff_max_s=0.002))
        assert len(bad_server.asked) == 3
