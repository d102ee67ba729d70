"""The documents name files that exist, and the changes that they show apply to the code as it is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])

A_PRICE_ENTERS_AT_MOST = 36
"""Files of lib between the socket and the store."""


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_a_link_leads_to_a_file(path: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8"))
    assert not [link for link in links if not (path.parent / link).exists()]


def test_the_way_of_a_price_names_files_that_exist_and_counts_them() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    section = text.split("## How to find things")[1].split("\n## ")[0] + "\n"
    ways = re.findall(r"\((\d+) files, .*?\n\n(.*?)\n\n", section, re.DOTALL)
    assert len(ways) == 2
    for count, table in ways:
        files = re.findall(r"`([\w/]+\.py)`", table)
        assert len(files) == len(set(files)) == int(count)
        assert not [name for name in files if not (ROOT / "lib" / name).is_file()]
    assert int(ways[0][0]) <= A_PRICE_ENTERS_AT_MOST
