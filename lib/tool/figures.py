"""What is read off the tool's state: what the edits do, means before and after, and priced LMPs."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from lib.calc import profiles, scaling
from lib.calc.scaling import BadInput
from lib.calc.scenarios import parse_lmps, scenarios
from lib.tool.messages import Notice, refusal
from lib.tool.state import Months, State


def changes(state: State) -> pd.DataFrame:
    """Return what the edits do to each zone, as `lib.calc.scaling.summarise_edits`."""
    return scaling.summarise_edits(state.source.values, state.edits)


def profile(state: State, by: Sequence[str], zones: Sequence[str]) -> pd.DataFrame:
    """Return means before and after, as `lib.calc.profiles.profile` does, of the zones named.

    By ["month"], ["he"], or [] for each zone's figure.
    """
    source = state.source
    return profiles.profile(source.values[list(zones)], state.edits, source.weights.of(zones), by)


def calculate(
    state: State, lmps: str, months: Months = None, blocks: Sequence[str] | None = None
) -> pd.DataFrame | Notice:
    """Price a list of LMPs with the edited curve, over all or some of its months and blocks.

    Returns:
        what `lib.calc.scenarios.scenarios` returns, or the notice that says why not.
    """
    source = state.source
    try:
        prices = parse_lmps(lmps)
        figures = profiles.profile(source.values, state.edits, source.weights, [], months, blocks)
        return scenarios(figures.set_index("zone")["after"], prices, source.quantity)
    except BadInput as error:
        return refusal(error)
