"""The tool's server against visitors who mean harm, or whose browsers another site uses."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import uuid
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from socket import socket
from types import SimpleNamespace
from typing import Any

import pytest
from tornado.httpclient import AsyncHTTPClient, HTTPRequest, HTTPResponse
from tornado.httpclient import HTTPError as ClientError
from tornado.websocket import WebSocketClientConnection, websocket_connect
from voila.app import Voila

from lib.paths import ROOT
from lib.tool.frames import PROTOCOL
from lib.tool.handlers import count_pages
from lib.tool.serve import HTTP_LIMITS, ScalingToolServer
from tests.support.waiting import wait_until
from tests.tool.test_frames import make_message

NOBODY = "00000000-0000-4000-8000-000000000000"


def _run(work: Coroutine[Any, Any, Any]) -> Any:
    """Return what a coroutine returns, run in a thread: a browser of other tests keeps a loop in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


@pytest.fixture(scope="module")
def tool_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a tool with one page, whose database is not there."""
    with closing(socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = tmp_path_factory.mktemp("tool")
    command = [sys.executable, "-m", "lib.tool.serve", "--port", str(port), "--most-pages", "1"]
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, "EPD_PGDATA": str(folder / "none"), "EPD_SOURCE": "demo"},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    wait_until(lambda: "is filled" in (folder / "log").read_text() or server.poll() is not None)
    assert server.poll() is None, (folder / "log").read_text()
    yield f"http://127.0.0.1:{port}/"
    server.terminate()
    server.wait()


def _get(url: str, method: str = "GET", **headers: str) -> HTTPResponse:
    return _run(_fetch(url, method, **headers))


async def _fetch(url: str, method: str = "GET", **headers: str) -> HTTPResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = HTTPRequest(url, method, named, allow_nonstandard_methods=True, request_timeout=60)
    return await AsyncHTTPClient(force_instance=True).fetch(request, raise_error=False)


PATHS = [
    "x",
    "favicon.ico",
    "voila",
    "voila/static/x",
    "voila/static/%00",
    "voila/static/..%2f..%2fetc",
    "voila/static/" + "a" * 400,
    "voila/templates/",
    "voila/templates/x",
    "voila/templates/scaling_tool/static/..%2f..%2findex.html.j2",
    "voila/labextensions/x",
    "voila/labextensions/%ff%fe",
    "voila/api/themes/x",
    "voila/files/x",
    "voila/execution/" + NOBODY,
    "voila/query/" + NOBODY,
    "voila/api/shutdown/x",
    "voila/api/shutdown/" + NOBODY,
    f"api/kernels/{NOBODY}",
    f"api/kernels/{NOBODY}/channels",
    "api/kernels/x",
    "api/me",
    "login",
    "logout",
    "%00",
    "%2e%2e/x",
    "voila/tree",
]


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "MADE_UP"])
def test_no_path_fails_starts_a_kernel_or_names_another_host(tool_address: str, method: str) -> None:
    for path in PATHS:
        answer = _get(tool_address + path, method)
        assert 400 <= answer.code < 500, path
        assert not re.search(rb"(https?:)?//\w", answer.body), path


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "no-cors", "Sec_Fetch_Dest": "image"},
        {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "iframe"},
        {"Sec_Fetch_Site": "same-site", "Sec_Fetch_Mode": "cors", "Sec_Fetch_Dest": "empty"},
        {"Origin": "https://evil.example.com"},
        {"Origin": "null"},
    ],
)
def test_another_site_gets_nothing(tool_address: str, headers: dict[str, str]) -> None:
    for path in ("", f"api/kernels/{NOBODY}", "voila/static/voila.js"):
        assert _get(tool_address + path, **headers).code in (403, 404), path
    assert _get(f"{tool_address}voila/api/shutdown/{NOBODY}", "POST", **headers).code in (403, 404)


def test_a_link_from_another_site_leads_to_a_button(tool_address: str) -> None:
    visit = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "document"}
    for _ in range(3):
        answer = _get(tool_address, **visit)
        assert answer.code == 200
        assert b"Open the scaling tool</a>" in answer.body


async def _connect(address: str, kernel: str, *protocols: str) -> WebSocketClientConnection:
    url = f"{address.replace('http', 'ws', 1)}api/kernels/{kernel}/channels?session_id={uuid.uuid4()}"
    return await websocket_connect(url, subprotocols=list(protocols) or None)


def test_pages_sockets_and_messages_are_bounded(tool_address: str) -> None:
    _run(_be_a_nuisance(tool_address))


async def _be_a_nuisance(address: str) -> None:
    pages = await asyncio.gather(*(_fetch(address) for _ in range(3)))
    assert sorted(page.code for page in pages) == [200, 503, 503], "one page is allowed"
    (page,) = (page for page in pages if page.code == 200)
    kernel = re.findall(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", page.body)[0].decode()
    with pytest.raises(ClientError, match="400"):
        await _connect(address, kernel)
    with pytest.raises(ClientError, match="400"):
        await _connect(address, kernel, "v0.kernel.example.com")
    for bad in ((1 << 34).to_bytes(8, "little"), make_message("execute_request"), b"", "{}"):
        abused = await _connect(address, kernel, PROTOCOL)
        await abused.write_message(bad, binary=isinstance(bad, bytes))
        while await abused.read_message() is not None:
            pass
        assert abused.close_code == 1008
    sockets = [await _connect(address, kernel, PROTOCOL) for _ in range(4)]
    with pytest.raises(ClientError, match="403"):
        await _connect(address, kernel, PROTOCOL)
    await sockets[0].write_message(make_message("kernel_info_request"), binary=True)
    assert await sockets[0].read_message(), "a page that behaves is served"
    for one in sockets:
        one.close()
    await _fetch(f"{address}voila/api/shutdown/{kernel}", "POST")


def test_a_kernel_that_is_kept_ready_is_no_page() -> None:
    class Kernels(list[str]):
        _pools: dict[str, Any]

    async def count() -> int:
        kernels = Kernels(["page", "page", "ready"])
        ready, coming = asyncio.ensure_future(asyncio.sleep(0)), asyncio.ensure_future(asyncio.sleep(60))
        await ready
        kernels._pools = {"notebook": [ready, coming]}
        coming.cancel()
        return count_pages(kernels)

    assert _run(count()) == 2


def test_requests_that_never_end_are_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, Any] = {}
    monkeypatch.setattr(Voila, "listen", lambda self: self.app.listen(1, "localhost"))
    server = ScalingToolServer()
    server.app = SimpleNamespace(listen=lambda *_, **limits: given.update(limits))
    server.listen()
    assert given == HTTP_LIMITS
    assert given["idle_connection_timeout"] <= 60
