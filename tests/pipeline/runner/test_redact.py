from __future__ import annotations

import pytest

from lib.pipeline.runner.redact import has_password, redact


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://desk:hush@db/epd", "postgresql://desk:***@db/epd"),
        ("connect host=db password=hush user=desk", "connect host=db password=*** user=desk"),
        ("nothing of the kind", "nothing of the kind"),
    ],
)
def test_what_looks_like_a_password_is_struck_out(text: str, shown: str) -> None:
    assert redact(text) == shown
    assert has_password(text) == (text != shown)


def test_a_secret_of_the_settings_is_struck_out_wherever_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PJM_API_KEY", "0123456789abcdef")
    monkeypatch.setenv("ICE_PASSWORD", "0123456789")
    assert redact("?key=0123456789abcdef, 0123456789") == "?key=***, ***"
    assert has_password("zones=0123456789abcdef")


def test_a_short_secret_does_not_blank_out_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DB_PASSWORD", "epd")
    assert redact("database 'epd'") == "database 'epd'"


def test_settings_that_cannot_be_read_hide_nothing_and_break_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DB_PORT", "none")
    assert redact("all is well") == "all is well"
