from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lib.web import Limits, LiveExchange, NotFound, Request, Unavailable
from lib.web.limits import GIVE_UP_AFTER, Patience


def test_a_host_that_is_down_is_not_asked_for_everything(bad_server: Any, quick: Limits) -> None:
    url = bad_server.on("/prices", bad_server.status(503))
    exchange = LiveExchange(replace(quick, attempts=2), None)
    for _ in range(10):
        with pytest.raises(Unavailable):
            exchange.ask(Request("test", url))
    assert len(bad_server.asked) == 2 * GIVE_UP_AFTER
    with pytest.raises(Unavailable, match="3 requests in a row and is not asked just now"):
        exchange.ask(Request("test", bad_server.on("/else", bad_server.good("x"))))


def test_any_answer_shows_that_a_host_is_there(bad_server: Any, quick: Limits) -> None:
    exchange = LiveExchange(replace(quick, attempts=1), None)
    bad = Request("test", bad_server.on("/prices", bad_server.status(503)))
    gone = Request("test", bad_server.on("/gone", bad_server.status(404)))
    for request in [bad, bad, gone] * 3:
        with pytest.raises((Unavailable, NotFound)):
            exchange.ask(request)
    assert len(bad_server.asked) == 9


def test_after_a_while_one_request_is_let_through_to_see() -> None:
    patience = Patience(give_up_after=1, try_again_s=0)
    patience.note("a.example", has_answered=False)
    patience.check("a.example")
    patience.note("a.example", has_answered=True)
    patience.check("a.example")
    patient = Patience(give_up_after=1, try_again_s=60)
    patient.note("a.example", has_answered=False)
    with pytest.raises(Unavailable):
        patient.check("a.example")
    patient.check("b.example")
