"""The plan of a run, the states of its tasks, and the rules by which tasks start, end and are skipped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from lib.pipeline.notebooks import NOTEBOOKS, Task
from lib.redact import one_line
from lib.task_record import ErrorKind, KeptReport, State, TaskError


@dataclass(frozen=True)
class Plan:
    """Tasks in the sequence in which they start, and for each the planned tasks that must end before it.

    `impossible` has the tasks for which the source lacks a measure, each with the reason; they never start.
    """

    tasks: tuple[Task, ...]
    needs: Mapping[Task, tuple[Task, ...]]
    impossible: Mapping[Task, str] = field(default_factory=dict)


@dataclass(frozen=True)
class TaskStates:
    """The state of every task of a plan, and why the skipped ones were skipped."""

    plan: Plan
    by_task: Mapping[Task, State]
    reasons: Mapping[Task, str]

    @property
    def is_over(self) -> bool:
        """Whether every task has ended."""
        return all(state.is_final for state in self.by_task.values())


@dataclass(frozen=True)
class TaskResult:
    """How a task ended: its error if any, whether it has a report, and the seconds it took in its process.

    `kept` names the run whose report the task keeps, if it does; `depends_on` has what the report depends on,
    as the manifest has it.
    """

    error: TaskError | None
    has_html: bool
    seconds: float
    kept: KeptReport | None = None
    depends_on: Mapping[str, str] = field(default_factory=dict)


def error_from_exception(kind: ErrorKind, error: BaseException) -> TaskError:
    """Return the task error for an exception outside the cells."""
    return TaskError(kind, type(error).__name__, one_line(str(error)) or type(error).__name__)


@dataclass(frozen=True)
class TaskEvent:
    """A task started, was started once more, ended or was skipped; `states` hold from then on.

    `attempt` counts the processes that were given the task; 0 for a task that is skipped or keeps a report.
    """

    task: Task
    states: TaskStates
    attempt: int
    result: TaskResult | None = None

    @property
    def state(self) -> State:
        """The state the task is in now."""
        return self.states.by_task[self.task]


def ancestors(notebook: str) -> frozenset[str]:
    """Return the names of all notebooks that the named one builds on, directly or through others."""
    direct = NOTEBOOKS[notebook].needs
    return frozenset(direct).union(*(ancestors(name) for name in direct))


def depth_below(notebook: str) -> int:
    """Return the length of the longest chain of notebooks that wait for the named one."""
    dependents = [other.name for other in NOTEBOOKS.values() if notebook in other.needs]
    return 1 + max(map(depth_below, dependents)) if dependents else 0


def make_plan(
    notebooks: Iterable[str],
    weights: Mapping[str, float],
    lacking: Mapping[str, Mapping[str, str]] | None = None,
) -> Plan:
    """Return the plan that runs the named notebooks for the ISOs that are the keys of `weights`.

    A weight says how long an ISO's tasks take compared with another's; the number of its locations will do.
    Tasks with the most work waiting behind them come first, which keeps all processors busy until the end;
    tasks for all ISOs that nothing waits for come last. A notebook that is needed and not named counts as
    done. `lacking` has for each ISO the measures that its source does not have, with the words for each; a
    task that needs one of them is impossible.
    """
    chosen = [NOTEBOOKS[name] for name in NOTEBOOKS if name in set(notebooks)]
    heaviest = max(weights.values(), default=1.0)
    tasks = [
        Task(notebook.name, iso) for notebook in chosen for iso in (weights if notebook.per_iso else (None,))
    ]
    tasks.sort(key=lambda task: _rank(task, weights.get(task.iso or "", heaviest)))
    impossible = {task: words for task in tasks if (words := _words_for_lacking(task, lacking or {}))}
    return Plan(tuple(tasks), {task: _needs(task, tasks) for task in tasks}, impossible)


def initial_states(plan: Plan) -> TaskStates:
    """Return the states of a run that has not started: every task waits, or is skipped as impossible."""
    states = TaskStates(plan, dict.fromkeys(plan.tasks, State.WAITING), {})
    for task, reason in plan.impossible.items():
        states = _with(states, task, State.SKIPPED, reason)
    return _skip_hopeless(states)


def ready_tasks(states: TaskStates) -> tuple[Task, ...]:
    """Return the waiting tasks whose needs have all ended, in the sequence of the plan."""
    return tuple(
        task
        for task in states.plan.tasks
        if states.by_task[task] is State.WAITING
        and all(states.by_task[need].is_final for need in states.plan.needs[task])
    )


def mark_running(states: TaskStates, task: Task) -> TaskStates:
    """Return the states after a ready task was started."""
    if task not in ready_tasks(states):
        raise ValueError(f"{task} cannot start: it is {states.by_task[task]} or what it needs has not ended")
    return _with(states, task, State.RUNNING)


def mark_ended(states: TaskStates, task: Task, state: State) -> TaskStates:
    """Return the states after a running task ended in `state`; tasks that can no longer run are skipped."""
    if states.by_task[task] is not State.RUNNING or not state.is_final:
        raise ValueError(f"{task} is {states.by_task[task]} and cannot become {state}")
    return _skip_hopeless(_with(states, task, state))


def mark_interrupted(states: TaskStates) -> TaskStates:
    """Return the states after the run was interrupted: no task waits or runs any more."""
    open_tasks = [task for task, state in states.by_task.items() if not state.is_final]
    return replace(states, by_task={**states.by_task, **dict.fromkeys(open_tasks, State.INTERRUPTED)})


def newly_skipped(before: TaskStates, after: TaskStates) -> tuple[Task, ...]:
    """Return the tasks that were skipped between two states of one run."""
    return tuple(
        task
        for task, state in after.by_task.items()
        if state is State.SKIPPED and before.by_task[task] is not State.SKIPPED
    )


def _rank(task: Task, weight: float) -> tuple[bool, float]:
    depth = depth_below(task.notebook)
    return task.iso is None and depth == 1, -depth * weight


def _needs(task: Task, tasks: Iterable[Task]) -> tuple[Task, ...]:
    names = ancestors(task.notebook)
    return tuple(
        other
        for other in tasks
        if other.notebook in names and (other.iso == task.iso or None in (other.iso, task.iso))
    )


def _words_for_lacking(task: Task, lacking: Mapping[str, Mapping[str, str]]) -> str:
    """Return which of a task's measures its source lacks; empty if it has all of them."""
    words = lacking.get(task.iso or "", {})
    missing = [words[measure] for measure in NOTEBOOKS[task.notebook].measures if measure in words]
    return f"the source has {' and '.join(missing)} of {task.iso}" if missing else ""


