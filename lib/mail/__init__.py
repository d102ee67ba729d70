"""Mails: put together with their attachments, and handed to a server."""

from lib.mail.message import Attachment, compose
from lib.mail.smtp import MailError, MailServer, configured_server, send

__all__ = ["Attachment", "MailError", "MailServer", "compose", "configured_server", "send"]
