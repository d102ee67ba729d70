"""Secrets in every encoding, and where a folder or a text still has one."""

from __future__ import annotations

import base64
import gzip
import html
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, quote_plus

from lib.settings import Settings

CANARY = 'canary-{}: "9/7"+<Wi.n*d>&'
"""A secret whose characters every encoding writes in its own way."""


def secret_settings() -> list[str]:
    """Return the names of all settings that are secrets."""
    fields = Settings.model_fields.items()
    return sorted(name for name, each in fields if "SecretStr" in str(each.annotation))


def canaries() -> dict[str, str]:
    """Return for each secret setting that is no address a secret of its own."""
    return {name: CANARY.format(name) for name in secret_settings() if not name.endswith("_url")}


def encodings(secret: str) -> dict[str, str]:
    """Return every way in which a page, a log or an error may spell a secret; base64 amid other text."""
    raw = secret.encode()
    in_base64 = {f"base64 {n}": base64.b64encode(b"user:"[:n] + raw + b"tail").decode() for n in range(4)}
    return {
        "plain": secret,
        "URL": quote(secret, safe=""),
        "form": quote_plus(secret),
        "JSON": json.dumps(secret)[1:-1],
        "HTML": html.escape(secret),
        "Python": repr(secret)[1:-1],
        "hex": raw.hex(),
        **in_base64,
    }


def find_left(folder: Path, secrets: dict[str, str]) -> list[str]:
    """Return which secret stands in which file of a folder, archives opened, and in which encoding."""
    return [
        f"{name} as {encoding} in {file}"
        for file, content in _contents(folder)
        for name, secret in secrets.items()
        for encoding, spelling in encodings(secret).items()
        if _middle(spelling).encode() in content
    ]


def _middle(spelling: str) -> str:
    """Return the half of a spelling that its neighbours do not change, and that says too much already."""
    return spelling[len(spelling) // 4 : -(len(spelling) // 4)]


def _contents(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        content = path.read_bytes()
        yield path.name, content
        if path.suffix == ".gz":
            yield path.name, gzip.decompress(content)
        if zipfile.is_zipfile(io.BytesIO(content)):
            with zipfile.ZipFile(path) as archive:
                yield from ((f"{path.name}/{name}", archive.read(name)) for name in archive.namelist())
