"""Processes for tasks: a fresh one for each, so that the death of one is the failure of one task."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor
from concurrent.futures import wait as wait_for_futures
from multiprocessing import forkserver, get_context
from pathlib import Path
from types import TracebackType
from typing import Any

from lib.pipeline.runner.execution.worker import prepare
from lib.pipeline.runner.model import TaskResult


class Pool:
    """Runs each call in a process of its own; as a context manager it ends them all on the way out."""

    def __init__(self) -> None:
        """Make a pool without processes, and the leash of which each of them will hold one end."""
        self._context = get_context("forkserver")
        self._leash, self._hand = self._context.Pipe(duplex=False)
        self._sockets = tempfile.TemporaryDirectory(prefix="epd-", ignore_cleanup_errors=True)
        self._executors: dict[Future[TaskResult], ProcessPoolExecutor] = {}

    def submit(self, function: Callable[..., TaskResult], *arguments: Any) -> Future[TaskResult]:
        """Start a process that calls the function; if it is killed, the future has BrokenProcessPool."""
        executor = ProcessPoolExecutor(
            1, self._context, initializer=prepare, initargs=(self._leash, Path(self._sockets.name))
        )
        future = executor.submit(function, *arguments)
        self._executors[future] = executor
        return future

    def wait(self, futures: Iterable[Future[TaskResult]]) -> set[Future[TaskResult]]:
        """Return the futures that are done, at least one; their processes are on their way out."""
        done = wait_for_futures(futures, return_when=FIRST_COMPLETED).done
        for future in done:
            self._executors.pop(future).shutdown(wait=False)
        return done

    def __enter__(self) -> Pool:
        """Use the pool."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go of the leash and wait until every process has gone, and its kernel with it."""
        self._hand.close()
        for executor in self._executors.values():
            executor.shutdown(wait=True, cancel_futures=True)
        self._leash.close()
        self._sockets.cleanup()


PACKAGES = (
    "papermill",
    "nbconvert.exporters.templateexporter",
    "nbconvert.filters.markdown_mistune",
    "ipykernel.kernelapp",
    "ipykernel.debugger",
    "pandas",
    "pyarrow",
    "matplotlib.pyplot",
    "sqlalchemy",
    "adbc_driver_postgresql.dbapi",
    "pandera.pandas",
    "pydantic_settings",
)
"""Packages that each task would otherwise spend seconds to import, in its process or in its kernel.

None of lib: its modules are quick to import, and a mistake in one must fail its task and not the server.
"""

ENVIRONMENT = {
    # pyplot is imported before there is a kernel that could tell it to draw into the notebook
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    # tasks share the processors already, and threads do not survive a fork
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    # the kernel's debugger otherwise warns on stderr that it is imported
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}


def start_fork_server() -> None:
    """Start the server; it loads its packages while the caller goes on."""
    get_context("forkserver").set_forkserver_preload(list(PACKAGES))
    former = dict(os.environ)
    os.environ.update({name: former.get(name, value) for name, value in ENVIRONMENT.items()})
    try:
        forkserver.ensure_running()
    finally:
        for name in ENVIRONMENT.keys() - former.keys():
            del os.environ[name]
