"""Which notebooks there are, what each needs, and the order in which a run takes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from lib.pipeline.notebooks import NOTEBOOKS, Task


@dataclass(frozen=True)
class Plan:
    """Tasks in the order they are taken, and for each the planned tasks that must have ended before it."""

    tasks: tuple[Task, ...]
    needs: Mapping[Task, tuple[Task, ...]]


def ancestors(notebook: str) -> frozenset[str]:
    """Names of all notebooks that the named one builds on, directly or through others."""
    direct = NOTEBOOKS[notebook].needs
    return frozenset(direct).union(*(ancestors(name) for name in direct))


def depth_below(notebook: str) -> int:
    """Return how many notebooks one after another wait for the named one."""
    dependents = [other.name for other in NOTEBOOKS.values() if notebook in other.needs]
    return 1 + max(map(depth_below, dependents)) if dependents else 0


def make_plan(notebooks: Iterable[str], weights: Mapping[str, float]) -> Plan:
    """Return the plan that runs the named notebooks for the ISOs that are the keys of `weights`.

    A weight says how long an ISO's tasks take beside another's; the number of its locations will do. Tasks
    with the most work waiting behind them come first, which keeps all processors busy until the end; those of
    all ISOs that nothing waits for come last. What a notebook needs and is not among those named counts as
    done.
    """
    chosen = [NOTEBOOKS[name] for name in NOTEBOOKS if name in set(notebooks)]
    heaviest = max(weights.values(), default=1.0)
    tasks = [
        Task(notebook.name, iso) for notebook in chosen for iso in (weights if notebook.per_iso else (None,))
    ]
    tasks.sort(key=lambda task: _rank(task, weights.get(task.iso or "", heaviest)))
    return Plan(tuple(tasks), {task: _needs(task, tasks) for task in tasks})


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


class State(StrEnum):
    """Where a task stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"
    INTERRUPTED = "interrupted"

    @property
    def is_final(self) -> bool:
        """Whether a task in this state has ended."""
        return self not in (State.WAITING, State.RUNNING)


@dataclass(frozen=True)
class Board:
    """The state of every task of a plan, and why the skipped ones were skipped."""

    plan: Plan
    states: Mapping[Task, State]
    reasons: Mapping[Task, str]

    @property
    def is_over(self) -> bool:
        """Whether every task has ended."""
        return all(state.is_final for state in self.states.values())


def new_board(plan: Plan) -> Board:
    """Return the board of a run that has not started: every task waits."""
    return Board(plan, dict.fromkeys(plan.tasks, State.WAITING), {})


def ready(board: Board) -> tuple[Task, ...]:
    """Return the waiting tasks whose needs have all ended, in the order of the plan."""
    return tuple(
        task
        for task in board.plan.tasks
        if board.states[task] is State.WAITING
        and all(board.states[need].is_final for need in board.plan.needs[task])
    )


def start(board: Board, task: Task) -> Board:
    """Return the board after a ready task was started."""
    if task not in ready(board):
        raise ValueError(f"{task} cannot start: it is {board.states[task]} or what it needs has not ended")
    return _with(board, task, State.RUNNING)


def end(board: Board, task: Task, state: State) -> Board:
    """Return the board after a running task ended in `state`; what can no longer run is skipped, and why."""
    if board.states[task] is not State.RUNNING or not state.is_final:
        raise ValueError(f"{task} is {board.states[task]} and cannot become {state}")
    board = _with(board, task, state)
    for waiting in board.plan.tasks:
        if board.states[waiting] is State.WAITING and (reason := _reason_to_skip(board, waiting)):
            board = _with(board, waiting, State.SKIPPED, reason)
    return board


def newly_skipped(before: Board, after: Board) -> tuple[Task, ...]:
    """Return the tasks that were skipped between two boards of one run."""
    return tuple(
        task
        for task, state in after.states.items()
        if state is State.SKIPPED and before.states[task] is not State.SKIPPED
    )


def interrupt(board: Board) -> Board:
    """Return the board after the run was interrupted: nothing waits or runs any more."""
    open_tasks = [task for task, state in board.states.items() if not state.is_final]
    return replace(board, states={**board.states, **dict.fromkeys(open_tasks, State.INTERRUPTED)})


def _with(board: Board, task: Task, state: State, reason: str | None = None) -> Board:
    reasons = {**board.reasons, task: reason} if reason else board.reasons
    return replace(board, states={**board.states, task: state}, reasons=reasons)


def _reason_to_skip(board: Board, task: Task) -> str | None:
    """Return why a task must not run, or None: what it needs failed; for a task of all ISOs, in each of them.

    A task of all ISOs shows what the notebooks right before it have made: one of their tasks that is done is
    enough, of whichever ISO and notebook. A task of one ISO waits for those of all ISOs and goes on without
    them: what they have stored before stands.
    """
    needs = [need for need in board.plan.needs[task] if task.iso is None or need.iso is not None]
    bad = [need for need in needs if board.states[need] in (State.FAILED, State.SKIPPED)]
    if not bad:
        return None
    culprit = next(need for need in needs if board.states[need] is State.FAILED)
    if task.iso is not None:
        return f"{culprit} failed"
    shown = [need for need in needs if need.notebook in NOTEBOOKS[task.notebook].needs]
    if not shown or not set(shown) <= set(bad):
        return None
    names = " or ".join(dict.fromkeys(need.notebook for need in shown))
    return f"no {names} is done: {culprit} failed first"


class ErrorKind(StrEnum):
    """What went wrong with a task."""

    CELL = "cell"
    EXIT = "exit"
    TIMEOUT = "timeout"
    KERNEL = "kernel"
    WORKER = "worker"
    RENDER = "render"
    RUN = "run"


@dataclass(frozen=True)
class TaskError:
    """Why a task failed: the kind, the exception's name, one sentence, and the index of the cell to blame."""

    kind: ErrorKind
    name: str
    sentence: str
    cell: int | None = None

    def __str__(self) -> str:
        """Return why the task failed, in a line."""
        return f"{self.name}: {self.sentence}"


@dataclass(frozen=True)
class Result:
    """How a task ended: its error if any, whether it has a report, and the seconds it took in its process."""

    error: TaskError | None
    has_html: bool
    seconds: float


@dataclass(frozen=True)
class Event:
    """A task started, was started once more, ended or was skipped: the board from then on, and any result.

    `attempt` counts the processes that were given the task; 0 for a skipped one.
    """

    task: Task
    board: Board
    attempt: int
    result: Result | None = None

    @property
    def state(self) -> State:
        """The state the task is in now."""
        return self.board.states[self.task]
