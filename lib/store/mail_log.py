"""The log of sent mails, so that nothing is mailed twice: the table mail_log."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy import text

from lib.store.database import Database


def send_once(
    db: Database, kind: str, parts: Mapping[str, str], run_id: int, send: Callable[[], None]
) -> bool:
    """Send a mail unless all its parts were sent before; return whether this call sent it.

    The entry in the log and the sending are one transaction: if sending fails, there is no entry. Only a
    process that dies between the two makes the next run send once more.

    Args:
        db: the database.
        kind: what the mail is about.
        parts: the content of the mail: for the key of each part, the SHA-256 of its text.
        run_id: the run that sends.
        send: sends the mail, or raises.
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
