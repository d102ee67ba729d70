"""Answers that a second attempt would not change: asked for once, and named for what they are."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lib.web import (
    HttpClient,
    InsecureAddress,
    Limits,
    NotFound,
    Refused,
    Rejected,
    Request,
    TooLarge,
    Unavailable,
    WebError,
    check_address,
)


@pytest.mark.parametrize(
    ("status", "error", "message"),
    [
        (401, Refused, "check the credentials"),
        (403, Refused, "check the credentials"),
        (404, NotFound, "does not exist"),
        (410, NotFound, "does not exist"),
        (400, Rejected, "status 400"),
        (413, Rejected, "status 413"),
        (414, Rejected, "status 414"),
        (304, Rejected, "status 304"),
    ],
)
def test_a_refusal_is_never_asked_again(
    bad_server: Any, quick: Limits, status: int, error: type[WebError], message: str
) -> None:
    wait_s = None if status == 403 else 1  # a 403 that asks to wait is a limit
    url = bad_server.on("/prices", bad_server.status(status, retry_after=wait_s)) + "?apikey=s3cret"
    with pytest.raises(error, match=f"/prices .*{message}") as caught:
        HttpClient(quick, None).send(Request("test", url, secret_headers={"X-Key": "s3cret"}))
    assert "s3cret" not in str(caught.value)
    assert len(bad_server.asked) == 1


def test_a_rejection_has_its_status(bad_server: Any, quick: Limits) -> None:
    url = bad_server.on("/prices", bad_server.status(414))
    with pytest.raises(Rejected) as caught:
        HttpClient(quick, None).send(Request("test", url))
    assert caught.value.status == 414


def test_a_body_that_trickles_ends_with_its_time(bad_server: Any, quick: Limits) -> None:
    url = bad_server.on("/prices", bad_server.trickle(b"x" * 100_000, pause_s=0.02))
    with pytest.raises(Unavailable, match="/prices sends too slowly"):
        HttpClient(replace(quick, total_s=0.2), None).send(Request("test", url))
    assert len(bad_server.asked) == 1


@pytest.mark.parametrize("form", ["good", "gzipped"])
def test_an_answer_larger_than_allowed_is_not_read_to_its_end(
    bad_server: Any, quick: Limits, form: str
) -> None:
    # Compressed, its 50 MB are sent as 50 kB: the limit is for what they become.
    url = bad_server.on("/prices", getattr(bad_server, form)(b"\0" * 50_000_000))
    with pytest.raises(TooLarge, match="/prices sends a response of more than 1,000,000 bytes"):
        HttpClient(replace(quick, max_bytes=1_000_000), None).send(Request("test", url))
    assert len(bad_server.asked) == 1


def test_an_answer_of_just_the_size_allowed_is_taken(bad_server: Any, quick: Limits) -> None:
    url = bad_server.on("/prices", bad_server.gzipped(b"\0" * 1_000_000))
    assert len(HttpClient(replace(quick, max_bytes=1_000_000), None).send(Request("test", url)).body) == 10**6


def test_a_compression_that_was_not_asked_for_is_named(bad_server: Any, quick: Limits) -> None:
    url = bad_server.on("/prices", bad_server.good("x", **{"Content-Encoding": "br"}))
    with pytest.raises(Unavailable, match="compressed as br"):
        HttpClient(quick, None).send(Request("test", url))
    assert bad_server.asked[0].headers["accept-encoding"] == "gzip"


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/prices",
        "http://localhost.example.com/",
        "http://127.0.0.1.example.com/",
        "http://127.0.0.1@example.com/",
        "http://2130706433/",
        "https://desk:s3cret@example.com/",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "//127.0.0.1/",
        "prices",
        "",
        "https://[::1/",
        "https://",
    ],
)
def test_an_unsafe_address_is_not_asked(quick: Limits, url: str) -> None:
    with pytest.raises(InsecureAddress, match=r"https://|account") as caught:
        HttpClient(quick, None).send(Request("test", url))
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/a?b=%23c",
        "http://127.0.0.1:8080/",
        "http://127.9.9.9/",
        "http://[::1]/",
        "http://LocalHost:1/",
    ],
)
def test_https_and_this_machine_are_safe(url: str) -> None:
    check_address(url)


def test_a_header_that_cannot_be_sent_is_not_shown(bad_server: Any, quick: Limits) -> None:
    request = Request("test", bad_server.on("/", bad_server.good("")), secret_headers={"X-Key": "s3cret\n"})
    with pytest.raises(WebError, match="InvalidHeader") as caught:
        HttpClient(quick, None).send(request)
    assert "s3cret" not in str(caught.value)
    assert bad_server.asked == []
