from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.paths import NOTEBOOKS_FOLDER
from lib.pipeline.errors import ConfigurationError
from lib.pipeline.notebooks import NOTEBOOKS
from lib.pipeline.runner.planning.parameters import (
    RANGES,
    RESERVED,
    assign_parameters,
    parse_parameters,
    read_declared_parameters,
)

DECLARED = {"vlr": frozenset({"iso", "alpha", "zones"}), "shaping": frozenset({"iso", "alpha"})}


@given(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.lists(st.integers())
)
def test_a_literal_comes_through_as_what_it_is(value: object) -> None:
    assert parse_parameters([f"x={value!r}"]) == {"x": value}


def test_what_is_no_literal_is_text() -> None:
    given_ = parse_parameters(["holidays=none", "when=2026-01-01", "empty=", "formula=a=b"])
    assert given_ == {"holidays": "none", "when": "2026-01-01", "empty": "", "formula": "a=b"}


@pytest.mark.parametrize("text", ["alpha", "=1", "1x=2", "a b=3", "import os;x=1"])
def test_another_form_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="NAME=VALUE"):
        parse_parameters([text])


@pytest.mark.parametrize("name", sorted(RESERVED))
def test_the_run_s_own_parameters_are_refused(name: str) -> None:
    with pytest.raises(ConfigurationError, match=f"-p {name}: the run itself sets"):
        parse_parameters([f"{name}=1"])


@pytest.mark.parametrize(
    "text",
    [
        *("half_life_years=x", "half_life_years=-1", "half_life_years=0", "half_life_years=True"),
        *("years=0", "years=2.5", "years=three", "years=31", "years=True"),
        *("risk_lambda=abc", "risk_lambda=-0.1", "risk_q=7", "risk_q=0.2", "resamples=-5", "resamples=1e3"),
        *(
            "seed=-1",
            "seed=1.5",
            "lookback_days=two",
            "trade_date=foo",
            "trade_date=5",
            "trade_date=2026-02-30",
        ),
    ],
)
def test_a_number_or_day_that_cannot_be_is_refused_before_anything_starts(text: str) -> None:
    with pytest.raises(ConfigurationError, match="write"):
        parse_parameters([text])


@pytest.mark.parametrize(
    "text",
    [
        "years=3",
        "years=None",
        "seasons=months",
        "half_life_years=2.5",
        "risk_lambda=0",
        "risk_q=0.9",
        "resamples=500",
        "seed=7",
        "risk_q=None",
    ],
)
def test_a_number_that_can_be_is_taken(text: str) -> None:
    assert len(parse_parameters([text])) == 1


def test_each_number_of_a_notebook_has_a_range() -> None:
    declared = read_declared_parameters(NOTEBOOKS, NOTEBOOKS_FOLDER)
    numbers = {
        name
        for parameters in declared.values()
        for name, value in parameters.items()
        if type(value) in (int, float) and name not in RESERVED
    }
    assert numbers <= set(RANGES)


def test_a_name_given_twice_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="twice"):
        parse_parameters(["a=1", "a=2"])


@pytest.mark.parametrize(
    "text", ["db=postgresql://desk:hunter2@host/epd", "db=host=x password=hunter2", "u='http://:hunter2@h'"]
)
def test_a_value_with_a_password_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(ConfigurationError, match="password") as caught:
        parse_parameters([text])
    assert "hunter2" not in str(caught.value)


def test_a_malformed_text_with_a_password_is_not_repeated() -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_parameters(["postgresql://desk:hunter2@host/epd"])
    assert "hunter2" not in str(caught.value)


def test_a_parameter_goes_to_the_notebooks_that_declare_it() -> None:
    shared = assign_parameters({"alpha": 1, "zones": ["WEST"]}, DECLARED)
    assert shared == {"vlr": {"alpha": 1, "zones": ["WEST"]}, "shaping": {"alpha": 1}}


def test_a_parameter_that_none_declares_is_refused_with_those_there_are() -> None:
    with pytest.raises(ConfigurationError, match=r"alhpa.*allowed: alpha, zones"):
        assign_parameters({"alhpa": 1}, DECLARED)


def test_declared_parameters_are_read_from_the_notebook(
    tmp_path: Path, write_notebook: Callable[..., Path]
) -> None:
    write_notebook(tmp_path / "vlr.ipynb", parameters="iso = 'NYISO'\nalpha = 0.05  # level")
    assert read_declared_parameters(["vlr"], tmp_path) == {"vlr": {"iso": "NYISO", "alpha": 0.05}}


def test_a_notebook_declares_the_run_s_folder_exactly_when_it_writes_files() -> None:
    declared = read_declared_parameters(list(NOTEBOOKS), NOTEBOOKS_FOLDER)
    assert {name: "folder" in names for name, names in declared.items()} == {
        name: notebook.writes_files for name, notebook in NOTEBOOKS.items()
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("basis=clered", "-p basis=clered: did you mean cleared. Known are cleared, forecast, proxy"),
        ("basis=actual", "known are cleared, forecast, proxy"),
        ("basis=1", "known are cleared, forecast, proxy"),
        ("holidays=nercs", "did you mean nerc. Known are nerc, none"),
        ("offpeak_weights=daily", "[kK]nown are contract, hours, days"),
    ],
)
def test_a_value_that_a_parameter_does_not_take_is_refused_with_those_it_takes(
    text: str, message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message):
        parse_parameters([text])


@pytest.mark.parametrize("text", ["basis=proxy", "basis=None", "holidays=none", "offpeak_weights=days"])
def test_the_values_that_a_parameter_takes_come_through(text: str) -> None:
    assert parse_parameters([text])
