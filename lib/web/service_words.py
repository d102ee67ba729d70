"""What a service says with an error: a few words of it, and whether it means a limit of requests."""

from __future__ import annotations

import json
import re
import zlib
from base64 import b64decode
from binascii import Error as InvalidBase64
from collections.abc import Iterator
from urllib.parse import parse_qsl, quote, quote_plus

import requests
from urllib3.exceptions import HTTPError

from lib.safe_text import safe_text
from lib.web.client import Request

MAX_BYTES, SHOWN = 4096, 160

_LIMIT = re.compile(r"quota|rate.?limit|too many (requests|calls)|throttl|call volume", re.IGNORECASE)
_TAGS = re.compile(r"<(script|style).*?</\1>|<[^>]*>", re.IGNORECASE | re.DOTALL)
_SHORTEST_SECRET = 4


def read_words(raw: requests.Response, request: Request) -> str:
    """Return the beginning of an error's body as plain words; nothing if it repeats a credential."""
    try:
        body = raw.raw.read1(MAX_BYTES, decode_content=False) or b""
        if "gzip" in raw.headers.get("content-encoding", ""):
            body = zlib.decompressobj(zlib.MAX_WBITS | 32).decompress(body, MAX_BYTES)
    except (HTTPError, OSError, zlib.error):
        return ""
    text = body.decode("utf-8", "replace")
    if any(secret in text for secret in _spellings(request)):
        return ""
    return safe_text(" ".join(_TAGS.sub(" ", text).split()), SHOWN)


def means_limit(raw: requests.Response, words: str) -> bool:
    """Return whether a refusal (403) asks to wait: by Retry-After, or by words such as quota."""
    return "retry-after" in raw.headers or bool(_LIMIT.search(words))


def _spellings(request: Request) -> Iterator[str]:
    """Yield every credential of a request in each spelling in which a body may repeat it."""
    for secret in _secrets(request):
        if len(secret) >= _SHORTEST_SECRET:
            yield from {secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1]}


def _secrets(request: Request) -> Iterator[str]:
    for value in request.secret_headers.values():
        yield value
        scheme, _, token = value.partition(" ")
        yield token
        if scheme == "Basic":
            try:
                account = b64decode(token).decode("utf-8", "replace")
            except InvalidBase64:
                continue
            yield account
            yield account.partition(":")[2]
    if request.body and not request.is_archived:  # a login
        form = request.body.decode("utf-8", "replace")
        yield from (value for _, value in parse_qsl(form))
        try:
            fields = json.loads(form)
        except ValueError:
            return
        yield from (str(value) for value in fields.values()) if isinstance(fields, dict) else ()
