"""What a service says with an error: a few words of it, and whether it means a limit of requests."""

from __future__ import annotations

import re
import zlib

import requests
from urllib3.exceptions import HTTPError

from lib.safe_text import safe_text
from lib.web.client import Request
from lib.web.credentials import hide_in_excerpt

MAX_BYTES, SHOWN = 4096, 160

_LIMIT = re.compile(r"quota|rate.?limit|too many (requests|calls)|throttl|call volume", re.IGNORECASE)
_TAGS = re.compile(r"<(script|style).*?</\1>|<[^>]*>", re.IGNORECASE | re.DOTALL)


def read_words(raw: requests.Response, request: Request) -> str:
    """Return the beginning of an error's body as plain words, without the credentials that it repeats."""
    try:
        body = raw.raw.read1(MAX_BYTES, decode_content=False) or b""
        if "gzip" in raw.headers.get("content-encoding", ""):
            body = zlib.decompressobj(zlib.MAX_WBITS | 32).decompress(body, MAX_BYTES)
    except (HTTPError, OSError, zlib.error):
        return ""
    text = body.decode("utf-8", "replace")
    return safe_text(" ".join(_TAGS.sub(" ", hide_in_excerpt(text, request)).split()), SHOWN)


def means_limit(raw: requests.Response, words: str) -> bool:
    """Return whether a refusal (403) asks to wait: by Retry-After, or by words such as quota."""
    return "retry-after" in raw.headers or bool(_LIMIT.search(words))
