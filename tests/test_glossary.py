"""docs/glossary.md has every term of the code, and its examples are what the code computes."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

from lib.calc import cost_breakdown, cost_curve, covariance, shaping, vlr
from lib.markets import BLOCKS, MEASURES, OFF_PEAK
from lib.tool.estimators import ESTIMATORS

TEXT = (Path(__file__).parents[1] / "docs" / "glossary.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")] for line in TEXT.splitlines() if line[:2] == "| "
]
ENTRIES = [{term.strip("` ") for term in row[0].split(", ")} for row in ROWS]
TERMS = set().union(*ENTRIES)
CODE = set(re.findall(r"`([^`]+)`", TEXT))

RESERVED = {
    *("exchange", "order", "contract", "settlement", "settle", "position", "holding", "ledger", "history"),
    *(
        "load",
        "basis",
        "basis of a series",
        "zone basis",
        "curve",
        "block",
        "run log",
        "event log",
        "known missing hours",
        "run spec",
        "context",
    ),
    *("query", "schema"),
}
"""Words that have one meaning in the whole repository."""


@pytest.mark.parametrize(
    "names",
    [
        vlr.CHAIN,
        vlr.SUMS,
        [estimator.column for estimator in ESTIMATORS],
        [*BLOCKS, OFF_PEAK],
        cost_breakdown.PARTS,
        sorted(RESERVED),
    ],
    ids=["VLR chain", "sums", "estimators", "blocks", "parts", "reserved"],
)
def test_every_term_has_an_entry(names: list[str]) -> None:
    assert not [name for name in names if name not in TERMS]


def test_a_reserved_word_has_one_entry() -> None:
    assert not [word for word in RESERVED if sum(word in terms for terms in ENTRIES) != 1]


def test_every_column_of_a_curve_is_explained() -> None:
    hours = _hours(da_lmp=[40, 40], rt_lmp=[60, 30], da_load=[1000, 1000], rt_load=[1100, 950])
    columns = {
        *vlr.estimate(vlr.hourly_vlr(hours), ["location"]),
        *shaping.shape_factors(_grid()),
        *shaping.load_shape_premium(_grid()),
        *covariance.covariance(_grid().assign(unitized_cost=0.0)),
        *covariance.load_weighted_parts(_grid()),
        *cost_curve.COLUMNS,
    }
    keys = {"location", "month", "season", "he", "delivery_month", "hub"}
    assert sorted(columns - keys - CODE) == []


def test_every_measure_is_explained() -> None:
    assert set(MEASURES) <= CODE


def _hours(**measures: list[float]) -> pd.DataFrame:
    renamed = {MEASURES[name].column: values for name, values in measures.items()}
    return pd.DataFrame(renamed).assign(location="A", market_date=pd.Timestamp("2024-07-01"), year=2024)


def _grid() -> pd.DataFrame:
    """A July 7x8 block of the glossary's example: HE 1 at $20, the other seven hours at $40."""
    hours = [1, 2, 3, 4, 5, 6, 7, 24]
    return pd.DataFrame(
        {
            "location": "A",
            "year": 2024,
            "month": 7,
            "he": hours,
            "block_type": "7x8",
            "da_lmp_usd_per_mwh": [20.0, *[40.0] * 7],
            "rt_load_mw": 1000.0,
        }
    )


def _examples(header: str) -> dict[str, float]:
    """Return the last cell of each row of the table that begins with a header, as numbers."""
    table = TEXT.split(f"| {header} |")[1].split("\n\n")[0].splitlines()[2:]
    cells = [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in table]
    return {row[0]: float(row[-1]) for row in cells}


def test_the_example_hour_is_what_the_chain_computes() -> None:
    hour = vlr.hourly_vlr(_hours(da_lmp=[40], rt_lmp=[60], da_load=[1000], rt_load=[1100])).iloc[0]
    assert _examples("column") == {name: round(hour[name], 6) for name in vlr.CHAIN}


def test_the_example_cell_is_what_the_estimators_compute() -> None:
    hours = _hours(
        da_lmp=[40, 40, 20, 20],
        rt_lmp=[60, 30, 20, 35],
        da_load=[1000, 1000, 800, 800],
        rt_load=[1100, 950, 780, 840],
    )
    cell = vlr.estimate(vlr.hourly_vlr(hours), ["location"]).iloc[0]
    names = [estimator.column for estimator in ESTIMATORS if estimator.column in cell]
    assert _examples("estimator") == {name: round(cell[name], 6) for name in names}


def test_the_example_block_is_what_shaping_computes() -> None:
    first = shaping.shape_factors(_grid()).set_index("he").loc[1]
    assert f"20 / 37.5 = {first['pooled']:.3f} in HE 1" in TEXT
    assert f"{first['additive']:.2f} in HE 1" in TEXT


def test_the_example_of_the_covariance_is_what_the_code_computes() -> None:
    hours = _grid().iloc[:4].assign(he=1, rt_load_mw=[900.0, 1000.0, 1100.0, 1200.0], unitized_cost=0.0)
    hours["da_lmp_usd_per_mwh"] = [30.0, 35.0, 45.0, 70.0]
    found = (
        covariance.covariance(hours).iloc[0].to_dict()
        | covariance.load_weighted_parts(hours).iloc[0].to_dict()
    )
    examples = _examples("covariance")
    assert examples == {name: round(found[name], 6) for name in examples}
    assert len(examples) == 5


def test_the_example_of_the_cost_curve_adds_up() -> None:
    block_price = 24.91 + 0.50 - 2.00
    assert f"a block price of {block_price:.2f}." in TEXT.replace("\n", " ")
    assert f"the HPFC is {0.8 * block_price:.2f}." in TEXT
    added = 0.02 * block_price
    assert f"With a covariance of 2 %, {added:.2f}, and a VLR of 0.40" in TEXT
    assert f"the cost to serve is {0.8 * block_price + added + 0.40:.2f}." in TEXT
