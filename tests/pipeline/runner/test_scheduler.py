"""Plans carried out with real processes, some of which are killed on the way."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from lib.pipeline.notebooks import Task
from lib.pipeline.runner.execution.processes import Pool
from lib.pipeline.runner.execution.scheduler import KILLED, execute_plan
from lib.pipeline.runner.execution.worker import Job, run_task
from lib.pipeline.runner.model import Plan, TaskEvent, TaskResult, make_plan
from lib.task_record import ErrorKind, State
from tests.support.waiting import wait_until

TELL_PIDS = "import os, pathlib; pathlib.Path({folder!r}, str(os.getpid())).write_text(str(os.getppid()))"


def _execute(
    pool: Pool, make_job: Callable[..., Job], plan: Plan, sources: dict[str, str], n_jobs: int = 2
) -> list[TaskEvent]:
    def job_of(task: Task) -> Job:
        return make_job(sources.get(task.notebook, "x = 1"), task=task)

    return [event for events in execute_plan(plan, job_of, pool, n_jobs) for event in events]


def _states(events: list[TaskEvent]) -> dict[str, State]:
    return {str(task): state for task, state in events[-1].states.by_task.items()}


def test_a_plan_without_trouble_is_done_in_order(pool: Pool, make_job: Callable[..., Job]) -> None:
    events = _execute(pool, make_job, make_plan(["fetch", "vlr", "summary"], {"PJM": 1}), {})
    assert [(str(event.task), event.state) for event in events] == [
        ("fetch of PJM", State.RUNNING),
        ("fetch of PJM", State.DONE),
        ("vlr of PJM", State.RUNNING),
        ("vlr of PJM", State.DONE),
        ("summary", State.RUNNING),
        ("summary", State.DONE),
    ]
    assert all(event.result.has_html for event in events if event.result)


def test_a_failure_skips_what_builds_on_it_and_nothing_else(pool: Pool, make_job: Callable[..., Job]) -> None:
    plan = make_plan(["fetch", "vlr", "summary"], {"PJM": 2, "ERCOT": 1})
    events = _execute(pool, make_job, plan, {"fetch": "assert iso != 'ERCOT', 'no file'"})
    assert _states(events) == {
        "fetch of PJM": State.DONE,
        "fetch of ERCOT": State.FAILED,
        "vlr of PJM": State.DONE,
        "vlr of ERCOT": State.SKIPPED,
        "summary": State.DONE,
    }


def test_at_most_so_many_tasks_run_at_once(pool: Pool, make_job: Callable[..., Job]) -> None:
    plan = make_plan(["fetch"], {"PJM": 1, "ERCOT": 1, "NYISO": 1})
    events = _execute(pool, make_job, plan, {}, n_jobs=2)
    running = [sum(state is State.RUNNING for state in event.states.by_task.values()) for event in events]
    assert max(running) == 2


def test_a_killed_process_costs_a_second_attempt_and_no_other_task(
    pool: Pool, make_job: Callable[..., Job], tmp_path: Path
) -> None:
    once = tmp_path / "once"
    kill_worker_once = (
        "import os, pathlib, time\n"
        f"once = pathlib.Path({str(once)!r})\n"
        "if iso == 'PJM' and not once.exists():\n"
        "    once.touch(); os.kill(os.getppid(), 9); time.sleep(600)\n"
        "time.sleep(1)"
    )
    plan = make_plan(["fetch"], {"PJM": 2, "ERCOT": 1})
    events = _execute(pool, make_job, plan, {"fetch": kill_worker_once})
    assert set(_states(events).values()) == {State.DONE}
    attempts = {str(event.task): event.attempt for event in events}
    assert attempts == {"fetch of PJM": 2, "fetch of ERCOT": 1}


def test_a_process_killed_twice_is_a_failure_with_a_report(pool: Pool, make_job: Callable[..., Job]) -> None:
    plan = make_plan(["fetch", "vlr"], {"PJM": 1})
    kill_worker = "import os, time; os.kill(os.getppid(), 9); time.sleep(600)"
    events = _execute(pool, make_job, plan, {"fetch": kill_worker})
    assert _states(events) == {"fetch of PJM": State.FAILED, "vlr of PJM": State.SKIPPED}
    result = next(event.result for event in events if event.result)
    assert result.error == replace(KILLED, cell=3)  # the one in which it was killed
    assert result.error.kind is ErrorKind.WORKER
    assert result.has_html


def test_a_process_that_cannot_judge_its_notebook_is_the_failure_of_its_task_alone(
    pool: Pool, make_job: Callable[..., Job], tmp_path: Path
) -> None:
    (tmp_path / "pjm_fetch.ipynb").mkdir()  # it can neither be written nor read
    events = _execute(pool, make_job, make_plan(["fetch", "vlr"], {"PJM": 2, "ERCOT": 1}), {})
    assert _states(events) == {
        "fetch of PJM": State.FAILED,
        "vlr of PJM": State.SKIPPED,
        "fetch of ERCOT": State.DONE,
        "vlr of ERCOT": State.DONE,
    }
    (error,) = (event.result.error for event in events if event.result and event.result.error)
    assert (error.kind, error.name) == (ErrorKind.WORKER, "IsADirectoryError")


@pytest.mark.parametrize("is_interrupted", [False, True])
def test_processes_and_kernels_end_with_their_pool(
    make_job: Callable[..., Job],
    tmp_path: Path,
    is_alive: Callable[[int], bool],
    short_folder: Path,
    is_interrupted: bool,
) -> None:
    folder = tmp_path / "pids"
    folder.mkdir()
    forever = f"{TELL_PIDS.format(folder=str(folder))}\nimport time\nwhile True: time.sleep(1)"

    def run() -> None:
        with Pool() as pool:
            pool.submit(run_task, make_job(forever))
            wait_until(lambda: any(path.read_text() for path in folder.iterdir()))
            if is_interrupted:
                raise KeyboardInterrupt

    if is_interrupted:
        with pytest.raises(KeyboardInterrupt):
            run()
    else:
        run()
    (kernel,) = folder.iterdir()
    pids = {int(kernel.name), int(kernel.read_text())}
    assert not list(short_folder.iterdir())
    wait_until(lambda: not any(map(is_alive, pids)))


def test_a_kernel_ends_with_its_killed_process(
    make_job: Callable[..., Job], tmp_path: Path, is_alive: Callable[[int], bool]
) -> None:
    folder = tmp_path / "pids"
    folder.mkdir()
    forever = f"{TELL_PIDS.format(folder=str(folder))}\nimport time\nwhile True: time.sleep(1)"
    with Pool() as pool:
        pool.submit(run_task, make_job(forever))
        wait_until(lambda: any(path.read_text() for path in folder.iterdir()))
        (kernel,) = folder.iterdir()
        os.kill(int(kernel.read_text()), signal.SIGKILL)
        wait_until(lambda: not is_alive(int(kernel.name)))


class _KeepsAllBut:
    """Lets the tasks run that it is given, and the others keep their report."""

    def __init__(self, *to_run: Task) -> None:
        self.to_run, self.decided = to_run, list[Task]()

    def keep(self, task: Task) -> TaskResult | None:
        self.decided.append(task)
        return None if task in self.to_run else TaskResult(None, has_html=True, seconds=0.0)

    def complete(self, task: Task, result: TaskResult) -> TaskResult:
        return replace(result, depends_on={"task": str(task)})


def _no_job(task: Task) -> Job:
    raise AssertionError(f"{task} keeps its report and needs no process")


def test_tasks_that_keep_their_reports_need_no_process_and_count_as_done(pool: Pool) -> None:
    plan = make_plan(["fetch", "vlr", "summary"], {"PJM": 1})
    keeper = _KeepsAllBut()
    (events,) = (events for events in execute_plan(plan, _no_job, pool, 1, keeper) if events)
    assert [(str(event.task), event.state, event.attempt) for event in events] == [
        ("fetch of PJM", State.DONE, 0),
        ("vlr of PJM", State.DONE, 0),
        ("summary", State.DONE, 0),
    ]


def test_each_task_is_decided_once_when_it_is_ready_and_what_ran_is_completed(
    pool: Pool, make_job: Callable[..., Job]
) -> None:
    fetch, vlr, summary = Task("fetch", "PJM"), Task("vlr", "PJM"), Task("summary", None)
    keeper = _KeepsAllBut(vlr)
    plan = make_plan(["fetch", "vlr", "summary"], {"PJM": 1})
    jobs = lambda task: make_job("x = 1", task=task)  # noqa: E731
    events = [event for batch in execute_plan(plan, jobs, pool, 1, keeper) for event in batch]
    assert keeper.decided == [fetch, vlr, summary]
    assert [(event.task, event.state) for event in events] == [
        (fetch, State.DONE),
        (vlr, State.RUNNING),
        (vlr, State.DONE),
        (summary, State.DONE),
    ]
    assert [dict(event.result.depends_on) for event in events if event.result] == [{}, {"task": str(vlr)}, {}]
