"""The risk line of a cost curve: a price for what VLR may cost beyond what is expected.

The cost to serve contains priced VLR, and many months cost more. Who wants to be paid for that adds a share
lambda of the distance to a bad level (docs/method.md, "The risk line"), in $/MWh of a month and block with
the price of delivery P:

    risk = lambda x (CVaR95 - priced) = lambda x sqrt(P) x the mean of the residuals of the tail
    risk = lambda x (P_q - priced)    = lambda x sqrt(P) x the residual of the level q

lambda is 0 unless it is chosen, and so is the line. The residuals are those of `lib.calc.band`.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from lib.calc.band import BAND, Band, add_band, price_root

NO_BAND = Band(np.array([]), 0)
"""The band of a curve for which none was computed."""


@dataclass(frozen=True)
class RiskChoice:
    """How risk is priced; a version of a cost curve stores it.

    Attributes:
        risk_lambda: the share of the distance that is priced; 0 for none.
        risk_q: the level, from 0.5 to below 1; None for CVaR95.

    Raises:
        ValueError: a value is out of its range.
    """

    risk_lambda: float = 0.0
    risk_q: float | None = None

    def __post_init__(self) -> None:
        """Check both values."""
        if not (math.isfinite(self.risk_lambda) and self.risk_lambda >= 0):
            raise ValueError(f"risk_lambda is {self.risk_lambda}: it must be a number from 0 on")
        if self.risk_q is not None and not 0.5 <= self.risk_q < 1:
            raise ValueError(f"risk_q is {self.risk_q}: it must be from 0.5 to below 1, or None for CVaR95")

    @property
    def level(self) -> str:
        """The bad level in words: CVaR95, or P90."""
        return "CVaR95" if self.risk_q is None else f"P{100 * self.risk_q:g}"

    def residual(self, band: Band) -> float:
        """Return the residual of the level, in $/MWh over the square root of $/MWh; NULL without a band."""
        return band.cvar95 if self.risk_q is None else band.quantile(self.risk_q)

    def describe(self) -> str:
        """Return the choice in words, for a page."""
        if not self.risk_lambda:
            return "not priced (risk_lambda is 0)"
        return f"{self.risk_lambda:g} x ({self.level} - priced VLR)"

    def parameters(self) -> dict[str, float | None]:
        """Return the choice as it stands among the parameters of a version."""
        return asdict(self)


NO_RISK = RiskChoice()


def add_delivery_bands(cells: pd.DataFrame, band: Band, risk: RiskChoice) -> pd.DataFrame:
    """Return cells of a cost curve with the band of VLR at the price of delivery, and the risk line.

    Args:
        cells: vlr_priced and block_price ($/MWh).
        band: of the VLR curve.
        risk: how risk is priced.

    Returns:
        the cells with the columns of BAND and risk ($/MWh) added. risk is 0 where none is priced; else NULL
        without a price, and without a band that reaches the level.
    """
    found = add_band(cells[["vlr_priced", "block_price"]].rename(columns={"vlr_priced": "priced"}), band)
    line: float | pd.Series = 0.0
    if risk.risk_lambda:
        line = risk.risk_lambda * risk.residual(band) * price_root(cells["block_price"])
    return cells.assign(**{name: found[name] for name in BAND}, risk=line)
