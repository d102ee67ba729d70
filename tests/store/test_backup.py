"""A backup comes back row by row, with its rights; and a restore replaces nothing."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pandas as pd
import psycopg2
import pytest

from lib.pipeline.console import Exit
from lib.pipeline.runner.cli import main
from lib.store import Database, RunTask, open_database, open_reader, write_series
from lib.store import backup as module
from lib.store.backup import BackupError, back_up, restore
from lib.store.url import with_database

RIGHTS = """
    SELECT 'relation', relname, unnest(relacl)::text FROM pg_class
    WHERE relnamespace = 'public'::regnamespace
    UNION ALL SELECT 'function', proname, unnest(proacl)::text FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace
    UNION ALL SELECT 'default', defaclobjtype::text, unnest(defaclacl)::text FROM pg_default_acl
    UNION ALL SELECT 'schema', nspname, unnest(nspacl)::text FROM pg_namespace WHERE nspname = 'public'
    UNION ALL SELECT 'database', '', unnest(datacl)::text FROM pg_database WHERE datname = current_database()
    ORDER BY 1, 2, 3
"""


@pytest.fixture
def filled(
    server: str, register: Callable[..., pd.DataFrame], make_values: Callable[..., pd.DataFrame],
    database: Database, task: RunTask,
) -> Database:  # fmt: skip
    """A database with prices and a run."""
    ids = register("WEST", "N.Y.C.", measure="da_lmp")["series_id"]
    write_series(database, "NYISO", "da_lmp", make_values(*map(int, ids), n_hours=300), task)
    return database


@pytest.fixture
def elsewhere(server: str) -> Iterator[str]:
    """The URL of a database that its server does not have yet."""
    name = f"restored_{uuid.uuid4().hex[:8]}"
    yield with_database(server, name)
    with closing(psycopg2.connect(server)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _hashes(url: str) -> dict[str, str]:
    """Return for each table the hash of its rows, in a sequence of their own."""
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute("""
            SELECT relname, CASE relkind WHEN 'S' THEN 'last_value, is_called' ELSE '*' END FROM pg_class
            WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v', 'S') ORDER BY 1
        """)
        hashes = {}
        for name, columns in cursor.fetchall():
            cursor.execute(f'SELECT row::text FROM (SELECT {columns} FROM "{name}") row ORDER BY 1')
            rows = "\n".join(row for (row,) in cursor.fetchall())
            hashes[name] = f"{len(rows)} {hashlib.sha256(rows.encode()).hexdigest()}"
        return hashes


def _rights(url: str) -> list[tuple[str, ...]]:
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute(RIGHTS)
        return list(cursor.fetchall())


def _exists(url: str) -> bool:
    try:
        psycopg2.connect(url).close()
    except psycopg2.OperationalError:
        return False
    return True


def test_every_row_sequence_and_right_comes_back(filled: Database, elsewhere: str, tmp_path: Path) -> None:
    held = back_up(filled, tmp_path / "epd.backup")
    restored = restore(tmp_path / "epd.backup", "files", elsewhere)
    assert held.hours > 0 and held.runs == 1
    assert (restored.runs, restored.hours, restored.schema) == (held.runs, held.hours, held.schema)
    assert _hashes(elsewhere) == _hashes(filled.url)
    # A database that was made by copying lacks its own rights: one that a run makes has them.
    made = with_database(elsewhere, f"{elsewhere.rpartition('/')[2].partition('?')[0]}_made")
    fresh = open_database("files", made)
    try:
        assert _rights(elsewhere) == _rights(fresh.url)
    finally:
        fresh.engine.dispose()
        module.drop_database(fresh)
    assert open_reader("files", elsewhere).name == Database(elsewhere, False).name


def test_both_commands_say_what_the_database_holds(
    filled: Database, elsewhere: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "epd.backup"
    assert main(["backup", str(file), "--source", "files:x", "--database", filled.url]) == Exit.DONE
    assert main(["restore", str(file), "--source", "files:x", "--database", elsewhere]) == Exit.DONE
    shown = capsys.readouterr().out
    assert shown.count("1 runs, 0 versions of curves, ") == 2
    assert main(["restore", str(file), "--source", "files:x", "--database", elsewhere]) == Exit.REFUSED
    assert "holds something already, and a restore replaces nothing" in capsys.readouterr().err


def test_a_backup_replaces_no_file(filled: Database, tmp_path: Path) -> None:
    (tmp_path / "epd.backup").write_text("of last week")
    with pytest.raises(BackupError, match="exists already"):
        back_up(filled, tmp_path / "epd.backup")
    assert (tmp_path / "epd.backup").read_text() == "of last week"


def test_a_backup_that_fails_leaves_no_half_of_a_file(
    filled: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(BackupError, match=r"pg_dump failed: .*No such file or directory"):
        back_up(filled, tmp_path / "missing" / "epd.backup")
    monkeypatch.setattr(module, "_check", _refuse)
    with pytest.raises(BackupError, match="damaged"):
        back_up(filled, tmp_path / "epd.backup")
    assert list(tmp_path.iterdir()) == []


def _refuse(_: Path) -> None:
    raise BackupError("damaged")


@pytest.mark.parametrize("damage", ["cut", "text", "missing"])
def test_a_damaged_backup_makes_no_database(
    filled: Database, elsewhere: str, tmp_path: Path, damage: str
) -> None:
    file = tmp_path / "epd.backup"
    back_up(filled, file)
    if damage == "cut":
        file.write_bytes(file.read_bytes()[: file.stat().st_size * 2 // 3])
    elif damage == "text":
        file.write_text("PGDMP but no backup")
    else:
        file.unlink()
    with pytest.raises(BackupError):
        restore(file, "files", elsewhere)
    assert not _exists(elsewhere)


def test_simulated_numbers_do_not_come_back_as_real_ones(
    demo_database: Database, elsewhere: str, tmp_path: Path
) -> None:
    back_up(demo_database, tmp_path / "epd.backup")
    with pytest.raises(Exception, match="holds simulated numbers"):
        restore(tmp_path / "epd.backup", "files", elsewhere)
    assert not _exists(elsewhere)


def test_the_password_is_in_no_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[list[str], dict[str, str]]] = []

    def run(command: list[str], env: dict[str, str], **_: object) -> object:
        seen.append((command, env))
        return type(
            "Done", (), {"returncode": 1, "stderr": "no entry for canary-word in .pgpass", "stdout": ""}
        )

    monkeypatch.setattr(module.subprocess, "run", run)
    monkeypatch.setenv("PJM_API_KEY", "canary-of-another")
    word = "canary-word"
    url = f"postgresql://desk:{word}@db.example.com/epd?sslmode=require"
    with pytest.raises(BackupError) as caught:
        module._run("pg_dump", url)
    ((command, env),) = seen
    assert "canary" not in " ".join(command) and env["PGPASSWORD"] == word
    assert "canary-of-another" not in env.values()
    assert "canary" not in str(caught.value)
