"""A market whose curves are published, to be revised."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lib.store import Database
from tests.support.databases import copy_of
from tests.support.published import publish_first


@pytest.fixture(scope="session")
def published_once(server: str, templates: dict[str, Database]) -> Iterator[Database]:
    """A database in which a run has published all curves of ERCOT, without a day of metered load."""
    with copy_of(server, templates["demo"]) as database, pytest.MonkeyPatch.context() as patch:
        patch.setenv("EPD_DATABASE", database.url)
        publish_first(database)
        yield database


@pytest.fixture
def published(server: str, published_once: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """A copy of it, to revise."""
    with copy_of(server, published_once) as database:
        monkeypatch.setenv("EPD_DATABASE", database.url)
        yield database
