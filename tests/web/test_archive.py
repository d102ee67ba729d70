"""The archive of responses: what is kept, found again, proved, and dropped."""

from __future__ import annotations

import gzip
import json
import random
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.web import Archive, DamagedArchive, HttpClient, Limits, Request, Response

RANDOM = random.Random(1)
NOON = datetime(2025, 6, 3, 12, tzinfo=UTC)
REQUEST = Request("enverus", "https://a.example/prices?symbols=%23A", headers={"Accept": "text/csv"})


def _reply(body: bytes, requested_at: datetime = NOON, status: int = 200) -> Response:
    return Response(
        status, {"content-type": "text/csv", "set-cookie": "s3cret"}, body, REQUEST.url, requested_at
    )


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path / "raw", max_bytes=10**9)


def _files(folder: Path, pattern: str = "*.gz") -> list[Path]:
    return sorted(folder.rglob(pattern))


def _noise(n_bytes: int) -> bytes:
    """Return bytes that compress to no less, others each time."""
    return RANDOM.randbytes(n_bytes)


class TestKeeping:
    def test_what_is_kept_is_found_again(self, archive: Archive) -> None:
        archive.save(REQUEST, _reply(b"prices"))
        found = archive.find_latest(REQUEST)
        assert found == Response(200, {"content-type": "text/csv"}, b"prices", REQUEST.url, NOON)

    def test_an_answer_is_described_by_a_line(self, archive: Archive, tmp_path: Path) -> None:
        archive.save(REQUEST, _reply(b"prices"))
        (index,) = _files(tmp_path, "answers.jsonl")
        assert index.parent == tmp_path / "raw" / "enverus" / "2025-06-03"
        assert json.loads(index.read_text()) == {
            "asked_at": "2025-06-03T12:00:00+00:00",
            "method": "GET",
            "url": REQUEST.url,
            "headers": {"Accept": "text/csv"},
            "body": None,
            "status": 200,
            "content_type": "text/csv",
            "n_bytes": 6,
            "sha256": sha256(b"prices").hexdigest(),
        }

    def test_a_body_can_be_read_and_proved_without_this_code(self, archive: Archive, tmp_path: Path) -> None:
        archive.save(REQUEST, _reply(b"prices" * 1000))
        (body,) = _files(tmp_path)
        assert gzip.decompress(body.read_bytes()) == b"prices" * 1000
        assert body.stat().st_size < 200

    def test_the_same_answer_twice_in_a_day_is_kept_once(self, archive: Archive, tmp_path: Path) -> None:
        archive.save(REQUEST, _reply(b"prices"))
        archive.save(REQUEST, _reply(b"prices", NOON + timedelta(hours=1)))
        assert len(_files(tmp_path)) == 1
        assert [entry.requested_at.hour for entry in archive.entries("enverus")] == [12, 13]

    def test_nothing_secret_is_kept(self, bad_server: Any, quick: Limits, tmp_path: Path) -> None:
        archive = Archive(tmp_path / "raw", 10**9)
        client = HttpClient(quick, archive)
        secrets = {"Authorization": "s3cret", "X-Key": "s3cret"}
        data = bad_server.on("/data", bad_server.good("prices", **{"Set-Cookie": "s3cret"}))
        client.send(Request("ice", data, secret_headers=secrets))
        login = bad_server.on("/login", bad_server.good("s3cret"))
        client.send(Request("ice", login, "POST", body=b"s3cret", is_archived=False))
        assert [entry.request.url for entry in archive.entries("ice")] == [data]
        kept = [gzip.decompress(path.read_bytes()) for path in _files(tmp_path)]
        kept += [path.read_bytes() for path in _files(tmp_path, "answers.jsonl")]
        assert len(kept) == 2
        assert not any(b"s3cret" in content for content in kept)

    def test_what_failed_is_not_kept(self, bad_server: Any, quick: Limits, archive: Archive) -> None:
        url = bad_server.on("/data", bad_server.good("prices"), first=[bad_server.truncated_gzip(b"x" * 99)])
        HttpClient(quick, archive).send(Request("enverus", url))
        assert [entry.read_response().body for entry in archive.entries("enverus")] == [b"prices"]


