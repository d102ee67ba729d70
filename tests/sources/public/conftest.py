"""The open data of the ISOs on a stand-in: each publisher's host is a folder of one server on loopback."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from lib.hours import utc_bounds
from lib.markets import locations
from lib.sources import SeriesResult
from lib.sources.public import PublicSource
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
