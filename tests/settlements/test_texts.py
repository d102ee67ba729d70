from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.settlements.texts import MINI_MW, ContractText, normalize, parse_texts


@pytest.mark.parametrize(
    ("hub", "product", "said"),
    [
        ("NYISO G", "Peak Futures (1 MW)", ("nyiso g", "5x16", 1.0)),
        ("NYISO G Off-Peak", "Off-Peak Futures (1 MW)", ("nyiso g", "off-peak", 1.0)),
        ("NYISO G Off Peak", "Futures (1MW)", ("nyiso g", "off-peak", 1.0)),
        ("NYISO G", "off peak  FUTURES", ("nyiso g", "off-peak", None)),
        ("ERCOT North 345 KV Real-Time", "Peak Futures (5 MW)", ("ercot north 345kv rt", "5x16", 5.0)),
        ("ERCOT North 345KV Hub RT 7x8", "Off-Peak Futures (1 MW)", ("ercot north 345kv hub rt", "7x8", 1.0)),
        ("ERCOT North 345KV Hub RT", "Weekend Peak Futures", ("ercot north 345kv hub rt", "2x16", None)),
        ("PJM WH Day Ahead", "7 X 24 Futures", ("pjm wh da", "7x24", None)),
        ("PJM WH RT", "Peak Mini Futures", ("pjm wh rt", "5x16", MINI_MW)),
        ("PJM WH RT", "Peak Futures - Mini (0.1 MW)", ("pjm wh rt", "5x16", 0.1)),
        ("PJM WH RT", "Peak Futures (1 MW) (DEMO)", ("pjm wh rt", "5x16", 1.0)),
        ("PJM WH RT", "Wrap Futures", ("pjm wh rt", "off-peak", None)),
        ("PJM WH RT", "Peak Fixed Price Future", ("pjm wh rt", "5x16", None)),
    ],
)
def test_place_block_and_size_are_read(hub: str, product: str, said: tuple[str, str, float | None]) -> None:
    assert parse_texts(hub, product) == ContractText(*said)


@pytest.mark.parametrize(
    ("hub", "product"),
    [
        ("NYISO G", "Futures (1 MW)"),
        ("NYISO G Off-Peak", "Peak Futures (1 MW)"),
        ("NYISO G 7x8", "7x16 Futures"),
        ("NYISO G", "Peak Daily Futures (1 MW)"),
        ("NYISO G", "Peak Average Price Option"),
        ("NYISO G", "Off-Peakish Futures"),
        ("Henry", "Henry Hub LD1 Fixed Price Future"),
    ],
)
def test_texts_without_one_block_or_of_another_product_say_nothing(hub: str, product: str) -> None:
    assert parse_texts(hub, product) is None


@given(st.text(), st.text())
def test_any_text_can_be_read_and_one_spelling_stays(hub: str, product: str) -> None:
    said = parse_texts(hub, product)
    assert said is None or said.block
    assert normalize(normalize(hub)) == normalize(hub)
