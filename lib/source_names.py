"""The names of the sources, which are known before any source is imported."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache

from lib.markets import read_reference

DEMO_SOURCE = "demo"
"""The simulated market. Its numbers live in a database of their own."""

REPLAY = "replay"
"""Before the name of a route: read its archived responses, and send no request."""

LOCAL_ARGUMENTS = {DEMO_SOURCE: "", "files": "DIR"}
"""The sources that need no service, each with what stands after its colon; empty for a name alone.

A test compares the names with LOCAL_SOURCES of lib/sources/spec.py.
"""


@cache
def routes() -> dict[str, tuple[str, ...]]:
    """Return the services along each route of lib/reference/routes.csv, the preferred first."""
    found: dict[str, tuple[str, ...]] = {}
    for row in read_reference("routes.csv"):
        found[row["route"]] = (*found.get(row["route"], ()), row["source"])
    return found


def known_kinds() -> tuple[str, ...]:
    """Return the texts that may stand before a colon."""
    return (*LOCAL_ARGUMENTS, REPLAY, *routes())


def source_forms() -> tuple[str, ...]:
    """Return every source in the form in which people name it: "demo", "files:DIR", "replay:public", ..."""
    local = [f"{name}:{argument}".removesuffix(":") for name, argument in LOCAL_ARGUMENTS.items()]
    return (*local, *(form for route in routes() for form in (route, f"{REPLAY}:{route}")))


class UnknownSourceName(LookupError):
    """No source has the name; the message has the nearest."""


def check_source_name(text: str) -> None:
    """Check that a text names a kind of source, alone or before a colon.

    Raises:
        UnknownSourceName: it names none.
    """
    kind = text.partition(":")[0]
    if kind not in known_kinds():
        near = get_close_matches(kind, known_kinds(), n=1)
        does_mean = f": did you mean {near[0]!r}?" if near else "."
        raise UnknownSourceName(
            f"there is no source {text!r}{does_mean} Known are {', '.join(map(repr, source_forms()))}"
        )
