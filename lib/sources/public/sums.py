"""Loads of zones as sums of the areas that are metered: all areas of a zone, or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from lib.sources.tally import Tally


def sum_parts(parts: pd.DataFrame, members: Mapping[str, Sequence[str]], tally: Tally) -> pd.DataFrame:
    """Return the sum of each location's parts; an hour without one value of each is left out and counted.

    Args:
        parts: part, interval_start (UTC start of the hour), value (MW; NaN where it came without one).
        members: the parts of each location; a part may belong to several.
        tally: where hours without a sum are counted.

    Returns:
        location, interval_start (UTC start of the hour), value (MW), sorted by both.
    """
    pairs = pd.DataFrame(
        [(location, part) for location, its_parts in members.items() for part in its_parts],
        columns=["location", "part"],
    )
    grouped = pairs.merge(parts, on="part").groupby(["location", "interval_start"])
    sums = grouped.agg(
        value=("value", "sum"),
        n_values=("value", "count"),
        n_rows=("part", "size"),
        n_parts=("part", "nunique"),
    ).reset_index()
    expected = sums["location"].map(pairs["location"].value_counts())
    complete = tally.reject(
        sums,
        sums[["n_values", "n_rows", "n_parts"]].ne(expected, axis=0).any(axis=1),
        "partial_sum",
        lambda bad: (
            f"{len(bad)} hours have not one value for each of {'+'.join(members[bad['location'].iloc[0]])}; "
            "not summed"
        ),
    )
    return complete[["location", "interval_start", "value"]].reset_index(drop=True)
