"""A service or proxy that repeats the request: no credential of it comes back, in any encoding."""

from __future__ import annotations

import base64
import gzip
import html
import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from lib.redact import HIDDEN
from lib.web import Archive, HttpClient, Limits, Request, WebError, basic_auth
from lib.web.credentials import hide_in_excerpt
from tests.standins.bad_server import ReceivedRequest, Reply

PASSWORD = 'Gr\u00fcn & "9/7"+<Wi.n*d>'
TOKEN = "eyJhbGciOiJub25lIn0.canary-of-a-token"
KINDS = {
    "a key": {"Ocp-Apim-Subscription-Key": "canary0123456789abcdef"},
    "an account": basic_auth("desk", PASSWORD),
    "a bearer": {"Authorization": f"Bearer {TOKEN}"},
    "a cookie": {"Cookie": f"iceSsoCookie={TOKEN}"},
}
"""How sources send their credentials."""


def _plain(kind: str) -> str:
    return {"a key": "canary0123456789abcdef", "an account": PASSWORD}.get(kind, TOKEN)


def _encodings(secret: str) -> dict[str, bytes]:
    """Every way in which a page, a log or an error may spell a secret."""
    raw = secret.encode()
    return {
        "plain": raw,
        "url": quote(secret, safe="").encode(),
        "url in lower case": quote(secret, safe="").lower().encode() if secret.islower() else b"",
        "form": urlencode({"p": secret}).encode(),
        "json": json.dumps({"p": secret}).encode(),
        "json in utf-8": json.dumps({"p": secret}, ensure_ascii=False).encode(),
        "html": html.escape(secret).encode(),
        "python": repr({"p": secret}).encode(),
        **{f"base64 after {n}": base64.b64encode(b"user:"[:n] + raw + b" tail") for n in range(4)},
        **{
            f"url base64 after {n}": base64.urlsafe_b64encode(b"user:"[:n] + raw + b" tail") for n in range(4)
        },
        "hex": raw.hex().encode(),
    }


def _core(spelling: bytes) -> bytes:
    """The middle of a spelling, which must be gone: the ends of base64 hold bits of their neighbours."""
    return spelling[len(spelling) // 3 : -(len(spelling) // 3)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_body_that_repeats_a_credential_is_cleaned_before_it_is_kept(
    bad_server: Any, quick: Limits, tmp_path: Path, kind: str
) -> None:
    spelled = {name: each for name, each in _encodings(_plain(kind)).items() if each}
    body = b"zone,value\nWEST,21.5\n" + b"\n".join(spelled.values())
    url = bad_server.on("/prices", bad_server.good(body, **{"X-Seen": spelled["url"].decode()}))
    request = Request("public", url, secret_headers=KINDS[kind])
    response = HttpClient(quick, Archive(tmp_path, 1 << 30)).send(request)
    assert response.body.startswith(b"zone,value\nWEST,21.5\n")
    kept = b"".join(
        gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        for path in tmp_path.rglob("*")
        if path.is_file()
    )
    for name, each in spelled.items():
        assert _core(each) not in response.body, name
        assert _core(each) not in kept, name
    assert response.headers["x-seen"] == HIDDEN


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_a_body_in_utf_16_is_cleaned_too(bad_server: Any, quick: Limits, encoding: str) -> None:
    url = bad_server.on("/prices", bad_server.good(f"you sent {TOKEN}, thank you".encode(encoding)))
    body = HttpClient(quick, None).send(Request("public", url, secret_headers=KINDS["a bearer"])).body
    assert body.decode(encoding) == f"you sent {HIDDEN}, thank you"


def _echo(seen: ReceivedRequest) -> Reply:
    lines = [f"{name}: {value}" for name, value in seen.headers.items()]
    return Reply(200, {"Content-Type": "text/plain"}, "\n".join([*lines, seen.body.decode()]).encode())


@pytest.mark.parametrize("kind", KINDS)
def test_an_echo_gives_nothing_away(bad_server: Any, quick: Limits, kind: str) -> None:
    url = bad_server.on("/echo", _echo)
    body = HttpClient(quick, None).send(Request("public", url, secret_headers=KINDS[kind])).body.decode()
    ((name, value),) = KINDS[kind].items()
    assert f"{name.lower()}: {HIDDEN}" in body.lower() and value not in body


