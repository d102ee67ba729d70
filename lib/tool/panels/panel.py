"""What a panel is: HTML made from a session, and the actions that change the session."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from lib.tool.session import Session, Values

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
