"""Mails: composed with their attachments, and sent through a server."""

from lib.mail.message import Attachment, compose
from lib.mail.smtp import MailError, MailServer, check_server, configured_server, send

__all__ = ["Attachment", "MailError", "MailServer", "check_server", "compose", "configured_server", "send"]
