from __future__ import annotations

import ast
import html
import json
import os
import re
import subprocess
import sys
from base64 import b64encode
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.paths import ROOT
from lib.redact import HIDDEN, has_password, redact, redact_all, search_words
from lib.settings import DATABASE_VARIABLE, Settings, without_secrets
from lib.store.database import configured_url


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


PASSWORD = 'Gr\u00fcn & "9/7"+<Wi.n*d>'


@pytest.mark.parametrize(
    "spelling",
    [
        PASSWORD,
        quote(PASSWORD, safe=""),
        quote_plus(PASSWORD),
        json.dumps(PASSWORD),
        html.escape(PASSWORD),
        repr(PASSWORD),
        b64encode(f"desk:{PASSWORD}".encode()).decode(),
        b64encode(f"x{PASSWORD}y".encode()).decode(),
        b64encode(f"xy{PASSWORD}".encode()).decode(),
        PASSWORD.encode().hex(),
    ],
)
def test_a_secret_is_struck_out_in_every_encoding(monkeypatch: pytest.MonkeyPatch, spelling: str) -> None:
    monkeypatch.setenv("ENVERUS_USERNAME", "desk")
    monkeypatch.setenv("ENVERUS_PASSWORD", PASSWORD)
    shown = redact(f"it said: {spelling}, and no more")
    assert spelling[6:-6] not in shown
    assert HIDDEN in shown and shown.startswith("it said: ") and shown.endswith(", and no more")
    assert has_password(spelling)


def test_of_an_address_the_password_is_struck_out_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        "DATABASE_URL", f"postgresql://desk:{quote('canary/word', safe='')}@db.example.com/epd"
    )
    assert redact("no login for canary/word at db.example.com") == f"no login for {HIDDEN} at db.example.com"
    assert redact("canary%2Fword") == HIDDEN


@given(st.text(min_size=6, max_size=40), st.binary(max_size=5), st.binary(max_size=5))
def test_base64_hides_a_secret_whatever_stands_around_it(secret: str, before: bytes, after: bytes) -> None:
    encoded = b64encode(before + secret.encode("utf-8", "ignore") + after).decode()
    if len(secret.encode("utf-8", "ignore")) >= 6:
        assert any(word in encoded for word in search_words([secret]))


def test_every_text_inside_lists_and_tables_is_struck_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PJM_API_KEY", "canary0123456789")
    output = {"data": {"text/html": ["<p>canary0123456789</p>"], "n": 3}, "canary0123456789": None}
    assert redact_all(output) == {"data": {"text/html": [f"<p>{HIDDEN}</p>"], "n": 3}, HIDDEN: None}


SECRETS = sorted(
    name for name, field in Settings.model_fields.items() if "SecretStr" in str(field.annotation)
)


@pytest.mark.parametrize("name", SECRETS)
def test_every_secret_of_the_settings_is_known(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    canary = f"canary-of-{name}"
    is_url = name.endswith("_url")
    monkeypatch.setenv(name.upper(), f"postgresql://desk:{canary}@db.example.com/epd" if is_url else canary)
    assert canary not in redact(f"it said {canary}")


def test_a_password_that_is_a_word_is_no_part_of_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DB_PASSWORD", "postgres")
    assert (
        redact('{"postgresql": "18.1"}, password postgres') == f'{{"postgresql": "18.1"}}, password {HIDDEN}'
    )


def test_a_secret_stays_one_when_the_settings_change(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PJM_API_KEY", "canary-of-the-first-hour")
    assert redact("canary-of-the-first-hour") == HIDDEN
    monkeypatch.setenv("PJM_API_KEY", "canary-of-the-second-hour")
    assert redact("canary-of-the-first-hour, canary-of-the-second-hour") == f"{HIDDEN}, {HIDDEN}"


@pytest.mark.parametrize("name", ["EPD_DATABASE", "DATABASE_URL", "https_proxy", "ENVERUS_URL"])
@pytest.mark.parametrize(
    "account",
    ["desk:{}@db/epd", "desk:{}@db/epd?user=a@b", "db/epd?user=desk&password={}", "desk:{}@db"],
)
def test_the_password_of_every_address_is_a_secret(
    monkeypatch: pytest.MonkeyPatch, name: str, account: str
) -> None:
    monkeypatch.setenv(name, "http://" + account.format("canary-in-an-address"))
    assert redact("it said canary-in-an-address") == f"it said {HIDDEN}"


def test_the_password_of_an_option_is_a_secret() -> None:
    url = f"postgresql://desk:{'canary-of-an-option'}@db.example.com/epd"
    assert configured_url(url, Settings()) == url
    assert redact("no login with canary-of-an-option") == f"no login with {HIDDEN}"


def test_a_password_that_looks_like_an_address_is_hidden_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMTP_PASSWORD", "canary://of/the?mail")
    assert redact("no login with canary://of/the?mail") == f"no login with {HIDDEN}"


def test_a_secret_is_known_although_another_setting_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DB_PORT", "none")
    monkeypatch.setenv("PJM_API_KEY", "canary-beside-a-mistake")
    assert redact("canary-beside-a-mistake") == HIDDEN


def test_programs_get_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*SECRETS, *(f"{name}_FILE" for name in SECRETS), DATABASE_VARIABLE):
        monkeypatch.setenv(name.upper(), "canary")
    monkeypatch.setenv("ENVERUS_USERNAME", "desk")
    environment = without_secrets(os.environ)
    assert "canary" not in environment.values() and environment["ENVERUS_USERNAME"] == "desk"


def test_no_program_of_others_is_started_with_our_whole_environment() -> None:
    """Only our own commands may see the secrets: those start with sys.executable, or are the user's."""
    passed = {
        f"{path.relative_to(ROOT)}: {_environment(call)}"
        for folder in ("lib", "tools")
        for path in sorted((ROOT / folder).rglob("*.py"))
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call) and re.fullmatch(r"subprocess\.\w+", ast.unparse(call.func))
        if not ast.unparse(call.args[0]).startswith("[sys.executable")
    }
    assert {
        line for line in passed if "without_secrets" not in line and "program_environment" not in line
    } == {
        "lib/store/__main__.py: environment",  # of the command that a person names
        "lib/store/backup.py: environment",  # that of programs, and the password
    }


def _environment(call: ast.Call) -> str:
    return next((ast.unparse(each.value) for each in call.keywords if each.arg == "env"), "all of it")


def test_the_process_list_shows_no_password() -> None:
    code = """
from lib.redact import hide_arguments
hide_arguments()
print(open("/proc/self/cmdline").read())
"""
    url = f"postgresql://desk:{'canary-of-the-list'}@db/epd"
    command = [sys.executable, "-c", code, "--database", url]
    shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "canary-of-the-list" not in shown and f"desk:{HIDDEN}@db/epd" in shown
