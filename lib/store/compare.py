"""Which rows of a frame are new and which have other values than those stored."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


def compare(
    rows: pa.Table, stored: pa.Table, entity: str | None, values: Sequence[str]
) -> tuple[pa.Array, pa.Array]:
    """Return two masks over the rows: not stored yet, and stored with another value.

    Rows are told apart by `interval_start` and, if there is one, the integer `entity`; NULL equals NULL.

    Args:
        rows: the rows to store; none twice.
        stored: stored rows with the same columns, those at least that could be among the given ones.
        entity: the column that tells locations or series apart; None: the hour alone is the key.
        values: columns to compare.
    """
    wanted, known = _keys(rows, entity), _keys(stored, entity)
    if not len(known):
        return pa.repeat(True, len(wanted)), pa.repeat(False, len(wanted))
    order = np.argsort(known, kind="stable")
    place = order[np.searchsorted(known, wanted, sorter=order).clip(max=len(known) - 1)]
    is_known = pa.array(known[place] == wanted)
    is_equal = reduce(pc.and_, (_equal(rows[value], stored[value].take(pa.array(place))) for value in values))
    return pc.invert(is_known), pc.and_not(is_known, is_equal)


def _keys(table: pa.Table, entity: str | None) -> np.ndarray:
    """Return an integer for each row: the entity above 40 bits with the seconds, enough to the year 36812."""
    seconds = table["interval_start"].cast(pa.int64()).to_numpy() // 1_000_000
    if entity is None:
        return seconds
    return (table[entity].to_numpy().astype("int64") << 40) + seconds


def _equal(left: pa.ChunkedArray, right: pa.ChunkedArray) -> pa.ChunkedArray:
    both_null = pc.and_(left.is_null(), right.is_null())
    return pc.or_(pc.fill_null(pc.equal(left, right), False), both_null)
