from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.calc.quote_choice import (
    BLOCK_REASONS,
    choose_quotes,
    price_sources,
    quote_candidates,
    quotes_passed_over,
    used_basis,
    used_pairs,
)
from lib.hours import BLOCK_TYPE

JULY, AUGUST = pd.Timestamp("2026-07-01"), pd.Timestamp("2026-08-01")
ZONES = pd.DataFrame(
    [("Z", 1, "Own", "Z"), ("Z", 2, "Near", "N"), ("Z", 3, "Main", "M"), ("Y", 1, "Main", "M")],
    columns=["location", "preference", "hub", "hub_location"],
)
COUNTS = pd.DataFrame({"delivery_month": [JULY, AUGUST], "block_type": "2x16", "he": 8, "n_hours": 8}).astype(
    {"block_type": BLOCK_TYPE}
)
BASIS = {"Z": 0.0, "N": 1.0, "M": -2.0}


def _candidates(
    forwards: dict[str, float | tuple[float, bool]], *, without_basis: str = "", days: int = 60
) -> pd.DataFrame:
    """Return the candidates for 2x16 of two months.

    Args:
        forwards: the price at each hub that trades, and whether it is modelled.
        without_basis: a location that no zone has a basis to.
        days: days of history behind each basis.
    """
    rows = []
    for hub in ("Own", "Near", "Main"):
        price, is_modelled = (
            forwards[hub] if isinstance(forwards.get(hub), tuple) else (forwards.get(hub), False)
        )
        quote = None if price is None else "5x16" if is_modelled else "off-peak"
        flags = {"is_modelled": is_modelled, "is_additive_split": False, "has_hub_prices": True}
        row = {"hub": hub, "quote": quote, "quoted_price": price, "forward_price": price, **flags}
        rows += [{**row, "delivery_month": month} for month in (JULY, AUGUST)]
    frame = pd.DataFrame(rows).assign(block_type="2x16")
    key = {"block_type": "2x16", "n_hours": 100}
    months = pd.DataFrame({"month": [7, 8]})
    adjustment = pd.DataFrame(
        {
            "hub": ["Own", "Near", "Main"],
            "da_rt_adjustment": 0.5,
            "standard_error": 0.1,
            "n_days": np.nan,
            "n_years": np.nan,
            **key,
        }
    )
    pairs = ZONES[["location", "hub_location"]].assign(standard_error=0.2, n_days=days, n_years=5, **key)
    basis = pairs.assign(
        zone_basis=pairs["hub_location"].map(BASIS).where(pairs["hub_location"] != without_basis)
    )
    typed = (
        part.merge(months, how="cross").astype({"block_type": BLOCK_TYPE}) for part in (adjustment, basis)
    )
    return quote_candidates(
        ZONES, COUNTS, frame.astype({"quoted_price": float, "forward_price": float}), *typed
    )


def _chosen(candidates: pd.DataFrame) -> tuple[str, str, float]:
    first = choose_quotes(candidates).iloc[0]
    return first["location"], first["hub"], first["block_price"]


@pytest.mark.parametrize(
    ("forwards", "hub", "price"),
    [
        ({"Own": 40.0, "Near": 41.0, "Main": 42.0}, "Own", 40.5),
        ({"Near": 41.0, "Main": 42.0}, "Near", 41 + 0.5 + 1),
        ({"Main": 42.0}, "Main", 42 + 0.5 - 2),
        ({"Own": (40.0, True), "Near": 41.0, "Main": 42.0}, "Near", 42.5),
        ({"Own": (40.0, True), "Near": (41.0, True), "Main": (42.0, True)}, "Own", 40.5),
    ],
)
def test_the_first_that_trades_is_used_and_quoted_goes_before_modelled(
    forwards: dict[str, float | tuple[float, bool]], hub: str, price: float
) -> None:
    assert _chosen(_candidates(forwards)) == ("Z", hub, price)


def test_a_hub_without_a_basis_is_passed_over_counted_and_said() -> None:
    candidates = _candidates({"Near": 41.0, "Main": 42.0}, without_basis="N")
    assert _chosen(candidates) == ("Z", "Main", 40.5)
    assert quotes_passed_over(candidates).to_dict("records") == [
        {"hub": "Near", "reason": "no basis history", "locations": "Z", "blocks": "2x16", "n_months": 2}
    ]


