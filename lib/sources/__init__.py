"""Where hourly series come from, behind one small interface: services, files, or the simulated market."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from lib.sources.demo import DemoSource
from lib.sources.fallback import Route, Stored, routes
from lib.sources.files import FilesSource
from lib.sources.protocol import (
    Problem,
    SeriesResult,
    SeriesSpec,
    Source,
    SourceError,
    Unanswered,
    UnknownSource,
)

__all__ = [
    "Problem",
    "SeriesResult",
    "SeriesSpec",
    "Source",
    "SourceError",
    "Unanswered",
    "UnknownSource",
    "open_source",
]

REPLAY = "replay"


def open_source(spec: str, *, is_asked: bool = True) -> Source:
    """Return the source that a specification names; with `is_asked` False a service needs no account.

    "demo" is the simulated market, "files:DIR" a folder of files. "enverus" and "public" are live services,
    each followed by those that serve what it lacks; "replay:enverus" and "replay:public" read what these have
    answered before, from the archive, and ask nobody.

    Raises:
        UnknownSource: the name is not known, the folder does not exist, or a service lacks its credentials;
            the message says what is allowed or missing.
    """
    name, _, place = spec.partition(":")
    if spec == "demo":
        return DemoSource()
    if name == "files" and place:
        return FilesSource(_folder(spec, place))
    if not is_asked and spec.removeprefix(f"{REPLAY}:") in routes():
        return Stored(spec.removeprefix(f"{REPLAY}:"))
    if spec in routes():
        return Route(spec, tuple(_SERVICES[member](False) for member in routes()[spec]))
    if name == REPLAY and place in routes():
        return _replayed(place)
    live = ", ".join(f"{route!r}, '{REPLAY}:{route}'" for route in routes())
    raise UnknownSource(f"unknown source {spec!r}: allowed are 'demo', 'files:DIR', {live}")


def _folder(spec: str, place: str) -> Path:
    folder = Path(place).expanduser()
    if not folder.is_dir():
        raise UnknownSource(f"source {spec!r}: {folder} is no folder; name the one with <iso>/da_lmp.parquet")
    return folder


def _replayed(name: str) -> Route:
    """Return a route of the sources whose answers are kept, which need not be all that are on it."""
    from lib.web import NotArchived

    members, reasons = [], []
    for member in routes()[name]:
        try:
            members.append(_SERVICES[member](True))
        except NotArchived as error:
            reasons.append(str(error))
    if not members:
        raise UnknownSource(f"source '{REPLAY}:{name}': {'; '.join(reasons)}")
    return Route(name, tuple(members))


# A service is imported when it is opened: the packages behind it take seconds to load.
def _enverus(is_replay: bool) -> Source:
    from lib.sources.enverus import open_enverus

    return open_enverus(is_replay)


def _public(is_replay: bool) -> Source:
    from lib.sources.public import open_public

    return open_public(is_replay)


_SERVICES: dict[str, Callable[[bool], Source]] = {"enverus": _enverus, "public": _public}
