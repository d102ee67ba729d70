"""The options of the command line, before anything is checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lib.source_names import DEMO_SOURCE

DEFAULT_SOURCE = DEMO_SOURCE
DEFAULT_TIMEOUT = 1800.0

NEWEST = 0
"""What --resume has without a number."""


@dataclass(frozen=True)
class CliOptions:
    """The options as given; empty or None where an option was not given."""

    isos: Sequence[str] = ()
    notebooks: Sequence[str] = ()
    source: str | None = None
    start: str | None = None
    end: str | None = None
    as_of: str | None = None
    parameters: Sequence[str] = ()
    own_load: Path | None = None
    runs: Path | None = None
    jobs: int | None = None
    timeout: float = DEFAULT_TIMEOUT
    mail: bool = False
    official: bool = False
    study: bool = False
    force: bool = False
    resume: int | None = None
