"""The state of stored data: a short text for each group of tables that changes with every write to them.

A state is the number of rows, and the sum of the ids of the transactions that wrote them. PostgreSQL gives
each transaction a new id and writes it into each row, so an inserted, updated or deleted row changes the
state, whether a run wrote it or a person with SQL. Reading the state of a row costs 50 nanoseconds.

Data of one ISO are told apart from those of the others, because notebooks of different ISOs write at the same
time. The run log is in no group: every run writes it, and no notebook computes from it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping
from datetime import date

from sqlalchemy import text

from lib.markets import MEASURES, market
from lib.store.curve_versions import CURVES
from lib.store.curves import tables_of
from lib.store.database import Database

REFERENCE, SETTLEMENTS = "reference", "settlements"
FORMER_CURVES = "former_curves"
"""The cost curves that runs made whose clock was before that of this run, and the VLR they were made of."""

REALISED_COST = "realised_cost"
"""What a run has computed; each has rows of its own, so the group has no state."""


CELLS_OF = {curve: tables_of(curve) for curve in CURVES}
"""Curve -> its tables of cells. The data of a curve are a group of its name."""

RAW_TABLES = tuple(measure.table for measure in MEASURES.values())
HOURLY_VLR_TABLE = "hourly_vlr_data"
PARTITIONED = (*RAW_TABLES, HOURLY_VLR_TABLE)
"""Tables of which each ISO has a part of its own."""

_OF_MARKET = "market_id = :market_id"
_OF_LOCATION = "location_id IN (SELECT location_id FROM location WHERE market_id = :market_id)"
_OF_SERIES = f"series_id IN (SELECT series_id FROM series WHERE {_OF_LOCATION})"
_ALL = "true"
_FORMER_ROWS = """
    SELECT version_id, version.parameters FROM curve_version version JOIN pipeline_run USING (run_id)
    WHERE market_id = :market_id AND curve = 'cost_curve' AND as_of < :as_of"""
_FORMER = _FORMER_ROWS.replace(", version.parameters", "")

TABLES: Mapping[str, Mapping[str, str]] = {
    REFERENCE: dict.fromkeys(
        (
            *("database_identity", "schema_migration", "market", "location", "block"),
            *("cost_component", "vlr_hierarchy", "hub_map"),
        ),
        _ALL,
    ),
    "series": {"series": _OF_LOCATION},
    "values": {
        **dict.fromkeys((*RAW_TABLES, "market_hour"), _OF_MARKET),
        **dict.fromkeys(("absent_hour", "value_revision"), _OF_SERIES),
    },
    "hourly_vlr": {HOURLY_VLR_TABLE: _OF_MARKET},
    FORMER_CURVES: {
        **dict.fromkeys(("curve_version", "curve_withdrawal", "cost_curve"), f"version_id IN ({_FORMER})"),
        "vlr": f"version_id IN (SELECT (parameters ->> 'vlr_version')::integer FROM ({_FORMER_ROWS}) former)",
    },
    REALISED_COST: {},
    "backtest": {"backtest": _OF_MARKET},
    SETTLEMENTS: dict.fromkeys(
        ("ice_settlement", "settlement_report", "settlement_revision", "mail_log"), _ALL
    ),
}
"""Group -> its tables, each with the condition for an ISO's rows; `_curve_tables` has those of curves."""

IN_NO_GROUP = {
    "pipeline_run": "the run log",
    "pipeline_task": "the run log",
    "pipeline_write": "the run log",
    "pipeline_problem": "what the tasks of a run reported; it goes with a report that is kept",
    "pipeline_curve": "the versions of a run; they go with a report that is kept",
    "run_lock": "who runs now",
    "realised_cost": "what a run computed, which its digest reads; it goes with a report that is kept",
    "reference_state": "the reference data of former versions, which no notebook of a run reads",
}
"""Tables without a state, each with why."""

ISO_FREE = (REFERENCE, SETTLEMENTS)
"""Groups that are the same for all ISOs."""


def read_data_state(db: Database, iso: str, groups: Collection[str], as_of: date) -> dict[str, str]:
    """Return the state of each group for an ISO, as 16 hexadecimal digits.

    Of a curve the states are those of its versions, whatever their status, and of the cells of the latest
    official version and the latest study: no notebook reads the cells of others.

    Args:
        db: the database.
        iso: the ISO; the groups of ISO_FREE are the same for all.
        groups: keys of TABLES, and names of curves (CELLS_OF).
        as_of: the clock of the run; FORMER_CURVES are those of runs before it.
    """
    selects = [select for group in groups for select in _selects(group, iso)]
    states = {group: hashlib.sha256() for group in groups}
    if selects:
        given = {"market_id": market(iso).market_id, "as_of": as_of}
        with db.engine.connect() as connection:
            rows = connection.execute(text(" UNION ALL ".join(selects)), given).all()
        for group, table, n_rows, writers in sorted(rows):
            states[group].update(f"{table} {n_rows} {writers}\n".encode())
    return {group: state.hexdigest()[:16] for group, state in states.items()}


def _selects(group: str, iso: str) -> Iterator[str]:
    """Yield a query for each table of a group: the group, the table, n_rows, writers."""
    for table, condition in (TABLES[group] if group in TABLES else _curve_tables(group)).items():
        is_partitioned = table in PARTITIONED
        relation = f"{table}_{iso.lower()}" if is_partitioned else table
        # age() counts the transactions since that of the row. The oldest id there can be, 3, makes a number
        # of it that stays; to turn the id itself into a number takes twice as long.
        yield f"""
            SELECT '{group}', '{table}', count(*) AS n_rows,
                coalesce(sum(CAST(age(CAST('3' AS xid)) AS bigint) - age(xmin)), 0) AS writers
            FROM {relation} WHERE {_ALL if is_partitioned else condition}
        """


def _curve_tables(curve: str) -> dict[str, str]:
    """Return the tables of a curve, each with the condition for the rows of an ISO."""
    versions = f"SELECT version_id FROM curve_version WHERE market_id = :market_id AND curve = '{curve}'"
    latest = versions.replace("version_id FROM", "max(version_id) FROM") + " GROUP BY status"
    return {
        "curve_version": f"{_OF_MARKET} AND curve = '{curve}'",
        "curve_withdrawal": f"version_id IN ({versions})",
        **dict.fromkeys(CELLS_OF[curve], f"version_id IN ({latest})"),
    }
