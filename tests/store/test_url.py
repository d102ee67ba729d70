from __future__ import annotations

import traceback
from urllib.parse import quote

import psycopg2.extensions
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lib.settings import Settings
from lib.store import InvalidDatabaseUrl
from lib.store.url import database_name, describe, normalise, redact_url, settings_of, with_database

SECRET = "hunter2hunter2"


def _options(url: str) -> dict[str, str]:
    return psycopg2.extensions.parse_dsn(normalise(url, Settings()))


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1", "127.8.9.1", "[::1]", "", "%2Fvar%2Frun%2Fpostgresql"]
)
def test_this_machine_needs_no_tls(host: str) -> None:
    assert "sslmode" not in _options(f"postgresql://u@{host}/x")


def test_a_socket_in_the_query_needs_no_tls() -> None:
    options = _options("postgresql://u@/x?host=/var/run/postgresql")
    assert options["host"] == "/var/run/postgresql"
    assert "sslmode" not in options


@pytest.mark.parametrize("url", ["postgresql://u@db.example.com/x", "postgresql://u@/x?host=10.0.0.7"])
def test_another_machine_needs_tls(url: str) -> None:
    assert _options(url)["sslmode"] == "require"


@pytest.mark.parametrize("mode", ["require", "verify-full"])
def test_an_sslmode_in_the_url_wins(mode: str) -> None:
    assert _options(f"postgresql://u@db.example.com/x?sslmode={mode}")["sslmode"] == mode


@pytest.mark.parametrize("mode", ["disable", "allow", "prefer"])
def test_plain_text_to_another_machine_is_refused(mode: str) -> None:
    with pytest.raises(InvalidDatabaseUrl, match=rf"sslmode={mode} .*plain text.*verify-full"):
        normalise(f"postgresql://u@db.example.com/x?sslmode={mode}", Settings())
    assert _options(f"postgresql://u@127.0.0.1/x?sslmode={mode}")["sslmode"] == mode


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("postgresql://u@a,b/x", "several hosts"),
        ("postgresql://u@a:5432,b:5433/x", "several hosts"),
        ("postgresql://u@/x?host=a,b", "several hosts"),
        ("postgresql://u@a/x?hostaddr=10.0.0.1,10.0.0.2", "several hosts"),
        ("postgresql://u@a/x?pgbouncer=true", "option 'pgbouncer', which libpq does not know"),
        ("postgresql://u@a/x?service=prod", "service .*write out host"),
        ("postgresql://u@a/x?replication=true", "replication .*leave it out"),
    ],
)
def test_a_url_that_leads_elsewhere_gets_a_sentence_with_the_way_out(url: str, says: str) -> None:
    with pytest.raises(InvalidDatabaseUrl, match=says):
        normalise(url, Settings())


def test_what_may_be_the_rest_of_a_password_is_not_named() -> None:
    with pytest.raises(InvalidDatabaseUrl, match="percent-encoded") as caught:
        normalise("postgresql://u:hunter?secret=1", Settings())
    assert "secret" not in str(caught.value)


def test_settings_of_the_server_in_the_url_are_kept_and_ours_are_added() -> None:
    own = "-c statement_timeout=5s --work-mem=1MB"
    options = _options(f"postgresql://h/x?options={quote(own)}")["options"]
    assert options == f"-c timezone=UTC {own}"
    assert settings_of(options) == {"timezone": "UTC", "statement_timeout": "5s", "work_mem": "1MB"}
    assert _options("postgresql://h/x?options=")["options"] == ""


def test_a_connection_over_a_network_is_kept_open_and_given_up_when_the_network_went() -> None:
    assert _options("postgresql://db.example.com/x")["keepalives_idle"] == "30"
    assert _options("postgresql://127.0.0.1/x?keepalives_idle=5")["keepalives_idle"] == "5"
    assert "keepalives" not in _options("postgresql:///x?host=/run/postgresql")


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg2"])
def test_the_usual_schemes_are_one(scheme: str) -> None:
    assert normalise(f"{scheme}://u@h/x", Settings()) == normalise("postgresql://u@h/x", Settings())


def test_timeouts_come_from_the_settings() -> None:
    url = normalise("postgresql://h/x", Settings(db_connect_timeout_s=3, db_statement_timeout_s=7))
    options = psycopg2.extensions.parse_dsn(url)
    assert options["connect_timeout"] == "3"
    assert "-c statement_timeout=7s" in options["options"]


def test_normalising_again_changes_nothing() -> None:
    once = normalise(f"postgresql://u:{SECRET}@h:5433/x?sslmode=verify-ca", Settings())
    assert normalise(once, Settings()) == once


def test_a_database_can_be_put_in_another_ones_place() -> None:
    url = with_database("postgresql://u@h/x?sslmode=disable", "odd name/1")
    assert database_name(url) == "odd name/1"
    assert psycopg2.extensions.parse_dsn(url)["dbname"] == "odd name/1"
    assert database_name(normalise("postgresql://u@h", Settings(db_name="n/a"))) == "n/a"


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://u:{SECRET}@{SECRET}@h/x",
        f"postgresql://u:{SECRET}/{SECRET}@h/x",
        f"postgresql://u:#{SECRET}@h/x",
        f"postgresql://u:?{SECRET}@h/x",
        f"postgresql://u:[{SECRET}@h/x",
        f"mysql://u:{SECRET}@h/x",
        f"postgresql://u:{SECRET}%RE@h/x",
        f"postgresql://u:{SECRET}@h/x?no_such_option=1",
        SECRET,
    ],
)
def test_a_url_that_cannot_be_read_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(InvalidDatabaseUrl, match="percent-encoded") as caught:
        normalise(url, Settings())
    assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_a_description_has_no_account() -> None:
    shown = describe(f"postgresql://somebody:{SECRET}@h:5433/x")
    assert shown == "database 'x' at h:5433"


@given(st.text(st.characters(codec="ascii", categories=("L", "N", "P", "S")), min_size=3))
@example("000%")
def test_a_text_is_redacted_of_the_password_plain_and_encoded(password: str) -> None:
    url = Settings(db_user="u", db_password=password, db_host="h").server_url()
    assert url is not None
    encoded = url.get_secret_value().removeprefix("postgresql://u:").partition("@")[0]
    assert redact_url(f"FATAL: {password} or {encoded}", url.get_secret_value()) == "FATAL: *** or ***"
