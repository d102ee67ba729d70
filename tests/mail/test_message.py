from __future__ import annotations

import io
import random
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.mail import Attachment, compose
from lib.mail.message import select_fitting

ADDRESSES = ("desk@example.com", ["a@example.com"])


def _noise(n: int) -> bytes:
    return random.Random(n).randbytes(n)


def test_files_go_along_under_their_names() -> None:
    files = [Attachment("a.dat", b"one|two"), Attachment("page.html", b"<p>\xc3\xa9</p>")]
    message = compose(*ADDRESSES, "Settlements", "Body", files)
    parts = list(message.iter_attachments())
    assert [part.get_filename() for part in parts] == ["a.dat", "page.html"]
    assert [part.get_payload(decode=True) for part in parts] == [b"one|two", b"<p>\xc3\xa9</p>"]
    assert parts[1].get_content_type() == "text/html"
    assert message.get_body().get_content() == "Body\n"  # type: ignore[union-attr]


def test_a_body_in_html_goes_beside_the_text_and_both_name_what_is_left_out() -> None:
    files = [Attachment("<a>.dat", _noise(5000))]
    page = "<html><body><p>0.08</p></body></html>"
    message = compose(*ADDRESSES, "Settlements", "Body", files, max_bytes=1000, html=page)
    plain, html = (message.get_body((kind,)).get_content() for kind in ("plain", "html"))  # type: ignore[union-attr]
    assert plain.startswith("Body") and "<a>.dat" in plain
    assert "<p>0.08</p>" in html and "&lt;a&gt;.dat" in html
    assert not list(message.iter_attachments())


def test_large_files_are_zipped_and_whole() -> None:
    message = compose(*ADDRESSES, "Settlements", "Body", [Attachment("a.dat", b"x" * 5000)], max_bytes=1000)
    part = next(iter(message.iter_attachments()))
    assert part.get_filename() == "a.dat.zip"
    with zipfile.ZipFile(io.BytesIO(part.get_payload(decode=True))) as archive:  # type: ignore[arg-type]
        assert archive.read("a.dat") == b"x" * 5000
    assert "Too large" not in message.get_body().get_content()  # type: ignore[union-attr]


def test_what_is_too_large_even_zipped_is_left_out_and_said() -> None:
    files = [Attachment("small.dat", _noise(500)), Attachment("large.dat", _noise(2_000_000))]
    message = compose(*ADDRESSES, "Settlements", "Body", files, max_bytes=10_000)
    assert [part.get_filename() for part in message.iter_attachments()] == ["small.dat.zip"]
    text = message.get_body().get_content()  # type: ignore[union-attr]
    assert "Too large to be attached, even zipped:\n  large.dat, 2.0 MB" in text


@given(sizes=st.lists(st.integers(0, 3000), max_size=5), limit=st.integers(0, 6000))
def test_what_goes_along_fits_and_nothing_is_lost(sizes: list[int], limit: int) -> None:
    files = [Attachment(f"{i}.dat", _noise(size)) for i, size in enumerate(sizes)]
    fitting, left_out = select_fitting(files, limit)
    assert sum(len(each.body) for each in fitting) <= limit
    names = [each.name.removesuffix(".zip") for each in (*fitting, *left_out)]
    assert sorted(names) == [each.name for each in files]


def test_the_same_mail_zips_to_the_same_bytes() -> None:
    once, again = (select_fitting([Attachment("a.dat", b"x" * 5000)], 1000)[0][0] for _ in range(2))
    assert once.body == again.body


@pytest.mark.parametrize("subject", ["one\ntwo", "one\r\nBcc: other@example.com"])
def test_a_subject_cannot_smuggle_a_header(subject: str) -> None:
    with pytest.raises(ValueError, match=r"(?i)header|newline|linefeed"):
        compose(*ADDRESSES, subject, "Body")
