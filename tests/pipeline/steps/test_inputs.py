"""A reader is told what the day-ahead load is, by the source that it came from."""

from __future__ import annotations

import pandas as pd

from lib.markets import market
from lib.pipeline.steps.inputs import describe_loads, load_bases


def loads(*pairs: tuple[str, str], measure: str = "da_load") -> pd.DataFrame:
    return pd.DataFrame([(measure, *pair) for pair in pairs], columns=["measure", "source", "basis"])


def test_the_note_of_the_market_stands_for_its_own_basis() -> None:
    series = loads(("demo", "proxy"), ("demo", "proxy"))
    assert (load_bases(series), describe_loads("PJM", series)) == ("proxy", market("PJM").load_note)


def test_another_basis_has_the_note_of_its_service() -> None:
    series = loads(("enverus", "forecast"))
    assert describe_loads("PJM", series) == "enverus, forecast: taken for the zonal forecast; unverified"


def test_where_several_are_in_use_each_is_told() -> None:
    series = loads(("enverus", "forecast"), ("public", "cleared"))
    assert load_bases(series) == "cleared, forecast"
    text = describe_loads("NYISO", series)
    assert text.startswith(market("NYISO").load_note)
    assert "enverus, forecast: " in text
    assert "public, cleared: zonalBidLoad" in text


def test_without_a_load_there_is_none() -> None:
    series = loads(("enverus", "actual"), measure="da_lmp")
    assert (load_bases(series), describe_loads("PJM", series)) == ("none", market("PJM").load_note)