class TestFinding:
    def test_the_newest_answer_wins(self, archive: Archive) -> None:
        for days, body in ((1, b"later"), (0, b"first"), (2, b"last")):
            archive.save(REQUEST, _reply(body, NOON + timedelta(days=days)))
        assert archive.find_latest(REQUEST) == _reply_of(archive, b"last")
        assert [entry.read_response().body for entry in archive.entries("enverus")] == [
            b"first",
            b"later",
            b"last",
        ]

    def test_within_a_day_the_newest_is_the_one_asked_for_last(self, archive: Archive) -> None:
        archive.save(REQUEST, _reply(b"new", NOON + timedelta(hours=1)))
        archive.save(REQUEST, _reply(b"slow", NOON))
        assert archive.find_latest(REQUEST) == _reply_of(archive, b"new")

    def test_what_is_kept_later_is_found_by_one_who_looked_before(
        self, archive: Archive, tmp_path: Path
    ) -> None:
        archive.save(REQUEST, _reply(b"old"))
        assert archive.find_latest(REQUEST) == _reply_of(archive, b"old")
        Archive(tmp_path / "raw", 10**9).save(REQUEST, _reply(b"new", NOON + timedelta(minutes=1)))
        assert archive.find_latest(REQUEST) == _reply_of(archive, b"new")

    @pytest.mark.parametrize(
        "other",
        [
            Request("public", REQUEST.url),
            Request("enverus", REQUEST.url + ",%23B"),
            Request("enverus", REQUEST.url, "POST"),
            Request("enverus", REQUEST.url, body=b"{}"),
        ],
    )
    def test_another_request_has_another_answer(self, archive: Archive, other: Request) -> None:
        archive.save(REQUEST, _reply(b"prices"))
        assert archive.find_latest(other) is None

    def test_only_a_good_answer_is_the_latest(self, archive: Archive) -> None:
        archive.save(REQUEST, _reply(b"prices"))
        archive.save(REQUEST, _reply(b"", NOON + timedelta(hours=1), status=204))
        assert archive.find_latest(REQUEST) == _reply_of(archive, b"prices")

    def test_entries_can_be_those_of_some_addresses(self, archive: Archive) -> None:
        for path in ("prices", "loads"):
            archive.save(Request("public", f"https://a.example/{path}"), _reply(path.encode()))
        found = archive.entries("public", "https://a.example/lo")
        assert [entry.read_response().body for entry in found] == [b"loads"]
        assert list(archive.entries("nobody")) == []


def _reply_of(archive: Archive, body: bytes) -> Response:
    (entry,) = (entry for entry in archive.entries("enverus") if entry.read_response().body == body)
    return entry.read_response()


