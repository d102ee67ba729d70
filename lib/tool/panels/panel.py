"""The parts of the page: what a panel shows, and the actions that a person can take in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints
from pydantic_core import PydanticCustomError

from lib.markets import BLOCKS
from lib.tool.session import Session


def _check_block(block: str) -> str:
    if block and block not in BLOCKS:
        raise PydanticCustomError("unknown_block", "there is no such block")
    return block


Block = Annotated[str, AfterValidator(_check_block)]
"""A block; "" for all of them."""

Typed = Annotated[str, StringConstraints(strip_whitespace=True)]
"""What a person typed, without the spaces around it."""

Name = Annotated[str, StringConstraints(min_length=1)]


class ActionInputs(BaseModel):
    """The inputs of an action, as texts of the page; the base class has none.

    A subclass has a field for each input: its name is that of the form's field or data attribute, its type
    says how the text is read. What is missing, unknown or of another type is refused. An error that a
    validator raises is shown to the person, so its text is a sentence.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)


class ScopeInputs(ActionInputs):
    """A month and a block; "" for all of them."""

    month: str
    block: Block


@dataclass(frozen=True)
class Action:
    """An action of the page.

    Attributes:
        inputs: the inputs that it takes.
        run: returns the next session; a message in it says what went wrong.
        is_automatic: whether the page asks for it without a person.
    """

    inputs: type[ActionInputs]
    run: Callable[[Session, Any], Session]
    is_automatic: bool = False


@dataclass(frozen=True)
class Panel:
    """A part of the page.

    Attributes:
        name: its name in the page.
        render: returns its HTML for a session.
        depends: returns the parts of a session that it shows; it is rendered again when they have changed.
        actions: its actions by their names in the page.
    """

    name: str
    render: Callable[[Session], str]
    depends: Callable[[Session], object]
    actions: Mapping[str, Action] = field(default_factory=dict)
