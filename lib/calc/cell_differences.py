"""Compare the cells of two versions of a curve: bit for bit, and what moved by month and block.

1. `find_differences` compares every number of two tables bit for bit: NULL equals NULL, and nothing is
   rounded.
2. `month_block_moves` gives a figure of each month and block before and now. The cells that both versions
   have count, each with the weight of the later version, so that a cell that comes or goes moves nothing:

       figure     = sum(weight x value) / sum(weight)
       change     = figure now - figure before, in the unit of the value
       change_pct = change / base, a fraction

   The base is the figure before or, for what is a part of a price, that price now. The fraction is NULL where
   the base is under $1/MWh in size; a factor has no such limit.
3. `largest_moves` names the cells that moved most.
4. `part_moves` splits the move of a cost curve into those of its parts:

       cost to serve = forward + DA-RT adjustment + basis + (hpfc - block price) + covariance + VLR
                       + risk
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from lib.calc.grid import MIN_BASE_USD_PER_MWH, ratio
from lib.hours import BLOCK_TYPE

KEYS = [
    *("location", "level", "member", "delivery_month", "market_date"),
    *("month", "season", "he", "block_type", "year", "reason"),
]
"""The columns that can be part of the key of a table of cells, in the order of the key."""

PLAIN = {"cost_curve": ["location", "delivery_month", "he", "block_type"]}
"""The key of a table that also has one of KEYS as a value."""


PARTS = ("forward", "DA-RT adjustment", "basis", "hourly shape", "covariance", "VLR", "risk")
"""The parts of a cost to serve, which add up to it."""


@dataclass(frozen=True)
class Compared:
    """Which columns of a curve are compared.

    Attributes:
        value: the figure: $/MWh, or a factor.
        weight: the weight of a cell in a mean.
        month: the column of the month: of the year, or of delivery.
        base: the price of which the figure is a part; None if it is a price or a factor itself.
        least_base: the smallest base of a fraction, in size.
    """

    value: str
    weight: str
    month: str = "month"
    base: str | None = None
    least_base: float = MIN_BASE_USD_PER_MWH

    @property
    def key(self) -> list[str]:
        """The key of a cell."""
        return ["location", self.month, "he", "block_type"]


def key_of(table: str, cells: pd.DataFrame) -> list[str]:
    """Return the columns that identify a cell of a table."""
    return PLAIN.get(table) or [name for name in KEYS if name in cells]


def find_differences(table: str, stored: pd.DataFrame, computed: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Return the values of a table that differ in any bit, and how many values were compared.

    Args:
        table: its name.
        stored: the cells as they are stored; other columns than those of `computed` are not compared where
            they are NULL throughout, as those that a later version of the code has added.
        computed: the cells as they were computed again.

    Returns:
        table, cell (its key as text), column, stored, computed; a row for each value that differs, also for
        cells that only one of the two has.
    """
    key = key_of(table, computed)
    stored, computed = (_by_key(frame, key) for frame in (stored, computed))
    columns = [name for name in stored.columns if name in computed or stored[name].notna().any()]
    cells = stored.index.union(computed.index)
    in_both = cells.isin(stored.index) & cells.isin(computed.index)
    rows: list[tuple[object, ...]] = []
    for name in columns:
        old = stored[name].reindex(cells)
        new = computed[name].reindex(cells) if name in computed else pd.Series(np.nan, cells)
        is_other = ~(_equal(old, new).to_numpy() & in_both)
        words = map(_words, cells[is_other])
        rows += zip(words, [name] * is_other.sum(), old[is_other], new[is_other], strict=True)
    found = pd.DataFrame(rows, columns=["cell", "column", "stored", "computed"], dtype=object)
    found.insert(0, "table", table)
    return found, len(cells) * len(columns)


def month_block_moves(before: pd.DataFrame, now: pd.DataFrame, compared: Compared) -> pd.DataFrame:
    """Return how a figure of each month and block moved, over the cells that both versions have.

    Args:
        before, now: the cells of two versions, with the columns that `compared` names.
        compared: which columns; the weights and the base of `now` count for both.

    Returns:
        the month, block_type, before, now, change, change_pct (a fraction), n_cells; by month and block. No
        row without a common cell.
    """
    cells = _pairs(before, now, compared)
    terms = cells.assign(**{name: cells[name] * cells["weight"] for name in ("before", "now", "base")})
    groups = terms.groupby([compared.month, "block_type"], observed=True)
    sums = groups[["before", "now", "base", "weight"]].sum(min_count=1)
    figures = sums[["before", "now", "base"]].div(sums["weight"], axis=0)
    figures = _with_change(figures, compared).assign(n_cells=groups.size())
    return figures.drop(columns="base").reset_index()


def largest_moves(
    before: pd.DataFrame, now: pd.DataFrame, compared: Compared, n_rows: int = 10
) -> pd.DataFrame:
    """Return the cells whose value moved most, the largest move first.

    Returns:
        location, the month, he, block_type, before, now, change, change_pct; cells that did not move are left
        out.
    """
    cells = _with_change(_pairs(before, now, compared), compared)
    moved = cells[cells["change"].abs() > 0]
    order = moved["change"].abs().sort_values(ascending=False, kind="stable").index
    columns = [*compared.key, "before", "now", "change", "change_pct"]
    return moved.loc[order[:n_rows], columns].reset_index(drop=True)


