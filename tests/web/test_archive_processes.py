"""The archive when several processes write, and when one is killed meanwhile."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from multiprocessing.pool import ThreadPool
from pathlib import Path

import pytest

from lib.web import Archive, Request, Response

ROOT = Path(__file__).parents[2]
WRITER = """
import random, sys
from datetime import UTC, datetime
from itertools import count, islice
from pathlib import Path
from lib.web import Archive, Request, Response

folder, name, limit = sys.argv[1:]
archive = Archive(Path(folder), 10**9)
for n in islice(count(), int(limit) if limit else None):
    body = random.Random(n).randbytes(100_000)  # the same of every process
    request = Request("public", f"https://a.example/{name}/{n}")
    archive.save(request, Response(200, {}, body, request.url, datetime.now(UTC)))
    print(n, flush=True)
"""


def _start(folder: Path, name: str, limit: str = "") -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(folder), name, limit]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def _urls(archive: Archive) -> list[str]:
    """Return what is kept, each body read and its SHA-256 checked."""
    return [entry.read_response().url for entry in archive.entries("public")]


def test_two_processes_write_one_archive(tmp_path: Path) -> None:
    writers = [_start(tmp_path, name, "40") for name in ("a", "b")]
    for writer in writers:
        writer.communicate()
        assert writer.returncode == 0
    expected = {f"https://a.example/{name}/{n}" for name in "ab" for n in range(40)}
    urls = _urls(Archive(tmp_path, 10**9))
    assert (len(urls), set(urls)) == (80, expected)
    assert len(list(tmp_path.rglob("*.gz"))) == 40


def test_threads_keep_the_same_answer_at_the_same_time(tmp_path: Path) -> None:
    archive = Archive(tmp_path, 10**9)
    body = bytes(range(256)) * 4000

    def keep(n: int) -> None:
        request = Request("public", f"https://a.example/{n}")
        archive.save(request, Response(200, {}, body, request.url, datetime.now(UTC)))

    with ThreadPool(8) as pool:
        pool.map(keep, range(200), chunksize=1)
    assert sorted(_urls(archive)) == sorted(f"https://a.example/{n}" for n in range(200))


@pytest.mark.parametrize("answers", [1, 3, 8])
def test_a_killed_process_leaves_whole_answers(tmp_path: Path, answers: int) -> None:
    writer = _start(tmp_path, "killed")
    assert writer.stdout is not None
    for _ in range(answers):
        writer.stdout.readline()
    writer.kill()
    writer.communicate()

    archive = Archive(tmp_path, 10**9)
    kept = _urls(archive)
    assert kept == [f"https://a.example/killed/{n}" for n in range(len(kept))]
    assert len(kept) >= answers
    request = Request("public", "https://a.example/next")
    archive.save(request, Response(200, {}, b"next", request.url, datetime.now(UTC)))
    assert _urls(archive) == [*kept, request.url]
