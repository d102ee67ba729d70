"""The specification of a run: the options, checked and completed before anything starts."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from lib.events import EventError, read_events
from lib.mail import MailError, MailServer, configured_server
from lib.manifest import format_studies
from lib.markets import MARKETS, locations
from lib.pipeline.errors import ConfigurationError
from lib.pipeline.notebooks import NOTEBOOKS, Task
from lib.pipeline.runner.model import Plan, make_plan
from lib.pipeline.runner.planning.cli_options import DEFAULT_SOURCE, CliOptions
from lib.pipeline.runner.planning.credentials import (
    any_reads_source,
    as_of_without_source,
    drop_without_account,
)
from lib.pipeline.runner.planning.own_load import OwnLoadFolder, check_own_load
from lib.pipeline.runner.planning.parameters import (
    assign_parameters,
    parse_parameters,
    read_declared_parameters,
)
from lib.pipeline.runner.planning.resume import options_to_record, resume_options
from lib.pipeline.runner.planning.status import find_studies
from lib.pipeline.runner.planning.windows import resolve_windows
from lib.pipeline.runner.run_folder import check_writable
from lib.pipeline.steps.window import Window
from lib.settings import Settings
from lib.sources import parse_source_spec

N = TypeVar("N", int, float)


@dataclass(frozen=True)
class RunSpec:
    """A run that can be carried out: the plan, and what its tasks are given.

    `bases` has the basis of each ISO's day-ahead load: the basis asked for, else what this source has;
    `left_out` has for each ISO and notebook that cannot run the reason; `studies` has for each ISO whose
    curves are not official the reason, and `is_official` says that --official was given: there are none then.
    `own_load` is the folder of --own-load; `is_forced` says that no report of an earlier run is kept;
    `options` are those that say what the run computes, and `resumes` is the run whose options they are.
    """

    plan: Plan
    source_spec: str
    as_of: date
    windows: Mapping[str, Window]
    bases: Mapping[str, str]
    left_out: Mapping[str, str]
    parameters: Mapping[str, Mapping[str, Any]]
    studies: Mapping[str, str]
    is_official: bool
    runs: Path
    keep_runs: int
    jobs: int
    timeout: float
    mail_server: MailServer | None
    notebooks_folder: Path = field(repr=False)
    own_load: OwnLoadFolder | None = None
    is_forced: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)
    resumes: int | None = None

    @property
    def source_name(self) -> str:
        """The source without its folder or route: "demo", or that of a real one."""
        return parse_source_spec(self.source_spec).kind

    @property
    def window(self) -> tuple[date | None, date | None]:
        """First and last day of all ISOs' windows; None where the run has no window."""
        all_windows = self.windows.values()
        first = min((window.start for window in all_windows), default=None)
        return first, max((window.end for window in all_windows), default=None)

    @property
    def extra_parameters(self) -> dict[str, Any]:
        """All parameters of -p, whichever notebook they go to."""
        return {name: value for given in self.parameters.values() for name, value in given.items()}

    def parameters_of(self, task: Task, run_id: int, folder: Path | None = None) -> dict[str, Any]:
        """Return what papermill passes to a task's notebook; never the database URL, which may hold a secret.

        `folder` is the run's, if it has one yet; notebooks that write files get its absolute path.
        """
        common = {
            "source": self.source_spec,
            "run_id": run_id,
            "publish": True,
            **self.parameters[task.notebook],
        }
        notebook = NOTEBOOKS[task.notebook]
        if folder and notebook.writes_files:
            common["folder"] = str(folder.resolve())
        if notebook.uses_own_load and self.own_load and task.iso in self.own_load.isos:
            common["own_load"] = str(self.own_load.folder)
        if notebook.curve or notebook.shows_all_isos:
            common["study"] = self.studies.get(task.iso) if task.iso else format_studies(self.studies)
        if task.iso is None:
            start, end = self.window
            return {**common, **_texts({"start": start, "end": end, "as_of": self.as_of})}
        return {"iso": task.iso, **common, **_texts(vars(self.windows[task.iso]))}

    def timeout_of(self, task: Task) -> float:
        """Return the longest time for one cell of a task's notebook, in seconds."""
        return self.timeout + NOTEBOOKS[task.notebook].waits_s


