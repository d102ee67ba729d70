"""Fixtures of the tests of lib.web."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from lib.web import Limits
from tests.standins.bad_server import BadServer


@pytest.fixture
def quick() -> Limits:
    """Limits with pauses that a test can wait for, and patience where the machine is busy."""
    return Limits(connect_s=60, read_s=60, total_s=300, backoff_s=0.001, backoff_max_s=0.002)


@pytest.fixture
def other_server() -> Iterator[BadServer]:
    """A second server, whose name is another host than that of `bad_server`."""
    server = BadServer(host="127.0.0.2")
    yield server
    server.close()


@pytest.fixture
def tls_server(authority: trustme.CA) -> Iterator[BadServer]:
    """A server that speaks TLS, with a certificate for 127.0.0.1 from the authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    server = BadServer(context)
    yield server
    server.close()


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trust in the authority, as a firm's machine has it."""
    bundle = tmp_path / "authorities.pem"
    authority.cert_pem.write_to_path(bundle)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
