from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from lib.calc.fingerprint import fingerprint

INPUTS = pd.DataFrame({"location": pd.Categorical(["A", "B"]), "value": [1.0, 2.0]})
CELLS = pd.DataFrame({"location": ["A", "B"], "month": [1, 2], "cost_weighted": [0.001, 0.002]})


def _fingerprint(**changed: Any) -> str:
    asked: dict[str, Any] = {
        "curve": "vlr",
        "iso": "PJM",
        "window": (date(2024, 1, 1), date(2024, 12, 31)),
        "parameters": {"holidays": "nerc", "basis": None},
        "inputs": INPUTS,
        "results": {"vlr": CELLS},
    }
    return fingerprint(**{**asked, **changed})


def test_the_same_question_inputs_and_answer_have_the_same_fingerprint() -> None:
    assert _fingerprint() == _fingerprint(
        inputs=INPUTS.copy(), parameters={"basis": None, "holidays": "nerc"}
    )


def test_whatever_changes_changes_the_fingerprint() -> None:
    prints = [
        _fingerprint(),
        _fingerprint(curve="shaping"),
        _fingerprint(iso="MISO"),
        _fingerprint(window=(date(2024, 1, 1), date(2024, 12, 30))),
        _fingerprint(parameters={"holidays": "none", "basis": None}),
        _fingerprint(inputs=INPUTS.assign(value=[1.0, 2.0000001])),
        _fingerprint(results={"vlr": CELLS.assign(cost_weighted=[0.001, 0.0020001])}),
    ]
    assert len(set(prints)) == len(prints)


def test_the_last_bits_of_a_sum_do_not_make_a_new_version() -> None:
    assert _fingerprint(results={"vlr": CELLS.assign(cost_weighted=[0.1 + 0.2, 0.002])}) == _fingerprint(
        results={"vlr": CELLS.assign(cost_weighted=[0.3, 0.002])}
    )


def test_a_result_counts_as_the_text_of_its_ten_digits_and_a_missing_one_as_nan() -> None:
    numbers, texts = [1.234567890123e-7, np.nan], ["1.23456789e-07", "nan"]
    assert _fingerprint(results={"vlr": CELLS.assign(cost_weighted=numbers)}) == _fingerprint(
        results={"vlr": CELLS.assign(cost_weighted=texts)}
    )


def test_the_fingerprint_of_a_stored_version_stays_what_it_was() -> None:
    """Who changes how it is made gives every curve a new version, though no number has changed."""
    words = "b95d0bea cbe0bb51 86a34272 6d66ff2b 681f0642 2b228948 33b2a59a e0fe0014"
    assert _fingerprint() == words.replace(" ", "")
    nested = {"made_of": {"vlr": 3, "shaping": 4}}
    assert _fingerprint(parameters=nested) == _fingerprint(parameters={"made_of": {"shaping": 4, "vlr": 3}})


def test_the_row_labels_of_a_frame_do_not_count() -> None:
    assert _fingerprint() == _fingerprint(inputs=INPUTS.set_axis([7, 8]))
