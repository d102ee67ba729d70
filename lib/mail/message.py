"""A mail with attachments: zipped if they are large, left out and named if they are still too large."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import formatdate, make_msgid, parseaddr
from html import escape

from lib.redact import redact

MAX_BYTES = 10_000_000
"""Largest sum of attachments; encoded they are a third larger, and servers take 20 MB."""

_TYPES = {
    ".html": ("text", "html"),
    ".xlsx": ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ".zip": ("application", "zip"),
}
_ANY_TYPE = ("application", "octet-stream")


@dataclass(frozen=True)
class Attachment:
    """A file attached to a mail."""

    name: str
    body: bytes = field(repr=False)


def compose(
    sender: str,
    recipients: Sequence[str],
    subject: str,
    text: str,
    attachments: Sequence[Attachment] = (),
    max_bytes: int = MAX_BYTES,
    html: str = "",
) -> EmailMessage:
    """Return a mail with attachments up to a size; its text names those that were left out.

    Args:
        sender: address, or "Name <address>".
        recipients: likewise.
        subject: one line.
        text: the body.
        attachments: the files. If together they are too large, each is zipped; if that is not enough, the
            largest are left out.
        max_bytes: largest sum of their sizes.
        html: the body once more, for programs that show HTML; empty for none.

    Raises:
        ValueError: an address or the subject is not valid in a header.
    """
    fitting, left_out = select_fitting(attachments, max_bytes)
    message = EmailMessage()
    message["From"] = sender
    message["To"] = ", ".join(recipients)
    message["Subject"] = redact(subject)
    message["Date"] = formatdate(localtime=True)
    message["Message-ID"] = make_msgid(domain=parseaddr(sender)[1].rpartition("@")[2] or "localhost")
    message.set_content(redact(text) + _note(left_out))
    if html:
        note = f"<pre>{escape(_note(left_out))}</pre>" if left_out else ""
        message.add_alternative(redact(html).replace("</body>", f"{note}</body>"), subtype="html")
    for attachment in fitting:
        suffix = attachment.name[attachment.name.rfind(".") :]
        kind, subtype = _TYPES.get(suffix, _ANY_TYPE)
        message.add_attachment(attachment.body, maintype=kind, subtype=subtype, filename=attachment.name)
    return message


def select_fitting(
    attachments: Sequence[Attachment], max_bytes: int
) -> tuple[Sequence[Attachment], Sequence[Attachment]]:
    """Return the attachments to send, each zipped if necessary, and those to leave out."""
    if _size(attachments) <= max_bytes:
        return attachments, ()
    packed = {attachment.name: _zipped(attachment) for attachment in attachments}
    left_out: list[Attachment] = []
    for attachment in sorted(attachments, key=lambda each: -len(packed[each.name].body)):
        if _size(packed.values()) <= max_bytes:
            break
        del packed[attachment.name]
        left_out.append(attachment)
    return tuple(packed.values()), tuple(left_out)


def _size(attachments: Iterable[Attachment]) -> int:
    return sum(len(attachment.body) for attachment in attachments)


def _zipped(attachment: Attachment) -> Attachment:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        # Without a time, so that equal contents make equal files.
        archive.writestr(zipfile.ZipInfo(attachment.name), attachment.body, zipfile.ZIP_DEFLATED)
    return Attachment(f"{attachment.name}.zip", stream.getvalue())


def _note(left_out: Sequence[Attachment]) -> str:
    if not left_out:
        return ""
    names = "\n".join(f"  {each.name}, {len(each.body) / 1e6:,.1f} MB" for each in left_out)
    return f"\n\nToo large to be attached, even zipped:\n{names}\n"
