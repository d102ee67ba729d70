"""Run a command while the database is up: `python -m lib.store [--reader] -- COMMAND`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence

from lib.redact import redact
from lib.settings import DATABASE_VARIABLE, Settings, UnreadableSecret
from lib.source_names import DEMO_SOURCE
from lib.store import embedded
from lib.store.connections import DatabaseUnreachable, NotPermitted
from lib.store.read_only import reader_url
from lib.store.schema import SchemaError, WrongDatabase
from lib.store.url import InvalidDatabaseUrl

CANNOT_START = (
    UnreadableSecret,
    InvalidDatabaseUrl,
    DatabaseUnreachable,
    NotPermitted,
    SchemaError,
    WrongDatabase,
    embedded.EmbeddedServerError,
)
"""The errors that keep the command from its database; each has a sentence that says what to do."""

READER = "--reader"
"""The option that gives the command a login that may only read."""


def main(arguments: Sequence[str]) -> int:
    """Run a command while the database is up, and return its exit code."""
    options, command = _split(arguments)
    environment = dict(os.environ)
    try:
        settings = Settings()
        if settings.server_url() is None:
            embedded.start(settings.pgdata)
        if READER in options:
            environment[DATABASE_VARIABLE] = reader_url(environment.get("EPD_SOURCE", DEMO_SOURCE))
    except CANNOT_START as error:
        sys.stderr.write(f"the database cannot be used: {redact(str(error))}\n")
        return 2
    child = subprocess.Popen(command, env=environment)
    # An interrupt reaches the command too, which may ask the user; SIGTERM is passed on to it.
    # In both cases the server stops after the command ends.
    signal.signal(signal.SIGINT, lambda *_: None)
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    return child.wait()


def _split(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the options before "--", and the command."""
    given = list(arguments)
    if "--" not in given:
        return [], given
    end = given.index("--")
    return given[:end], given[end + 1 :]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
