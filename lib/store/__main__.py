"""Run a command while the database is up: `python -m lib.store -- COMMAND`."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Sequence

from lib.settings import Settings
from lib.store import embedded


def main(command: Sequence[str]) -> int:
    """Run a command while the database is up, and return its exit code."""
    settings = Settings()
    if settings.server_url() is None:
        embedded.start(settings.pgdata)
    child = subprocess.Popen(command)
    # An interrupt reaches the command too, which may ask the user; SIGTERM is passed on to it.
    # In both cases the server stops after the command ends.
    signal.signal(signal.SIGINT, lambda *_: None)
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    return child.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:][sys.argv[1:2] == ["--"] :]))
