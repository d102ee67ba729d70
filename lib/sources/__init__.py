"""Where hourly series come from, behind one small interface: services, files, or the simulated market."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lib.settings import Settings
from lib.source_names import LOCAL_ARGUMENTS, REPLAY, known_kinds, routes, source_forms
from lib.sources.fallback import FallbackSource, StoredSource
from lib.sources.protocol import (
    Problem,
    SeriesResult,
    SeriesSpec,
    Source,
    SourceError,
    Unanswered,
    UnknownSource,
)
from lib.sources.spec import LOCAL_SOURCES, SourceSpec, parse_source_spec

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
    "service_addresses",
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
    if spec.kind in LOCAL_SOURCES and bool(spec.argument) == bool(LOCAL_ARGUMENTS[spec.kind]):
        return LOCAL_SOURCES[spec.kind].open(spec.argument)
    route = spec.argument if spec.is_replay else str(spec)
    if route not in routes():
        raise UnknownSource(f"unknown source {text!r}: allowed are {', '.join(map(repr, source_forms()))}")
    if not is_to_fetch:
        return StoredSource(route)
    return _open_live(route) if spec.is_live else _open_replay(route)


def service_addresses(spec: SourceSpec, settings: Settings) -> dict[str, str]:
    """Return the addresses to which a source sends requests, by name; none unless it is live."""
    return {
        name: address
        for service in spec.services
        for name, address in _SERVICES[service].addresses(settings).items()
    }


def _open_live(route: str) -> FallbackSource:
    return FallbackSource(route, tuple(_SERVICES[member].open(False) for member in routes()[route]))


def _open_replay(route: str) -> FallbackSource:
    """Return a route of its archived members, which need not be all of them."""
    from lib.web import NotArchived

    members, reasons = [], []
    for member in routes()[route]:
        try:
            members.append(_SERVICES[member].open(True))
        except NotArchived as error:
            reasons.append(str(error))
    if not members:
        raise UnknownSource(f"source '{REPLAY}:{route}': {'; '.join(reasons)}")
    return FallbackSource(route, tuple(members))


@dataclass(frozen=True)
class _Service:
    """How to open a service, live or as a replay, and where it sends its requests."""

    open: Callable[[bool], Source]
    addresses: Callable[[Settings], dict[str, str]]


# A service is imported when it is opened: its packages take seconds to import.
def _open_enverus(replay: bool) -> Source:
    from lib.sources.enverus import open_enverus

    return open_enverus(replay)


def _enverus_addresses(settings: Settings) -> dict[str, str]:
    return {"Enverus": settings.enverus_url}


def _open_public(replay: bool) -> Source:
    from lib.sources.public import open_public

    return open_public(replay)


def _public_addresses(settings: Settings) -> dict[str, str]:
    from lib.sources.public import hosts

    return {host: settings.public_mirrors.get(host, f"https://{host}") for host in hosts()}


_SERVICES = {
    "enverus": _Service(_open_enverus, _enverus_addresses),
    "public": _Service(_open_public, _public_addresses),
}
"""The services of routes.csv."""
