"""Sending several requests at once, and the header of basic authentication."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from base64 import b64decode
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lib.web import HttpClient, Limits, NotFound, Request, Response, basic_auth, send_all
from tests.support.disks import fill_the_disk
from tests.support.waiting import wait_until

ROOT = Path(__file__).parents[2]


def _requests(url: str, count: int) -> list[Request]:
    return [Request("test", f"{url}?n={n}") for n in range(count)]


def test_each_request_comes_with_its_own_reply(bad_server: Any, quick: Limits) -> None:
    url = bad_server.on("/prices", lambda asked: bad_server.good(asked.query["n"]))
    outcomes = list(send_all(HttpClient(quick, None), _requests(url, 20), workers=4))
    responses = [response for _, response in outcomes if isinstance(response, Response)]
    assert sorted(int(response.body) for response in responses) == list(range(20))
    assert all(request.url.endswith(f"={response.body.decode()}") for request, response in outcomes)


def test_a_failure_is_an_outcome_and_the_others_go_on(bad_server: Any, quick: Limits) -> None:
    url = bad_server.on(
        "/prices", lambda asked: bad_server.status(404 if asked.query["n"] == "3" else 200, body=b"x")
    )
    outcomes = {
        request.url: outcome
        for request, outcome in send_all(HttpClient(quick, None), _requests(url, 6), workers=2)
    }
    failed = {address for address, outcome in outcomes.items() if isinstance(outcome, NotFound)}
    assert (len(outcomes), failed) == (6, {url + "?n=3"})


def test_workers_ask_at_the_same_time(bad_server: Any, quick: Limits) -> None:
    meeting = threading.Barrier(3)

    def together(asked: Any) -> Any:
        meeting.wait()  # nobody goes on before three are there at once
        return bad_server.good("met")

    url = bad_server.on("/prices", together)
    outcomes = list(send_all(HttpClient(quick, None), _requests(url, 3), workers=3))
    assert [response.body for _, response in outcomes] == [b"met"] * 3


def test_an_error_that_is_not_of_the_web_ends_it() -> None:
    full = SimpleNamespace(send=fill_the_disk)
    with pytest.raises(OSError, match="No space left"):
        list(send_all(full, _requests("https://a.example/", 3), workers=2))


def test_left_early_it_does_not_ask_for_the_rest(bad_server: Any, quick: Limits) -> None:
    released = threading.Event()

    def first_only(asked: Any) -> Any:
        if asked.query["n"] != "0":
            released.wait()
        return bad_server.good("x")

    url = bad_server.on("/prices", first_only)
    outcomes = send_all(HttpClient(quick, None), _requests(url, 100), workers=2)
    next(outcomes)
    outcomes.close()
    released.set()
    assert len(bad_server.asked) < 10


def test_an_interrupt_ends_the_program_though_the_service_does_not_answer(bad_server: Any) -> None:
    url = bad_server.on("/prices", bad_server.late(b"x", wait_s=600))
    program = (
        "import signal\nfrom lib.web import *\n"
        # A shell without job control lets what it starts in the background ignore Ctrl-C.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        f"requests = [Request('test', '{url}')] * 4\n"
        "list(send_all(HttpClient(Limits(), None), requests, workers=2))"
    )
    process = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stderr=subprocess.PIPE, text=True)
    wait_until(lambda: bad_server.asked or process.poll() is not None)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate()
    assert "KeyboardInterrupt" in errors


@pytest.mark.parametrize("password", ["s3cret", "zażółć", "a:b", ""], ids=["ascii", "utf-8", "colon", "none"])
def test_user_and_password_come_whole_in_utf_8(password: str) -> None:
    scheme, _, token = basic_auth("me", password)["Authorization"].partition(" ")
    assert scheme == "Basic"
    assert b64decode(token).decode("utf-8") == f"me:{password}"
