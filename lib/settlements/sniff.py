"""What an answer of the download host really is: it says 200 to everything, a failure included."""

from __future__ import annotations

from enum import Enum, auto

from lib.settlements.reports import Form

FIRST_LINE = b"TRADE DATE|HUB|PRODUCT"
"""How a .dat report begins."""

ZIP = b"PK"
"""How an .xlsx workbook begins, which is a zip archive."""

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_LOOKED_AT = 64 * 1024


class Content(Enum):
    """The kinds of answers."""

    REPORT = auto()
    NO_FILE = auto()
    LOGIN_PAGE = auto()
    UNKNOWN = auto()


def sniff(body: bytes, form: Form) -> Content:
    """Return what the body of an answer is, when a report in some form was asked for."""
    start = {"dat": FIRST_LINE, "xlsx": ZIP}[form]
    if body.removeprefix(_BYTE_ORDER_MARK).startswith(start):
        return Content.REPORT
    page = body[:_LOOKED_AT].lower()
    if b"no files available" in page:
        return Content.NO_FILE
    if b"ice sso client" in page:
        return Content.LOGIN_PAGE
    return Content.UNKNOWN


def describe(body: bytes) -> str:
    """Return how an unknown body begins, as text that is safe to show."""
    if not body:
        return "an empty answer"
    start = "".join(c if c.isprintable() else " " for c in body[:60].decode("utf-8", "replace"))
    return f"{len(body):,} bytes that begin {' '.join(start.split())!r}"