def build_run_spec(options: CliOptions, notebooks_folder: Path) -> RunSpec:
    """Return the specification for the options.

    Raises:
        ConfigurationError: an option is unknown, contradictory or not allowed, or the events have an error.
    """
    _check_events()
    runs = options.runs or Settings().runs_dir
    check_writable(runs)
    resumes = None
    if options.resume is not None:
        options, resumes = resume_options(options, runs)
    isos = _known("ISO", [iso.upper() for iso in options.isos], MARKETS)
    # Absolute, because notebooks run in a folder of their own.
    source = parse_source_spec(options.source or DEFAULT_SOURCE).with_absolute_path()
    notebooks, without_account = drop_without_account(
        _known("notebook", options.notebooks, NOTEBOOKS), options, source
    )
    extra = parse_parameters(options.parameters)
    resolved, left_out = (
        resolve_windows(str(source), isos, options, extra.get("years"))
        if any_reads_source(notebooks)
        else ({}, {})
    )
    declared: dict[str, dict[str, Any]] = (
        read_declared_parameters(notebooks, notebooks_folder) if extra else {name: {} for name in notebooks}
    )
    parameters = assign_parameters(extra, declared)
    windows = {iso: found.window for iso, found in resolved.items()}
    studies = find_studies(notebooks, parameters, declared, windows, is_study=options.study)
    as_of = max((found.window.as_of for found in resolved.values()), default=None) or as_of_without_source(
        source, options
    )
    return RunSpec(
        plan=make_plan(
            notebooks,
            {iso: len(locations(iso)) for iso in resolved},
            {iso: found.lacking for iso, found in resolved.items()},
        ),
        source_spec=str(source),
        as_of=as_of,
        windows=windows,
        bases={iso: str(extra.get("basis") or found.basis) for iso, found in resolved.items()},
        left_out={**left_out, **without_account},
        parameters=parameters,
        studies={} if options.official else studies,
        is_official=options.official,
        runs=runs,
        keep_runs=Settings().keep_runs,
        jobs=_positive("--jobs", (os.cpu_count() or 1) if options.jobs is None else options.jobs),
        timeout=_positive("--timeout", options.timeout),
        mail_server=_mail_server() if options.mail else None,
        notebooks_folder=notebooks_folder,
        own_load=check_own_load(options.own_load, windows, is_demo=source.is_demo)
        if options.own_load and windows
        else None,
        is_forced=options.force,
        options=options_to_record(replace(options, source=str(source)), as_of),
        resumes=resumes,
    )


def describe_choices(spec: RunSpec, is_default_source: bool) -> list[str]:
    """Return messages about choices that the options left open."""
    resumed = [f"resuming run {spec.resumes}: what it has done keeps its reports"] if spec.resumes else []
    is_default_source = is_default_source and not spec.resumes
    chosen = ["no --source given: running on the simulated market"] if is_default_source else []
    chosen += [f"{iso} is left out: {reason}" for iso, reason in spec.left_out.items()]
    return [
        *resumed,
        *chosen,
        *(f"{task} is skipped: {reason}" for task, reason in spec.plan.impossible.items()),
    ]


def describe_status(spec: RunSpec) -> list[str]:
    """Return messages about curves that are studies, or that somebody makes official."""
    if spec.is_official:
        return ["--official: what this run publishes is what the desk prices with"]
    return [
        f"the curves of {iso} are a study, and change no view: {reason}"
        for iso, reason in spec.studies.items()
    ]


def _known(kind: str, names: Sequence[str], known: Mapping[str, Any]) -> list[str]:
    """Return the names in the sequence of those known, each once; all of them where none is given."""
    if unknown := [name for name in names if name not in known]:
        raise ConfigurationError(f"unknown {kind} {', '.join(unknown)}: there are {', '.join(known)}")
    return [name for name in known if name in names or not names]


def _mail_server() -> MailServer:
    try:
        server = configured_server()
    except MailError as error:
        raise ConfigurationError(f"--mail: {error}") from error
    if server is None:
        raise ConfigurationError("--mail: SMTP_HOST is not set; set it with MAIL_FROM and MAIL_TO")
    return server


def _check_events() -> None:
    try:
        read_events()
    except EventError as error:
        raise ConfigurationError(f"{error}; python -m tools.check_reference checks them too") from error


def _positive(option: str, number: N) -> N:
    if not 0 < number < math.inf:
        raise ConfigurationError(f"{option} {number}: must be a number above 0")
    return number


def _texts(days: Mapping[str, date | None]) -> dict[str, str | None]:
    return {name: str(day) if day else None for name, day in days.items()}
