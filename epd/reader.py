"""Which database is read: the source that `use` chose, opened with a reader's rights."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import pandas as pd

from epd.names import UnknownName, check_name
from lib import store
from lib.source_names import DEMO_SOURCE, known_kinds
from lib.sources import Source, open_source
from lib.sources.protocol import UnknownSource
from lib.store.relations import read_relations

_chosen = [DEMO_SOURCE]


@dataclass(frozen=True)
class Reader:
    """An open database, and the source whose series in it are read."""

    db: store.Database
    source: Source
    source_spec: str

    def label(self, frame: pd.DataFrame, **about: object) -> pd.DataFrame:
        """Return the frame with what it is made of in its attrs."""
        frame = frame.reset_index(drop=True)
        frame.attrs = {"source": self.source_spec, "is_demo": self.db.is_demo, **about}
        return frame


def use(source: str) -> None:
    """Choose the source of all calls that name none.

        >>> import epd
        >>> epd.use("demo")

    Args:
        source: as for run_all.py: "demo", "public", "enverus", "files:DIR".

    Raises:
        UnknownName: there is no such source.
    """
    _open_source(source)
    _chosen[0] = source


def open_reader(source: str | None = None) -> Reader:
    """Return the database of a source; None for the one that `use` chose.

    Raises:
        UnknownName: there is no such source.
        DatabaseUnreachable, SchemaError, NotPermitted: it cannot be read; the message has the remedy.
    """
    spec = source if source is not None else _chosen[0]
    opened = _open_source(spec)
    return Reader(_open_database(opened.name), opened, spec)


def relation(name: str, source: str | None = None) -> pd.DataFrame:
    """Return all rows of a table or view of the database.

        >>> import epd
        >>> epd.relation("nyiso_vlr").columns[:2].tolist()
        ['control_area', 'state']

    Times are in UTC, without a time zone attached.

    Raises:
        UnknownName: the database has none of this name; the message has the nearest.
    """
    reader = open_reader(source)
    try:
        rows = store.read_relation(reader.db, name)
    except store.UnknownRelation:
        check_name("table or view", name, read_relations(reader.db)["relation"].tolist())
        raise
    return reader.label(without_time_zone(rows), relation=name)


def without_time_zone(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with times in UTC that have no time zone attached, which spreadsheets cannot hold."""
    aware = frame.select_dtypes("datetimetz").columns
    return frame.assign(**{name: frame[name].dt.tz_convert("UTC").dt.tz_localize(None) for name in aware})


def _open_source(spec: str) -> Source:
    try:
        return open_source(spec, is_to_fetch=False)
    except UnknownSource as error:
        check_name("source", str(spec).partition(":")[0], known_kinds())
        raise UnknownName(str(error)) from None


@lru_cache(maxsize=4)
def _open_database(source_name: str) -> store.Database:
    return store.open_reader(source_name)
