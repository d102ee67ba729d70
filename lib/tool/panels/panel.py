"""What a panel is: HTML made from a session, and the actions that change the session."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lib.tool.session import Session

Values = Mapping[str, Any]
"""What the page sends with an action: a list for each field of the form, a text for each data attribute."""

Action = Callable[[Session, Values, Sequence[memoryview]], Session]
"""Takes what the page says and the files it sends; returns the next session, which says what went wrong."""


@dataclass(frozen=True)
class Panel:
    """A part of the page.

    Attributes:
        name: its name in the page.
        html: what it shows of a session.
        depends: what of a session it shows, to be compared: it is drawn anew when that has changed.
        actions: action -> what it does.
    """

    name: str
    html: Callable[[Session], str]
    depends: Callable[[Session], object]
    actions: Mapping[str, Action] = field(default_factory=dict)


def first(values: Values, name: str) -> str:
    """Return the text of a field or data attribute; "" where the page sends none."""
    value = values.get(name, "")
    return str(value[0] if isinstance(value, list) and value else value or "")
