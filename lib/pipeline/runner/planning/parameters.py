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
from lib.pipeline.runner.redact import has_password
from lib.pipeline.steps.event_days import Events

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
    "vlr": get_args(VlrChoice),
}
"""The values of those parameters that take no others; None stands for the default."""


def parse_parameters(texts: Iterable[str]) -> dict[str, Any]:
    """Return parameters from texts of the form NAME=VALUE; VALUE is a Python literal or else plain text.

    Raises:
        ConfigurationError: a text has another form, names a parameter of the run itself or one twice, has a
            value that is none of the parameter's CHOICES, or holds what looks like a password.
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


def _literal(text: str) -> Any:
    """Return the value of a text that is a Python literal, else the text itself."""
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


def _shown(text: str) -> str:
    return repr(text) if not has_password(text) else "(a text with what looks like a password)"
