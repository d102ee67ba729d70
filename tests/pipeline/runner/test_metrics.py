"""metrics.prom: every figure of a run once, in the form that collectors read."""

from __future__ import annotations

import json
import logging
import re
import tomllib
from datetime import datetime

import pytest

from lib.manifest import Manifest
from lib.paths import ROOT
from lib.pipeline.runner.after_run.metrics import render_metrics
from lib.pipeline.runner.records.event_log import FILE_NAME, JsonLines

SAMPLE = re.compile(r'^(\w+)\{((?:\w+="(?:[^"\\]|\\.)*",?)*)\} (-?[\d.e+-]+)$')
MANIFESTS = ROOT / "tests" / "manifests"


def _run(name: str = "demo_run", **changed: object) -> Manifest:
    return Manifest.model_validate({**json.loads((MANIFESTS / f"{name}.json").read_text()), **changed})


def _samples(text: str) -> dict[tuple[str, str], float]:
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    found = [SAMPLE.match(line) for line in lines]
    assert all(found)
    samples = {(match[1], match[2]): float(match[3]) for match in found if match}
    assert len(samples) == len(lines), "a sample stands twice"
    return samples


@pytest.mark.parametrize("name", ["demo_run", "files_run"])
def test_every_task_and_figure_is_there_with_its_type(name: str) -> None:
    run = _run(name)
    text = render_metrics(run)
    samples = _samples(text)
    assert text.endswith("# EOF\n") and text.count("# EOF") == 1
    for family in {name for name, _ in samples}:
        assert text.count(f"# TYPE {family} gauge\n") == text.count(f"# HELP {family} ") == 1
    for task in run.tasks:
        labels = f'notebook="{task.notebook}",iso="{task.iso or ""}"'
        assert samples["epd_task_done", labels] == (task.outcome == "done")
        if task.rows.written is not None:
            assert samples["epd_task_rows_written", labels] == task.rows.written
    for iso, figures in run.figures.items():
        for figure, value in figures.items():
            if value is not None:
                shown = samples["epd_figure", f'iso="{iso}",figure="{figure}"']
                assert shown == pytest.approx(value, rel=1e-9)


def test_a_family_stands_together() -> None:
    names = [line.split("{")[0] for line in render_metrics(_run()).splitlines() if not line.startswith("#")]
    assert [name for index, name in enumerate(names) if name not in names[:index]] == list(
        dict.fromkeys(names)
    )
    groups = [name for index, name in enumerate(names) if index == 0 or names[index - 1] != name]
    assert len(groups) == len(set(groups))


def test_a_name_with_quotes_and_backslashes_stays_a_label() -> None:
    text = render_metrics(_run(source='files:C:\\data "of\nthe desk"'))
    assert r'source="files:C:\\data \"of\nthe desk\""' in text
    _samples(text)


def test_what_is_not_known_has_no_sample() -> None:
    text = render_metrics(_run(finished_at=None, seconds=None, figures={"PJM": {"vlr_usd_per_mwh": None}}))
    assert "epd_run_duration_seconds" not in text and "epd_figure" not in text


def test_the_example_of_a_collector_reads_what_a_run_logs() -> None:
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    config = tomllib.loads(example)
    (log,) = config["sources"]["epd"]["include"]
    assert log.endswith(f"/{FILE_NAME}")
    record = logging.LogRecord("lib.pipeline", logging.INFO, "", 0, "task_ended", None, None)
    line = json.loads(JsonLines().format(record))
    assert {"time", "level", "event"} <= line.keys() and "del(.time)" in example
    assert datetime.fromisoformat(line["time"]).tzinfo is not None
