"""A command that is told to end while its database does not answer ends all the same."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys

from lib.paths import ROOT

CODE = """
import os, signal, sys, threading
from lib.pipeline.console import interruptible
from lib.pipeline.watchdog import ended_if_stalled
from lib.store import Database, read_sql
from lib.store.connections import connect

def stall(url, driver):
    if driver == "adbc":
        read_sql(Database(url, False), "SELECT 1")
    else:
        connect(url)

threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGTERM)).start()
with interruptible(), ended_if_stalled(lambda: os._exit(130), grace_s=0.2):
    stall(*sys.argv[1:])
"""


def _end_in(driver: str) -> int:
    """Return the exit code of a command that waits for a server that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://u@127.0.0.1:{silent.getsockname()[1]}/x"
        command = [sys.executable, "-c", CODE, url, driver]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        return subprocess.run(command, env=environment, stderr=subprocess.DEVNULL, timeout=60).returncode


def test_a_driver_that_waits_in_c_does_not_keep_a_command() -> None:
    assert _end_in("adbc") == 130


def test_a_wait_in_python_ends_by_the_signal_itself() -> None:
    assert _end_in("psycopg2") in (1, 130, -signal.SIGINT)