@pytest.mark.parametrize("encode", [urlencode, json.dumps])
def test_the_echo_of_a_login_has_no_password(bad_server: Any, quick: Limits, encode: Any) -> None:
    url = bad_server.on("/login", _echo)
    form = encode({"userId": "desk", "password": PASSWORD, "response_type": "id_token"}).encode()
    body = HttpClient(quick, None).send(Request("ice", url, "POST", body=form, is_archived=False)).body
    assert b"id_token" in body and b"9/7" not in body and b"9%2F7" not in body


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500])
def test_an_error_that_repeats_a_credential_does_not_show_it(
    bad_server: Any, quick: Limits, kind: str, status: int
) -> None:
    secret = _plain(kind)
    (value,) = KINDS[kind].values()
    body = f"quota used up for {value} {secret} {quote(secret)}".encode()
    url = bad_server.on("/prices", bad_server.status(status, body=body))
    with pytest.raises(WebError) as caught:
        HttpClient(quick, None).send(Request("public", url, secret_headers=KINDS[kind]))
    shown = f"{caught.value!r} {caught.value.__cause__!r} {caught.value.__context__!r}"
    for form in (value, secret, quote(secret)):
        assert form not in shown and form[: len(form) // 2] not in shown


def test_a_header_that_cannot_be_read_is_not_logged(
    bad_server: Any, quick: Limits, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    key = _plain("a key")
    line = f"HTTP/1.1 200 OK\r\nyou sent {key}\r\nContent-Length: 0"
    url = bad_server.on("/prices", Reply(0, line=line, end="closed"))
    HttpClient(quick, None).send(Request("public", url, secret_headers=KINDS["a key"]))
    assert key not in caplog.text and key not in "".join(capfd.readouterr())


def test_a_redirect_that_repeats_a_key_leads_nowhere_with_it(bad_server: Any, quick: Limits) -> None:
    key = _plain("a key")
    url = bad_server.on("/prices", Reply(302, {"Location": f"/{key}/next?key={key}"}))
    with pytest.raises(WebError) as caught:
        HttpClient(quick, None).send(Request("public", url, secret_headers=KINDS["a key"]))
    assert key not in str(caught.value)
    assert not [seen for seen in bad_server.asked if key in seen.path]


BROKEN = {
    "a status line that is none": Reply(0, line="HTTP/1.1 {} go away", end="closed"),
    "a status line without a version": Reply(0, line="you sent {}", end="closed"),
    "an unknown status with words": Reply(0, line="HTTP/1.1 799 {}", end="closed"),
    "a version that is none": Reply(0, line="HTTP/{} 200 OK", end="closed"),
    "a status of four digits": Reply(0, line="HTTP/1.1 2000 {}", end="closed"),
    "an alert of TLS": Reply(0, line="\x15\x03\x01\0\x02\x02\x28{}", end="closed"),
    "two lengths": Reply(0, line="HTTP/1.1 200 OK\r\nContent-Length: 2, 3\r\nX-Seen: {}", end="closed"),
    "a header of a megabyte": Reply(0, line="HTTP/1.1 200 OK\r\nX-Seen: " + "{}" * 50_000, end="closed"),
    "a hundred headers": Reply(0, line="HTTP/1.1 200 OK" + "\r\nX-Seen: {}" * 101, end="closed"),
    "a second encoding": Reply(200, {"Content-Encoding": "gzip, {}"}, b"abc"),
    "a packed answer that is none": Reply(200, {"Content-Encoding": "gzip"}, b"{}"),
    "a redirect to a host that is none": Reply(302, {"Location": "https://a..{}/"}),
    "an unknown encoding": Reply(200, {"Content-Encoding": "x-{}"}, b"abc"),
    "chunks that are none": Reply(200, {"Transfer-Encoding": "chunked"}, b"{}\r\nabc\r\n", end="closed"),
    "a redirect to nowhere": Reply(302, {"Location": "http://[{}/"}),
    "a redirect to another host": Reply(307, {"Location": "http://{}.example.com/{}"}),
    "a wait that is none": Reply(429, {"Retry-After": "{}"}, b"quota of {}"),
}
"""Answers that no library can read, each with the credential in {}, where an error may quote it."""


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize("kind", ["a key", "a bearer"])
def test_an_answer_that_cannot_be_read_does_not_show_a_credential(
    bad_server: Any, quick: Limits, kind: str, name: str
) -> None:
    secret, reply = _plain(kind), BROKEN[name]
    headers = {each: value.replace("{}", secret) for each, value in reply.headers.items()}
    body = reply.body.replace(b"{}", secret.encode())
    line = reply.line and reply.line.replace("{}", secret)
    url = bad_server.on("/prices", replace(reply, headers=headers, body=body, line=line))
    with pytest.raises(WebError) as caught:
        HttpClient(quick, None).send(Request("public", url, secret_headers=KINDS[kind]))
    error: BaseException | None = caught.value
    while error is not None:
        assert secret not in repr(error) and secret[: len(secret) // 2] not in repr(error)
        error = error.__cause__ or error.__context__


def test_an_excerpt_that_ends_within_a_key_does_not_show_its_beginning() -> None:
    request = Request("public", "https://a.example/", secret_headers=KINDS["a key"])
    key = _plain("a key")
    for n in range(6, len(key)):
        assert hide_in_excerpt(f"you sent {key[:n]}", request) == f"you sent {HIDDEN}"
    assert hide_in_excerpt("you sent can", request) == "you sent can"


@pytest.mark.parametrize("password", ["2026", "20260105", "2026-01-05", "12.5"])
def test_a_password_that_is_a_number_or_a_date_changes_no_data(
    bad_server: Any, quick: Limits, password: str
) -> None:
    data = b"day,value\n2026-01-05,12.5\n20260105,2026\n"
    url = bad_server.on("/prices", bad_server.good(data))
    request = Request("enverus", url, secret_headers=basic_auth("desk", password))
    assert HttpClient(quick, None).send(request).body == data
