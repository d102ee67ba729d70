"""--resume: the options of an earlier run that did not end well, so that a new run does what that one left.

1. Find the run: the one whose number is given, else the newest of the folder.
2. Take its options from its manifest, with its clock, so that the window is the same on a later day.
3. The tasks that were done keep their reports (`lib.pipeline.runner.kept`), the others run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

from lib.pipeline.errors import ConfigurationError
from lib.pipeline.runner.planning.cli_options import NEWEST, CliOptions
from lib.pipeline.runner.records.known_runs import KnownRun, known_runs
from lib.task_record import State

OF_THE_NEW_RUN = ("runs", "jobs", "timeout", "mail", "resume")
"""Options that a run has of its own when it resumes another one; all others come from that one."""


def options_to_record(options: CliOptions, as_of: object) -> dict[str, Any]:
    """Return the options that say what a run computes, as its manifest keeps them."""
    given = {name: value for name, value in asdict(options).items() if name not in OF_THE_NEW_RUN}
    own_load = str(options.own_load.resolve()) if options.own_load else None
    return {**given, "own_load": own_load, "as_of": str(as_of)}


def resume_options(options: CliOptions, runs: Path) -> tuple[CliOptions, int]:
    """Return the options of the run to resume, with what is the new run's own, and its number.

    Args:
        options: those of the new run.
        runs: the folder of runs.

    Raises:
        ConfigurationError: there is no such run, it is done, it does not say its options, or the new run is
            given options that it takes from that one.
    """
    others = [field.name for field in fields(CliOptions) if field.name not in OF_THE_NEW_RUN]
    if given := [_OPTION_NAMES.get(name, f"--{name}") for name in others if getattr(options, name)]:
        names = ", ".join(given).replace("_", "-")
        raise ConfigurationError(
            f"--resume takes its options from the run that it resumes: leave out {names}"
        )
    run = _find(options.resume or NEWEST, runs)
    recorded = run.manifest.options
    if not recorded:
        raise ConfigurationError(
            f"run {run.manifest.run_id} was made by an older version, which did not record its options: "
            "start it anew with them; what has not changed keeps its report"
        )
    own = {name: getattr(options, name) for name in OF_THE_NEW_RUN}
    return _parse(recorded, own), run.manifest.run_id


_OPTION_NAMES = {"isos": "--iso", "notebooks": "--notebook", "parameters": "-p"}


def _find(run_id: int, runs: Path) -> KnownRun:
    known, _ = known_runs(runs)
    found = [run for run in known if run_id in (NEWEST, run.manifest.run_id)]
    if not found:
        there = ", ".join(str(run.manifest.run_id) for run in known[:5])
        what = f"no run {run_id} in {runs}" if run_id else f"no run in {runs}"
        raise ConfigurationError(f"--resume: there is {what}{f'; the newest are {there}' if there else ''}")
    run = found[0]
    if run.manifest.outcome is State.DONE:
        raise ConfigurationError(f"--resume: run {run.manifest.run_id} is done, nothing is left of it")
    return run


def _parse(recorded: Mapping[str, Any], own: Mapping[str, Any]) -> CliOptions:
    """Return options as a manifest keeps them; --force would do again what is done."""
    known = {field.name for field in fields(CliOptions)}
    options = CliOptions(**{name: value for name, value in recorded.items() if name in known}, **own)
    return replace(options, own_load=Path(options.own_load) if options.own_load else None, force=False)
