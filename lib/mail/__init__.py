"""Mails: put together with their attachments, and handed to a server."""

from lib.mail.message import Attachment, compose
from lib.mail.smtp import MailError, MailServer, check, configured_server, send

__all__ = ["Attachment", "MailError", "MailServer", "check", "compose", "configured_server", "send"]
