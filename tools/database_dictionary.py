"""Write docs/database.md from the comments of the schema: `python -m tools.database_dictionary`.

The page is a dictionary of what a reader can query: tables, then views, each with its columns, types and
comments. Tables and views that every ISO has stand there once, under the name of one ISO.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

from lib.markets import MARKETS
from lib.source_names import DEMO_SOURCE
from lib.store import Database, open_database, read_sql

PAGE = Path(__file__).parents[1] / "docs" / "database.md"

EXAMPLE = "nyiso"
"""The ISO under whose name relations stand that every ISO has."""

_RELATIONS = """
    SELECT relname AS relation, relkind IN ('v', 'm') AS is_view, obj_description(class.oid) AS about,
           attname AS name, format_type(atttypid, atttypmod) AS type, attnotnull AS is_required,
           col_description(class.oid, attnum) AS meaning
    FROM pg_class class JOIN pg_attribute ON attrelid = class.oid AND attnum > 0 AND NOT attisdropped
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm') AND NOT relispartition
    ORDER BY is_view, relname, attnum
"""

_HEAD = """# The database

<!-- Made from the comments of the schema: python -m tools.database_dictionary -->

What a reader can query, as the schema in `sql/` describes it. A login that may read has it all and can change
nothing ([running.md](running.md#logins)); [operations.md](operations.md#bi-tools-and-sql) has examples. An
hour is named by the UTC start of its interval; NULL means that a value cannot be computed, and never zero.
Large tables have a partition for each ISO, `da_lmps_{iso}` and so on, and views that every ISO has are shown
for {name}: replace `{iso}` by `{others}`.
"""

_TYPES = {
    "timestamp with time zone": "timestamptz",
    "double precision": "double",
    "character varying": "text",
}


def render(db: Database) -> str:
    """Return the page for the schema of a database."""
    columns = read_sql(db, _RELATIONS)
    others = [iso.lower() for iso in MARKETS if iso.lower() != EXAMPLE]
    is_others = columns["relation"].map(lambda name: any(part in others for part in name.split("_")))
    shown = columns[~is_others]
    head = _HEAD.format(iso=EXAMPLE, name=MARKETS[EXAMPLE.upper()].name, others="`, `".join(others))
    parts = [head]
    for is_view, heading in ((False, "Tables"), (True, "Views")):
        parts.append(f"## {heading}\n")
        of_kind = shown[shown["is_view"] == is_view]
        parts += [_section(name, rows) for name, rows in of_kind.groupby("relation", sort=True)]
    return "\n".join(parts)


def _section(name: object, columns: pd.DataFrame) -> str:
    about = _cell(columns["about"].iloc[0]) or "No comment."
    rows = [
        f"| `{row.name}` | {_TYPES.get(str(row.type), row.type)} | {'yes' if row.is_required else ''} "
        f"| {_cell(row.meaning)} |"
        for row in columns.drop(columns="relation").itertuples(index=False)
    ]
    head = "| column | type | required | meaning |\n|---|---|---|---|"
    return f"### {name}\n\n{about}.\n\n{head}\n" + "\n".join(rows) + "\n"


def _cell(text: object) -> str:
    return "" if text is None or pd.isna(text) else str(text).strip().rstrip(".").replace("|", "\\|")


def main() -> int:
    """Write the page for the schema as it is."""
    PAGE.write_text(render(open_database(DEMO_SOURCE)), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
