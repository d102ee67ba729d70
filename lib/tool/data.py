"""What the scaling tool knows: published curves and curves of any date range, from the reader's database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

import pandas as pd

from lib.calc.scaling import Quantity, Weights
from lib.store import Database

MAX_BYTES = 400 * 2**20
"""How much of the data one tool keeps in memory: the demo market's five ISOs with five years need half."""

Progress = Callable[[int, int, str], None]
"""What is told of a long load: step, number of steps, and what is being read."""


@dataclass(frozen=True)
class Estimator:
    """One of the numbers of a curve: its column, what people call it, and what it is."""

    curve: str
    column: str
    label: str
    uom: str
    quantity: Quantity


ESTIMATORS: tuple[Estimator, ...] = ()
"""Every estimator of every curve, each curve's headline first."""

CURVES = {"vlr": "VLR", "shaping": "Shaping", "cost_curve": "Cost curve"}
"""What people call the curves, in the order of a choice."""


@dataclass(frozen=True)
class Choice:
    """What was chosen: ISO, curve, estimator column, and a range of local days, both included.

    Of a cost curve the range says which delivery months are shown.
    """

    iso: str
    curve: str
    estimator: str
    start: date
    end: date


@dataclass(frozen=True)
class Extent:
    """The days a curve can be asked for, and those of the published version."""

    first: date
    last: date
    start: date
    end: date


@dataclass(frozen=True)
class SourceCurve:
    """A curve as it came, before any edit, with what it stands on.

    Attributes:
        values: wide: (month, he, block_type) x zones.
        weights: how means over its cells are taken.
        quantity: what its numbers are.
        uom: unit people read; where it is %, the values are fractions.
        title: what it is, for people: "VLR of NYISO, cost-weighted".
        stands_on: (what, value) pairs: version, window, fingerprint, run, hours; for a facts list.
        is_demo: whether the numbers are simulated.
        is_published: whether it is the stored version itself, not computed for a free range.
    """

    values: pd.DataFrame
    weights: Weights
    quantity: Quantity
    uom: str
    title: str
    stands_on: tuple[tuple[str, str], ...]
    is_demo: bool
    is_published: bool


@dataclass(frozen=True)
class NewerRun:
    """A run that has ended since the tool read its data, and the ISOs whose data it changed."""

    run_id: int
    ended_at: datetime
    isos: tuple[str, ...]


class NoSuchCurve(LookupError):
    """Nothing is published for what was chosen, or the range has no data; the message says what there is."""


class ToolData:
    """Published curves, and curves of free ranges, with a bounded cache in front of the database."""

    def __init__(self, source: str, max_bytes: int = MAX_BYTES) -> None:
        """Open the source's database as its reader: "demo", "public", ...

        Raises:
            DatabaseUnreachable, SchemaError: there is no database to read; the message says what to do.
        """

    @property
    def db(self) -> Database:
        """The database, opened to read."""

    @property
    def is_demo(self) -> bool:
        """Whether the numbers are simulated."""

    def preload(self, progress: Progress | None = None) -> None:
        """Read everything once, so that every later question is answered from memory."""

    def isos(self) -> tuple[str, ...]:
        """Return the ISOs that have a published curve, in the order of lib/reference."""

    def curves(self, iso: str) -> tuple[str, ...]:
        """Return the curves that are published for an ISO: keys of CURVES."""

    def extent(self, iso: str, curve: str) -> Extent:
        """Return the days a curve can be asked for.

        Raises:
            NoSuchCurve: it is not published.
        """

    def curve(self, choice: Choice) -> SourceCurve:
        """Return a curve as chosen: the published version, or computed for the range.

        Raises:
            NoSuchCurve: it is not published, or the range lies outside the data.
        """

    def newer_run(self) -> NewerRun | None:
        """Return the latest run that has ended since the data was read; None if there is none."""

    def refresh(self, progress: Progress | None = None) -> None:
        """Read anew what a newer run has changed; what has not changed stays in memory."""

    def usage(self) -> Usage:
        """Return how the cache was used, for the footer."""


@dataclass(frozen=True)
class Usage:
    """Hits, misses and size of the cache, and which run its data is as of."""

    hits: int
    misses: int
    n_bytes: int
    max_bytes: int
    run_id: int