def _skip_hopeless(states: TaskStates) -> TaskStates:
    """Return the states with each waiting task skipped that can no longer run."""
    for waiting in states.plan.tasks:
        if states.by_task[waiting] is State.WAITING and (reason := _reason_to_skip(states, waiting)):
            states = _with(states, waiting, State.SKIPPED, reason)
    return states


def _with(states: TaskStates, task: Task, state: State, reason: str | None = None) -> TaskStates:
    reasons = {**states.reasons, task: reason} if reason else states.reasons
    return replace(states, by_task={**states.by_task, task: state}, reasons=reasons)


def _reason_to_skip(states: TaskStates, task: Task) -> str | None:
    """Return why a task must not run, or None if it may.

    A task of one ISO must not run if one of its ISO's tasks that it needs failed or was skipped. It waits for
    tasks of all ISOs and goes on without them, because what they stored in earlier runs is still there. A
    task of all ISOs shows what the notebooks right before it have made, so one of their tasks that is done is
    enough, of any ISO and notebook.
    """
    needs = [need for need in states.plan.needs[task] if task.iso is None or need.iso is not None]
    bad = [need for need in needs if states.by_task[need] in (State.FAILED, State.SKIPPED)]
    if not bad:
        return None
    culprit = min(bad, key=lambda need: states.by_task[need] is not State.FAILED)
    has_failed = states.by_task[culprit] is State.FAILED
    if task.iso is not None:
        return f"{culprit} failed" if has_failed else f"{culprit} was skipped"
    shown = [need for need in needs if need.notebook in NOTEBOOKS[task.notebook].needs]
    if not shown or not set(shown) <= set(bad):
        return None
    names = " or ".join(dict.fromkeys(need.notebook for need in shown))
    return f"no {names} is done: {culprit} {'failed first' if has_failed else 'was skipped'}"
