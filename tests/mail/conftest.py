"""Mail servers on loopback, with certificates of an authority of their own."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.standins import postbox


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this machine trust the authority, as an administrator does it."""
    file = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(file))
    monkeypatch.setenv("SSL_CERT_FILE", str(file))


@pytest.fixture
def open_postbox(authority: trustme.CA) -> Iterator[Callable[..., postbox.Postbox]]:
    """A function that starts a mail server with "starttls", "tls" or "none"."""
    with ExitStack() as running:

        def start(security: Any, name: str = "127.0.0.1", **options: Any) -> postbox.Postbox:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            authority.issue_cert(name).configure_cert(context)
            return running.enter_context(postbox.serving(security, context, **options))

        yield start
