"""Which tables and views the database has, and what their columns are."""

from __future__ import annotations

import pandas as pd

from lib.markets import MARKETS
from lib.store.database import Database
from lib.store.query import UnknownRelation, read_sql


def read_relations(db: Database) -> pd.DataFrame:
    """Return every table and view.

    Returns:
        relation, kind ("table" or "view"), iso (None where it is not of one), comment, n_rows (an estimate;
        NULL for a view and for a table that was never counted); by name.
    """
    relations = read_sql(db, _RELATIONS)
    name_parts = relations["relation"].str.split("_").map(set)
    iso_of_part = {iso.lower(): iso for iso in MARKETS}
    isos = [next((iso for part, iso in iso_of_part.items() if part in parts), None) for parts in name_parts]
    relations.insert(2, "iso", isos)
    return relations


def read_columns(db: Database, relation: str) -> pd.DataFrame:
    """Return the columns of a relation: column, type, comment; in their order.

    Raises:
        UnknownRelation: no table or view has the name.
    """
    columns = read_sql(db, _COLUMNS, {"relation": relation})
    if columns.empty:
        raise UnknownRelation(f"there is no table or view {relation!r}")
    return columns


_RELATIONS = """
    SELECT relname AS relation, CASE relkind WHEN 'v' THEN 'view' ELSE 'table' END AS kind,
           obj_description(pg_class.oid, 'pg_class') AS comment,
           CASE relkind
               WHEN 'v' THEN NULL
               WHEN 'p' THEN (SELECT sum(nullif(part.reltuples, -1)) FROM pg_inherits
                              JOIN pg_class part ON part.oid = inhrelid WHERE inhparent = pg_class.oid)
               ELSE nullif(reltuples, -1)
           END::float8 AS n_rows
    FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v')
    ORDER BY relname
"""

_COLUMNS = """
    SELECT attname AS column, format_type(atttypid, atttypmod) AS type,
           col_description(attrelid, attnum) AS comment
    FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v') AND relname = :relation
      AND attnum > 0 AND NOT attisdropped
    ORDER BY attnum
"""
