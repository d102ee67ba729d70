"""The text by which people name a source ("demo", "files:DIR", "replay:public"), parsed but not opened."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import ClassVar, Protocol

from lib.markets import read_reference
from lib.source_names import LOCAL_ARGUMENTS, REPLAY, known_kinds, routes
from lib.sources.demo import DemoSource
from lib.sources.files import FilesSource
from lib.sources.protocol import Source


class LocalSource(Source, Protocol):
    """A source that needs no service, and what can be told of it before it is opened."""

    name: ClassVar[str]
    is_demo: ClassVar[bool]
    fixed_as_of: ClassVar[date | None]

    @classmethod
    def open(cls, argument: str) -> Source:
        """Return the source; `argument` is the text after the colon, empty if there is no colon.

        Raises:
            UnknownSource: the argument names nothing that can be read.
        """


LOCAL_SOURCES: dict[str, type[LocalSource]] = {kind.name: kind for kind in (DemoSource, FilesSource)}
"""The sources that need no service, by name. A live one is a row of lib/reference/routes.csv."""


@dataclass(frozen=True)
class SourceSpec:
    """A source as it is named.

    Attributes:
        kind: the text before the colon: a local source, "replay", or a route; perhaps none of these.
        argument: the text after the colon: a folder, or the route of a replay.
    """

    kind: str
    argument: str = ""

    def __str__(self) -> str:
        """Return the text that was parsed."""
        return f"{self.kind}:{self.argument}" if self.argument else self.kind

    @property
    def is_known(self) -> bool:
        """Whether the kind exists; its argument may still be wrong."""
        return self.kind in known_kinds()

    @property
    def is_demo(self) -> bool:
        """Whether the numbers are simulated."""
        return self.kind in LOCAL_SOURCES and LOCAL_SOURCES[self.kind].is_demo

    @property
    def is_local(self) -> bool:
        """Whether the source needs no service, and no archive of one: a simulation, or files."""
        return self.kind in LOCAL_SOURCES

    @property
    def is_replay(self) -> bool:
        """Whether the source reads archived responses only."""
        return self.kind == REPLAY

    @property
    def is_live(self) -> bool:
        """Whether the source sends requests to services."""
        return self.kind in routes()

    @property
    def services(self) -> tuple[str, ...]:
        """The services to which the source sends requests, the preferred first; none unless it is live."""
        return routes().get(self.kind, ())

    @property
    def needs_account(self) -> bool:
        """Whether the source cannot be opened before an account is set."""
        return any(row["needed_for"] == self.kind for row in read_reference("accounts.csv"))

    @property
    def fixed_as_of(self) -> date | None:
        """The day on which the source's clock stands still; None if it moves on."""
        return LOCAL_SOURCES[self.kind].fixed_as_of if self.kind in LOCAL_SOURCES else None

    def with_absolute_path(self) -> SourceSpec:
        """Return the spec with its folder, if it has one, as an absolute path."""
        if not LOCAL_ARGUMENTS.get(self.kind) or not self.argument:
            return self
        return replace(self, argument=str(Path(self.argument).expanduser().resolve()))


def parse_source_spec(text: str) -> SourceSpec:
    """Return a source's text as a value; any text is accepted, and `open_source` refuses the unknown."""
    kind, _, argument = text.partition(":")
    return SourceSpec(kind, argument)
