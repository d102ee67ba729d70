from __future__ import annotations

import pytest

from lib.tool.messages import Message, as_sentence, error_message


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        ("a scale of 1200 % is not possible", "A scale of 1200 % is not possible."),
        ("nyiso_vlr.csv: it is empty", "nyiso_vlr.csv: it is empty."),
        ("WEST: 120 %.", "WEST: 120 %."),
        ("", ""),
    ],
)
def test_a_sentence_ends_with_a_full_stop_and_begins_with_a_capital_or_a_name(
    message: str, sentence: str
) -> None:
    assert as_sentence(message) == sentence


def test_the_message_of_an_error_is_a_sentence() -> None:
    assert error_message(ValueError("what is it?")) == Message("What is it?", is_error=True)
