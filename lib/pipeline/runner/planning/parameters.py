"""Parameters from the command line: parse them, check that notebooks declare them, assign them."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_args

from lib.calc.band import BAND
from lib.calc.cost_curve import VlrChoice
from lib.calc.delivery import AS_CONTRACT, FirstMonth, QuoteWeights
from lib.hours import HolidayRule
from lib.markets import LOAD_BASES
from lib.pipeline.errors import ConfigurationError
from lib.pipeline.notebooks import NOTEBOOKS
from lib.pipeline.steps.event_days import Events
from lib.pipeline.steps.window import parse_day
from lib.redact import has_password
from lib.seasons import SEASON_DIVISIONS

RESERVED = frozenset(
    {"iso", "source", "start", "end", "as_of", "run_id", "publish", "folder", "study", "own_load"}
)
"""Parameters that the run itself sets; each has an option of its own or none."""

CHOICES: Mapping[str, tuple[str, ...]] = {
    "band": tuple(BAND),
    "basis": LOAD_BASES["da_load"],
    "covariance_events": get_args(Events),
    "first_month": get_args(FirstMonth),
    "holidays": get_args(HolidayRule),
    "offpeak_weights": (AS_CONTRACT, *get_args(QuoteWeights)),
    "seasons": tuple(SEASON_DIVISIONS),
    "vlr": get_args(VlrChoice),
}
"""The values of those parameters that take no others; None stands for the default."""

WHOLE, ANY_NUMBER = (int,), (int, float)

RANGES: Mapping[str, tuple[tuple[type, ...], float, float, str]] = {
    "half_life_years": (ANY_NUMBER, 1 / 12, 100, "years, from 1/12 to 100"),
    "lookback_days": (WHOLE, 0, 366, "a whole number of days, up to 366"),
    "resamples": (WHOLE, 100, 100_000, "a whole number from 100 to 100,000"),
    "risk_lambda": (ANY_NUMBER, 0, 10, "a number from 0 to 10"),
    "risk_q": (ANY_NUMBER, 0.5, 0.9999, "a number from 0.5 to 0.9999"),
    "seed": (WHOLE, 0, 2**32 - 1, "a whole number from 0"),
    "years": (WHOLE, 1, 30, "a whole number of years, from 1 to 30"),
}
"""Type, least and largest value of those parameters that are numbers, and what to write."""


def parse_parameters(texts: Iterable[str]) -> dict[str, Any]:
    """Return parameters from texts of the form NAME=VALUE; VALUE is a Python literal or else plain text.

    Raises:
        ConfigurationError: a text has another form, names a parameter of the run itself or one twice, has a
            value that is none of the parameter's CHOICES, outside its RANGES or no day, or holds what looks
            like a password.
    """
    parameters: dict[str, Any] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name.isidentifier():
            raise ConfigurationError(
                f"-p {_shown(text)}: write it as NAME=VALUE, with a name that Python would take"
            )
        if name in RESERVED:
            raise ConfigurationError(
                f"-p {name}: the run itself sets this parameter; see --help for the options"
            )
        if name in parameters:
            raise ConfigurationError(f"-p {name} is given twice")
        if has_password(value):
            raise ConfigurationError(
                f"-p {name}: the value looks like it holds a password, and parameters are written into "
                "reports; give the database by --database or the environment"
            )
        parameters[name] = _literal(value)
        _check_choice(name, parameters[name])
        _check_range(name, parameters[name])
        if name == "trade_date":
            parse_day("-p trade_date", parameters[name])
    return parameters


def read_declared_parameters(notebooks: Iterable[str], folder: Path) -> dict[str, dict[str, Any]]:
    """Return the names that each notebook declares in its cell tagged `parameters`, with their defaults."""
    from papermill import inspect_notebook  # takes two seconds to import, and few runs pass -p

    return {
        notebook: {
            name: _literal(declared["default"])
            for name, declared in inspect_notebook(str(folder / NOTEBOOKS[notebook].file)).items()
        }
        for notebook in notebooks
    }


def assign_parameters(
    parameters: Mapping[str, Any], declared_by: Mapping[str, Collection[str]]
) -> dict[str, dict[str, Any]]:
    """Return for each notebook the parameters that it declares.

    Raises:
        ConfigurationError: no notebook declares a parameter; the message lists those they do declare.
    """
    known = frozenset[str]().union(*declared_by.values()) - RESERVED
    if unknown := sorted(parameters.keys() - known):
        allowed = ", ".join(sorted(known)) or "none"
        raise ConfigurationError(f"-p {', '.join(unknown)}: no selected notebook has it; allowed: {allowed}")
    return {
        notebook: {name: value for name, value in parameters.items() if name in names}
        for notebook, names in declared_by.items()
    }


def _check_choice(name: str, value: object) -> None:
    choices = CHOICES.get(name)
    if choices is None or value is None or value in choices:
        return
    close = get_close_matches(str(value), choices, n=1)
    hint = f"did you mean {close[0]}? Known are" if close else "known are"
    raise ConfigurationError(f"-p {name}={value}: {hint} {', '.join(choices)}")


def _check_range(name: str, value: Any) -> None:
    if name not in RANGES or value is None:
        return
    types, least, largest, words = RANGES[name]
    if type(value) not in types or not least <= value <= largest:
        raise ConfigurationError(f"-p {name}={value}: write {words}")


def _literal(text: str) -> Any:
    """Return the value of a text that is a Python literal, else the text itself."""
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


def _shown(text: str) -> str:
    return repr(text) if not has_password(text) else "(a text with what looks like a password)"
