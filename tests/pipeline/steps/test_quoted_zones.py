"""From the texts of a real report to the block prices of every zone of every ISO."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from lib.calc.delivery import count_cells, delivery_hours, quote_weights
from lib.calc.hub_forwards import hub_forwards
from lib.calc.hub_history import PriceHistory, block_means, da_rt_adjustment, zone_basis
from lib.calc.quote_choice import choose_quotes, price_sources, quote_candidates, quotes_passed_over
from lib.hours import market_hours, utc_bounds
from lib.hub_map import hub_contracts, zone_hubs
from lib.markets import MARKETS, locations
from lib.settlements import parse_report
from lib.settlements.hub_report import check_hubs, describe_missing
from lib.settlements.hubs import monthly_curves
from lib.sources import open_source
from tests.standins import ice

DAY = date(2025, 12, 30)
YEAR = date(2025, 1, 1), date(2025, 12, 31)

MAIN = ["PJM WH RT", "Nepool MH DA", "Indiana Hub DA", "NYISO A", "NYISO G", "NYISO J"]
OTHERS = ["PJM WH DA", "AD Hub DA", "ERCOT Houston 345KV Hub RT", "Indiana Hub RT", "NYISO F"]
NORTH = "ERCOT North 345KV Hub RT"


def _lines(hubs: list[str]) -> Iterator[str]:
    """Yield 60 months of each hub, peak and off-peak, and of the 2x16 and 7x8 of North, in real texts."""
    texts = [(hub, "", "Peak", 50) for hub in hubs]
    texts += [(hub, " Off-Peak", "Off-Peak", 35) for hub in hubs if hub != NORTH]
    texts += [(NORTH, " 7x8", "Off-Peak", 30), (NORTH, "", "Peak 2x16", 42)]
    for number, (hub, suffix, product, price) in enumerate(texts):
        for month in range(60):
            yield ice.line(
                hub=f"{hub}{suffix}", product=f"{product} Futures (1 MW)", contract=f"C{number:02d}",
                strip=f"{month % 12 + 1}/1/{2026 + month // 12}", settlement_price=str(price + number / 10),
            )  # fmt: skip


@pytest.fixture(scope="module")
def settled() -> pd.DataFrame:
    """The settlements of a crafted report of about a thousand lines."""
    others = (
        ice.line(hub=f"Elsewhere {i // 12}", contract=f"X{i // 12}", strip=f"{i % 12 + 1}/1/2026")
        for i in range(600)
    )
    body = ice.dat(*_lines([*MAIN, *OTHERS, NORTH]), *others)
    return parse_report(body, "dat", DAY).frame


def _history(iso: str) -> PriceHistory:
    source, hours = open_source("demo"), market_hours(iso, *YEAR)
    names = [one.name for one in locations(iso)]
    da, rt = (
        source.read(iso, measure, names, *utc_bounds(iso, *YEAR))
        .frame.pivot(index="interval_start", columns="location", values="value")
        .reindex(hours["interval_start"])
        .reset_index(drop=True)
        for measure in ("da_lmp", "rt_lmp")
    )
    return PriceHistory(hours, da, rt)


def _candidates(iso: str, curves: pd.DataFrame, without: str = "") -> pd.DataFrame:
    """Return the candidates of a market, whose history may lack a location."""
    zones, history = zone_hubs(iso), _history(iso)
    history = replace(history, da=history.da.drop(columns=without, errors="ignore"))
    history = replace(history, rt=history.rt.drop(columns=without, errors="ignore"))
    hubs = zones.drop_duplicates("hub")
    contracts = hub_contracts().merge(hubs[["hub"]])
    hours = delivery_hours(iso, date(2026, 1, 1))
    forwards = hub_forwards(
        curves[curves["hub"].isin(hubs["hub"])], contracts, block_means(history, hubs), quote_weights(hours)
    )
    return quote_candidates(
        zones, count_cells(hours), forwards, da_rt_adjustment(history, hubs), zone_basis(history, zones)
    )


def test_a_report_in_real_texts_has_every_hub_that_the_desk_needs(settled: pd.DataFrame) -> None:
    curves = monthly_curves(settled)
    check_hubs(settled, curves)
    assert describe_missing(settled, curves) == []


@pytest.mark.parametrize("iso", MARKETS)
def test_every_zone_of_every_iso_has_a_price_of_every_block_and_month(
    iso: str, settled: pd.DataFrame
) -> None:
    candidates = _candidates(iso, monthly_curves(settled))
    chosen = choose_quotes(candidates)
    assert len(chosen) == len(locations(iso, "zone")) * 36 * 3
    assert chosen["block_price"].notna().all()
    assert not chosen["is_modelled"].any()
    assert quotes_passed_over(candidates).empty


def test_a_hub_of_which_the_history_has_no_prices_is_passed_over_and_named(settled: pd.DataFrame) -> None:
    candidates = _candidates("ERCOT", monthly_curves(settled), without="HB_HOUSTON")
    assert quotes_passed_over(candidates).to_dict("records") == [
        {"hub": "ERCOT Houston RT", "reason": "no prices of the hub", "locations": "HOUSTON ZONE",
         "blocks": "5x16, 2x16, 7x8", "n_months": 36}
    ]  # fmt: skip
    table = price_sources(choose_quotes(candidates))
    assert set(table["hub"]) == {"ERCOT North RT"}
    assert set(table["how"]) == {"quoted"}
    near = price_sources(choose_quotes(_candidates("ERCOT", monthly_curves(settled))))
    houston = near[near["hub"] == "ERCOT Houston RT"].set_index("block_type")["how"].to_dict()
    assert houston == {"5x16": "quoted", "2x16": "split from the quote", "7x8": "split from the quote"}