class TestDamage:
    @pytest.mark.parametrize(
        "damage",
        [
            lambda path: path.write_bytes(gzip.compress(b"pr1ces")),
            lambda path: path.write_bytes(path.read_bytes()[:-9]),
            lambda path: path.write_bytes(b"\0" * 20),
            lambda path: path.write_bytes(b""),
            lambda path: path.unlink(),
        ],
        ids=["other content", "cut off", "zeros", "empty", "gone"],
    )
    def test_a_body_that_changed_is_named_and_not_used(
        self, archive: Archive, tmp_path: Path, damage: Any
    ) -> None:
        archive.save(REQUEST, _reply(b"prices"))
        (body,) = _files(tmp_path)
        damage(body)
        with pytest.raises(DamagedArchive, match=body.name):
            archive.find_latest(REQUEST)

    def test_the_same_answer_mends_it(self, archive: Archive, tmp_path: Path) -> None:
        archive.save(REQUEST, _reply(b"prices"))
        _files(tmp_path)[0].write_bytes(b"")
        archive.save(REQUEST, _reply(b"prices"))
        assert [entry.read_response().body for entry in archive.entries("enverus")] == [b"prices"] * 2

    @pytest.mark.parametrize("line", [b"{}\n", b"not json\n", b"[]\n", b'{"url": \xff}\n'])
    def test_a_description_that_cannot_be_read_is_named(
        self, archive: Archive, tmp_path: Path, line: bytes
    ) -> None:
        archive.save(REQUEST, _reply(b"prices"))
        (index,) = _files(tmp_path, "answers.jsonl")
        index.write_bytes(line + index.read_bytes())
        with pytest.raises(DamagedArchive, match=r"answers\.jsonl"):
            list(archive.entries("enverus"))

    def test_an_unfinished_description_is_as_if_it_were_not_there(
        self, archive: Archive, tmp_path: Path
    ) -> None:
        archive.save(REQUEST, _reply(b"one"))
        (index,) = _files(tmp_path, "answers.jsonl")
        with index.open("ab") as file:
            file.write(b'{"asked_at": "2025-06')
        assert [entry.read_response().body for entry in archive.entries("enverus")] == [b"one"]
        archive.save(REQUEST, _reply(b"two", NOON + timedelta(hours=1)))
        assert [entry.read_response().body for entry in archive.entries("enverus")] == [b"one", b"two"]


class TestSize:
    def test_the_oldest_days_of_all_sources_go_first(self, tmp_path: Path) -> None:
        archive = Archive(tmp_path, max_bytes=40_000)
        for days in range(10):
            source = ("enverus", "public")[days % 2]
            request = Request(source, f"https://a.example/{days}")
            archive.save(request, _reply(_noise(10_000), NOON + timedelta(days=days)))
        kept = [
            entry.requested_at.day for source in ("enverus", "public") for entry in archive.entries(source)
        ]
        assert sorted(kept) == [10, 11, 12]
        assert sum(path.stat().st_size for path in _files(tmp_path, "*.*")) <= 40_000

    def test_the_limit_also_holds_between_two_measurements(self, tmp_path: Path) -> None:
        archive = Archive(tmp_path, max_bytes=40_000)
        sizes = []
        for days in range(80):
            archive.save(REQUEST, _reply(_noise(500), NOON + timedelta(days=days)))
            sizes.append(sum(path.stat().st_size for path in _files(tmp_path, "*.*")))
        assert 36_000 < max(sizes) <= 40_000

    def test_what_is_left_is_whole(self, tmp_path: Path) -> None:
        archive = Archive(tmp_path, max_bytes=40_000)
        for days in range(10):
            archive.save(REQUEST, _reply(_noise(10_000), NOON + timedelta(days=days)))
        assert {len(entry.read_response().body) for entry in archive.entries("enverus")} == {10_000}

    def test_the_answers_of_today_stay(self, tmp_path: Path) -> None:
        archive = Archive(tmp_path, max_bytes=1_000)
        archive.save(REQUEST, _reply(_noise(10_000)))
        for _ in range(3):
            archive.save(REQUEST, _reply(_noise(10_000), datetime.now(UTC)))
        assert [len(entry.read_response().body) for entry in archive.entries("enverus")] == [10_000] * 3


@given(
    body=st.binary(max_size=300),
    sent=st.none() | st.binary(max_size=50),
    query=st.text(st.characters(codec="utf-8"), max_size=20),
)
def test_any_answer_to_any_request_comes_back_as_it_came(
    tmp_path_factory: pytest.TempPathFactory, body: bytes, sent: bytes | None, query: str
) -> None:
    archive = Archive(tmp_path_factory.mktemp("raw"), 10**9)
    request = Request("public", f"https://a.example/?{query}", "POST", {"Accept": "*/*"}, sent)
    archive.save(request, Response(200, {}, body, request.url, NOON))
    (entry,) = archive.entries("public")
    assert (entry.request, entry.read_response().body) == (request, body)
