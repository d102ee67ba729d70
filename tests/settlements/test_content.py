from __future__ import annotations

from collections.abc import Callable

import pytest

from lib.settlements.parse import Content, describe_body, detect_content

NO_FILE = b"<html><body>No Files Available</body></html>" + b" " * 960
LOGIN = b"<html><title>ICE SSO Client</title>" + b"." * 33_000


def test_a_report_is_told_by_how_it_begins(make_dat: Callable[..., bytes]) -> None:
    assert detect_content(make_dat(), "dat") is Content.REPORT
    assert detect_content(b"\xef\xbb\xbf" + make_dat(), "dat") is Content.REPORT
    assert detect_content(b"PK\x03\x04...", "xlsx") is Content.REPORT


@pytest.mark.parametrize("form", ["dat", "xlsx"])
@pytest.mark.parametrize(
    ("body", "content"),
    [
        (NO_FILE, Content.NO_FILE),
        (LOGIN, Content.LOGIN_PAGE),
        (b"", Content.UNKNOWN),
        (b"<html>Service Unavailable</html>", Content.UNKNOWN),
        (b"HUB|PRODUCT|TRADE DATE", Content.UNKNOWN),
    ],
)
def test_a_failure_is_told_by_its_page(form: str, body: bytes, content: Content) -> None:
    assert detect_content(body, form) is content  # type: ignore[arg-type]


def test_a_workbook_is_no_dat_and_the_reverse(make_dat: Callable[..., bytes]) -> None:
    assert detect_content(b"PK\x03\x04...", "dat") is Content.UNKNOWN
    assert detect_content(make_dat(), "xlsx") is Content.UNKNOWN


def test_an_unknown_body_is_shown_on_one_safe_line() -> None:
    shown = describe_body(b"<html>\r\n\x1b[31mError\x00 at the\tgate" + b"x" * 1000)
    assert shown.startswith("1,031 bytes")
    assert shown.isprintable()
    assert describe_body(b"") == "an empty answer"
