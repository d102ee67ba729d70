"""The figures that sum up the page of a backtest, and how its tables name their columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from lib.present.display import KeyFigures
from lib.present.formats import MISSING, Format

HEADINGS = {
    "method": Format("Method"),
    "part": Format("Line of the price"),
    "period": Format("Target"),
    "n": Format("Scored", "{:,.0f}"),
    "realised": Format("What came, $/MWh", "{:,.3f}"),
    "predicted": Format("Priced, $/MWh", "{:,.3f}"),
    "bias": Format("Bias, $/MWh", "{:,.3f}"),
    "wmae": Format("Mean error, $/MWh", "{:,.3f}"),
    "wmae_none": Format("Mean error of none, $/MWh", "{:,.3f}"),
    "skill": Format("Skill, %", "{:,.0f}", 100.0),
    "coverage": Format("Held by the band, %", "{:,.1f}", 100.0),
    "width": Format("Width, $/MWh", "{:,.2f}"),
    "below_p95": Format("At or below P95, %", "{:,.1f}", 100.0),
    "verdict": Format("Priced VLR"),
    "periods": Format("Targets"),
    "locations": Format("Locations"),
    "location": Format("Location"),
}
"""The columns of the page's tables, as people read them."""

UNSCORED = {**HEADINGS, "n": Format("Not scored", "{:,.0f}")}
"""The same for the table of what cannot be scored."""


BACKTESTS = {
    "iso": Format("ISO"),
    "first_target": Format("From"),
    "last_target": Format("To"),
    "n_scored": Format("Scored", "{:,.0f}"),
    "skill": HEADINGS["skill"],
    "bias": HEADINGS["bias"],
    "coverage": HEADINGS["coverage"],
    "width": HEADINGS["width"],
}
"""The columns of the table `backtest`, as summary and digest show them."""


def key_figures(
    scores: pd.DataFrame,
    band: pd.DataFrame,
    zones: pd.DataFrame,
    lines: Mapping[str, float],
    n_unscored: int,
    messages: Sequence[str] = (),
) -> KeyFigures:
    """Show how close priced VLR came, what its band held, and the skill of the other lines.

    Args:
        scores: method, n, skill, bias of VLR, priced VLR first.
        band: n, coverage (fraction), width ($/MWh), in one row; none without a band.
        zones: location, skill, a row for each zone with a target.
        lines: name of another line -> its skill (a fraction).
        n_unscored: months and blocks of VLR that cannot be scored.
        messages: the verdict in words.
    """
    priced = scores.iloc[0]
    n_better = int((zones["skill"] > 0).sum())
    held, width = MISSING, "there is no band"
    if not band.empty:
        held = f"{band['coverage'].iloc[0] * 100:.0f} %"
        width = f"made to hold 90 %; ${band['width'].iloc[0]:,.2f}/MWh wide on average"
    return KeyFigures(
        [
            ("Priced VLR, skill", _percent(priced["skill"]), "of the error of no VLR saved"),
            ("Held by the band", held, width),
            ("Priced VLR, bias", _dollars(priced["bias"]), "priced less what came"),
            ("Zones in which it helped", f"{n_better} of {len(zones)}", "closer than no VLR"),
            *(
                (f"{name}, skill", _percent(skill), "of the error of none saved")
                for name, skill in lines.items()
            ),
            ("Months and blocks scored", f"{priced['n']:,.0f}", f"{n_unscored:,} could not be"),
        ],
        messages,
    )


def _percent(skill: float) -> str:
    return MISSING if pd.isna(skill) else f"{skill * 100:+.0f} %"


def _dollars(value: float) -> str:
    return MISSING if pd.isna(value) else f"{value:+,.3f} $/MWh"
