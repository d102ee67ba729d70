"""Serves the scaling tool as a page of this machine: `python -m lib.tool.serve`.

Voila runs notebooks/scaling_tool.ipynb in a kernel of its own for each visitor. The page shows no code and
asks no other host for anything. Its kernel takes no code from a browser, only what is done in the page.
"""

from __future__ import annotations

import argparse
import os
from asyncio import Future
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from traitlets.config import Config
from voila.app import Voila
from voila.request_info_handler import RequestInfoSocketHandler
from voila.shutdown_kernel_handler import VoilaShutdownKernelHandler
from voila.tornado.handler import TornadoVoilaHandler

from lib.paths import NOTEBOOKS_FOLDER
from lib.sources.demo import DemoSource
from lib.tool.page import render_template

NOTEBOOK = NOTEBOOKS_FOLDER / "scaling_tool.ipynb"
JUPYTER = Path(__file__).parent / "jupyter"
"""The page around the notebook, where Voila looks for templates."""

LOOPBACK = "127.0.0.1"
PORT = 8866

EXTENSIONS = ["@voila-dashboards/widgets-manager8", "@jupyter-widgets/jupyterlab-manager", "anywidget"]
"""What the page needs to show widgets; whatever else is installed here is for JupyterLab."""

IDLE_S = 600
"""A kernel whose page has been gone for so long is ended; one with an open page never is."""

MAX_MESSAGE_BYTES = 6_000_000
"""Bytes that a browser may send at once: a pricing file of the largest size, and what is said about it."""


MAX_PAGES = 8
"""Pages that may be open at once; each has a kernel with up to 400 MB of curves."""


class _Page(TornadoVoilaHandler):
    """The page of the tool, refused in a sentence while too many are open."""

    async def prepare(self) -> None:
        """Let a visitor in, unless the kernels of open pages and the one kept warm are as many as may be.

        A page that is about to have a kernel counts too.
        """
        await super().prepare()
        most, opening = self.settings["most_pages"], self.settings["opening_pages"]
        if len(self.kernel_manager) + len(opening) > most:
            self.set_status(503)
            self.finish(render_template("full", most=most))
        else:
            opening.add(self)

    def flush(self, include_footers: bool = False) -> Future[None]:
        """Send what there is of the page: it has its kernel by now, which is counted itself."""
        self.settings["opening_pages"].discard(self)
        return super().flush(include_footers)

    def on_finish(self) -> None:
        """Count the page no longer as being opened."""
        self.settings["opening_pages"].discard(self)
        super().on_finish()


class _Leave(VoilaShutdownKernelHandler):
    """Ends the kernel of a page that is closed."""

    def check_xsrf_cookie(self) -> None:
        """Take the word of a page that is being closed, which cannot send along a token.

        Another site's page could send the same, but does not know the kernel's random name.
        """


_OWN = {TornadoVoilaHandler: _Page, VoilaShutdownKernelHandler: _Leave}

_LEFT_OUT = (RequestInfoSocketHandler,)
"""It tells kernels which request they serve, which the tool does not ask; and answers to whatever Host."""


class ScalingToolServer(Voila):
    """Voila with a limit to the pages that are open, that ends the kernels of those that are closed."""

    def init_handlers(self) -> list[Any]:
        """Return Voila's handlers without those left out, and with the tool's own in the place of some."""
        return [
            (path, _OWN.get(handler, handler), *settings)
            for path, handler, *settings in super().init_handlers()
            if handler not in _LEFT_OUT
        ]


def build_config(
    host: str, port: int, base_url: str, allowed_hosts: Sequence[str] = (), most_pages: int = MAX_PAGES
) -> Config:
    """Return how Voila serves the tool.

    Args:
        host: the address to listen on.
        port: the port to listen on; another near it is taken if it is in use.
        base_url: the path under which a proxy offers the tool.
        allowed_hosts: names, beside this machine's own, by which browsers may ask for the tool.
        most_pages: how many pages may be open at once.
    """
    config = Config()
    config.Voila.ip, config.Voila.port = host, port
    config.Voila.base_url = f"/{base_url.strip('/')}/".replace("//", "/")
    config.Voila.open_browser = False
    config.Voila.tornado_settings = {
        "websocket_max_message_size": MAX_MESSAGE_BYTES,
        # Else any page of the web could have its own name lead here, and read the tool from a browser.
        "allow_remote_access": False,
        "local_hostnames": ["localhost", *(name.lower() for name in allowed_hosts)],
        "most_pages": most_pages,
        "opening_pages": set(),
    }
    config.VoilaConfiguration.template = "scaling_tool"
    config.VoilaConfiguration.allow_template_override = "NO"
    config.VoilaConfiguration.allow_theme_override = "NO"
    config.VoilaConfiguration.file_allowlist = []
    config.VoilaConfiguration.extension_allowlist = EXTENSIONS
    config.VoilaConfiguration.preheat_kernel = True
    config.MappingKernelManager.cull_idle_timeout = IDLE_S
    config.MappingKernelManager.cull_interval = 60
    # The limit is meant for cells that print without end. What the tool sends is bounded by what is asked.
    config.ZMQChannelsWebsocketConnection.limit_rate = False
    return config


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; ends with Ctrl-C or SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m lib.tool.serve", description=__doc__)
    parser.add_argument("--source", default=os.environ.get("EPD_SOURCE", DemoSource.name))
    parser.add_argument("--host", default=LOOPBACK, help=f"address to listen on (default {LOOPBACK})")
    parser.add_argument("--port", type=int, default=PORT, help=f"port to listen on (default {PORT})")
    parser.add_argument("--base-url", default="/", help="path under which a proxy offers the tool")
    parser.add_argument(
        "--allow-host", action="append", default=[], help="name by which a proxy offers the tool; repeatable"
    )
    parser.add_argument(
        "--most-pages", type=int, default=MAX_PAGES, help=f"pages open at once (default {MAX_PAGES})"
    )
    options = parser.parse_args(arguments)
    os.environ["EPD_SOURCE"] = options.source
    paths = (str(JUPYTER), os.environ.get("JUPYTER_PATH"))
    os.environ["JUPYTER_PATH"] = os.pathsep.join(filter(None, paths))
    config = build_config(
        options.host, options.port, options.base_url, options.allow_host, options.most_pages
    )
    ScalingToolServer.launch_instance([str(NOTEBOOK)], config=config)


if __name__ == "__main__":
    main()
