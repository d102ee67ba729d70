"""Carry out a plan: start tasks that are ready, collect those that have ended, repeat one that was killed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Protocol

from lib.pipeline.notebooks import Task
from lib.pipeline.runner.execution.processes import Pool
from lib.pipeline.runner.execution.worker import Job, report_failure, run_task
from lib.pipeline.runner.model import (
    Plan,
    TaskEvent,
    TaskResult,
    TaskStates,
    error_from_exception,
    initial_states,
    mark_ended,
    mark_running,
    newly_skipped,
    ready_tasks,
)
from lib.task_record import ErrorKind, State, TaskError

MAX_ATTEMPTS = 2

KILLED = TaskError(
    ErrorKind.WORKER,
    "ProcessKilled",
    f"the process that ran the notebook was killed {MAX_ATTEMPTS} times; look for what kills it, such as a "
    "lack of memory (fewer --jobs need less)",
)


class Keeper(Protocol):
    """Knows which tasks need not run, because their report of an earlier run is the same in everything."""

    def keep(self, task: Task) -> TaskResult | None:
        """Return how a task ended that keeps a report; None if it has to run."""

    def complete(self, task: Task, result: TaskResult) -> TaskResult:
        """Return the result of a task that has run, completed by what its report depends on."""


class KeepsNothing:
    """Lets every task run."""

    def keep(self, _task: Task) -> None:
        """Return None."""

    def complete(self, _task: Task, result: TaskResult) -> TaskResult:
        """Return the result as it is."""
        return result


@dataclass(frozen=True)
class _Attempt:
    job: Job
    number: int

    @property
    def task(self) -> Task:
        return self.job.task


def execute_plan(
    plan: Plan, make_job: Callable[[Task], Job], pool: Pool, n_jobs: int, keeper: Keeper | None = None
) -> Iterator[list[TaskEvent]]:
    """Run the tasks of a plan, at most `n_jobs` at once, and yield the events that happen at one time.

    The first events are those of the tasks that are impossible, and of the tasks that need them. The keeper
    is asked once about each task that is ready; a task that keeps its report ends at once, without a process.
    A task's start is yielded before its process is started. A task whose process is killed is started once
    more; if that is killed too the task has failed, and one last process renders what it has left.
    """
    keeper = keeper or KeepsNothing()
    states, to_run = initial_states(plan), set[Task]()
    running: dict[Future[TaskResult], _Attempt] = {}
    starting: list[_Attempt] = []
    events = [TaskEvent(task, states, attempt=0) for task in states.reasons]
    while not states.is_over:
        states, kept = _keep_ready(states, keeper, to_run)
        events += kept
        for task in ready_tasks(states)[: n_jobs - len(running) - len(starting)]:
            states = mark_running(states, task)
            events.append(TaskEvent(task, states, attempt=1))
            starting.append(_Attempt(make_job(task), 1))
        yield events
        running |= {_submit(pool, attempt): attempt for attempt in starting}
        starting, events = [], []
        for future in pool.wait(running) if running else ():
            attempt = running.pop(future)
            result = _result(future, attempt)
            if result is None:
                attempt = _Attempt(attempt.job, attempt.number + 1)
                events.append(TaskEvent(attempt.task, states, min(attempt.number, MAX_ATTEMPTS)))
                starting.append(attempt)
                continue
            before, result = states, keeper.complete(attempt.task, result)
            states = mark_ended(states, attempt.task, State.FAILED if result.error else State.DONE)
            events.append(TaskEvent(attempt.task, states, min(attempt.number, MAX_ATTEMPTS), result))
            events += [TaskEvent(task, states, attempt=0) for task in newly_skipped(before, states)]
    yield events


def _keep_ready(states: TaskStates, keeper: Keeper, to_run: set[Task]) -> tuple[TaskStates, list[TaskEvent]]:
    """Let ready tasks keep their reports, then those that waited for them; `to_run` gets all others."""
    events: list[TaskEvent] = []
    while undecided := [task for task in ready_tasks(states) if task not in to_run]:
        for task in undecided:
            if result := keeper.keep(task):
                states = mark_ended(mark_running(states, task), task, State.DONE)
                events.append(TaskEvent(task, states, attempt=0, result=result))
            else:
                to_run.add(task)
    return states, events


def _submit(pool: Pool, attempt: _Attempt) -> Future[TaskResult]:
    if attempt.number <= MAX_ATTEMPTS:
        return pool.submit(run_task, attempt.job)
    return pool.submit(report_failure, attempt.job, KILLED)


def _result(future: Future[TaskResult], attempt: _Attempt) -> TaskResult | None:
    """Return the result of a process, or None if it was killed and another one may follow."""
    try:
        return future.result()
    except BrokenProcessPool:
        return None if attempt.number <= MAX_ATTEMPTS else TaskResult(KILLED, has_html=False, seconds=0.0)
    except Exception as error:  # whatever a process raises is the failure of its task, not of the run
        return TaskResult(error_from_exception(ErrorKind.WORKER, error), has_html=False, seconds=0.0)
