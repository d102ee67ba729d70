"""Limits on requests: at once per host over processes, and none to a host that does not answer."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lib.web import HttpClient, Limits, NotFound, Request, Response, Unavailable, send_all
from lib.web.limits import GIVE_UP_AFTER, CircuitBreaker, HostSlots

ROOT = Path(__file__).parents[2]

SEND_EIGHT = """
import sys
from pathlib import Path
from lib.web import HttpClient, Limits, Request, Response, send_all
from lib.web.limits import HostSlots
client = HttpClient(Limits(), None, HostSlots(Path(sys.argv[1]), int(sys.argv[3])))
responses = list(send_all(client, [Request("test", sys.argv[2])] * 8, workers=8))
sys.exit(not all(isinstance(response, Response) for _, response in responses))
"""


def test_the_limit_of_a_host_holds_over_processes(bad_server: Any, tmp_path: Path) -> None:
    url = bad_server.on("/prices", bad_server.late(b"prices", 0.03))
    command = [sys.executable, "-c", SEND_EIGHT, str(tmp_path), url, "2"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    processes = [subprocess.Popen(command, env=environment) for _ in range(3)]
    assert [process.wait() for process in processes] == [0, 0, 0]
    assert len(bad_server.asked) == 24
    assert bad_server.most_at_once == 2


def test_a_process_that_is_killed_gives_its_slot_back(bad_server: Any, tmp_path: Path) -> None:
    hung = bad_server.on("/hung", bad_server.late(b"", 60))
    code = SEND_EIGHT.replace("] * 8", "]")
    killed = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path), hung, "1"], env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    while not bad_server.asked:
        assert killed.poll() is None
    killed.kill()
    killed.wait()
    client = HttpClient(Limits(), None, HostSlots(tmp_path, 1))
    (answer,) = send_all(client, [Request("test", bad_server.on("/prices", bad_server.good("x")))], 1)
    assert isinstance(answer[1], Response)


def test_hosts_have_slots_of_their_own(tmp_path: Path) -> None:
    slots = HostSlots(tmp_path, 1)
    with slots.hold("a.example"), slots.hold("b.example:8080"):
        assert sorted(path.name for path in tmp_path.iterdir()) == ["a.example", "b.example_8080"]


def test_a_host_that_is_down_is_not_asked_for_everything(bad_server: Any, quick: Limits) -> None:
    url = bad_server.on("/prices", bad_server.status(503))
    client = HttpClient(replace(quick, attempts=2), None)
    for _ in range(10):
        with pytest.raises(Unavailable):
            client.send(Request("test", url))
    assert len(bad_server.asked) == 2 * GIVE_UP_AFTER
    with pytest.raises(Unavailable, match="3 requests in a row and gets no more just now"):
        client.send(Request("test", bad_server.on("/else", bad_server.good("x"))))


def test_any_answer_shows_that_a_host_is_there(bad_server: Any, quick: Limits) -> None:
    client = HttpClient(replace(quick, attempts=1), None)
    bad = Request("test", bad_server.on("/prices", bad_server.status(503)))
    gone = Request("test", bad_server.on("/gone", bad_server.status(404)))
    for request in [bad, bad, gone] * 3:
        with pytest.raises((Unavailable, NotFound)):
            client.send(request)
    assert len(bad_server.asked) == 9


def test_after_a_while_one_request_is_let_through_to_see() -> None:
    breaker = CircuitBreaker(give_up_after=1, try_again_s=0)
    breaker.record("a.example", has_responded=False)
    breaker.check("a.example")
    breaker.record("a.example", has_responded=True)
    breaker.check("a.example")
    breaker = CircuitBreaker(give_up_after=1, try_again_s=60)
    breaker.record("a.example", has_responded=False)
    with pytest.raises(Unavailable):
        breaker.check("a.example")
    breaker.check("b.example")
