from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from lib.store import Database, RunTask, send_once
from tests.support.hashes import sha256_of


@pytest.fixture
def send(database: Database, task: RunTask) -> Callable[..., bool]:
    """A function that sends a mail of some parts, a text for each key, by a function that may fail."""

    def send_it(parts: Mapping[str, str], hand_in: Callable[[], None] = lambda: None) -> bool:
        hashes = {key: sha256_of(text) for key, text in parts.items()}
        return send_once(database, "settlements", hashes, task.run_id, hand_in)

    return send_it


def test_a_mail_is_sent_once_for_each_content(send: Callable[..., bool]) -> None:
    sent: list[str] = []
    contents = ["one", "one", "two", "one"]
    said = [send({"2025-12-30": text}, lambda text=text: sent.append(text)) for text in contents]
    assert said == [True, False, True, False]
    assert sent == ["one", "two"]


def test_a_mail_is_sent_for_any_part_that_is_new_and_not_again_without_it(send: Callable[..., bool]) -> None:
    assert send({"2025-12-30": "one"})
    assert send({"2025-12-30": "one", "late.dat": "two"})
    assert not send({"2025-12-30": "one"})
    assert not send({"late.dat": "two"})


def test_a_mail_that_could_not_be_sent_is_tried_again(send: Callable[..., bool]) -> None:
    def fail() -> None:
        raise ConnectionRefusedError

    with pytest.raises(ConnectionRefusedError):
        send({"2025-12-30": "one"}, fail)
    assert send({"2025-12-30": "one"})
