"""What the page of VLR says of the band and the intervals, and of zones that priced VLR does not help."""

from __future__ import annotations

import pandas as pd

from lib.calc.band import MIN_RESIDUALS, Band
from lib.calc.interval import MIN_INTERVAL_DAYS
from lib.calc.vlr_blocks import NO_HELP

BLOCK_COLUMNS = [
    *("block_type", "month", "priced", "priced_low", "priced_high", "band_low", "band_high"),
    *("p75", "cvar95", "cost_per_mwh", "bias", "swing", "settled_difference", "n_days", "n_years"),
]
"""The columns of a zone's months and blocks that the page shows."""

BLOCK_HEADINGS = {"band_high": "Coming month, 95 % (P95), $/MWh", "cost_per_mwh": "Mean of the past, $/MWh"}

YEAR_HEADINGS = {
    "dependent_low": "Dependent, 5 %, $/MWh",
    "dependent_high": "Dependent, 95 %, $/MWh",
    "cvar95": "Dependent, CVaR95, $/MWh",
    "independent_low": "Independent, 5 %, $/MWh",
    "independent_high": "Independent, 95 %, $/MWh",
}
"""The headings of the columns of a coming year."""

TERM_HEADINGS = {"band_low": "5 %, $/MWh", "band_high": "95 %, $/MWh"}


def describe_band(band: Band) -> str:
    """Return on what a band stands, or why there is none."""
    if not band.n:
        return f"none: {band.n_found:,} residuals, and {MIN_RESIDUALS} are needed"
    return f"from {band.n:,} residuals, CVaR95 from {len(band.tail):,} of them"


def band_caption(band: Band) -> str:
    """Return the caption of the chart and of its table."""
    return (
        "Grey: the predictive band of a coming month at past prices. Blue: the estimator interval, how well "
        f"priced VLR is known. Band: {describe_band(band)}. A mark at the edge: the mean of the past lies "
        "beyond."
    )


def describe_zones(zones: pd.Series) -> str:
    """Return the names of zones as one text."""
    return ", ".join(zones.astype(str))


def band_messages(blocks: pd.DataFrame, year: pd.DataFrame, band: Band) -> list[str]:
    """Return what the page says first: a missing band, missing intervals, and zones without skill.

    Args:
        blocks: what `lib.calc.vlr_blocks.vlr_blocks` returns.
        year: what `lib.calc.vlr_blocks.coming_year` returns.
        band: what `lib.calc.band.fit_band` returns.
    """
    texts = []
    if not band.n:
        texts.append(
            f"There is no band of a coming month: it would stand on {band.n_found:,} residuals, and "
            f"{MIN_RESIDUALS} are needed. A longer window has more."
        )
    n_short = int((blocks["n_days"] < MIN_INTERVAL_DAYS).sum())
    if n_short:
        texts.append(
            f"{n_short:,} of {len(blocks):,} months and blocks have under {MIN_INTERVAL_DAYS} days: they "
            "have no estimator interval."
        )
    helpless = year.loc[year["verdict"] == NO_HELP, "location"]
    if len(helpless):
        texts.append(
            f"In {describe_zones(helpless)} priced VLR has been no better than no VLR in years that it did "
            "not know: look at the band before you price with it."
        )
    return texts
