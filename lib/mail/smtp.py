"""Sending a mail: over TLS with a verified certificate, or in plain text to this machine only."""

from __future__ import annotations

import ipaddress
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Literal

from pydantic import SecretStr

from lib.redact import redact
from lib.settings import Settings

TIMEOUT_S = 60.0


class MailError(Exception):
    """A mail was not sent; the message names the server, the cause and what to do."""


@dataclass(frozen=True)
class MailServer:
    """The mail server, the login for it, and sender and recipients."""

    host: str
    port: int
    security: Literal["starttls", "tls", "none"]
    username: str | None
    password: SecretStr | None
    sender: str
    recipients: tuple[str, ...]

    def __str__(self) -> str:
        """Return the server as messages name it."""
        return f"the mail server {self.host}:{self.port}"


def configured_server() -> MailServer | None:
    """Return the mail server of the settings, or None where no SMTP_HOST is set.

    Raises:
        MailError: a setting that a mail needs is missing.
    """
    settings = Settings()
    if not settings.smtp_host:
        return None
    recipients = tuple(filter(None, (text.strip() for text in (settings.mail_to or "").split(","))))
    needed: dict[str, object] = {"MAIL_FROM": settings.mail_from, "MAIL_TO": recipients}
    if settings.smtp_username:
        needed["SMTP_PASSWORD"] = settings.smtp_password
    if strange := [text for text in recipients if "@" not in parseaddr(text)[1]]:
        raise MailError(f"MAIL_TO: {', '.join(strange)} is no address; several are separated by commas")
    if missing := [name for name, value in needed.items() if not value]:
        raise MailError(f"SMTP_HOST is set and {', '.join(missing)} not: mails need them")
    return MailServer(
        settings.smtp_host,
        settings.smtp_port,
        settings.smtp_security,
        settings.smtp_username,
        settings.smtp_password,
        settings.mail_from or "",
        recipients,
    )


def send(message: EmailMessage, server: MailServer, timeout_s: float = TIMEOUT_S) -> list[str]:
    """Send a mail, and return the addresses that the server refuses.

    Raises:
        MailError: the server takes the mail for no recipient.
    """
    with _mail_errors(server), _logged_in(server, timeout_s) as connection:
        return sorted(connection.send_message(message))


def check_server(server: MailServer, timeout_s: float = TIMEOUT_S) -> None:
    """Connect and log in as for a mail, without sending one.

    Raises:
        MailError: the server would take no mail.
    """
    with _mail_errors(server), _logged_in(server, timeout_s) as connection:
        connection.noop()


@contextmanager
def _logged_in(server: MailServer, timeout_s: float) -> Iterator[smtplib.SMTP]:
    with _connected(server, timeout_s) as connection:
        if server.username and server.password:
            connection.login(server.username, server.password.get_secret_value())
        yield connection


@contextmanager
def _connected(server: MailServer, timeout_s: float) -> Iterator[smtplib.SMTP]:
    """Yield a connection that is safe for a login; an error at its end is ignored."""
    if server.security == "none" and not _is_loopback(server.host):
        raise MailError(
            f"{server} is not this machine: SMTP_SECURITY=none would send mail and password in plain text; "
            "use starttls or tls"
        )
    context = ssl.create_default_context()
    with closing(_connect(server, timeout_s, context)) as connection:
        if server.security == "starttls":
            connection.starttls(context=context)
        yield connection
        with suppress(smtplib.SMTPException, OSError):
            connection.quit()


def _connect(server: MailServer, timeout_s: float, context: ssl.SSLContext) -> smtplib.SMTP:
    if server.security == "tls":
        return smtplib.SMTP_SSL(server.host, server.port, timeout=timeout_s, context=context)
    return smtplib.SMTP(server.host, server.port, timeout=timeout_s)


@contextmanager
def _mail_errors(server: MailServer) -> Iterator[None]:
    """Turn any failure into a MailError; after a login without the server's text, which may quote it."""
    try:
        yield
    except smtplib.SMTPAuthenticationError as error:
        why = f"refused the login (code {error.smtp_code}): check SMTP_USERNAME and SMTP_PASSWORD"
        raise MailError(f"{server} {why}") from None
    except smtplib.SMTPRecipientsRefused as error:
        raise MailError(f"{server} rejects mail for {', '.join(error.recipients)}: check MAIL_TO") from None
    except smtplib.SMTPNotSupportedError:
        why = "does not offer what SMTP_SECURITY or SMTP_USERNAME ask for (STARTTLS, AUTH)"
        raise MailError(f"{server} {why}: check the port and SMTP_SECURITY") from None
    except smtplib.SMTPResponseException as error:
        raise MailError(
            f"{server} refused the mail: {error.smtp_code} {_one_line(error.smtp_error)}"
        ) from None
    except ssl.SSLCertVerificationError as error:
        why = f"has a certificate that is not trusted ({error.verify_message})"
        raise MailError(f"{server} {why}: name the authority's file in SSL_CERT_FILE") from None
    except (OSError, smtplib.SMTPException) as error:
        why = f"cannot be reached ({type(error).__name__}: {_one_line(str(error))})"
        raise MailError(f"{server} {why}: check SMTP_HOST, SMTP_PORT and SMTP_SECURITY") from None


def _one_line(words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return " ".join(redact(text).split())[:200]  # before the cut, which may leave half a password


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
