"""Keep the statistics of the server's query planner up to date after tables have grown."""

from __future__ import annotations

from sqlalchemy import text

from lib.store.database import Database
from lib.store.query import quote_identifier


def update_statistics(db: Database) -> list[str]:
    """Run ANALYZE on every table whose number of rows the planner misjudges by more than 10 %.

    A server does this by itself, but later, and never for a partitioned table as a whole; the embedded server
    may be stopped before. Without good statistics the planner expects a handful of rows behind a view's
    joins, and the view takes seconds. Of a partitioned table only the columns of the key are analysed: joins
    use them, and the values would take the longest.

    Returns:
        the names of the analysed tables, sorted.
    """
    with db.engine.begin() as connection:
        outdated = connection.execute(text(_OUTDATED)).all()
        for table, key in outdated:
            columns = f" ({', '.join(map(quote_identifier, key))})" if key else ""
            connection.execute(text(f"ANALYZE {quote_identifier(table)}{columns}"))
    return [table for table, _ in outdated]


_OUTDATED = """
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
