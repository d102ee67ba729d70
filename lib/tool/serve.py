"""Serve the scaling tool as a page of this machine: `python -m lib.tool.serve`.

Voila runs notebooks/scaling_tool.ipynb in a separate kernel for each visitor. The page shows no code and
requests nothing from other hosts. The kernel runs no code that a browser sends, only the actions of the page.
"""

from __future__ import annotations

import argparse
import logging
import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from traitlets.config import Config
from voila.app import Voila

from lib.paths import NOTEBOOKS_FOLDER
from lib.sources.demo import DemoSource
from lib.surroundings import keep_jupyter_out, keep_out, temp_folder
from lib.tool.handlers import HANDLERS, gate_settings

NOTEBOOK = NOTEBOOKS_FOLDER / "scaling_tool.ipynb"
JUPYTER = Path(__file__).parent / "jupyter"
"""Where Voila finds the template of the page around the notebook."""

LOOPBACK = "127.0.0.1"
PORT = 8866

EXTENSIONS = ["@voila-dashboards/widgets-manager8", "@jupyter-widgets/jupyterlab-manager", "anywidget"]
"""The extensions that show widgets; other installed extensions are for JupyterLab."""

IDLE_S = 600
"""A kernel ends when its page has been gone this long; a kernel with an open page never does."""

MAX_MESSAGE_BYTES = 6_000_000
"""Bytes that a browser may send at once: the largest pricing file and its message."""

MAX_PAGES = 8
"""Pages that may be open at once; each has a kernel with up to 400 MB of curves."""


HTTP_LIMITS = {
    "idle_connection_timeout": 60,
    "body_timeout": 30,
    "max_body_size": 100_000,
    "max_header_size": 32_768,
}
"""A request that is not whole by then, or too large, is ended; files come as messages, not as requests."""


PINGS = {"ws_ping_interval": 30_000, "ws_ping_timeout": 30_000}
"""Milliseconds; the server's own timeout is longer than its interval, of which it warns at every page."""


def is_news(record: logging.LogRecord) -> bool:
    """Return whether a line of the log tells something: the tool's own notebook needs no signature."""
    return "is not trusted" not in record.getMessage()


class ScalingToolServer(Voila):
    """Voila with the handlers that the tool's page needs, each behind the gate of `lib.tool.handlers`."""

    def init_handlers(self) -> list[Any]:
        """Return the tool's own handlers in place of Voila's, and no others."""
        return [
            (path, HANDLERS[handler], *settings)
            for path, handler, *settings in super().init_handlers()
            if handler in HANDLERS
        ]

    def listen(self) -> bool:
        """Listen, with limits on requests."""
        self.app.listen = partial(self.app.listen, **HTTP_LIMITS)
        return super().listen()


def build_config(
    host: str, port: int, base_url: str, allowed_hosts: Sequence[str] = (), max_pages: int = MAX_PAGES
) -> Config:
    """Return the configuration with which Voila serves the tool.

    Args:
        host: the address to listen on.
        port: the port to listen on; if it is in use, Voila tries others near it.
        base_url: the path under which a proxy serves the tool.
        allowed_hosts: host names that browsers may use for the tool, beside this machine's own.
        max_pages: how many pages may be open at once.
    """
    config = Config()
    config.Voila.ip, config.Voila.port = host, port
    config.Voila.base_url = f"/{base_url.strip('/')}/".replace("//", "/")
    config.Voila.open_browser = False
    config.Voila.tornado_settings = {
        "websocket_max_message_size": MAX_MESSAGE_BYTES,
        # Else any site could point its name to this machine, and read the tool from a visitor's browser.
        "allow_remote_access": False,
        "local_hostnames": ["localhost", *(name.lower() for name in allowed_hosts)],
        **PINGS,
        **gate_settings(max_pages),
    }
    config.VoilaConfiguration.template = "scaling_tool"
    config.VoilaConfiguration.allow_template_override = "NO"
    config.VoilaConfiguration.allow_theme_override = "NO"
    config.VoilaConfiguration.file_allowlist = []
    config.VoilaConfiguration.extension_allowlist = EXTENSIONS
    config.VoilaConfiguration.preheat_kernel = True
    # Sockets that only this user may open, in place of ports that any user of the machine may connect to.
    config.KernelManager.transport = "ipc"
    config.MappingKernelManager.cull_idle_timeout = IDLE_S
    config.MappingKernelManager.cull_interval = 60
    # The rate limit is meant for cells that print without end; the tool only sends what the page asks for.
    config.ZMQChannelsWebsocketConnection.limit_rate = False
    return config


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line until Ctrl-C or SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m lib.tool.serve", description=__doc__)
    parser.add_argument("--source", default=os.environ.get("EPD_SOURCE", DemoSource.name))
    parser.add_argument("--host", default=LOOPBACK, help=f"address to listen on (default {LOOPBACK})")
    parser.add_argument("--port", type=int, default=PORT, help=f"port to listen on (default {PORT})")
    parser.add_argument("--base-url", default="/", help="path under which a proxy serves the tool")
    parser.add_argument(
        "--allow-host",
        action="append",
        default=[],
        help="name under which a proxy serves the tool; repeatable",
    )
    parser.add_argument(
        "--most-pages", type=int, default=MAX_PAGES, help=f"pages open at once (default {MAX_PAGES})"
    )
    options = parser.parse_args(arguments)
    os.environ["EPD_SOURCE"] = options.source
    keep_out()
    os.environ["JUPYTER_PATH"] = str(JUPYTER)
    config = build_config(
        options.host, options.port, options.base_url, options.allow_host, options.most_pages
    )
    with temp_folder("tool") as folder:
        keep_jupyter_out(Path(folder))
        config.Voila.connection_dir_root = folder
        logging.getLogger(ScalingToolServer.__name__).addFilter(is_news)
        ScalingToolServer.launch_instance([str(NOTEBOOK)], config=config)


if __name__ == "__main__":
    main()
