"""What can be chosen in the tool, and a curve as it came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd

from lib.calc.profiles import Weights
from lib.calc.scenarios import Quantity
from lib.hours import HolidayRule

CurveKey = tuple[str, str, str]
"""ISO, curve and estimator: what edits belong to, whatever the range."""


class NoSuchCurve(LookupError):
    """Nothing is published for what was chosen, or the range has no data; the message says what there is."""


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

    @property
    def key(self) -> CurveKey:
        """What the edits of this choice belong to."""
        return self.iso, self.curve, self.estimator


@dataclass(frozen=True)
class Extent:
    """The days a curve can be asked for, first to last, those of the published version, and its holidays."""

    first: date
    last: date
    start: date
    end: date
    holidays: HolidayRule


@dataclass(frozen=True)
class SourceCurve:
    """A curve as it came, before any edit, with what it stands on.

    Attributes:
        values: wide: (month, he, block_type) x zones.
        weights: how means over its cells are taken.
        quantity: what its numbers are.
        uom: unit people read; where it is %, the values are fractions.
        title: what it is, for people: "VLR of NYISO, cost-weighted".
        stands_on: (what, value) pairs: version, window, fingerprint, run; for a list of facts.
        is_demo: whether the numbers are simulated.
        is_published: whether it is the stored version itself, not computed for a range.
        caution: which of its months are empty, and why, as a sentence; "" where none is.
    """

    values: pd.DataFrame
    weights: Weights
    quantity: Quantity
    uom: str
    title: str
    stands_on: tuple[tuple[str, str], ...]
    is_demo: bool
    is_published: bool
    caution: str = ""
