"""The state of every task of a run, and the rules by which it changes: values in, values out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from lib.pipeline.runner.model import NOTEBOOKS, Plan, Task


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
