"""A Jupyter kernel forked from this process, which has already imported the heavy packages.

Starting a kernel afresh costs three seconds of processor time, nearly all of it imports of pandas, matplotlib
and the like; a fork costs a tenth. The fork is made before papermill starts its event loop and sockets,
and waits for the command to become a kernel.
"""

from __future__ import annotations

import os
import signal
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning import LocalProvisioner

from lib.store.shared_reads import SHARED_READS_VARIABLE

KERNEL_NAME = "python3"

KERNEL_OPTIONS = [
    "--HistoryManager.enabled=False",
    "--IPKernelApp.log_level=50",
    "--IPKernelApp.exec_PYTHONSTARTUP=False",
]
"""Without a file of past commands, a debugger and a user's start-up script: only the notebook runs."""


class ForkedKernel:
    """A process that waits to become a kernel, with the methods of Popen that jupyter_client calls.

    It communicates through files in the folder `sockets`, whose path must be short: a socket's name holds
    about a hundred characters.
    """

    stdin = stdout = stderr = None

    def __init__(self, sockets: Path) -> None:
        """Fork the process."""
        self.sockets = sockets
        context = get_context("fork")
        ours, theirs = context.Pipe()
        self._process: BaseProcess = context.Process(target=_become_kernel, args=(theirs, ours, sockets))
        self._process.start()
        self._commands: Connection = ours
        theirs.close()

    @property
    def pid(self) -> int:
        """The process id, which is also that of the kernel's process group."""
        assert self._process.pid is not None
        return self._process.pid

    def launch(self, arguments: list[str], environment: dict[str, str], folder: str) -> None:
        """Let the process become a kernel with these arguments, in this environment and folder."""
        self._commands.send((arguments, environment, folder))

    def poll(self) -> int | None:
        """Return the exit code, or None while the process lives; minus the signal that ended it."""
        return self._process.exitcode

    def wait(self) -> int | None:
        """Wait for the end of the process and return its exit code."""
        self._process.join()
        return self._process.exitcode

    def send_signal(self, signum: int) -> None:
        """Send a signal to the process, if it still lives."""
        if self.poll() is None:
            os.kill(self.pid, signum)

    def kill(self) -> None:
        """Kill the process and all processes it has started."""
        if self.poll() is None:
            try:
                os.killpg(self.pid, signal.SIGKILL)
            except ProcessLookupError:  # not yet leader of its own group, or just gone
                self.send_signal(signal.SIGKILL)

    def close(self) -> None:
        """End the process if it still lives, and wait until it is gone."""
        self._commands.close()
        self.kill()
        self.wait()


class ForkedProvisioner(LocalProvisioner):
    """Starts jupyter_client's kernel as the process that was forked for it."""

    forked: ForkedKernel

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Turn the forked process into the kernel of `cmd`."""
        self.forked.launch(cmd[cmd.index("-f") :], kwargs["env"], folder=kwargs.get("cwd") or str(Path.cwd()))
        self.process = self.forked  # type: ignore[assignment]
        self.pid = self.pgid = self.forked.pid
        return self.connection_info


def kernel_manager(forked: ForkedKernel) -> AsyncKernelManager:
    """Return a manager whose kernel is the forked process."""
    address = forked.sockets / str(forked.pid)
    manager = AsyncKernelManager(kernel_name=KERNEL_NAME, transport="ipc", ip=str(address))
    manager.connection_file = f"{address}.json"
    provisioner = ForkedProvisioner(kernel_id=address.name, kernel_spec=manager.kernel_spec, parent=manager)
    provisioner.forked = forked
    manager.provisioner = provisioner
    return manager


def _become_kernel(commands: Connection, other_end: Connection, sockets: Path) -> None:
    """Wait for the command and be a kernel until told to end; end at once if the command can never come."""
    other_end.close()
    os.setsid()
    try:
        arguments, environment, folder = commands.recv()
    except EOFError:
        return
    os.environ.update(environment)
    # Beside its sockets: a profile of the user's would change pages, and the home folder may be read-only.
    os.environ["IPYTHONDIR"] = f"{sockets}/{os.getpid()}-ipython"
    os.environ[SHARED_READS_VARIABLE] = str(sockets)
    os.chdir(folder)
    _silence()
    from ipykernel.kernelapp import IPKernelApp

    # With a parent to watch, the kernel ends by itself when the parent is killed.
    IPKernelApp.launch_instance(
        argv=[*arguments, *KERNEL_OPTIONS, f"--IPKernelApp.parent_handle={os.getppid()}"]
    )


def _silence() -> None:
    """Discard what the process writes outside its cells: the terminal shows the run's progress."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    os.close(nowhere)
