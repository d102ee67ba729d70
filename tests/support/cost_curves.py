"""Cells of cost curves as the store takes them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

PARTS = (
    *("forward_price", "da_rt_adjustment", "basis", "block_price", "shape", "hpfc", "covariance"),
    *("vlr_priced", "vlr_cost_per_mwh", "additive_shape", "factor_share"),
    "risk",
)

FLAGS = ("is_modelled", "is_additive_shape", "is_additive_split", "is_additive_covariance", "is_thin")


def cost_curve(
    cells: pd.DataFrame, costs: Sequence[float | None], reasons: Sequence[str | None]
) -> pd.DataFrame:
    """Return cells (location, he, block_type, delivery_month, n_hours) with costs to serve of $/MWh.

    A cell with a reason has no cost; all its parts are 1.
    """
    return cells.assign(
        **dict.fromkeys([*PARTS, "vlr_pct", "cost_to_serve_by_pct"], 1.0),
        **dict.fromkeys(FLAGS, False),
        hub="H",
        quote="5x16",
        reason=list(reasons),
        cost_to_serve=[np.nan if reason else cost for cost, reason in zip(costs, reasons, strict=True)],
    )
