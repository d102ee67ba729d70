"""The open data of the ISOs on a stand-in: each publisher's host is a folder of one server on loopback."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date

import pytest

from lib.hours import utc_bounds
from lib.markets import locations
from lib.sources import SeriesResult
from lib.sources.protocol import MISSING_NAME
from lib.sources.public import PublicSource
from lib.sources.public.query import ReaderQuery, ReaderResult
from lib.sources.public.registry import READERS
from lib.web import Archive, Client, HttpClient, Limits, ReplayClient
from tests.standins.bad_server import BadServer

HOSTS = {
    "mis.nyiso.com": "/mis",
    "oasis-postings.prod.nysdi.com": "/oasis",
    "www.iso-ne.com": "/isone",
    "webservices.iso-ne.com": "/isone-api",
}
QUICK = Limits(attempts=2, backoff_s=0.001, backoff_max_s=0.01)
"""Two attempts, with a pause that nobody notices between them."""

Read = Callable[..., SeriesResult]


@pytest.fixture(autouse=True)
def _names_that_are_gone_are_reported(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Check that the readers in the mark `names_gone` of a test have reported a name that is gone."""
    marked = {name for mark in request.node.iter_markers("names_gone") for name in mark.args}
    reported = set()

    def watched(name: str) -> Callable[[ReaderQuery], ReaderResult]:
        read = READERS[name]

        def read_and_note(query: ReaderQuery) -> ReaderResult:
            result = read(query)
            if any(problem.kind == MISSING_NAME for problem in result.problems):
                reported.add(name)
            return result

        return read_and_note

    for name in marked:
        monkeypatch.setitem(READERS, name, watched(name))  # type: ignore[arg-type]
    yield
    assert marked == reported, f"{marked - reported} report no name that is gone"


def _source(server: BadServer, client: Client) -> PublicSource:
    return PublicSource(client, mirrors={host: server.url + folder for host, folder in HOSTS.items()})


@pytest.fixture
def public(bad_server: BadServer, archive: Archive) -> PublicSource:
    """The source, asking the server in place of the publishers and keeping what it answers."""
    return _source(bad_server, HttpClient(QUICK, archive))


@pytest.fixture
def impatient(bad_server: BadServer, archive: Archive) -> PublicSource:
    """The source, giving up on an answer that does not come within a second or two."""
    return _source(bad_server, HttpClient(replace(QUICK, read_s=1, total_s=2), archive))


@pytest.fixture
def replayed(bad_server: BadServer, archive: Archive) -> PublicSource:
    """The source, reading what `public` was answered."""
    return _source(bad_server, ReplayClient(archive))


@pytest.fixture
def read(public: PublicSource) -> Read:
    """Read a measure of all locations of an ISO for local days."""

    def read_days(
        iso: str,
        measure: str,
        first: date,
        last: date,
        basis: str | None = None,
        source: PublicSource = public,
    ) -> SeriesResult:
        places = [place.name for place in locations(iso) if measure in place.measures]
        return source.read(iso, measure, places, *utc_bounds(iso, first, last), basis)

    return read_days
