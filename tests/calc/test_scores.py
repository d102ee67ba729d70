"""Scores of predictions: the worked example, and what holds whatever the numbers are."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from lib.calc.backtest_vlr import NOMINAL, held_column
from lib.calc.scores import count_unscored, reliability, score_band, score_by, score_methods

values = arrays.arrays(float, 8, elements=st.floats(-50, 50).map(lambda value: round(value, 3)))


def _rows(target: object, priced: object, weight: object = 1.0, **columns: object) -> pd.DataFrame:
    return pd.DataFrame({"target": target, "priced": priced, "none": 0.0, "weight": weight, **columns})


def test_the_worked_example() -> None:
    rows = _rows([0.50, 0.10, -0.20], [0.30, 0.20, 0.10], [1000.0, 2000.0, 1000.0])
    found = score_methods(rows, ("priced", "none"), "weight").set_index("method")
    assert found.loc["priced", ["n", "wmae", "bias"]].tolist() == pytest.approx([3, 0.175, 0.075])
    assert found.loc["none", ["wmae", "bias", "skill"]].tolist() == pytest.approx([0.225, -0.125, 0.0])
    assert found.loc["priced", "skill"] == pytest.approx(1 - 0.175 / 0.225)
    by = score_by(rows.assign(zone=["A", "B", "B"]), ["zone"], "priced", "weight").set_index("zone")
    assert by.loc["B", ["n", "realised", "predicted", "bias", "wmae", "wmae_none"]].tolist() == pytest.approx(
        [2, 0.0, 0.5 / 3, 0.5 / 3, 0.5 / 3, 0.4 / 3]
    )
    assert by["skill"].tolist() == pytest.approx([0.6, -0.25])


@settings(max_examples=25)
@given(target=values, weight=arrays.arrays(float, 8, elements=st.floats(0.1, 10)))
def test_to_predict_what_came_is_skill_one_and_no_bias(target: np.ndarray, weight: np.ndarray) -> None:
    found = score_methods(_rows(target, target, weight), ("priced", "none"), "weight").set_index("method")
    assert found.loc["priced", ["wmae", "bias"]].tolist() == [0.0, 0.0]
    if target.any():
        assert found["skill"].tolist() == [1.0, 0.0]
    else:
        assert found["skill"].isna().all()


@settings(max_examples=25)
@given(target=values, priced=values, factor=st.floats(0.1, 10))
def test_scores_scale_with_the_unit_and_not_with_weights(
    target: np.ndarray, priced: np.ndarray, factor: float
) -> None:
    one, scaled, weighted = (
        score_methods(rows, ("priced",), "weight").iloc[0]
        for rows in (
            _rows(target, priced),
            _rows(target * factor, priced * factor),
            _rows(target, priced, factor),
        )
    )
    for name in ("wmae", "bias"):
        assert scaled[name] == pytest.approx(one[name] * factor, abs=1e-9)
        assert weighted[name] == pytest.approx(one[name], abs=1e-9)
    if np.abs(target).sum() > 0.1:
        assert scaled["skill"] == pytest.approx(one["skill"], rel=1e-6, abs=1e-9)


@settings(max_examples=25)
@given(target=values, priced=values, seed=st.integers(0, 99))
def test_groups_add_up_to_the_whole(target: np.ndarray, priced: np.ndarray, seed: int) -> None:
    random = np.random.default_rng(seed)
    rows = _rows(target, priced, random.uniform(1, 9, 8), zone=random.choice(list("ABC"), 8))
    whole = score_methods(rows, ("priced",), "weight").iloc[0]
    by = score_by(rows, ["zone"], "priced", "weight")
    shares = rows.groupby("zone")["weight"].sum().to_numpy() / rows["weight"].sum()
    for name in ("wmae", "bias"):
        assert (by[name] * shares).sum() == pytest.approx(whole[name], abs=1e-9)
    assert by["n"].sum() == whole["n"]


def test_rows_without_a_value_a_target_or_a_weight_do_not_count() -> None:
    rows = _rows([1.0, 1.0, np.nan, 1.0], [2.0, np.nan, 2.0, 9.0], [1.0, 1.0, 1.0, 0.0])
    found = score_methods(rows, ("priced", "none"), "weight").set_index("method")
    assert found["n"].tolist() == [1, 2]
    assert found.loc["priced", "wmae"] == 1.0
    nothing = score_methods(rows.iloc[:0], ("priced",), "weight")
    assert nothing["n"].tolist() == [0] and nothing["skill"].isna().all()
    assert score_by(rows.iloc[:0], ["target"], "priced", "weight").empty


def test_what_the_band_held_by_hand() -> None:
    rows = pd.DataFrame(
        {
            "target": [0.1, 0.5, -0.3, 0.2],
            "band_low": [0.0, 0.0, 0.0, np.nan],
            "band_high": [0.4, 0.4, 0.2, np.nan],
            "p95": [0.4, 0.4, 0.2, np.nan],
            "period": ["2023", "2023", "2024", "2024"],
        }
    )
    assert score_band(rows).iloc[0].tolist() == pytest.approx([3, 1 / 3, 1 / 3, 2 / 3])
    assert score_band(rows, ["period"])["coverage"].tolist() == [0.5, 0.0]
    assert score_band(rows.iloc[3:]).empty


def test_the_reliability_of_residuals_that_are_known() -> None:
    held = {held_column(nominal): [1.0, 0.0, 1.0, np.nan] for nominal in NOMINAL}
    found = reliability(pd.DataFrame(held))
    assert found["nominal"].tolist() == list(NOMINAL)
    assert found["held"].tolist() == pytest.approx([2 / 3] * len(NOMINAL))
    assert found["n"].tolist() == [3] * len(NOMINAL)


def test_what_cannot_be_scored_is_counted_and_named() -> None:
    frame = pd.DataFrame(
        {
            "location": ["A", "B", "B"],
            "period": ["2023", "2023", "2022"],
            "reason": [None, "no past", "no past"],
        }
    )
    found = count_unscored({"VLR": frame, "Shape": frame.iloc[:1]})
    assert found.to_dict("records") == [
        {"part": "VLR", "reason": "no past", "n": 2, "locations": "B", "periods": "2022, 2023"}
    ]
    assert count_unscored({"VLR": frame.iloc[:1]}).empty
    assert count_unscored({}).empty
