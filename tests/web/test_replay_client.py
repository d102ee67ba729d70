"""The client that answers from the archive, and which client the settings open."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from lib.web import (
    Archive,
    HttpClient,
    Limits,
    NotArchived,
    ReplayClient,
    Request,
    Response,
    open_client,
)


def test_what_was_asked_live_is_answered_without_the_service(
    bad_server: Any, quick: Limits, tmp_path: Path
) -> None:
    archive = Archive(tmp_path, 10**9)
    url = bad_server.on("/prices", bad_server.good("new"), first=[bad_server.gzipped("old")])
    live = HttpClient(quick, archive)
    live.send(Request("public", url, secret_headers={"X-Key": "k"}))
    live.send(Request("public", url, secret_headers={"X-Key": "k"}))
    bad_server.close()
    response = ReplayClient(archive).send(Request("public", url))
    assert (response.status, response.body, response.headers) == (200, b"new", {"content-type": "text/csv"})


def test_what_was_not_asked_has_no_answer(tmp_path: Path) -> None:
    with pytest.raises(NotArchived, match=r"a.example/prices ") as caught:
        ReplayClient(Archive(tmp_path, 1)).send(Request("public", "https://a.example/prices?key=s3cret"))
    assert "s3cret" not in str(caught.value)


def test_the_settings_say_where_answers_are_kept(
    bad_server: Any, quick: Limits, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EPD_RAW", str(tmp_path / "raw"))
    request = Request("public", bad_server.on("/prices", bad_server.good("prices")))
    with pytest.raises(NotArchived, match="run once with --source public"):
        open_client("public", quick, replay=True)
    open_client("public", quick).send(request)
    assert open_client("public", quick, replay=True).send(request).body == b"prices"
    assert (tmp_path / "raw" / "public").is_dir()


class TestOlderAnswers:
    """Of two requests, one has been answered in three ways over time and one always in the same."""

    URLS = ("https://a.example/changing", "https://a.example/same")

    @pytest.fixture
    def replay(self, tmp_path: Path) -> ReplayClient:
        archive = Archive(tmp_path, 10**9)
        for number, body in enumerate([b"first", b"second", b"second", b"last"]):
            requested_at = datetime(2025, 6, 3, tzinfo=UTC) + timedelta(hours=20 * number)
            for url, content in zip(self.URLS, (body, b"same"), strict=True):
                archive.save(Request("public", url), Response(200, {}, content, url, requested_at))
        return ReplayClient(archive)

    @staticmethod
    def _all_answers(replay: ReplayClient | None, *urls: str) -> list[list[bytes]]:
        found = []
        while replay is not None:
            found.append([replay.send(Request("public", url)).body for url in urls])
            replay = replay.older()
        return found

    def test_each_other_answer_comes_once_the_latest_first(self, replay: ReplayClient) -> None:
        assert self._all_answers(replay, self.URLS[0]) == [[b"last"], [b"second"], [b"first"]]

    def test_there_is_no_older_one_where_nothing_changed(self, replay: ReplayClient) -> None:
        assert self._all_answers(replay, self.URLS[1]) == [[b"same"]]

    def test_what_has_no_older_answer_keeps_its_own(self, replay: ReplayClient) -> None:
        pairs = self._all_answers(replay, *self.URLS)
        assert pairs == [[b"last", b"same"], [b"second", b"same"], [b"first", b"same"]]

    def test_who_has_not_asked_has_nothing_older(self, replay: ReplayClient) -> None:
        assert replay.older() is None
