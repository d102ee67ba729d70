"""A service that misbehaves for a while: what is asked again, how often, and what a caller hears."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lib.web import HttpClient, Limits, Request, Unavailable, basic_auth

BODY = b"symbol,close\n" + b"#A,1.25\n" * 200
FAULTS = {
    "429": lambda server: server.status(429),
    "429 with Retry-After": lambda server: server.status(429, retry_after=0),
    "429 with a long Retry-After": lambda server: server.status(429, retry_after=3600),
    "429 with a date to retry after": lambda server: server.status(
        429, retry_after="Fri, 31 Dec 2100 23:59:59 GMT"
    ),
    "429 with a broken Retry-After": lambda server: server.status(429, retry_after="soon"),
    "500": lambda server: server.status(500, body=BODY),
    "503 with Retry-After": lambda server: server.status(503, retry_after=1),
    "slow first byte": lambda server: server.late(BODY, wait_s=60),
    "slow second byte": lambda server: server.trickle(BODY, pause_s=60),
    "reset before the first byte": lambda server: server.hang_up(),
    "reset in mid-body": lambda server: server.reset(BODY),
    "short of its content-length": lambda server: server.short(BODY),
    "without its last chunk": lambda server: server.cut_chunks(BODY),
    "truncated gzip": lambda server: server.truncated_gzip(BODY),
    "no gzip where it says so": lambda server: server.good(BODY, **{"Content-Encoding": "gzip"}),
}


def _limits(quick: Limits, fault: str) -> Limits:
    """Limits that a slow answer exceeds; all others have the time they need."""
    return replace(quick, read_s=1) if fault.startswith("slow") else quick


@pytest.mark.parametrize("fault", FAULTS)
class TestWhatPasses:
    def test_is_asked_again_until_it_has_passed(self, bad_server: Any, quick: Limits, fault: str) -> None:
        url = bad_server.on("/prices", bad_server.gzipped(BODY), first=[FAULTS[fault](bad_server)] * 2)
        client = HttpClient(_limits(quick, fault), None)
        assert client.send(Request("test", url)).body == BODY
        assert len(bad_server.asked) == 3

    def test_ends_when_the_attempts_are_used_up(self, bad_server: Any, quick: Limits, fault: str) -> None:
        url = bad_server.on("/prices", FAULTS[fault](bad_server)) + "?key=s3cret"
        client = HttpClient(replace(_limits(quick, fault), attempts=3), None)
        with pytest.raises(
            Unavailable, match=r"/prices gave no response \(attempts: 3; the last one: "
        ) as caught:
            client.send(Request("test", url))
        assert "s3cret" not in str(caught.value)
        assert len(bad_server.asked) == 3


@pytest.mark.parametrize(
    ("fault", "cause"),
    [
        ("500", "status 500"),
        ("slow first byte", "timed out"),
        ("reset before the first byte", "Connection reset by peer"),
        ("short of its content-length", "broke off after 806 bytes .*IncompleteRead"),
        ("truncated gzip", "broke off .*end-of-stream"),
    ],
)
def test_the_message_names_the_last_cause(bad_server: Any, quick: Limits, fault: str, cause: str) -> None:
    url = bad_server.on("/prices", FAULTS[fault](bad_server))
    with pytest.raises(Unavailable, match=cause):
        HttpClient(replace(_limits(quick, fault), attempts=1), None).send(Request("test", url))


def test_an_error_that_the_caller_is_busy_with_is_not_the_cause(quick: Limits) -> None:
    with pytest.raises(Unavailable, match="Connection refused"):
        try:
            raise KeyError("unrelated")
        except KeyError:
            HttpClient(quick, None).send(Request("test", "http://127.0.0.1:1/"))


def test_a_service_that_names_no_pause_is_given_longer_ones_each_time(
    bad_server: Any, quick: Limits, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("urllib3.util.retry.time.sleep", pauses.append)
    url = bad_server.on("/prices", bad_server.status(503))
    limits = replace(quick, attempts=6, backoff_s=1, backoff_max_s=7)
    with pytest.raises(Unavailable):
        HttpClient(limits, None).send(Request("test", url))
    # 1, 2, 4 ... seconds with up to one more by chance, and never more than the longest.
    assert all(first <= pause < first + 1 for first, pause in zip((1, 2, 4), pauses[:3], strict=True))
    assert pauses[3:] == [7, 7]


def test_a_pause_that_the_service_asks_for_is_kept(
    bad_server: Any, quick: Limits, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("urllib3.util.retry.time.sleep", pauses.append)
    busy = [bad_server.status(429, retry_after=30), bad_server.status(503, retry_after=3600)]
    url = bad_server.on("/prices", bad_server.good(BODY), first=busy)
    HttpClient(replace(quick, backoff_max_s=60), None).send(Request("test", url))
    assert pauses == [30, 60]


def test_what_is_posted_is_posted_again(bad_server: Any, quick: Limits) -> None:
    url = bad_server.on("/login", bad_server.good("{}"), first=[bad_server.reset(BODY)])
    HttpClient(quick, None).send(Request("test", url, "POST", body=b'{"user": "desk"}'))
    assert [(asked.method, asked.body) for asked in bad_server.asked] == [("POST", b'{"user": "desk"}')] * 2


LIMITS_BY_403 = {
    "Retry-After": lambda server: server.status(403, retry_after=0, body=b"come back later"),
    "quota": lambda server: server.status(403, body=b'{"message": "Out of call volume quota."}'),
    "page": lambda server: server.status(403, body=b"<html><body>Rate <b>limit</b> exceeded</body></html>"),
}


@pytest.mark.parametrize("fault", LIMITS_BY_403)
def test_a_refusal_that_asks_to_wait_is_a_limit(bad_server: Any, quick: Limits, fault: str) -> None:
    url = bad_server.on("/prices", bad_server.good(BODY), first=[LIMITS_BY_403[fault](bad_server)] * 2)
    assert HttpClient(quick, None).send(Request("test", url)).body == BODY
    assert len(bad_server.asked) == 3


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("Retry-After", "status 403, it says 'come back later'"),
        ("quota", "Out of call volume quota."),
        ("page", "it says 'Rate limit exceeded'"),
    ],
)
def test_the_words_of_a_service_are_shown(bad_server: Any, quick: Limits, fault: str, words: str) -> None:
    url = bad_server.on("/prices", LIMITS_BY_403[fault](bad_server))
    with pytest.raises(Unavailable) as caught:
        HttpClient(quick, None).send(Request("test", url))
    assert words in str(caught.value)
    assert str(caught.value).isprintable()


TOKEN = basic_auth("desk", "s3cret/word")["Authorization"].removeprefix("Basic ")


@pytest.mark.parametrize("spelling", ["s3cret/word", "s3cret%2Fword", "desk:s3cret/word", TOKEN])
def test_words_that_repeat_a_credential_are_not_shown(bad_server: Any, quick: Limits, spelling: str) -> None:
    body = f"quota of {spelling} is used up".encode()
    url = bad_server.on("/prices", bad_server.status(429, body=body))
    account = basic_auth("desk", "s3cret/word")
    with pytest.raises(Unavailable) as caught:
        HttpClient(quick, None).send(Request("test", url, secret_headers=account))
    assert "it says 'quota of *** is used up'" in str(caught.value)
    assert "s3cret" not in str(caught.value)
    assert TOKEN not in str(caught.value)