def test_a_hub_that_does_not_trade_is_not_passed_over() -> None:
    assert quotes_passed_over(_candidates({"Main": 42.0})).empty


@pytest.mark.parametrize(
    ("forwards", "without_basis"),
    [
        ({"Main": 42.0}, "M"),  # the chosen hub itself cannot be used
        ({"Own": 40.0, "Near": 41.0, "Main": 42.0}, "N"),  # the zone prefers another hub
        ({"Own": (40.0, True), "Near": (41.0, True)}, "N"),  # of two that are modelled it prefers the other
    ],
)
def test_a_hub_that_was_not_preferred_is_not_passed_over(
    forwards: dict[str, float | tuple[float, bool]], without_basis: str
) -> None:
    assert quotes_passed_over(_candidates(forwards, without_basis=without_basis)).empty


def test_a_quoted_hub_is_preferred_to_a_modelled_one_and_so_it_is_passed_over() -> None:
    passed = quotes_passed_over(_candidates({"Own": (40.0, True), "Near": 41.0}, without_basis="N"))
    assert passed[["hub", "locations"]].to_numpy().tolist() == [["Near", "Z"]]


def test_hubs_passed_over_stand_in_the_order_of_the_zones_with_all_their_zones_and_blocks() -> None:
    candidates = _candidates({"Own": 40.0, "Near": 41.0, "Main": 42.0})
    lost = candidates["hub"] != "Main"
    candidates = candidates.assign(
        block_price=candidates["block_price"].mask(lost),
        reason=candidates["reason"].mask(lost, "no basis history"),
    )
    other = candidates[candidates["location"] == "Z"].assign(location="X")
    night = pd.concat([candidates, other]).assign(block_type="7x8")
    rows = pd.concat([night, candidates, other], ignore_index=True).astype({"block_type": BLOCK_TYPE})
    assert quotes_passed_over(rows).to_dict("records") == [
        {"hub": hub, "reason": "no basis history", "locations": "Z, X", "blocks": "2x16, 7x8", "n_months": 2}
        for hub in ("Own", "Near")
    ]


def test_the_chosen_candidates_have_the_columns_of_all_candidates() -> None:
    candidates = _candidates({"Main": 42.0})
    assert list(choose_quotes(candidates)) == list(candidates)


def test_a_basis_that_is_there_twice_is_refused() -> None:
    forwards = _candidates({"Main": 42.0})[
        ["hub", "delivery_month", "block_type", "quote", "quoted_price", "forward_price"]
    ].drop_duplicates()
    flags = {"is_modelled": False, "is_additive_split": False, "has_hub_prices": True}
    part = {"month": [7, 7], "block_type": "2x16", "n_hours": 100, "n_days": 60, "n_years": 5}
    part |= {"standard_error": 0.1}
    basis = pd.DataFrame({"location": "Z", "hub_location": "M", "zone_basis": [1.0, 2.0], **part})
    adjustment = pd.DataFrame({"hub": ["Own", "Main"], "da_rt_adjustment": 0.5, **part})
    with pytest.raises(pd.errors.MergeError, match="not a many-to-one merge"):
        quote_candidates(ZONES, COUNTS, forwards.assign(**flags), adjustment, basis)


def test_where_nothing_can_be_used_the_reason_is_that_of_a_hub_that_trades() -> None:
    chosen = choose_quotes(_candidates({"Main": 42.0}, without_basis="M"))
    assert chosen["hub"].tolist() == ["Main"] * 4
    assert set(chosen["reason"]) == {"no basis history"}
    assert chosen["block_price"].isna().all()
    silent = choose_quotes(_candidates({}))
    assert silent["hub"].tolist() == ["Own", "Own", "Main", "Main"]
    assert set(silent["reason"]) == {BLOCK_REASONS[0]}


