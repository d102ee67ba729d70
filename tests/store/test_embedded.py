from __future__ import annotations

import multiprocessing
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psutil
import psycopg2
import pytest

from lib.store import EmbeddedServerError, embedded, open_database, read_sql
from tests.support.waiting import wait_until

Find = Callable[[Path], list[psutil.Process]]
Start = Callable[..., "subprocess.Popen[str]"]

USE = """
import sys
from pathlib import Path
from lib.store import embedded
embedded.start(Path(sys.argv[1]))
print((Path(sys.argv[1]) / "cluster" / "postmaster.pid").read_text().split()[0], flush=True)
sys.stdin.read()
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder for a server; not pytest's, which another session may close to the server's account."""
    folder = Path(tempfile.mkdtemp(prefix="epd-"))
    yield folder / "pg data"
    embedded.release(folder / "pg data")
    shutil.rmtree(folder)


def _ask(url: str, question: str) -> object:
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute(question)
        (answer,) = cursor.fetchone() or (None,)
        return answer


def _end(process: subprocess.Popen[str]) -> None:
    process.communicate("")


def test_a_server_starts_takes_its_tuning_and_stops_with_its_last_user(
    folder: Path, server_processes: Find
) -> None:
    url = embedded.start(folder)
    assert _ask(url, "SHOW max_wal_size") == embedded.TUNING["max_wal_size"]
    assert _ask(url, "SHOW fsync") == _ask(url, "SHOW synchronous_commit") == "on"
    assert _ask(url, "SHOW listen_addresses") == ""
    embedded.release(folder)
    assert server_processes(folder) == []


def test_nobody_but_the_owner_can_reach_the_socket(folder: Path) -> None:
    embedded.start(folder)
    assert (folder / "cluster").stat().st_mode & 0o077 == 0


SHELL = {
    "PGHOST": "nowhere.invalid",
    "PGHOSTADDR": "10.255.255.1",
    "PGPORT": "5999",
    "PGUSER": "nobody_here",
    "PGDATABASE": "nothing_here",
    "PGPASSWORD": "hunter2hunter2",
    "PGPASSFILE": "/nowhere",
    "PGSERVICE": "nowhere",
    "PGSERVICEFILE": "/nowhere",
    "PGSYSCONFDIR": "/nowhere",
    "PGOPTIONS": "-c statement_timeout=1",
    "PGSSLMODE": "verify-full",
    "PGREQUIRESSL": "1",
    "PGGSSENCMODE": "require",
    "PGCHANNELBINDING": "require",
    "PGREQUIREAUTH": "scram-sha-256",
    "PGTARGETSESSIONATTRS": "standby",
    "PGCONNECT_TIMEOUT": "2",
    "PGCLIENTENCODING": "LATIN1",
    "PGTZ": "Asia/Tokyo",
    "PGDATESTYLE": "German",
    "PGGEQO": "off",
    "PGDATA": "/nowhere",
    "PGAPPNAME": "x",
    "PGMINPROTOCOLVERSION": "3.2",
    "PGSSLROOTCERT": "/nowhere",
}


