"""metrics.prom: the figures of a run in the OpenMetrics text format, for Prometheus and its like.

A collector of text files (node_exporter's `--collector.textfile.directory`, say) reads it from the folder
`latest`. All of it stands in the manifest too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter

from lib.manifest import Manifest
from lib.task_record import State, TaskRecord

METRICS = "metrics.prom"

Labels = Mapping[str, str]


@dataclass(frozen=True)
class Family:
    """A metric with its samples: labels -> value. All are gauges, because each run begins anew."""

    name: str
    help: str
    samples: Sequence[tuple[Labels, float]]


def render_metrics(run: Manifest) -> str:
    """Return the figures of a run that has ended; what is not known has no sample."""
    lines = [line for family in _families(run) if family.samples for line in _lines(family)]
    return "\n".join([*lines, "# EOF", ""])


def _families(run: Manifest) -> Iterator[Family]:
    of_run = {"source": run.source, "database": run.database}
    yield Family("epd_run", "The run: 1 for its outcome.", [({**of_run, "outcome": run.outcome.value}, 1)])
    yield Family("epd_run_id", "Number of the run.", [(of_run, run.run_id)])
    finished = [(of_run, run.finished_at.timestamp())] if run.finished_at else []
    yield Family("epd_run_finished_seconds", "When the run ended, seconds since 1970.", finished)
    seconds = [(of_run, run.seconds)] if run.seconds is not None else []
    yield Family("epd_run_duration_seconds", "How long the run took.", seconds)
    yield _of_tasks("epd_task_done", "Whether the task is done.", run, _is_done)
    yield _of_tasks("epd_task_duration_seconds", "How long the task took.", run, lambda task: task.seconds)
    yield _of_tasks("epd_task_attempts", "Processes given the task.", run, lambda task: task.attempts)
    for what in ("read", "written", "revised"):
        about = f"Rows that the task's writes have {what}."
        yield _of_tasks(f"epd_task_rows_{what}", about, run, attrgetter(f"rows.{what}"))
    figures = [
        ({"iso": iso, "figure": name}, value)
        for iso, values in run.figures.items()
        for name, value in values.items()
        if value is not None
    ]
    yield Family("epd_figure", "A figure of the ISO's curves, in the unit that its name ends in.", figures)


def _of_tasks(name: str, about: str, run: Manifest, value_of: Callable[[TaskRecord], float | None]) -> Family:
    values = [({"notebook": task.notebook, "iso": task.iso or ""}, value_of(task)) for task in run.tasks]
    return Family(name, about, [(labels, float(value)) for labels, value in values if value is not None])


def _is_done(task: TaskRecord) -> bool:
    return task.outcome is State.DONE


def _lines(family: Family) -> Iterator[str]:
    yield f"# TYPE {family.name} gauge"
    yield f"# HELP {family.name} {family.help}"
    for labels, value in family.samples:
        inside = ",".join(f'{name}="{_escape(text)}"' for name, text in labels.items())
        yield f"{family.name}{{{inside}}} {value:.10g}"


def _escape(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
