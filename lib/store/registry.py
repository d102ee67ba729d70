"""The registered series: what each stored number is, and which of several series to use."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

import pandas as pd
from sqlalchemy import text

from lib.markets import MEASURES, OWN, SETTLED, market
from lib.store.database import Database
from lib.store.query import read_sql

CHOSEN_ONLY = (SETTLED, OWN)
"""Bases that nobody gets without asking for them by name."""

BASES = ("actual", "cleared", "forecast", "proxy", *CHOSEN_ONLY)
"""The possible bases of a series, the preferred first."""


class SeriesIdentity(Protocol):
    """The attributes that identify a series; a source's SeriesSpec has them."""

    @property
    def iso(self) -> str: ...  # noqa: D102
    @property
    def location(self) -> str: ...  # noqa: D102
    @property
    def measure(self) -> str: ...  # noqa: D102
    @property
    def source(self) -> str: ...  # noqa: D102
    @property
    def basis(self) -> str: ...  # noqa: D102


class UnknownSeries(LookupError):
    """The location or series is not in the database, or belongs to another ISO or measure."""


def register_series(db: Database, specs: Iterable[SeriesIdentity]) -> pd.DataFrame:
    """Register the series that are not known yet, and return all given series with their ids.

    Returns:
        series_id, location_id, iso, location, measure, source, basis; one row for each spec, by series_id.

    Raises:
        UnknownSeries: a location is not in the reference data.
    """
    names = ("iso", "location", "measure", "source", "basis")
    wanted = pd.DataFrame([[getattr(spec, name) for name in names] for spec in specs], columns=names)
    located = wanted.merge(read_sql(db, _LOCATIONS), how="left", on=["iso", "location"])
    unknown = located[located["location_id"].isna()]
    if len(unknown):
        first = unknown.iloc[0]
        raise UnknownSeries(f"{first.iso}: no location {first.location!r} in lib/reference/locations.csv")
    with db.engine.begin() as connection:
        connection.execute(
            text("""
                INSERT INTO series (location_id, measure, source, basis)
                SELECT given.location_id, given.measure, given.source, given.basis
                FROM unnest(CAST(:location_id AS smallint[]), CAST(:measure AS text[]),
                            CAST(:source AS text[]), CAST(:basis AS text[]))
                     WITH ORDINALITY AS given (location_id, measure, source, basis, rank)
                LEFT JOIN series USING (location_id, measure, source, basis)
                WHERE series_id IS NULL ORDER BY rank
                ON CONFLICT DO NOTHING
            """),
            {name: located[name].tolist() for name in ("location_id", "measure", "source", "basis")},
        )
    known = read_sql(db, SERIES)
    return known.merge(wanted.drop_duplicates(), on=list(names)).sort_values("series_id", ignore_index=True)


def find_series(
    db: Database, iso: str, measure: str, sources: Sequence[str], basis: str | None = None
) -> pd.DataFrame:
    """Return one series for each location of an ISO: from the first of the sources that has one.

    Args:
        db: the database.
        iso: the ISO.
        measure: one of lib.markets.MEASURES.
        sources: names of sources, the preferred first.
        basis: only series on this basis; None for any but CHOSEN_ONLY, in the order of BASES.

    Returns:
        series_id, location, measure, source, basis; by series_id.
    """
    known = read_sql(
        db,
        f"{SERIES} WHERE iso = :iso AND measure = :measure AND source IN :sources",
        {"iso": market(iso).iso, "measure": MEASURES[measure].name, "sources": list(sources)},
    )
    known = known[known["basis"] == basis if basis is not None else ~known["basis"].isin(CHOSEN_ONLY)].copy()
    known["by_source"] = known["source"].map(list(sources).index)
    known["by_basis"] = known["basis"].map(BASES.index)
    best = known.sort_values(["by_source", "by_basis"]).drop_duplicates("location").sort_values("series_id")
    return best[["series_id", "location", "measure", "source", "basis"]].reset_index(drop=True)


def list_series(db: Database, iso: str, sources: Sequence[str]) -> pd.DataFrame:
    """Return every series of an ISO from any of the sources.

    Returns:
        series_id, location, measure, source, basis; by series_id.
    """
    known = read_sql(
        db,
        f"{SERIES} WHERE iso = :iso AND source IN :sources ORDER BY series_id",
        {"iso": market(iso).iso, "sources": list(sources)},
    )
    return known[["series_id", "location", "measure", "source", "basis"]]


_LOCATIONS = "SELECT iso, location.name AS location, location_id FROM location JOIN market USING (market_id)"

SERIES = """
    SELECT series_id, location_id, iso, location.name AS location, measure, source, basis
    FROM series JOIN location USING (location_id) JOIN market USING (market_id)"""
