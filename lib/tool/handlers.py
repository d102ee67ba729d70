"""The request handlers of the tool's server: Jupyter's and Voila's, behind a gate.

1. A request of a page of another site gets no kernel: a link to the tool leads to a page with a button.
2. A path, a method or a message that the tool's page does not use is refused before anything reads it.
3. There are at most as many kernels as pages are allowed, and at most a few sockets for each.
4. What is refused or fails is explained on a page of our own, which names no other host.
"""

from __future__ import annotations

import re
from asyncio import Future
from collections import Counter
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from jupyter_core.utils import ensure_async
from jupyter_server.base.handlers import FileFindHandler
from jupyter_server.services.kernels.handlers import KernelHandler
from tornado.httputil import HTTPServerRequest
from tornado.web import HTTPError
from voila.shutdown_kernel_handler import VoilaShutdownKernelHandler
from voila.static_file_handler import MultiStaticFileHandler, TemplateStaticFileHandler
from voila.tornado.handler import TornadoVoilaHandler
from voila.tornado.kernel_websocket_handler import VoilaKernelWebsocketHandler

from lib.tool.frames import PROTOCOL, Allowance, BadMessage, check_message, read_header
from lib.tool.page import render_template

MAX_SOCKETS = 4
"""Sockets that may be open to one kernel; a page has one, and another while it connects anew."""

MAX_PATH = 300

_SAFE_PATH = re.compile(r"[\w@.+~/-]*", re.ASCII)
_REASONS = {
    400: "The browser, or a proxy before the tool, sent what the tool does not understand.",
    403: "This request comes from another site, or under a name that the tool does not have.",
    404: "There is no such page.",
    405: "The tool does not do that.",
}
_OTHER_REASON = "That did not work; the log of the tool has the details."
_POLICY_CLOSE = 1008


def check_request(request: HTTPServerRequest, is_page: bool) -> None:
    """Check where a request comes from, and its path.

    A browser says in `Sec-Fetch-Site` and `Origin` which site's page made the request; other programs say
    nothing. A page may be opened from everywhere: it then shows a button, and no kernel starts.

    Raises:
        HTTPError: 403 for another site's request, 404 for a path that no file of the tool has.
    """
    origin, site = request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site", "none")
    if origin is not None and urlsplit(origin).netloc.casefold() != request.host.casefold():
        raise HTTPError(403)
    if site not in ("none", "same-origin") and not (is_page and _is_navigation(request)):
        raise HTTPError(403)
    parts = request.path.split("/")
    if len(request.path) > MAX_PATH or not _SAFE_PATH.fullmatch(request.path) or {".", ".."} & {*parts}:
        raise HTTPError(404)


def _is_navigation(request: HTTPServerRequest) -> bool:
    """Return whether a browser loads the request into a window of its own."""
    headers = request.headers
    return (headers.get("Sec-Fetch-Mode"), headers.get("Sec-Fetch-Dest")) == ("navigate", "document")


class _Gate:
    """Checks requests before the handler behind it sees them, and explains what fails."""

    methods: tuple[str, ...] = ("GET",)
    is_page = False

    async def prepare(self: Any) -> None:
        await ensure_async(super().prepare())  # type: ignore[misc]
        if self._finished:
            return
        check_request(self.request, self.is_page)
        if self.request.method not in self.methods:
            raise HTTPError(405)

    def write_error(self: Any, status_code: int, **_: Any) -> None:
        self.set_header("Content-Type", "text/html; charset=utf-8")
        reason = _REASONS.get(status_code, _OTHER_REASON)
        self.finish(render_template("refused", status=status_code, reason=reason))


class _PageHandler(_Gate, TornadoVoilaHandler):
    """Serves the page; or one with a button, or one that says that too many are open."""

    is_page = True

    async def prepare(self) -> None:
        """Refuse a visitor while there are as many pages as allowed; one that is about to open counts too."""
        await super().prepare()
        if self._finished:
            return
        if self.path_args and self.path_args[0]:
            raise HTTPError(404)
        if self.request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
            self.finish(render_template("elsewhere"))
            return
        max_pages, opening = self.settings["max_pages"], self.settings["opening_pages"]
        if count_pages(self.kernel_manager) + len(opening) >= max_pages:
            self.set_status(503)
            self.finish(render_template("full", max_pages=max_pages))
        else:
            opening.add(self)

    def flush(self, include_footers: bool = False) -> Future[None]:
        """Send the page so far; by now it has a kernel, which is counted itself."""
        self.settings["opening_pages"].discard(self)
        return super().flush(include_footers)

    def on_connection_close(self) -> None:
        """Stop counting a page whose visitor has left."""
        self.settings["opening_pages"].discard(self)
        super().on_connection_close()

    def on_finish(self) -> None:
        """Stop counting the page as opening."""
        self.settings["opening_pages"].discard(self)
        super().on_finish()


