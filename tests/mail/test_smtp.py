from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from email.message import EmailMessage
from typing import Any

import pytest
from pydantic import SecretStr

from lib.mail import MailError, MailServer, compose, configured_server, send, smtp

Open = Callable[..., Any]


def _mail() -> EmailMessage:
    return compose(
        "desk@example.com", ["a@example.com", "b@example.com"], "Settlements", "All four are here."
    )


def _with_account(server: MailServer, password: str = "open sesame") -> MailServer:
    return replace(server, username="desk", password=SecretStr(password))


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_mail_goes_over_tls_with_a_login(security: str, open_postbox: Open, trusted: None) -> None:
    postbox = open_postbox(security)
    assert send(_mail(), _with_account(postbox.server)) == []
    assert postbox.logins == [(b"desk", b"open sesame")]
    assert postbox.mails[0]["Subject"] == "Settlements"
    assert postbox.mails[0]["To"] == "a@example.com, b@example.com"
    assert postbox.mails[0].get_content().strip() == "All four are here."


def test_without_tls_a_mail_goes_to_this_machine_only(open_postbox: Open) -> None:
    postbox = open_postbox("none")
    send(_mail(), postbox.server)
    assert len(postbox.mails) == 1
    for host in ("mail.example.com", "192.0.2.1", "localhost.example.com"):
        with pytest.raises(MailError, match="in plain text"):
            send(_mail(), replace(postbox.server, host=host))
    assert len(postbox.mails) == 1


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_an_authority_that_nobody_knows_is_refused(security: str, open_postbox: Open) -> None:
    postbox = open_postbox(security)
    with pytest.raises(MailError, match="certificate that is not trusted"):
        send(_mail(), _with_account(postbox.server))
    assert not postbox.mails
    assert not postbox.logins


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_of_another_host_is_refused(security: str, open_postbox: Open, trusted: None) -> None:
    postbox = open_postbox(security, name="mail.example.com")
    with pytest.raises(MailError, match="certificate that is not trusted"):
        send(_mail(), _with_account(postbox.server))
    assert not postbox.mails


def test_a_server_without_starttls_gets_neither_login_nor_mail(open_postbox: Open, trusted: None) -> None:
    postbox = open_postbox("none")
    with pytest.raises(MailError, match="STARTTLS"):
        send(_mail(), _with_account(replace(postbox.server, security="starttls")))
    assert not postbox.mails
    assert not postbox.logins


def test_a_refused_login_says_what_to_check_and_not_the_password(open_postbox: Open, trusted: None) -> None:
    postbox = open_postbox("starttls")
    with pytest.raises(MailError) as error:
        send(_mail(), _with_account(postbox.server, "hunter2"))
    assert "SMTP_USERNAME and SMTP_PASSWORD" in str(error.value)
    assert "hunter2" not in str(error.value)
    assert "hunter2" not in repr(postbox.server)


def test_a_server_that_is_down_is_named_with_its_port(open_postbox: Open) -> None:
    server = replace(open_postbox("none").server, port=1)
    with pytest.raises(MailError, match=r"127\.0\.0\.1:1 cannot be reached"):
        send(_mail(), server)


def test_a_mail_the_server_will_not_have_says_its_reason(open_postbox: Open) -> None:
    postbox = open_postbox("none")
    postbox.answer = "554 looks like spam"
    with pytest.raises(MailError, match="554 looks like spam"):
        send(_mail(), postbox.server)


def test_a_mail_that_was_taken_is_sent_whatever_the_server_says_goodbye_with(open_postbox: Open) -> None:
    postbox = open_postbox("none")
    postbox.farewell = "421 too busy to say goodbye"
    assert send(_mail(), postbox.server) == []
    assert len(postbox.mails) == 1


def test_a_mail_beyond_the_servers_size_says_so(open_postbox: Open) -> None:
    postbox = open_postbox("none", data_size_limit=100)
    with pytest.raises(MailError, match="552"):
        send(_mail(), postbox.server)


def test_who_gets_no_mail_is_told_and_the_others_get_theirs(open_postbox: Open) -> None:
    postbox = open_postbox("none")
    postbox.refused = ("b@example.com",)
    assert send(_mail(), postbox.server) == ["b@example.com"]
    assert len(postbox.mails) == 1
    postbox.refused = ("a@example.com", "b@example.com")
    with pytest.raises(MailError, match=r"a@example\.com, b@example\.com: check MAIL_TO"):
        send(_mail(), postbox.server)


def test_the_server_is_that_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    assert configured_server() is None
    given = {
        "SMTP_HOST": "mail.example.com",
        "SMTP_USERNAME": "desk",
        "SMTP_PASSWORD": "hunter2",
        "MAIL_FROM": "Desk <desk@example.com>",
        "MAIL_TO": "a@example.com, b@example.com,",
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    server = configured_server()
    assert server is not None
    assert (server.host, server.port, server.security) == ("mail.example.com", 587, "starttls")
    assert server.recipients == ("a@example.com", "b@example.com")
    assert "hunter2" not in repr(server)


def test_settings_that_a_mail_lacks_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMTP_HOST", "mail.example.com")
    monkeypatch.setenv("SMTP_USERNAME", "desk")
    with pytest.raises(MailError, match="MAIL_FROM, MAIL_TO, SMTP_PASSWORD"):
        configured_server()


def test_a_recipient_without_an_address_is_refused_before_anything_is_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SMTP_HOST", "mail.example.com")
    monkeypatch.setenv("MAIL_FROM", "desk@example.com")
    monkeypatch.setenv("MAIL_TO", "a@example.com, nonsense")
    with pytest.raises(MailError, match="MAIL_TO: nonsense is no address"):
        configured_server()


def test_words_of_a_server_that_repeat_a_secret_are_cleaned_before_they_are_cut(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    canary = "canary-word-0123456789"
    monkeypatch.setenv("SMTP_PASSWORD", canary)
    shown = smtp._one_line(f"{'x' * 190} {canary}")
    assert "canary" not in shown and len(shown) <= 200
