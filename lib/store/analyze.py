"""What the server's planner knows of the tables, brought up to date once they may have grown."""

from __future__ import annotations

from sqlalchemy import text

from lib.store.database import Database
from lib.store.query import quoted


def update_statistics(db: Database) -> list[str]:
    """Have the server look anew at the tables whose rows it misjudges by more than a tenth.

    A server does so by itself, but later, and never for a partitioned table as a whole; the embedded one may
    be stopped before. Without it a view's joins are planned for a handful of rows, and take seconds. Of a
    partitioned table only the key is looked at, by which it is joined: the values would take the longest.

    Returns:
        the tables that were looked at, by name.
    """
    with db.engine.begin() as connection:
        misjudged = connection.execute(text(_MISJUDGED)).all()
        for table, key in misjudged:
            columns = f" ({', '.join(map(quoted, key))})" if key else ""
            connection.execute(text(f"ANALYZE {quoted(table)}{columns}"))
    return [table for table, _ in misjudged]


_MISJUDGED = """
    WITH whole AS (
        SELECT coalesce(inhparent, relid) AS whole_id, inhparent IS NOT NULL AS is_partitioned,
               sum(n_live_tup) AS n_rows
        FROM pg_stat_user_tables
        JOIN pg_class ON pg_class.oid = relid
        LEFT JOIN pg_inherits ON inhrelid = relid
        WHERE schemaname = 'public' AND relkind = 'r'
        GROUP BY 1, 2
    )
    SELECT relname,
           CASE WHEN is_partitioned THEN
               (SELECT array_agg(attname::text ORDER BY attnum)
                FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY (indkey)
                WHERE indrelid = whole_id AND indisprimary)
           END
    FROM whole JOIN pg_class ON pg_class.oid = whole_id
    WHERE abs(n_rows - greatest(reltuples, 0)) > 0.1 * greatest(n_rows, reltuples)
    ORDER BY relname
"""