def count_pages(kernels: Any) -> int:
    """Return the number of kernels but for those that are kept ready for the next page."""
    pools = getattr(kernels, "_pools", {}).values()
    tasks = [task for pool in pools for task in pool]
    n_ready = sum(task.done() and not task.cancelled() and task.exception() is None for task in tasks)
    return len(kernels) - n_ready


class _SocketHandler(_Gate, VoilaKernelWebsocketHandler):
    """Carries messages between a page and its kernel, each checked before it is read."""

    _is_counted = False

    async def get(self, kernel_id: str) -> None:
        """Refuse too many sockets, and a client of the older protocol, which is read without bounds."""
        offered = self.request.headers.get("Sec-WebSocket-Protocol", "")
        if PROTOCOL not in (name.strip() for name in offered.split(",")):
            raise HTTPError(400)
        if self.settings["open_sockets"][kernel_id] >= MAX_SOCKETS:
            raise HTTPError(403)
        await super().get(kernel_id)

    async def open(self, kernel_id: str) -> None:
        """Count the socket."""
        self.settings["open_sockets"][kernel_id] += 1
        self._is_counted = True
        await super().open(kernel_id)

    def on_close(self) -> None:
        """Stop counting the socket."""
        sockets: Counter[str] = self.settings["open_sockets"]
        if self._is_counted:
            self._is_counted = False
            sockets[self.kernel_id] -= 1
            if sockets[self.kernel_id] <= 0:
                del sockets[self.kernel_id]
        super().on_close()

    def on_message(self, message: str | bytes) -> None:
        """Pass on a message that a page of the tool sends; close the socket for any other."""
        allowances: WeakKeyDictionary[Any, Allowance] = self.settings["allowances"]
        try:
            header = check_message(message)
            kernel = self.kernel_manager.get_kernel(self.kernel_id)
            allowances.setdefault(kernel, Allowance()).spend(header, len(message))
        except BadMessage as error:
            self.log.warning("The tool closed a socket that sent %s.", error)
            self.close(_POLICY_CLOSE, str(error))
        except HTTPError:  # its kernel has ended
            self.close(_POLICY_CLOSE, "the kernel has ended")
        else:
            super().on_message(message)

    def write_message(self, message: Any, binary: bool = False) -> Any:
        """Send a message of the kernel, but for the code that it runs."""
        if isinstance(message, bytes):
            try:
                if read_header(message)["msg_type"] == "execute_input":
                    return None
            except BadMessage:
                pass  # longer headers and more parts than a page sends; it is the kernel's own
        return super(VoilaKernelWebsocketHandler, self).write_message(message, binary)


class _ShutdownHandler(_Gate, VoilaShutdownKernelHandler):
    """Ends the kernel of a closed page."""

    methods = ("POST",)

    def check_xsrf_cookie(self) -> None:
        """Accept a request without a token, which a page that is being closed cannot send.

        The gate refuses the request of another site's page, which does not know the kernel's random name.
        """


class _KernelHandler(_Gate, KernelHandler):  # type: ignore[misc]
    """Tells a page whether its kernel lives."""


class _StaticHandler(_Gate, MultiStaticFileHandler):
    """Serves Voila's scripts."""

    methods = ("GET", "HEAD")


class _ExtensionHandler(_Gate, FileFindHandler):  # type: ignore[misc]
    """Serves the scripts that show widgets."""

    methods = ("GET", "HEAD")


class _TemplateHandler(_Gate, TemplateStaticFileHandler):
    """Serves the style sheet of the page around the notebook."""

    methods = ("GET", "HEAD")

    async def prepare(self) -> None:
        """Refuse what is not a file of the tool's own template."""
        await super().prepare()
        if not re.fullmatch(r"scaling_tool/static/[\w.-]+", self.path_args[0] or ""):
            raise HTTPError(404)


HANDLERS = {
    TornadoVoilaHandler: _PageHandler,
    VoilaKernelWebsocketHandler: _SocketHandler,
    VoilaShutdownKernelHandler: _ShutdownHandler,
    KernelHandler: _KernelHandler,
    MultiStaticFileHandler: _StaticHandler,
    FileFindHandler: _ExtensionHandler,
    TemplateStaticFileHandler: _TemplateHandler,
}
"""The handlers that the page needs, each behind the gate; the server has no others."""


def gate_settings(max_pages: int) -> dict[str, Any]:
    """Return what the handlers count, for the settings of the server."""
    return {
        "max_pages": max_pages,
        "opening_pages": set(),
        "open_sockets": Counter(),
        "allowances": WeakKeyDictionary(),
    }
