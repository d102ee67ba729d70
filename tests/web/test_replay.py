"""Answering from the archive, and which of the two ways the settings open."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lib.web import Archive, Limits, LiveExchange, NotArchived, ReplayExchange, Request, open_exchange


def test_what_was_asked_live_is_answered_without_the_service(
    bad_server: Any, quick: Limits, tmp_path: Path
) -> None:
    archive = Archive(tmp_path, 10**9)
    url = bad_server.on("/prices", bad_server.good("new"), first=[bad_server.gzipped("old")])
    live = LiveExchange(quick, archive)
    live.ask(Request("public", url, secret_headers={"X-Key": "k"}))
    live.ask(Request("public", url, secret_headers={"X-Key": "k"}))
    bad_server.close()
    reply = ReplayExchange(archive).ask(Request("public", url))
    assert (reply.status, reply.body, reply.headers) == (200, b"new", {"content-type": "text/csv"})


def test_what_was_not_asked_has_no_answer(tmp_path: Path) -> None:
    with pytest.raises(NotArchived, match=r"a.example/prices ") as caught:
        ReplayExchange(Archive(tmp_path, 1)).ask(Request("public", "https://a.example/prices?key=s3cret"))
    assert "s3cret" not in str(caught.value)


def test_the_settings_say_where_answers_are_kept(
    bad_server: Any, quick: Limits, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EPD_RAW", str(tmp_path / "raw"))
    request = Request("public", bad_server.on("/prices", bad_server.good("prices")))
    with pytest.raises(NotArchived, match="run once with --source public"):
        open_exchange("public", quick, replay=True)
    open_exchange("public", quick).ask(request)
    assert open_exchange("public", quick, replay=True).ask(request).body == b"prices"
    assert (tmp_path / "raw" / "public").is_dir()