def test_what_the_shell_says_to_libpq_diverts_nobody(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SHELL.items():
        monkeypatch.setenv(name, value)
    url = embedded.start(folder)
    embedded.release(folder)
    assert embedded.start(folder) == url
    database = open_database("files", url)
    assert database.name == "postgres"
    question = "SELECT current_setting('TimeZone') AS z, current_user::text AS u, 'ü' AS t"
    with database.engine.connect() as connection:
        by_psycopg = dict(connection.exec_driver_sql(question).mappings().one())
    assert by_psycopg == read_sql(database, question).loc[0].to_dict()
    assert by_psycopg == {"z": "UTC", "u": "postgres", "t": "ü"}
    database.engine.dispose()


def test_processes_that_start_at_once_share_one_server(
    folder: Path, python: Start, server_processes: Find
) -> None:
    users = [python(USE, folder) for _ in range(4)]
    postmasters = {user.stdout.readline() for user in users if user.stdout}
    assert len(postmasters) == 1
    for user in users[:-1]:
        _end(user)
    assert server_processes(folder), "it stopped under its last user"
    _end(users[-1])
    assert server_processes(folder) == []


def test_a_server_whose_users_were_killed_is_adopted_and_then_stopped(
    folder: Path, python: Start, server_processes: Find
) -> None:
    victim = python(USE, folder)
    assert victim.stdout
    postmaster = victim.stdout.readline()
    victim.kill()
    victim.wait()
    assert server_processes(folder), "nothing is left to adopt"
    heir = python(USE, folder)
    assert heir.stdout
    assert heir.stdout.readline() == postmaster
    _end(heir)
    assert server_processes(folder) == []


@pytest.mark.parametrize(
    "left", ["", "12", "{pid}\n", "{pid}\n/somewhere\n1700000000\n5432\n/tmp\n\n  1 2\nready\n"]
)
def test_a_stale_or_half_written_postmaster_file_heals(folder: Path, left: str) -> None:
    embedded.start(folder)
    embedded.release(folder)
    file = folder / "cluster" / "postmaster.pid"
    file.write_text(left.format(pid=os.getpid()))  # the pid of a living process that is no server
    owner = (folder / "cluster").stat()
    os.chown(file, owner.st_uid, owner.st_gid)
    assert _ask(embedded.start(folder), "SELECT 1") == 1


def test_a_killed_server_starts_again_with_its_data(folder: Path, server_processes: Find) -> None:
    url = embedded.start(folder)
    with psycopg2.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE kept AS SELECT 7 AS n")
    connection.close()
    for process in server_processes(folder):
        # The others end by themselves once the first of them is killed.
        with suppress(psutil.NoSuchProcess):
            process.kill()
    assert _ask(embedded.start(folder), "SELECT n FROM kept") == 7


def test_a_cluster_whose_making_was_interrupted_is_made_anew(folder: Path) -> None:
    (folder / "draft").mkdir(parents=True)
    (folder / "draft" / "PG_VERSION").write_text("18\n")
    assert _ask(embedded.start(folder), "SELECT 1") == 1


def test_a_long_path_gets_a_socket_elsewhere_which_goes_with_the_server(folder: Path) -> None:
    long = folder / ("long" * 20)
    try:
        url = embedded.start(long)
        assert str(long) not in url
        assert _ask(url, "SELECT 1") == 1
    finally:
        embedded.release(long)
    assert not Path(unquote(urlsplit(url).query.removeprefix("host="))).exists()


def test_a_server_that_cannot_start_says_why(folder: Path) -> None:
    with pytest.raises(EmbeddedServerError, match="shared_buffers"):
        embedded.start(folder, {"shared_buffers": "nonsense"})


def test_a_command_runs_with_the_server_up_and_its_exit_code_counts(
    folder: Path, python: Start, monkeypatch: pytest.MonkeyPatch, server_processes: Find
) -> None:
    monkeypatch.setenv("EPD_PGDATA", str(folder))
    code = """
import sys
from lib.settings import Settings
Settings.model_config["env_file"] = None
from lib.store.__main__ import main
socket = sys.argv[1] + "/cluster/.s.PGSQL.5432"
command = f"import os, sys; sys.exit(3 if os.path.exists({socket!r}) else 4)"
sys.exit(main([sys.executable, "-c", command]))
"""
    assert python(code, folder).wait() == 3
    assert server_processes(folder) == []


def test_a_request_to_end_reaches_the_command_and_stops_the_server(
    folder: Path, python: Start, monkeypatch: pytest.MonkeyPatch, server_processes: Find
) -> None:
    monkeypatch.setenv("EPD_PGDATA", str(folder))
    code = """
import sys
from pathlib import Path
from lib.settings import Settings
Settings.model_config["env_file"] = None
from lib.store.__main__ import main
waiting = f"import pathlib, time; pathlib.Path({sys.argv[1] + '/waits'!r}).touch(); time.sleep(600)"
sys.exit(main([sys.executable, "-c", waiting]))
"""
    process = python(code, folder)
    wait_until((folder / "waits").exists)
    process.terminate()
    assert process.wait() != 0
    assert server_processes(folder) == []


def _use_as(uid: int, folder: Path) -> None:
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(uid)
        os.setuid(uid)
    assert os.geteuid() != 0
    assert _ask(embedded.start(folder), "SELECT 1") == 1
    embedded.release(folder)


def test_an_ordinary_user_has_a_server_too(server_processes: Find) -> None:
    """Run as root this becomes nobody; run as an ordinary user it stays that user."""
    uid = pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else os.geteuid()
    folder = Path(tempfile.mkdtemp(prefix="epd-"))
    os.chown(folder, uid, -1)
    try:
        child = multiprocessing.get_context("fork").Process(target=_use_as, args=(uid, folder))
        child.start()
        child.join(60)
        assert child.exitcode == 0
        assert server_processes(folder) == []
    finally:
        shutil.rmtree(folder)


def test_nobody_else_can_hold_the_locks_of_a_server(folder: Path) -> None:
    folder.mkdir()
    (folder / "start.lock").touch(mode=0o644)
    embedded.start(folder)
    for name in ("start.lock", "users.lock"):
        assert (folder / name).stat().st_mode & 0o077 == 0, name


@pytest.mark.parametrize("name", ["start.lock", "users.lock"])
def test_a_link_in_place_of_a_lock_is_not_followed(folder: Path, name: str) -> None:
    folder.mkdir()
    target = folder.parent / "target"
    target.touch()
    (folder / name).symlink_to(target)
    with pytest.raises(EmbeddedServerError, match="is a link: remove it"):
        embedded.start(folder)


def test_a_link_in_place_of_the_socket_s_folder_is_not_followed(folder: Path) -> None:
    long, target = folder / ("long" * 20), folder.parent / "target"
    target.mkdir()
    before = target.stat()
    link = embedded._socket_folder(long.resolve())
    link.symlink_to(target)
    try:
        with pytest.raises(EmbeddedServerError, match="belongs to somebody else"):
            embedded.start(long)
    finally:
        link.unlink()
        embedded.release(long)
    after = target.stat()
    assert (after.st_uid, after.st_gid, after.st_mode) == (before.st_uid, before.st_gid, before.st_mode)


def test_a_start_that_is_interrupted_leaves_no_server(
    folder: Path, monkeypatch: pytest.MonkeyPatch, server_processes: Find
) -> None:
    run = embedded.run_program

    def run_and_interrupt(program: str, *arguments: object) -> None:
        run(program, *arguments)
        if arguments[-1] == "start":
            raise KeyboardInterrupt

    monkeypatch.setattr(embedded, "run_program", run_and_interrupt)
    with pytest.raises(KeyboardInterrupt):
        embedded.start(folder)
    (folder / "cluster" / "postmaster.pid").unlink()  # as if the server had not come so far
    embedded.release(folder)
    assert server_processes(folder) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has the server run under another account")
def test_root_opens_no_folder_to_others(folder: Path) -> None:
    closed = folder.parent / "closed"
    closed.mkdir(mode=0o700)
    try:
        assert _ask(embedded.start(closed / "pg"), "SELECT 1") == 1
        assert closed.stat().st_mode & 0o007 == 0
    finally:
        embedded.release(closed / "pg")
    somebody_s = folder.parent / "somebody"
    somebody_s.mkdir(mode=0o700)
    os.chown(somebody_s, pwd.getpwnam("nobody").pw_uid, -1)
    with pytest.raises(EmbeddedServerError, match=r"may not enter .*EPD_PGDATA"):
        embedded.start(somebody_s / "pg")
    assert stat.S_IMODE(somebody_s.stat().st_mode) == 0o700
