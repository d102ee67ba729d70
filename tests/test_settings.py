from __future__ import annotations

import re
from pathlib import Path

import psycopg2.extensions
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

from lib.paths import ROOT
from lib.settings import Settings, UnreadableSecret, setting_names

PASSWORD = "s3cret/with@odd:signs %"


def test_without_a_server_the_embedded_one_is_used() -> None:
    settings = Settings()
    assert settings.server_url() is None
    assert settings.pgdata == ROOT / ".pgdata"


def test_the_name_of_the_database_alone_asks_for_no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DB_NAME", "mine")
    assert Settings().server_url() is None


def test_a_url_wins_over_its_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://a@b/c")
    monkeypatch.setenv("DB_HOST", "elsewhere")
    assert Settings().server_url() == SecretStr("postgresql://a@b/c")


def test_an_empty_variable_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "")
    monkeypatch.setenv("DB_PORT", "")
    assert Settings().server_url() is None


@given(password=st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1))
def test_libpq_reads_from_the_url_what_was_set(password: str) -> None:
    settings = Settings(
        db_user="o'ne", db_password=SecretStr(password), db_host="db.example.com", db_port=6000, db_name="n/a"
    )
    url = settings.server_url()
    assert url is not None
    assert psycopg2.extensions.parse_dsn(url.get_secret_value()) == {
        "user": "o'ne",
        "password": password,
        "host": "db.example.com",
        "port": "6000",
        "dbname": "n/a",
    }


@pytest.mark.parametrize("host", ["::1", "/var/run/postgresql"])
def test_a_host_may_be_an_ipv6_address_or_a_socket_folder(host: str) -> None:
    url = Settings(db_host=host).server_url()
    assert url is not None
    assert psycopg2.extensions.parse_dsn(url.get_secret_value())["host"] == host


def test_a_file_gives_settings_and_the_environment_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("DB_HOST=file\nDB_USER=file\nUNRELATED=1\n")
    monkeypatch.setitem(Settings.model_config, "env_file", tmp_path / ".env")
    monkeypatch.setenv("DB_USER", "environment")
    settings = Settings()
    assert (settings.db_host, settings.db_user) == ("file", "environment")


def test_a_relative_folder_is_in_the_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EPD_PGDATA", "elsewhere")
    monkeypatch.setenv("EPD_RUNS", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert Settings().pgdata == ROOT / "elsewhere"
    assert Settings().runs_dir == tmp_path


def test_a_password_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DB_PASSWORD", PASSWORD)
    monkeypatch.setenv("DATABASE_URL", f"postgresql://a:{PASSWORD}@b/c")
    settings = Settings()
    assert PASSWORD not in f"{settings!r} {settings} {settings.model_dump()} {settings.server_url()!r}"


def test_an_error_does_not_show_what_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DB_PORT", PASSWORD)  # in the wrong place
    with pytest.raises(ValidationError) as caught:
        Settings()
    assert PASSWORD not in str(caught.value)
    assert "db_port" in str(caught.value)


def test_the_example_names_every_setting_and_no_other() -> None:
    named = set(re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert named - {"ENVERUS_PASSWORD_FILE"} == setting_names()


def test_a_secret_can_stand_in_a_file_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "enverus").write_text(f"{PASSWORD}\n")
    monkeypatch.setenv("ENVERUS_PASSWORD_FILE", str(tmp_path / "enverus"))
    assert Settings().enverus_password == SecretStr(PASSWORD)


def test_a_variable_wins_over_the_file_of_a_secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "enverus").write_text("old")
    monkeypatch.setenv("ENVERUS_PASSWORD_FILE", str(tmp_path / "enverus"))
    monkeypatch.setenv("ENVERUS_PASSWORD", "new")
    assert Settings().enverus_password == SecretStr("new")


def test_a_file_without_a_secret_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ICE_PASSWORD_FILE", str(tmp_path / "gone"))
    with pytest.raises(UnreadableSecret, match=r"ICE_PASSWORD_FILE: .*gone cannot be read"):
        Settings()


def test_only_a_secret_is_read_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "name").write_text("elsewhere")
    monkeypatch.setenv("DB_NAME_FILE", str(tmp_path / "name"))
    assert Settings().db_name == "epd"


@pytest.mark.parametrize(
    "content",
    [
        "DB_PASSWORD=x\n".encode("utf-16"),
        "DB_PASSWORD=münze\n".encode("cp1252"),
        "DB_NAME=x\n".encode("utf-16-le"),
    ],
    ids=["UTF-16", "ANSI", "UTF-16 without a mark"],
)
def test_a_file_of_settings_that_is_no_utf_8_gets_a_sentence(
    content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_bytes(content)
    monkeypatch.setitem(Settings.model_config, "env_file", tmp_path / ".env")
    with pytest.raises(UnreadableSecret, match=r"\.env .*UTF-8"):
        Settings()


def test_a_password_in_the_file_of_settings_stays_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = "a${HOME}b$DB_NAME", "c${DB_NAME}d"
    lines = f"\ufeffDB_NAME=first\nDB_PASSWORD='{first}'\nENVERUS_PASSWORD={second}\n"
    (tmp_path / ".env").write_text(lines, encoding="utf-8")
    monkeypatch.setitem(Settings.model_config, "env_file", tmp_path / ".env")
    settings = Settings()
    assert settings.db_name == "first"
    assert settings.db_password and settings.db_password.get_secret_value() == first
    assert settings.enverus_password and settings.enverus_password.get_secret_value() == second
