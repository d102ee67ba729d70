"""Which mails were sent: so that a run that is repeated does not send one twice."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy import text

from lib.store.database import Database


def send_once(
    db: Database, kind: str, parts: Mapping[str, str], run_id: int, send: Callable[[], None]
) -> bool:
    """Send a mail unless all its parts were sent before, and return whether it was sent now.

    The note is made together with the sending: a failure leaves none, and only a process that dies between
    the two sends once more.

    Args:
        db: where mails are noted.
        kind: what the mail is about.
        parts: what it says: for the key of each part, the SHA-256 of its content.
        run_id: the run that sends.
        send: sends it, or raises.
    """
    with db.engine.begin() as connection:
        n_new = sum(
            connection.execute(
                text("""
                    INSERT INTO mail_log (kind, subject_key, content_sha256, run_id)
                    VALUES (:kind, :key, :sha256, :run_id) ON CONFLICT DO NOTHING
                """),
                {"kind": kind, "key": key, "sha256": sha256, "run_id": run_id},
            ).rowcount
            for key, sha256 in parts.items()
        )
        if n_new == 0:
            return False
        send()
    return True
