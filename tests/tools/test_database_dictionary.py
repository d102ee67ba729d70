"""docs/database.md is made from the schema as it is, and the queries of docs/operations.md run on it."""

from __future__ import annotations

import re

import pytest

from lib.store import Database, read_sql
from tools.database_dictionary import PAGE, render

QUERIES = [
    query
    for query in re.findall(
        r"```sql\n(.*?)```", (PAGE.parent / "operations.md").read_text(encoding="utf-8"), re.DOTALL
    )
    if "ATTACH" not in query
]


def test_the_dictionary_is_that_of_the_schema(demo_database: Database) -> None:
    assert PAGE.read_text(encoding="utf-8") == render(demo_database), (
        "run python -m tools.database_dictionary"
    )


def test_every_table_and_column_has_a_meaning() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert "No comment" not in page
    rows = re.findall(r"^\| `\w+` \|[^|]*\|[^|]*\| ?(.*?) ?\|$", page, re.MULTILINE)
    assert len(rows) > 500 and all(rows)


@pytest.mark.parametrize("query", QUERIES, ids=range(len(QUERIES)))
def test_a_query_of_the_page_for_operators_runs(demo_database: Database, query: str) -> None:
    read_sql(demo_database, query.strip().rstrip(";"))


def test_the_page_has_queries() -> None:
    assert len(QUERIES) == 3
