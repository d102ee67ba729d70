from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from lib.settlements import REPORTS, DemoPublisher, parse_report
from lib.settlements.hub_report import (
    LISTED,
    HubsNotFound,
    check_hubs,
    describe_lost_hubs,
    describe_missing,
    describe_not_needed,
    list_texts,
)
from lib.settlements.hubs import hubs, monthly_curves
from tests.standins import ice

DAY = date(2025, 12, 31)


@pytest.fixture(scope="module")
def report() -> pd.DataFrame:
    """A power report of the demo market: thousands of settlements, with every hub that the desk needs."""
    body = DemoPublisher().fetch(REPORTS[0], DAY, "dat")
    assert body is not None
    return parse_report(body, "dat", DAY).frame


def test_a_report_with_every_needed_hub_passes(report: pd.DataFrame) -> None:
    curves = monthly_curves(report)
    check_hubs(report, curves)
    assert describe_lost_hubs(report, curves) == []


def test_a_hub_without_a_row_in_a_large_report_is_an_error_with_patterns_and_nearest_texts(
    report: pd.DataFrame,
) -> None:
    renamed = report.assign(hub=report["hub"].str.replace("NYISO G", "NY Hudson Valley (G)", regex=False))
    with pytest.raises(HubsNotFound) as caught:
        check_hubs(renamed, monthly_curves(renamed))
    said = str(caught.value)
    assert said.startswith(
        f"{len(report):,} settlements, and none of 1 hubs that the desk needs. NYISO Zone G DA"
    )
    for part in (
        "(5x16, off-peak)",
        "'NYISO G'",
        r"nyiso( zone)? g( da)?",
        "'NYISO A', 'Peak Futures",
        "--list-hubs",
    ):
        assert part in said


def test_a_code_that_stands_at_another_text_is_said(report: pd.DataFrame) -> None:
    renamed = report.assign(hub=report["hub"].str.replace("Nepool MH DA", "New England Hub DA", regex=False))
    (said,) = describe_lost_hubs(renamed, monthly_curves(renamed))
    assert "The code NEP stands at 'New England Hub DA', 'Peak Futures (1 MW) (DEMO)'." in said


def test_a_small_report_may_lack_hubs(report: pd.DataFrame) -> None:
    few = report.head(120)
    check_hubs(few, monthly_curves(few))
    assert len(describe_lost_hubs(few, monthly_curves(few))) > 3


def test_an_older_hub_may_be_missing_and_is_named(report: pd.DataFrame) -> None:
    without = report[~report["hub"].str.startswith("NYISO F")]
    check_hubs(without, monthly_curves(without))
    (last,) = describe_not_needed(monthly_curves(without))
    assert last.startswith("not in the reports, and not needed: ")
    assert "NYISO Zone F DA 5x16" in last


def test_a_needed_contract_that_is_missing_is_said_though_its_hub_is_there(report: pd.DataFrame) -> None:
    without = report[report["contract"] != "ECI"]
    check_hubs(without, monthly_curves(without))
    said = [
        text for text in describe_missing(without, monthly_curves(without)) if "ERCOT North RT 7x8" in text
    ]
    assert said[0].startswith("no contract fits ERCOT North RT 7x8. HUB must be 'ERCOT North 345KV Hub RT'")


def test_the_texts_of_a_report_are_listed_with_what_they_are_to_the_desk(report: pd.DataFrame) -> None:
    listed = list_texts(report)
    assert listed.columns.tolist() == LISTED
    found = {name for names in listed["fits"] for name in names.split(", ") if name}
    curves = monthly_curves(report)
    assert found == set(curves["hub"] + " " + curves["block"]) <= {hub.label for hub in hubs()}
    row = listed[listed["contract"] == "ECI"].iloc[0]
    assert row[["hub", "fits", "n_months"]].tolist() == [
        "ERCOT North 345KV Hub RT 7x8", "ERCOT North RT 7x8", 60,
    ]  # fmt: skip
    assert (row["first"], row["last"]) == (pd.Timestamp("2025-12-01"), pd.Timestamp("2030-11-01"))


def test_a_report_without_months_lists_nothing() -> None:
    frame = parse_report(ice.dat(ice.line(strip="1/2/2026")), "dat", date(2025, 12, 30)).frame
    assert list_texts(frame).empty
    assert monthly_curves(frame).empty
