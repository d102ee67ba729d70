"""What the page of VLR says first, and of its band."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lib.calc.band import fit_band
from lib.calc.vlr_blocks import HELPS, NO_HELP
from lib.pipeline.steps import vlr_bands

BAND = fit_band(pd.DataFrame({"residual": [(i - 20) / 1000 for i in range(1, 40)]}))
NONE = fit_band(pd.DataFrame({"residual": [0.1, np.nan, 0.2]}))

YEAR = pd.DataFrame({"location": ["A", "B", "C"], "verdict": [HELPS, NO_HELP, None]})
BLOCKS = pd.DataFrame({"n_days": [39, 40, 104]})


def test_a_band_says_on_what_it_stands_or_why_there_is_none() -> None:
    assert vlr_bands.describe_band(BAND) == "from 39 residuals, CVaR95 from 2 of them"
    assert vlr_bands.describe_band(NONE) == "none: 2 residuals, and 36 are needed"
    assert "Band: from 39 residuals" in vlr_bands.band_caption(BAND)


def test_zones_that_priced_vlr_does_not_help_and_missing_intervals_are_named() -> None:
    assert vlr_bands.band_messages(BLOCKS, YEAR, BAND) == [
        "1 of 3 months and blocks have under 40 days: they have no estimator interval.",
        "In B priced VLR has been no better than no VLR in years that it did not know: look at the band "
        "before you price with it.",
    ]


def test_a_missing_band_is_said_first_and_nothing_else_without_need() -> None:
    fine = YEAR.assign(verdict=HELPS)
    (text,) = vlr_bands.band_messages(BLOCKS.tail(2), fine, NONE)
    assert text.startswith(
        "There is no band of a coming month: it would stand on 2 residuals, and 36 are needed"
    )
    assert vlr_bands.band_messages(BLOCKS.tail(2), fine, BAND) == []