def test_the_table_of_sources_says_which_quote_prices_what() -> None:
    candidates = _candidates({"Own": (40.0, True), "Main": 42.0})
    is_later = (candidates["delivery_month"] == AUGUST) & (candidates["hub"] == "Main")
    later = candidates.assign(
        block_price=candidates["block_price"].mask(is_later & (candidates["location"] == "Z"))
    )
    assert price_sources(choose_quotes(later)).to_dict("records") == [
        {"block_type": "2x16", "hub": "Main", "quote": "off-peak", "how": "split from the quote",
         "locations": "Z", "months": "2026-07", "n_months": 1},
        {"block_type": "2x16", "hub": "Own", "quote": "5x16", "how": "modelled",
         "locations": "Z", "months": "2026-08", "n_months": 1},
        {"block_type": "2x16", "hub": "Main", "quote": "off-peak", "how": "split from the quote",
         "locations": "Y", "months": "2026-07 to 2026-08", "n_months": 2},
    ]  # fmt: skip


def test_the_basis_shown_is_that_to_the_hub_that_prices_the_block() -> None:
    candidates = _candidates({"Near": 41.0, "Main": 42.0})
    basis = pd.DataFrame(
        [("Z", place, 7, "2x16", value, 100, 60) for place, value in BASIS.items()],
        columns=["location", "hub_location", "month", "block_type", "zone_basis", "n_hours", "n_days"],
    ).astype({"block_type": BLOCK_TYPE})
    blocks = choose_quotes(candidates)
    assert used_basis(blocks, basis)["zone_basis"].tolist() == [1.0]
    next_july = blocks.iloc[[0]].assign(delivery_month=pd.Timestamp("2027-07-01"), hub_location="M")
    both = pd.concat([next_july, blocks], ignore_index=True)
    assert used_basis(both, basis)["zone_basis"].tolist() == [1.0], "the first July of delivery counts"


def test_rows_of_a_table_are_those_of_hubs_that_price_a_block() -> None:
    blocks = choose_quotes(_candidates({"Near": 41.0, "Main": 42.0}))
    table = pd.DataFrame(
        {
            "location": ["Z", "Z", "Y", "Y"],
            "hub_location": ["N", "M", "M", "N"],
            "basis": [1.0, 2.0, 3.0, 4.0],
        }
    )
    assert used_pairs(blocks, table).to_dict("records") == table.iloc[[0, 2]].to_dict("records")


def test_zones_that_price_alike_share_a_row_and_blocks_stand_in_their_order() -> None:
    blocks = choose_quotes(_candidates({"Main": 42.0})).assign(quote="off-peak")
    on_peak = blocks.assign(quote="5x16", block_type="5x16")
    sources = price_sources(pd.concat([blocks, on_peak], ignore_index=True))
    assert sources[["block_type", "how", "locations", "n_months"]].to_numpy().tolist() == [
        ["5x16", "quoted", "Z, Y", 2],
        ["2x16", "split from the quote", "Z, Y", 2],
    ]


def test_thin_history_does_not_change_the_choice_and_is_flagged() -> None:
    chosen = choose_quotes(_candidates({"Near": 41.0, "Main": 42.0}, days=19))
    assert chosen["hub"].tolist() == ["Near", "Near", "Main", "Main"]
    assert chosen["is_thin"].all()


@given(
    st.dictionaries(st.sampled_from(["Own", "Near", "Main"]), st.tuples(st.floats(-50, 500), st.booleans())),
    st.sampled_from(["", "Z", "N", "M"]),
)
def test_no_hub_before_the_chosen_one_could_have_been_used(
    forwards: dict[str, float | tuple[float, bool]], without_basis: str
) -> None:
    candidates = _candidates(forwards, without_basis=without_basis)
    chosen = choose_quotes(candidates)
    assert len(chosen) == 4
    for row in chosen.itertuples():
        its = candidates[
            (candidates["location"] == row.location) & (candidates["delivery_month"] == row.delivery_month)
        ]
        usable = its[its["block_price"].notna()]
        assert (row.block_price == row.block_price) == bool(len(usable))
        if len(usable):
            best = usable.sort_values(["is_modelled", "preference"]).iloc[0]
            assert (row.hub, row.block_price) == (best["hub"], best["block_price"])
