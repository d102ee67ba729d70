"""The panels of the page from top to bottom, and the actions that a person can take in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from traitlets.log import get_logger

from lib.tool.panels import calculator, choice, files, head, own_load, pivot, scaling, viewer
from lib.tool.panels.panel import Action, Panel
from lib.tool.session import Session

PANELS: tuple[Panel, ...] = (
    head.PANEL,
    choice.PANEL,
    files.PANEL,
    scaling.PANEL,
    scaling.CHARTS,
    pivot.PANEL,
    calculator.PANEL,
    own_load.PANEL,
    viewer.PANEL,
    head.FOOTER,
)

ACTIONS: dict[str, Action] = {name: action for panel in PANELS for name, action in panel.actions.items()}

REFUSED = "Nothing was changed: the page sent what the tool does not understand ({}). Reload the page."

_PROBLEMS = {"missing": "{} is missing", "extra_forbidden": "{} is unknown"}


def run_action(
    session: Session, name: str, values: Mapping[str, object], files: Sequence[bytes | memoryview] = ()
) -> Session:
    """Return the session after an action of the page.

    Inputs that the action does not declare are refused with a message and a line in the log.

    Args:
        session: the session before.
        name: the name of the action.
        values: its inputs, by the names of fields and data attributes.
        files: the files that the page sends; an action that takes one declares it as `content`.
    """
    action = ACTIONS.get(name)
    if action is None:
        return _refuse(session, name, "the action is unknown")
    sent = {**values, "content": bytes(files[0])} if files else values
    try:
        inputs = action.inputs.model_validate(sent)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False)
        if sentences := [str(one["ctx"]["error"]) for one in problems if one["type"] == "value_error"]:
            return session.with_message(" ".join(sentences), is_error=True)
        return _refuse(session, name, ", ".join(map(_describe_problem, problems)))
    return action.run(session, inputs)


def _refuse(session: Session, name: str, why: str) -> Session:
    get_logger().warning("The scaling tool refused the action %r: %s.", name, why)
    return session.with_message(REFUSED.format(why), is_error=True)


def _describe_problem(problem: ErrorDetails) -> str:
    field = str(problem["loc"][0])
    return _PROBLEMS.get(problem["type"], "{} has an impossible value").format(field)
