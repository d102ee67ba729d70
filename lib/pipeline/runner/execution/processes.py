"""Processes for tasks: a fresh one for each, forked from a server that has imported the heavy packages.

Because each task has its own process, the death of one is the failure of one task.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor
from concurrent.futures import wait as wait_for_futures
from multiprocessing import forkserver, get_context
from pathlib import Path
from types import TracebackType
from typing import Any

from lib.pipeline.runner.execution.worker import prepare_process
from lib.pipeline.runner.model import TaskResult
from lib.surroundings import temp_folder

PRELOADED = "lib.pipeline.runner.execution.preload"
"""The module that the server imports; the run itself does without most of its packages."""

CHECK_EVERY_S = 2.0
"""How often a pool that waits for its processes calls its check."""

ENVIRONMENT = {
    # pyplot is imported before there is a kernel that could tell it to draw into the notebook
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    # tasks share the processors already, and threads do not survive a fork
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    # the kernel's debugger otherwise warns on stderr that it is imported
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}
"""Environment variables of the server, and so of all processes, unless the user has set them."""


def start_fork_server() -> None:
    """Start the server unless it runs; it imports its packages while the caller goes on."""
    get_context("forkserver").set_forkserver_preload([PRELOADED])
    former = dict(os.environ)
    os.environ.update({name: former.get(name, value) for name, value in ENVIRONMENT.items()})
    try:
        forkserver.ensure_running()
    finally:
        for name in ENVIRONMENT.keys() - former.keys():
            del os.environ[name]


class Pool:
    """Runs each call in a process of its own; as a context manager it ends them all on the way out.

    All processes watch the reading end of one pipe. Its writing end belongs to the run alone, so the pipe
    closes, and the processes end, even when the run is killed.
    """

    def __init__(self, check: Callable[[], None] = lambda: None) -> None:
        """Make a pool without processes, and the pipe that each of them will watch.

        Args:
            check: is called every CHECK_EVERY_S while the pool waits; what it raises ends the wait.
        """
        self._check = check
        self._context = get_context("forkserver")
        self._watched_end, self._own_end = self._context.Pipe(duplex=False)
        self._sockets = temp_folder("run")
        self._executors: dict[Future[TaskResult], ProcessPoolExecutor] = {}

    def submit(self, function: Callable[..., TaskResult], *arguments: Any) -> Future[TaskResult]:
        """Start a process that calls the function; if it is killed, the future has BrokenProcessPool."""
        start_fork_server()
        executor = ProcessPoolExecutor(
            1,
            self._context,
            initializer=prepare_process,
            initargs=(self._watched_end, Path(self._sockets.name)),
        )
        future = executor.submit(function, *arguments)
        self._executors[future] = executor
        return future

    def wait(self, futures: Iterable[Future[TaskResult]]) -> set[Future[TaskResult]]:
        """Wait until at least one of the futures is done, and return those that are.

        Raises:
            whatever the check of the pool raises.
        """
        done: set[Future[TaskResult]] = set()
        while not done:
            self._check()
            done = wait_for_futures(futures, CHECK_EVERY_S, FIRST_COMPLETED).done
        for future in done:
            self._executors.pop(future).shutdown(wait=False)
        return done

    def __enter__(self) -> Pool:
        """Use the pool."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the pipe and wait until every process has ended, and its kernel with it."""
        self._own_end.close()
        for executor in self._executors.values():
            executor.shutdown(wait=True, cancel_futures=True)
        self._watched_end.close()
        self._sockets.cleanup()
