"""A curve before any edit, and the choice of ISO, curve, estimator and days that it belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import pandas as pd

from lib.calc.profiles import CellWeights
from lib.calc.scenarios import Quantity
from lib.hours import HolidayRule
from lib.store import OFFICIAL

CurveKey = tuple[str, str, str, str]
"""ISO, curve, estimator and status: edits belong to these four, whatever the range of days."""

Month = int | str
"""A month of the year as 1 to 12, or a delivery month as "2026-01"."""


class NoSuchCurve(LookupError):
    """The chosen curve is not published, or the range has no data; the message names what is available."""


@dataclass(frozen=True)
class Choice:
    """The chosen ISO, curve, estimator column and range of local days, first and last day included.

    The range of a cost curve selects delivery months. The status is that of the version: official, or study.
    """

    iso: str
    curve: str
    estimator: str
    start: date
    end: date
    status: str = OFFICIAL

    @property
    def key(self) -> CurveKey:
        """The key under which the edits of this choice are kept."""
        return self.iso, self.curve, self.estimator, self.status


@dataclass(frozen=True)
class Scope:
    """The months, blocks and hours ending that a number is meant for; None for all of them."""

    months: tuple[Month, ...] | None = None
    blocks: tuple[str, ...] | None = None
    hes: tuple[int, ...] | None = None

    def within(self, months: Sequence[Month]) -> Scope:
        """Return the scope if its months are among these, else the scope of all months."""
        is_within = self.months is None or set(self.months) <= set(months)
        return self if is_within else replace(self, months=None)


EVERYTHING = Scope()
"""The scope of all cells."""


@dataclass(frozen=True)
class Extent:
    """The days that a curve is available for, first to last; the published window; and its holiday rule."""

    first: date
    last: date
    start: date
    end: date
    holidays: HolidayRule


@dataclass(frozen=True)
class SourceCurve:
    """A curve before any edit.

    Attributes:
        values: wide: (month, he, block_type) x zones.
        weights: the weights of means over its cells.
        quantity: what its numbers are.
        uom: the unit in which the tool shows the values; where it is %, the values are fractions.
        title: its name for people: "VLR of NYISO, cost-weighted".
        inputs: (label, text) pairs that say what it was made of: version, window, source, fingerprint.
        is_demo: whether the numbers are simulated.
        is_published: whether it is the stored version itself, and not computed for a range.
        warning: a sentence that names its empty months and the reason; "" where no month is empty.
        is_study: whether it is a study, and no official curve.
    """

    values: pd.DataFrame
    weights: CellWeights
    quantity: Quantity
    uom: str
    title: str
    inputs: tuple[tuple[str, str], ...]
    is_demo: bool
    is_published: bool
    warning: str = ""
    is_study: bool = False
