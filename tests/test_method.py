"""The code and docs/method.md agree: on sections, and on the thresholds that texts repeat."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lib.calc.band import MIN_RESIDUALS
from lib.calc.delivery import N_MONTHS
from lib.calc.grid import MIN_BASE_USD_PER_MWH
from lib.calc.interval import MIN_INTERVAL_DAYS
from lib.calc.shaping import MIN_HOURS_SHARE
from lib.calc.vlr import MIN_DAYS
from lib.pipeline.steps.cost_inputs import OLD_AFTER_DAYS

ROOT = Path(__file__).parents[1]
METHOD = (ROOT / "docs" / "method.md").read_text()
TEXTS = (ROOT / "docs" / "method.md", *sorted((ROOT / "notebooks").glob("*.ipynb")))


def test_the_sections_that_the_code_names_exist() -> None:
    headings = set(re.findall(r"^#+ (.*)$", METHOD, re.MULTILINE))
    modules = [*(ROOT / "lib" / "calc").glob("*.py"), ROOT / "lib" / "hours.py"]
    named = {
        " ".join(section.split())
        for module in modules
        for sections in re.findall(r'docs/method\.md, ("[^"]*"(?: and "[^"]*")*)', module.read_text())
        for section in re.findall(r'"([^"]*)"', sections)
    }
    assert len(named) >= 6
    assert named <= headings


@pytest.mark.parametrize(
    ("pattern", "value"),
    [
        (r"[Ff]ewer than (\d+) days", MIN_DAYS),
        (r"[Uu]nder (\d+) days", MIN_INTERVAL_DAYS),
        (r"[Ff]ewer than (\d+) residuals", MIN_RESIDUALS),
        (r"under (\d+) % of its hours", 100 * MIN_HOURS_SHARE),
        (r"under \\*\$(\d+)/MWh", MIN_BASE_USD_PER_MWH),
        (r"next (\d+) months", N_MONTHS),
        (r"more than (\d+) days older", OLD_AFTER_DAYS),
    ],
)
def test_the_texts_repeat_the_thresholds_of_the_code(pattern: str, value: float) -> None:
    repeated = {float(number) for path in TEXTS for number in re.findall(pattern, path.read_text())}
    assert repeated == {value}


@pytest.mark.parametrize("name", ["method.md", "glossary.md"])
def test_a_text_leaves_the_on_peak_hours_to_the_table_of_markets(name: str) -> None:
    text = (ROOT / "docs" / name).read_text(encoding="utf-8")
    assert not re.findall(r"HE \d+-\d+", text)
    assert "markets.csv" in text
