"""A mail server on loopback that keeps what it is given."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, Literal

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword

from lib.mail import MailServer


@dataclass
class Postbox:
    """A server that takes mails; the account is "desk" with the password "open sesame"."""

    mails: list[EmailMessage] = field(default_factory=list)
    logins: list[tuple[bytes, bytes]] = field(default_factory=list)
    refused: tuple[str, ...] = ()
    answer: str = "250 OK"
    farewell: str = "221 Bye"
    server: MailServer | None = None

    async def handle_RCPT(self, _s: Any, _t: Any, envelope: Envelope, address: str, _o: Any) -> str:
        if address in self.refused:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:
        if self.answer.startswith("250"):
            assert isinstance(envelope.content, bytes)
            self.mails.append(message_from_bytes(envelope.content, policy=policy.default))  # type: ignore[arg-type]
        return self.answer

    async def handle_QUIT(self, _server: Any, _session: Any, _envelope: Envelope) -> str:
        return self.farewell

    def authenticate(self, _s: Any, _t: Any, _e: Any, _m: Any, given: LoginPassword) -> AuthResult:
        self.logins.append((given.login, given.password))
        is_right = (given.login, given.password) == (b"desk", b"open sesame")
        return AuthResult(success=is_right, handled=False)


class _Controller(Controller):
    """A server on whichever port is free."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


def settings(server: MailServer) -> dict[str, str]:
    """Return the environment variables that name a mail server without encryption."""
    return {
        "SMTP_HOST": server.host,
        "SMTP_PORT": str(server.port),
        "SMTP_SECURITY": "none",
        "MAIL_FROM": server.sender,
        "MAIL_TO": ",".join(server.recipients),
    }


@contextmanager
def serving(
    security: Literal["starttls", "tls", "none"], context: ssl.SSLContext | None = None, **options: Any
) -> Iterator[Postbox]:
    """Serve a postbox; with "starttls" or "tls" the context has its certificate."""
    if security == "starttls":
        options |= {"tls_context": context, "require_starttls": True}
    postbox = Postbox()
    controller = _Controller(
        postbox,
        hostname="127.0.0.1",
        port=0,
        ssl_context=context if security == "tls" else None,
        authenticator=postbox.authenticate,
        auth_require_tls=security == "starttls",
        **options,
    )
    controller.start()
    recipients = ("a@example.com", "b@example.com")
    postbox.server = MailServer(
        "127.0.0.1", controller.port, security, None, None, "desk@example.com", recipients
    )
    yield postbox
    controller.stop()
