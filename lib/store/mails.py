"""Which mails were sent: so that a run that is repeated does not send one twice."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import text

from lib.store.database import Database


def send_once(
    db: Database, kind: str, subject_key: str, content_sha256: str, send: Callable[[], None]
) -> bool:
    """Send a mail unless one with this content was sent, and return whether it was sent now.

    The note is made together with the sending: a failure leaves none, and only a process that dies between
    the two sends once more.

    Args:
        db: where mails are noted.
        kind: what the mail is about.
        subject_key: which of its kind.
        content_sha256: hash of what it says.
        send: sends it, or raises.
    """
    with db.engine.begin() as connection:
        noted = connection.execute(
            text("""
                INSERT INTO mail_log (kind, subject_key, content_sha256)
                VALUES (:kind, :subject_key, :content_sha256) ON CONFLICT DO NOTHING
            """),
            {"kind": kind, "subject_key": subject_key, "content_sha256": content_sha256},
        )
        if noted.rowcount == 0:
            return False
        send()
    return True
