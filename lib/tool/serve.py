"""Serves the scaling tool as a page of this machine: `python -m lib.tool.serve`.

Voila runs notebooks/scaling_tool.ipynb in a kernel of its own for each visitor. The page shows no code and
asks no other host for anything. Its kernel takes no code from a browser, only what is done in the page.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

from traitlets.config import Config
from voila.app import Voila

from lib.settings import ROOT
from lib.sources.demo import DemoSource

NOTEBOOK = ROOT / "notebooks" / "scaling_tool.ipynb"
JUPYTER = Path(__file__).parent / "jupyter"
"""The page around the notebook, where Voila looks for templates."""

LOOPBACK = "127.0.0.1"
PORT = 8866

EXTENSIONS = ["@voila-dashboards/widgets-manager8", "@jupyter-widgets/jupyterlab-manager", "anywidget"]
"""What the page needs to show widgets; whatever else is installed here is for JupyterLab."""

IDLE_SECONDS = 600
"""A kernel whose page has been gone for so long is ended; one with an open page never is."""

LARGEST_MESSAGE = 6_000_000
"""Bytes that a browser may send at once: a pricing file of the largest size, and what is said about it."""


def configuration(host: str, port: int, base_url: str) -> Config:
    """Return how Voila serves the tool.

    Args:
        host: the address to listen on.
        port: the port to listen on; another near it is taken if it is in use.
        base_url: the path under which a proxy offers the tool, with a slash at both ends.
    """
    config = Config()
    config.Voila.ip, config.Voila.port, config.Voila.base_url = host, port, base_url
    config.Voila.open_browser = False
    config.Voila.tornado_settings = {
        "websocket_max_message_size": LARGEST_MESSAGE,
    }
    config.VoilaConfiguration.template = "scaling_tool"
    config.VoilaConfiguration.allow_template_override = "NO"
    config.VoilaConfiguration.allow_theme_override = "NO"
    config.VoilaConfiguration.file_allowlist = []
    config.VoilaConfiguration.extension_allowlist = EXTENSIONS
    config.VoilaConfiguration.preheat_kernel = True
    config.MappingKernelManager.cull_idle_timeout = IDLE_SECONDS
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
    options = parser.parse_args(arguments)
    os.environ["EPD_SOURCE"] = options.source
    paths = (str(JUPYTER), os.environ.get("JUPYTER_PATH"))
    os.environ["JUPYTER_PATH"] = os.pathsep.join(filter(None, paths))
    Voila.launch_instance([str(NOTEBOOK)], config=configuration(options.host, options.port, options.base_url))


if __name__ == "__main__":
    main()
