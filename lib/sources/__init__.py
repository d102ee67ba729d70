"""Where hourly series come from, behind one small interface: services, files, or the simulated market."""

from __future__ import annotations

from collections.abc import Callable

from lib.sources.fallback import FallbackSource, StoredSource, routes
from lib.sources.protocol import (
    Problem,
    SeriesResult,
    SeriesSpec,
    Source,
    SourceError,
    Unanswered,
    UnknownSource,
)
from lib.sources.spec import LOCAL_SOURCES, REPLAY, SourceSpec, known_kinds, parse_source_spec

__all__ = [
    "Problem",
    "SeriesResult",
    "SeriesSpec",
    "Source",
    "SourceError",
    "SourceSpec",
    "Unanswered",
    "UnknownSource",
    "known_kinds",
    "open_source",
    "parse_source_spec",
]


def open_source(text: str, *, is_to_fetch: bool = True) -> Source:
    """Return the source that a text names.

    "demo" is the simulated market, "files:DIR" a folder of files. "enverus" and "public" are live services,
    each followed by those that serve what it lacks. "replay:enverus" and "replay:public" read their archived
    responses and send no request.

    Args:
        text: as above.
        is_to_fetch: False if only stored series are read; then a service needs no account.

    Raises:
        UnknownSource: the name is not known, the folder does not exist, or a service lacks its credentials;
            the message says what is allowed or missing.
    """
    spec = parse_source_spec(text)
    if spec.kind in LOCAL_SOURCES:
        local = LOCAL_SOURCES[spec.kind]
        if bool(spec.argument) == bool(local.argument):
            return local.open(spec.argument)
    route = spec.argument if spec.is_replay else str(spec)
    if route not in routes():
        raise UnknownSource(f"unknown source {text!r}: allowed are {', '.join(_choices())}")
    if not is_to_fetch:
        return StoredSource(route)
    return _open_replay(route) if spec.is_replay else _open_live(route)


def _choices() -> list[str]:
    local = [f"{name}:{kind.argument}".removesuffix(":") for name, kind in LOCAL_SOURCES.items()]
    live = [text for route in routes() for text in (route, f"{REPLAY}:{route}")]
    return [repr(text) for text in (*local, *live)]


def _open_live(route: str) -> FallbackSource:
    return FallbackSource(route, tuple(_SERVICES[member](False) for member in routes()[route]))


def _open_replay(route: str) -> FallbackSource:
    """Return a route of its archived members, which need not be all of them."""
    from lib.web import NotArchived

    members, reasons = [], []
    for member in routes()[route]:
        try:
            members.append(_SERVICES[member](True))
        except NotArchived as error:
            reasons.append(str(error))
    if not members:
        raise UnknownSource(f"source '{REPLAY}:{route}': {'; '.join(reasons)}")
    return FallbackSource(route, tuple(members))


# A service is imported when it is opened: its packages take seconds to import.
def _open_enverus(replay: bool) -> Source:
    from lib.sources.enverus import open_enverus

    return open_enverus(replay)


def _open_public(replay: bool) -> Source:
    from lib.sources.public import open_public

    return open_public(replay)


_SERVICES: dict[str, Callable[[bool], Source]] = {"enverus": _open_enverus, "public": _open_public}
"""How to open each service of routes.csv, live or as a replay."""
