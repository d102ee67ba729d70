"""Parameters from the command line: parse them, check that notebooks declare them, assign them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from lib.pipeline.errors import ConfigurationError
from lib.pipeline.notebooks import NOTEBOOKS
from lib.pipeline.runner.redact import has_password

RESERVED = frozenset({"iso", "source", "start", "end", "as_of", "run_id", "publish", "folder"})
"""Parameters that the run itself sets; each has an option of its own or none."""


def parse_parameters(texts: Iterable[str]) -> dict[str, Any]:
    """Return parameters from texts of the form NAME=VALUE; VALUE is a Python literal or else plain text.

    Raises:
        ConfigurationError: a text has another form, names a parameter of the run itself or one twice, or
            holds what looks like a password.
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
    return parameters


def read_declared_parameters(notebooks: Iterable[str], folder: Path) -> dict[str, frozenset[str]]:
    """Return the names that each notebook of the folder declares in its cell tagged `parameters`."""
    from papermill import inspect_notebook  # takes two seconds to import, and few runs pass -p

    return {name: frozenset(inspect_notebook(str(folder / NOTEBOOKS[name].file))) for name in notebooks}


def assign_parameters(
    parameters: Mapping[str, Any], declared_by: Mapping[str, frozenset[str]]
) -> dict[str, dict[str, Any]]:
    """Return for each notebook the parameters that it declares.

    Raises:
        ConfigurationError: no notebook declares a parameter; the message lists those they do declare.
    """
    known = frozenset().union(*declared_by.values()) - RESERVED
    if unknown := sorted(parameters.keys() - known):
        allowed = ", ".join(sorted(known)) or "none"
        raise ConfigurationError(f"-p {', '.join(unknown)}: no selected notebook has it; allowed: {allowed}")
    return {
        notebook: {name: value for name, value in parameters.items() if name in names}
        for notebook, names in declared_by.items()
    }


def _literal(text: str) -> Any:
    """Return the value of a text that is a Python literal, else the text itself."""
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


def _shown(text: str) -> str:
    return repr(text) if not has_password(text) else "(a text with what looks like a password)"
