"""An audit that could ask nobody says so, and a vulnerability ends it with an error."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest

from tools.audit import judge

SKIPPED = {"name": "six", "skip_reason": "not found"}
CLEAN = {"name": "pandas", "version": "2.3.3", "vulns": []}
BAD = {"name": "requests", "version": "2.0", "vulns": [{"id": "CVE-2026-1", "fix_versions": ["2.1"]}]}


def test_an_audit_of_nothing_is_no_success() -> None:
    code, lines = judge({"dependencies": [SKIPPED, SKIPPED]})
    assert (code, lines) == (
        0, ["NOT AUDITED: the data on vulnerabilities are out of reach for all 2 packages"]
    )  # fmt: skip


def test_a_vulnerability_is_named_with_what_mends_it() -> None:
    code, lines = judge({"dependencies": [CLEAN, BAD, SKIPPED]})
    assert code == 1
    assert lines == [
        "requests 2.0: CVE-2026-1, mended in 2.1 (make upgrade)",
        "not audited: six",
        "2 packages are audited, 1 known vulnerabilities",
    ]
    assert judge({"dependencies": [CLEAN]})[0] == 0


@pytest.mark.parametrize("address", ["192.0.2.1", "db.example.com"])
@pytest.mark.parametrize(
    "reach",
    [
        lambda own, address: own.connect((address, 80)),
        lambda own, address: own.connect_ex((address, 80)),
        lambda own, address: own.sendto(b"x", (address, 80)),
        lambda own, address: own.sendto(b"x", 0, (address, 80)),
        lambda _, address: socket.create_connection((address, 80)),
        lambda _, address: socket.getaddrinfo(address, 80),
        lambda _, address: socket.getaddrinfo(address.encode(), port=80, type=socket.SOCK_STREAM),
        lambda _, address: socket.gethostbyname(address),
    ],
)
def test_no_test_reaches_another_machine(address: str, reach: Callable[[socket.socket, str], object]) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as own, pytest.raises(AssertionError, match="only this mach"):
        reach(own, address)


def test_a_test_reaches_this_machine() -> None:
    with socket.create_server(("localhost", 0)) as server, socket.socket() as own:
        assert own.connect_ex(server.getsockname()) == 0
        assert socket.getaddrinfo("localhost", 80) and socket.getaddrinfo(None, 80)
