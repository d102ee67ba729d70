"""Asking over the network when the service behaves: what is sent, what comes back, and how much at once."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lib.web import HttpClient, Limits, Request, Unavailable, UntrustedCertificate, send_all
from lib.web.limits import RateLimiter


def test_a_reply_is_whole_and_says_when_it_was_asked_for(bad_server: Any, quick: Limits) -> None:
    before = datetime.now(UTC)
    url = bad_server.on("/prices", bad_server.gzipped("a,b\n1,2\n")) + "?symbols=%23A,%23B+C"
    response = HttpClient(quick, None).send(
        Request("test", url, headers={"Accept": "text/csv"}, secret_headers={"X-Key": "k"})
    )
    assert (response.status, response.body, response.url) == (200, b"a,b\n1,2\n", url)
    assert response.headers["content-type"] == "text/csv"
    assert before <= response.requested_at <= datetime.now(UTC)
    asked = bad_server.asked[0]
    assert (asked.query["symbols"], asked.headers["accept"], asked.headers["x-key"]) == (
        "#A,#B C",
        "text/csv",
        "k",
    )


@pytest.mark.parametrize("form", ["good", "gzipped", "chunked"])
def test_a_body_is_the_same_in_each_form(bad_server: Any, quick: Limits, form: str) -> None:
    body = bytes(range(256)) * 2000
    url = bad_server.on("/prices", getattr(bad_server, form)(body))
    assert HttpClient(quick, None).send(Request("test", url)).body == body


def test_an_empty_answer_is_an_answer(bad_server: Any, quick: Limits) -> None:
    url = bad_server.on("/prices", bad_server.good("", **{"Content-Encoding": "gzip"}))
    assert HttpClient(quick, None).send(Request("test", url)).body == b""


def test_a_request_does_not_show_its_secrets() -> None:
    request = Request(
        "test", "https://a.example/", "POST", body=b"s3cret", secret_headers={"X-Key": "s3cret"}
    )
    assert "s3cret" not in repr(request)


def test_an_untrusted_certificate_is_refused_at_once(tls_server: Any, quick: Limits) -> None:
    url = tls_server.on("/prices", tls_server.good("prices"))
    with pytest.raises(UntrustedCertificate, match="REQUESTS_CA_BUNDLE"):
        HttpClient(quick, None).send(Request("test", url))
    assert tls_server.asked == []


def test_a_certificate_for_another_host_is_refused(tls_server: Any, trusted: None, quick: Limits) -> None:
    url = tls_server.on("/prices", tls_server.good("prices")).replace("127.0.0.1", "localhost")
    with pytest.raises(UntrustedCertificate, match="localhost"):
        HttpClient(quick, None).send(Request("test", url))
    assert tls_server.asked == []


def test_the_authorities_of_the_firm_are_trusted(tls_server: Any, trusted: None, quick: Limits) -> None:
    url = tls_server.on("/prices", tls_server.good("prices"))
    assert HttpClient(quick, None).send(Request("test", url)).body == b"prices"


def test_the_proxy_of_the_environment_is_used(quick: Limits, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    with pytest.raises(Unavailable, match="Connection refused"):
        HttpClient(quick, None).send(Request("test", "https://service.invalid/prices"))


def test_this_machine_is_not_asked_by_a_proxy(
    bad_server: Any, quick: Limits, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    url = bad_server.on("/prices", bad_server.good("prices"))
    assert HttpClient(quick, None).send(Request("test", url)).body == b"prices"


def test_no_credential_of_the_machine_is_sent(
    bad_server: Any, quick: Limits, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login desk password s3cret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    url = bad_server.on("/prices", bad_server.good("prices"))
    HttpClient(quick, None).send(Request("test", url))
    assert "authorization" not in bad_server.asked[0].headers


def test_a_cookie_of_one_answer_is_not_sent_with_the_next_request(bad_server: Any, quick: Limits) -> None:
    url = bad_server.on("/prices", bad_server.good("prices", **{"Set-Cookie": "session=1; Path=/"}))
    client = HttpClient(quick, None)
    client.send(Request("test", url))
    client.send(Request("test", url))
    assert "cookie" not in bad_server.asked[1].headers


def test_a_host_is_asked_no_more_at_once_than_allowed(bad_server: Any, quick: Limits) -> None:
    url = bad_server.on("/prices", bad_server.late(b"prices", wait_s=0.02))
    client = HttpClient(replace(quick, per_host=2), None)
    outcomes = list(send_all(client, [Request("test", url)] * 10, workers=6))
    assert [response.body for _, response in outcomes] == [b"prices"] * 10
    assert bad_server.most_at_once <= 2


def test_a_failed_attempt_gives_its_place_back(bad_server: Any, quick: Limits) -> None:
    faults = [
        bad_server.status(503, body=b"x"),
        bad_server.reset(b"xxxx"),
        bad_server.truncated_gzip(b"x" * 99),
    ]
    url = bad_server.on("/prices", bad_server.good("prices"), first=faults)
    assert HttpClient(replace(quick, per_host=1), None).send(Request("test", url)).body == b"prices"


def test_each_attempt_counts_for_the_requests_of_a_minute(
    bad_server: Any, quick: Limits, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    clock = SimpleNamespace(monotonic=lambda: 1000.0, sleep=pauses.append)
    monkeypatch.setattr("lib.web.limits.time", clock)
    url = bad_server.on("/prices", bad_server.good("prices"), first=[bad_server.hang_up()])
    client = HttpClient(replace(quick, per_minute=2, backoff_s=0), None)
    client.send(Request("test", url))
    client.send(Request("test", url))
    assert pauses == [0, 0, 60]


def test_threads_share_one_pace() -> None:
    pace = RateLimiter(2, window_s=0.05)
    threads = [threading.Thread(target=pace.wait) for _ in range(5)]
    start = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert time.monotonic() - start >= 0.1  # two at once, two in the next window, one in that after it
