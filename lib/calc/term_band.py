"""The predictive band of a term: several months and blocks, between two assumptions of how they depend.

Whether a dear January makes a dear February cannot be told from a few years: in one market the error of a
year has been 0.7 times that of independent months, in another 3.0 times. So a term has two bands
(docs/method.md, "The band of a term"). With g the weight (MWh) of a month and block divided by the sum of the
weights, P its price of delivery, and priced VLR = sum(g priced):

    dependent     every month and block has the same residual r:
                  level = priced + sum(g sqrt(P)) x the residual of that level, as `lib.calc.band` has it

    independent   each month and block has a residual of its own, drawn from those of the ISO N_DRAWS times;
                  level = priced + the same level of the N_DRAWS sums sum(g sqrt(P) r)

Zones of one month and block share their draw: what moves one of them moves the others. A term of one month
and block has the band of that month and block under both assumptions.

Where rare storms make the tail of the residuals, a level of the independent band can lie beyond that of the
dependent one: a storm is likelier in a term than in one of its months. CVaR95 of the independent band is at
most that of the dependent one, apart from the chance of the draws.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from lib.calc.band import BAND, Band, levels, price_root

SEED = 1
"""The seed of the draws where none is chosen."""

N_DRAWS = 10_000

DEPENDENCES = ("independent", "dependent")


def term_bands(
    rows: pd.DataFrame, band: Band, by: Sequence[str], draw_by: Sequence[str], seed: int = SEED
) -> pd.DataFrame:
    """Return both bands of each term.

    Args:
        rows: the `by` and `draw_by` columns, priced and block_price ($/MWh) and weight (MWh), a row for each
            zone, month and block; rows without priced VLR or price are left out and not counted.
        band: what `lib.calc.band.fit_band` returns.
        by: the columns that name a term, for example ["location"].
        draw_by: the columns of a month and block, for example ["delivery_month", "block_type"].
        seed: of the draws. Terms that are computed together have the same draws.

    Returns:
        the `by` columns, dependence (one of DEPENDENCES), n_blocks (months and blocks), priced and the
        columns of BAND ($/MWh; NULL without a band): two rows for each term.
    """
    known = rows[rows["priced"].notna() & rows["block_price"].notna() & (rows["weight"] > 0)]
    groups = known.groupby(list(by), observed=True)
    share = known["weight"] / groups["weight"].transform("sum")
    scale = share * price_root(known["block_price"])
    draw = known.groupby(list(draw_by), observed=True).ngroup()
    term = groups.ngroup()
    terms = groups.size().reset_index()[list(by)]
    terms["n_blocks"] = draw.groupby(term).nunique()
    terms["priced"] = (share * known["priced"]).groupby(term).sum()
    loadings = np.zeros((len(terms), draw.max() + 1 if len(known) else 0))
    np.add.at(loadings, (term.to_numpy(), draw.to_numpy()), scale.to_numpy())
    parts = []
    for name in DEPENDENCES:
        of_terms = _dependent(loadings, band) if name == "dependent" else _independent(loadings, band, seed)
        values = terms[["priced"]].to_numpy() + of_terms
        parts.append(terms.assign(dependence=name, **dict(zip(BAND, values.T, strict=True))))
    return pd.concat(parts)[[*by, "dependence", "n_blocks", "priced", *BAND]].sort_index(ignore_index=True)


def _dependent(loadings: np.ndarray, band: Band) -> np.ndarray:
    """Return what each level of BAND is above priced VLR (terms x levels)."""
    return loadings.sum(axis=1)[:, None] * np.array(list(levels(band).values()))


def _independent(loadings: np.ndarray, band: Band, seed: int) -> np.ndarray:
    """Return the same with a draw for each month and block (terms x levels)."""
    found = _dependent(loadings, band)
    if not band.n:
        return found
    drawn = np.random.default_rng(seed).integers(0, band.n, (loadings.shape[1], N_DRAWS))
    # Not `@`: a matrix product sums in another sequence with another number of threads.
    sums = np.sort(np.einsum("tk,kd->td", loadings, band.residuals[drawn]))
    for term in np.flatnonzero((loadings > 0).sum(axis=1) > 1):
        found[term] = list(levels(Band(sums[term], N_DRAWS)).values())
    return found