def part_moves(before: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """Return by how much each part of the price moved the mean cost to serve of cost curves.

    Args:
        before, now: the cells of two cost curves, with the column names of the database. Cells that both
            price count, weighted with the hours of `now`.

    Returns:
        price_part (of PARTS), before, now, change ($/MWh, means over hours); the changes add up to that of
        the cost to serve.
    """
    compared = Compared("cost_to_serve", "n_hours", month="delivery_month")
    only = common_cells(before, now, compared)
    weights = _plain(now, compared)[[*compared.key, "weight"]].merge(only, on=compared.key)
    means = {}
    for name, cells in (("before", before), ("now", now)):
        parts = _parts_of(cells).assign(**_plain(cells, compared)[compared.key])
        counted = weights.merge(parts, on=compared.key)
        means[name] = counted[list(PARTS)].mul(counted["weight"], axis=0).sum() / counted["weight"].sum()
    table = pd.DataFrame(means).rename_axis("price_part")
    return table.assign(change=table["now"] - table["before"]).reset_index()


def _parts_of(cells: pd.DataFrame) -> pd.DataFrame:
    """Return the parts of the cost to serve of each cell, $/MWh; they add up to it."""
    covariance, risk = (cells[name].fillna(0.0) for name in ("covariance", "risk"))
    parts = (
        cells["forward_price"],
        cells["da_rt_adjustment"],
        cells["basis"],
        cells["hpfc"] - cells["block_price"],
        covariance,
        cells["cost_to_serve"] - cells["hpfc"] - covariance - risk,
        risk,
    )
    return pd.DataFrame(dict(zip(PARTS, parts, strict=True)))


def whole_figure(cells: pd.DataFrame, compared: Compared, only: pd.DataFrame | None = None) -> float:
    """Return the figure of all cells; NaN without any.

    Args:
        cells: of a version.
        compared: its columns.
        only: the keys of the cells that count; None for all.
    """
    counted = _plain(cells, compared)
    if only is not None:
        counted = counted.merge(only, on=compared.key)
    counted = counted[counted["value"].notna()]
    weight = counted["weight"].sum()
    return float((counted["value"] * counted["weight"]).sum() / weight) if weight > 0 else float("nan")


def common_cells(before: pd.DataFrame, now: pd.DataFrame, compared: Compared) -> pd.DataFrame:
    """Return the keys of the cells that have a value in both versions."""
    return _pairs(before, now, compared)[compared.key]


def _pairs(before: pd.DataFrame, now: pd.DataFrame, compared: Compared) -> pd.DataFrame:
    """Return the cells that have a value in both versions: key, before, now, and weight and base of now."""
    old = _plain(before, compared).rename(columns={"value": "before"})[[*compared.key, "before"]]
    new = _plain(now, compared).rename(columns={"value": "now"})
    pairs = old.merge(new, on=compared.key).dropna(subset=["before", "now"])
    return pairs if compared.base else pairs.assign(base=pairs["before"])


def _plain(cells: pd.DataFrame, compared: Compared) -> pd.DataFrame:
    """Return cells as key, value, weight and base; a weight that is not positive is none."""
    weight = cells[compared.weight]
    plain = cells[compared.key].astype({"location": str, "block_type": BLOCK_TYPE})
    base = cells[compared.base] if compared.base else np.nan
    return plain.assign(value=cells[compared.value], weight=weight.where(weight > 0), base=base)


def _with_change(figures: pd.DataFrame, compared: Compared) -> pd.DataFrame:
    change = figures["now"] - figures["before"]
    base = figures["base"].where(figures["base"].abs() >= compared.least_base)
    return figures.assign(change=change, change_pct=ratio(change, base))


def _by_key(frame: pd.DataFrame, key: Sequence[str]) -> pd.DataFrame:
    """Return a frame with its key as texts and times in the index, its other columns as they are."""
    plain = frame.assign(
        **{name: frame[name].astype(str) for name in key if frame[name].dtype.name in ("category", "object")}
    )
    if "delivery_month" in key:
        plain["delivery_month"] = plain["delivery_month"].astype("datetime64[us]")
    return plain.set_index(list(key)).sort_index()


def _equal(old: pd.Series, new: pd.Series) -> pd.Series:
    """Return where two columns are equal in every bit; NULL equals NULL, and 0 does not equal -0."""
    if pd.api.types.is_numeric_dtype(old) and pd.api.types.is_numeric_dtype(new):
        left, right = (column.to_numpy(dtype="float64", na_value=np.nan) for column in (old, new))
        same_bits = (left.view("int64") == right.view("int64")) | (np.isnan(left) & np.isnan(right))
        return pd.Series(same_bits, old.index)
    return (old.isna() & new.isna()) | (old.astype(object) == new.astype(object))


def _words(cell: object) -> str:
    parts = cell if isinstance(cell, tuple) else (cell,)
    return ", ".join(f"{part:%Y-%m}" if isinstance(part, pd.Timestamp) else str(part) for part in parts)
