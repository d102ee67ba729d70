"""The parts of the cost to serve, over any group of cells of a cost curve.

The method (docs/method.md, "What a price is made of"), in $/MWh. Only cells with a cost to serve and a load
count. h is the hours of a cell, L its load in MWh; `add_loads` computes L.

    forward_price, da_rt_adjustment, zone_basis = sum(h x part) / sum(h)     of a flat load
    load_shape       = sum(L x hpfc) / sum(L) - sum(h x block_price) / sum(h)
    covariance       = sum(L x covariance) / sum(L)
    vlr              = sum(L x VLR) / sum(L), with the VLR that the cost to serve contains
    risk             = sum(L x risk) / sum(L)
    cost_to_serve    = sum(L x cost_to_serve) / sum(L) = the sum of the seven parts

L is a mean load: the load shape is what it costs that cells differ, the covariance what it costs that the
days of a cell differ.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from lib.calc.aggregate import format_months
from lib.calc.band import Band
from lib.calc.cost_curve import DELIVERY_BLOCK, used_vlr
from lib.calc.grid import CELL, MIN_BASE_USD_PER_MWH, ratio
from lib.calc.quote_choice import BLOCK_PRICE_PARTS
from lib.calc.term_band import SEED, term_bands
from lib.markets import BLOCKS

PARTS = (*BLOCK_PRICE_PARTS, "load_shape", "covariance", "vlr", "risk")
"""The parts, in the order in which a page adds them up; their sum is the cost to serve."""

_BY_LOAD = ("covariance", "vlr", "risk", "cost_to_serve")
"""The columns of a cell whose mean over a term is weighted with load."""

TERMS = (12, 24, 36)
"""Lengths of supply terms, in months from the first month of delivery."""


def add_loads(cells: pd.DataFrame, vlr: pd.DataFrame) -> pd.DataFrame:
    """Return cells of delivery with their load: VLR's mean load of the cell (MW) x the cell's hours.

    `lib.store.run_diff` weighs cells by the same loads in SQL; tests/store/test_run_diff.py compares the two:
    change one with the other.

    Args:
        cells: location, delivery_month, he, block_type, n_hours.
        vlr: the cells of a VLR curve: CELL, rt_load_mwh, n_hours.

    Returns:
        the columns of `cells`, month, load_mw, load_mwh (both NULL where the mean load is missing or not
        above 0).
    """
    load_mw = ratio(vlr["rt_load_mwh"], vlr["n_hours"])
    loads = vlr[CELL].assign(load_mw=load_mw.where(load_mw > 0))
    found = cells.assign(month=cells["delivery_month"].dt.month).merge(loads, on=CELL, how="left")
    return found.assign(load_mwh=found["load_mw"] * found["n_hours"])


def cost_parts(cells: pd.DataFrame, vlr: pd.DataFrame, by: Sequence[str] = ("location",)) -> pd.DataFrame:
    """Return the parts of the cost to serve for groups of cells.

    Args:
        cells: what `lib.calc.cost_curve.cost_curve` returns.
        vlr: the VLR curve's cells, for the load of each: CELL, rt_load_mwh, n_hours.
        by: the columns of `cells` to group by.

    Returns:
        the `by` columns, PARTS and cost_to_serve ($/MWh), n_priced (months of delivery with a price),
        n_months (all months of delivery), n_hours (hours with a price), n_excluded (hours without one).
    """
    used = add_loads(cells.assign(vlr=used_vlr(cells), risk=cells.get("risk", 0.0)), vlr)
    is_used = used["cost_to_serve"].notna() & used["load_mwh"].notna()
    hours, load = used["n_hours"].where(is_used), used["load_mwh"].where(is_used)
    sums = used[list(by)].assign(
        **{name: used[name] * hours for name in (*BLOCK_PRICE_PARTS, "block_price")},
        **{name: used[name] * load for name in ("hpfc", *_BY_LOAD)},
        hours=hours,
        load=load,
        n_excluded=used["n_hours"].mask(is_used, 0),
    )
    groups = sums.groupby(list(by), observed=True, sort=False).sum()
    months = used[list(by)].assign(
        n_priced=used["delivery_month"].where(is_used), n_months=used["delivery_month"]
    )
    groups = groups.join(months.groupby(list(by), observed=True, sort=False).nunique())
    flat, loaded = groups["hours"], groups["load"]
    return pd.DataFrame(
        {
            **{name: ratio(groups[name], flat) for name in BLOCK_PRICE_PARTS},
            "load_shape": ratio(groups["hpfc"], loaded) - ratio(groups["block_price"], flat),
            **{name: ratio(groups[name], loaded) for name in _BY_LOAD},
            **groups[["n_priced", "n_months"]],
            "n_hours": flat.astype(int),
            "n_excluded": groups["n_excluded"].astype(int),
        }
    ).reset_index()


def parts_by_term(cells: pd.DataFrame, vlr: pd.DataFrame, terms: Sequence[int] = TERMS) -> pd.DataFrame:
    """Return `cost_parts` by location for the first months of delivery.

    The prices of a term are NULL if a shorter term has as many priced months: they would be the same.

    Returns:
        term (months), and the columns of `cost_parts`.
    """
    first = cells["delivery_month"].min()
    ends = {term: first + pd.DateOffset(months=term) for term in terms}
    parts = {term: cost_parts(cells[cells["delivery_month"] < end], vlr) for term, end in ends.items()}
    table = pd.concat(parts, names=["term"]).reset_index("term").reset_index(drop=True)
    table.loc[table.duplicated(["location", "n_priced"]), [*PARTS, "cost_to_serve"]] = float("nan")
    return table


def vlr_of_terms(
    cells: pd.DataFrame, vlr: pd.DataFrame, band: Band, terms: Sequence[int] = TERMS, seed: int = SEED
) -> pd.DataFrame:
    """Return the band of VLR by location for the first months of delivery, under both assumptions.

    Args:
        cells: what `lib.calc.cost_curve.cost_curve` returns.
        vlr: the VLR curve's cells, for the load of each.
        band: of the VLR curve.
        terms: lengths in months.
        seed: of the draws of independent months.

    Returns:
        term (months), location and the other columns of `lib.calc.term_band.term_bands`; the priced VLR of
        months and blocks, weighted with load. Terms without a price have no rows.
    """
    used = add_loads(cells[cells["cost_to_serve"].notna()], vlr).dropna(subset="load_mwh")
    used = used.assign(dollars=used["vlr_priced"] * used["load_mwh"])
    blocks = used.groupby([*DELIVERY_BLOCK, "block_price"], observed=True)[["dollars", "load_mwh"]].sum()
    blocks = blocks.reset_index().rename(columns={"load_mwh": "weight"})
    blocks["priced"] = ratio(blocks["dollars"], blocks["weight"])
    first = cells["delivery_month"].min()
    parts = [blocks[blocks["delivery_month"] < first + pd.DateOffset(months=term)] for term in terms]
    rows = pd.concat([part.assign(term=term) for term, part in zip(terms, parts, strict=True)])
    return term_bands(rows, band, ["term", "location"], ["delivery_month", "block_type"], seed)


def compare_with_past(parts: pd.DataFrame, past: pd.DataFrame) -> pd.DataFrame:
    """Return what load shape and covariance add to a flat price, in the past and on delivery.

    Args:
        parts: what `cost_parts` returns for each zone.
        past: what `lib.calc.covariance.stored_parts` returns.

    Returns:
        location, past_load_shape, past_covariance, past_premium (their sum), and the same three without
        "past_": fractions of the flat price, NULL where that is negative or under MIN_BASE_USD_PER_MWH.
    """
    flat = parts[list(PARTS[: PARTS.index("load_shape")])].sum(axis=1, min_count=1)
    both = parts.assign(flat_price=flat).merge(past, on="location", suffixes=("", "_past"))
    columns = {"location": both["location"]}
    for prefix, suffix in (("past_", "_past"), ("", "")):
        base = both[f"flat_price{suffix}"].where(lambda price: price >= MIN_BASE_USD_PER_MWH)
        added = {name: both[f"{name}{suffix}"] / base for name in ("load_shape", "covariance")}
        columns |= {f"{prefix}{name}": share for name, share in added.items()}
        columns[f"{prefix}premium"] = added["load_shape"] + added["covariance"]
    return pd.DataFrame(columns)


def flat_prices(cells: pd.DataFrame, value: str = "cost_to_serve") -> pd.DataFrame:
    """Return a value's mean over the hours of each block: location, delivery_month, block_type, value."""
    known = cells["n_hours"].where(cells[value].notna())
    sums = cells[DELIVERY_BLOCK].assign(total=cells[value] * known, hours=known)
    groups = sums.groupby(DELIVERY_BLOCK, observed=True, sort=False)[["total", "hours"]].sum()
    return ratio(groups["total"], groups["hours"]).rename(value).reset_index()


def cells_without_cost(cells: pd.DataFrame) -> pd.DataFrame:
    """Return the cells without a cost to serve, with the reason.

    Returns:
        location, reason, blocks and months (in words: "5x16, 7x8", "2026-02 to 2026-05"), n_months, n_cells.
    """
    return _counted(cells[cells["reason"].notna()], ["location", "reason"])


def cells_on_thin_history(cells: pd.DataFrame) -> pd.DataFrame:
    """Return the priced cells with few days of history: location, blocks, months, n_months, n_cells."""
    return _counted(cells[cells["is_thin"] & cells["reason"].isna()], ["location"])


def _counted(cells: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Return the number of cells by group and blocks; months with the same blocks share a row."""
    cells = cells.astype({"block_type": str}).assign(period=cells["delivery_month"].dt.to_period("M"))
    months = cells.groupby([*by, "period"], sort=False).agg(
        blocks=("block_type", lambda its: ", ".join(block for block in BLOCKS if block in set(its))),
        n_cells=("he", "size"),
    )
    groups = months.reset_index().groupby([*by, "blocks"], sort=False)
    return groups.agg(
        months=("period", format_months), n_months=("period", "size"), n_cells=("n_cells", "sum")
    ).reset_index()
