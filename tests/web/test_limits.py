from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from lib.web import Limits, LiveExchange, Reply, Request, ask_all
from lib.web.limits import Slots

ROOT = Path(__file__).parents[2]

ASK = """
import sys
from pathlib import Path
from lib.web import Limits, LiveExchange, Reply, Request, ask_all
from lib.web.slots import Slots
exchange = LiveExchange(Limits(), None, Slots(Path(sys.argv[1]), int(sys.argv[3])))
answers = list(ask_all(exchange, [Request("test", sys.argv[2])] * 8, workers=8))
sys.exit(not all(isinstance(answer, Reply) for _, answer in answers))
"""


def test_the_limit_of_a_host_holds_over_processes(bad_server: Any, tmp_path: Path) -> None:
    url = bad_server.on("/prices", bad_server.late(b"prices", 0.03))
    command = [sys.executable, "-c", ASK, str(tmp_path), url, "2"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    processes = [subprocess.Popen(command, env=environment) for _ in range(3)]
    assert [process.wait() for process in processes] == [0, 0, 0]
    assert len(bad_server.asked) == 24
    assert bad_server.most_at_once == 2


def test_a_process_that_is_killed_gives_its_slot_back(bad_server: Any, tmp_path: Path) -> None:
    hung = bad_server.on("/hung", bad_server.late(b"", 60))
    code = ASK.replace("] * 8", "]")
    killed = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path), hung, "1"], env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    while not bad_server.asked:
        assert killed.poll() is None
    killed.kill()
    killed.wait()
    exchange = LiveExchange(Limits(), None, Slots(tmp_path, 1))
    (answer,) = ask_all(exchange, [Request("test", bad_server.on("/prices", bad_server.good("x")))], 1)
    assert isinstance(answer[1], Reply)


def test_hosts_have_slots_of_their_own(tmp_path: Path) -> None:
    slots = Slots(tmp_path, 1)
    with slots.one("a.example"), slots.one("b.example:8080"):
        assert sorted(path.name for path in tmp_path.iterdir()) == ["a.example", "b.example_8080"]
