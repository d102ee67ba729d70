"""Which notebooks of a run can work without an account, and which need the run's source."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from lib.pipeline.errors import ConfigurationError
from lib.pipeline.notebooks import NOTEBOOKS
from lib.pipeline.runner.planning.cli_options import CliOptions
from lib.pipeline.steps.window import FIXED_AS_OF, parse_day
from lib.settlements import missing_credentials
from lib.settlements.business_days import EASTERN
from lib.sources.fallback import routes

WITHOUT_ACCOUNT = frozenset({"demo", "replay"})
"""Sources that use no network: a notebook's own service is then simulated, or its kept files are read."""


def drop_without_account(
    notebooks: Sequence[str], options: CliOptions, spec: str
) -> tuple[list[str], dict[str, str]]:
    """Return the notebooks that can run, and the reason to leave out each whose own service has no account.

    Raises:
        ConfigurationError: a notebook that was asked for by name lacks it.
    """
    own = [name for name in notebooks if NOTEBOOKS[name].has_own_source]
    if not own or spec.partition(":")[0] in WITHOUT_ACCOUNT or not (missing := missing_credentials()):
        return list(notebooks), {}
    reason = f"{' and '.join(missing)} must be set, in the environment or .env"
    if options.notebooks:
        raise ConfigurationError(f"--notebook {', '.join(own)}: {reason}")
    return [name for name in notebooks if name not in own], dict.fromkeys(own, reason)


def any_reads_source(notebooks: Sequence[str]) -> bool:
    """Return whether any of the notebooks reads from the run's source."""
    return any(not NOTEBOOKS[name].has_own_source for name in notebooks)


def as_of_without_source(spec: str, options: CliOptions) -> date:
    """Return the as-of day of a run that reads nothing from its source.

    Raises:
        ConfigurationError: the day is not a date, or no source has this name.
    """
    name = spec.partition(":")[0]
    known = ("demo", "files", "replay", *routes())
    if name not in known:
        raise ConfigurationError(f"--source: unknown source {spec!r}: allowed are {', '.join(known)}")
    return parse_day("as-of", options.as_of) or FIXED_AS_OF.get(name) or datetime.now(EASTERN).date()
