"""Which notebooks of a run can work without an account, and which need the run's source."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from lib.pipeline.errors import ConfigurationError
from lib.pipeline.notebooks import NOTEBOOKS
from lib.pipeline.runner.planning.cli_options import CliOptions
from lib.pipeline.steps.window import parse_day
from lib.settlements import missing_credentials
from lib.settlements.business_days import EASTERN
from lib.sources import SourceSpec, known_kinds


def drop_without_account(
    notebooks: Sequence[str], options: CliOptions, spec: SourceSpec
) -> tuple[list[str], dict[str, str]]:
    """Return the notebooks that can run, and the reason to leave out each whose own service has no account.

    Raises:
        ConfigurationError: a notebook that was asked for by name lacks it.
    """
    own = [name for name in notebooks if NOTEBOOKS[name].has_own_source]
    # With a demo or a replay a service of its own is simulated too, or read from the archive.
    if not own or spec.is_demo or spec.is_replay or not (missing := missing_credentials()):
        return list(notebooks), {}
    reason = f"{' and '.join(missing)} must be set, in the environment or .env"
    if options.notebooks:
        raise ConfigurationError(f"--notebook {', '.join(own)}: {reason}")
    return [name for name in notebooks if name not in own], dict.fromkeys(own, reason)


def any_reads_source(notebooks: Sequence[str]) -> bool:
    """Return whether any of the notebooks reads from the run's source."""
    return any(not NOTEBOOKS[name].has_own_source for name in notebooks)


def as_of_without_source(spec: SourceSpec, options: CliOptions) -> date:
    """Return the as-of day of a run that reads nothing from its source.

    Raises:
        ConfigurationError: the day is not a date, or no source has this name.
    """
    if not spec.is_known:
        allowed = ", ".join(known_kinds())
        raise ConfigurationError(f"--source: unknown source {str(spec)!r}: allowed are {allowed}")
    return parse_day("as-of", options.as_of) or spec.fixed_as_of or datetime.now(EASTERN).date()
